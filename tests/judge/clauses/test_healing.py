from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pytest_fpharness.model.duration import MINUTE, SECOND
from pytest_fpharness.model.plan import Detect, HealRule, Injection, LimitRule, Predicate
from pytest_fpharness.model.verdict import Verdict
from tests.support.judge_bench import DETECTED, FP, HEALED, OTHER, PLAN, Story

Edit = Callable[[Story], object]
UNIT = {"unit": "feeder.service", "processes": ["feeder"]}


def check(
    edit: Edit, clause: str, reason: str, verdict: Verdict = Verdict.FAIL, **changes: Any
) -> None:
    story = Story()
    edit(story)
    found = story.judge(**changes)[clause]
    assert (found.verdict, found.reason) == (verdict, reason)


def restarts(story: Story, *times: float, actor: str = "monitor") -> Story:
    for at in times:
        story.add(at, "process.restart", actor, **UNIT)
    return story


# -- auto -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("within", "reason"), [(65, ""), (64, "healed: late by 1s")]
)  # healed at 215, detected at 150
def test_when_it_is_healed(within: int, reason: str) -> None:
    rule = HealRule("auto", within=within * SECOND, restart="feeder")
    check(lambda s: s, "heal", reason, Verdict.FAIL if reason else Verdict.PASS, heal=rule)


def test_never_healed() -> None:
    story = Story().drop("fault.clear")
    found = story.judge()
    assert found["heal"].reason == "healed: never, due by 2m"
    assert found["recover"].reason == "the fault never ended"


def test_a_heal_counts_once_its_verify_lines_hold() -> None:
    line = Predicate("readiness", "is", "GREEN")
    rule = HealRule("auto", within=2 * MINUTE, restart="feeder", verify=(line,))
    case = Story().case(heal=rule)
    assert case.marks["healed"] == 250 * SECOND  # the first check at which it is GREEN again
    assert case.over == HEALED * SECOND


def test_what_does_not_hold_is_named() -> None:
    line = Predicate("process.count", "is", 1, "feeder", text="process.count(feeder) is 1")
    rule = HealRule("auto", within=2 * MINUTE, restart="feeder", verify=(line,))
    said = "healed (unmet: process.count(feeder) is 1): never, due by 2m"
    check(lambda s: s, "heal", said, heal=rule)


@pytest.mark.parametrize(
    ("by", "reason"),
    [
        ("operator", "cleared by operator, not by the bot"),
        ("supervisor", "cleared by supervisor, not by the bot"),
        ("", "cleared by the world, not by the bot"),
    ],
)
def test_who_healed_it(by: str, reason: str) -> None:
    check(lambda s: s.change("fault.clear", by=by), "heal.by", reason)


def test_a_lift_is_no_healing() -> None:
    story = Story().drop("fault.clear").add(215, "fault.lift", id=0)
    case = story.case(lift=80 * SECOND)
    assert "healed" not in case.marks
    assert case.marks["lifted"] == 215 * SECOND


def test_it_is_not_over_while_one_of_two_faults_holds() -> None:
    story = Story().add(136, "fault.inject", id=1, fault="process.kill", ends="restart")
    assert "healed" not in story.case().marks
    assert "healed" in story.add(230, "fault.clear", id=1, by="monitor").case().marks


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda s: s.drop("process.restart"), "0 attempts, at least 1 are due"),
        (lambda s: restarts(s, 160, 170, 180), "4 attempts, at most 3 are allowed"),
        (lambda s: restarts(s, 196), "two attempts within 19s"),
        (lambda s: restarts(s, 195), ""),  # exactly the least time between them
        (lambda s: restarts(s, 214, actor="operator"), ""),
        (lambda s: restarts(s, 214, actor="bot"), "two attempts within 1s"),  # whoever asked
    ],
)
def test_attempts_are_bounded_and_spaced(edit: Edit, reason: str) -> None:
    rule = HealRule("auto", within=2 * MINUTE, restart="feeder", spacing=20 * SECOND)
    verdict = Verdict.FAIL if reason else Verdict.PASS
    check(edit, "heal.attempts", reason, verdict, heal=rule)


def test_attempts_on_a_file_are_writes_of_the_bot() -> None:
    rule = HealRule("auto", within=2 * MINUTE, rewrite="state.feed")
    said = "0 attempts, at least 1 are due"
    check(lambda s: s.add(214, "file.write", role="state.feed"), "heal.attempts", said, heal=rule)
    check(
        lambda s: s.add(214, "file.write", "monitor", role="state.feed"),
        "heal.attempts",
        "",
        Verdict.PASS,
        heal=rule,
    )


def test_the_healing_is_claimed_under_this_failure_point() -> None:
    said = f"the bot claims no heal attempt for {FP}"
    check(lambda s: s.healing(), "heal.claim", said)
    other = {OTHER: {"attempts": 1}}
    said = f"the bot claims no heal attempt for {FP}, but for {OTHER}"
    check(lambda s: s.change("sample", healing=other), "heal.claim", said)


# -- giving up ------------------------------------------------------------------------------------

GIVES_UP = HealRule("auto", restart="feeder", gives_up=True)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"attempts": 3, "state": "failed", "manual_steps": ["restart it"]}, ""),
        ({"attempts": 3, "state": "failed"}, "no manual steps are shown"),
    ],
)
def test_a_healing_that_gives_up_shows_the_manual_steps(facts: Any, reason: str) -> None:
    story = Story().drop("fault.clear").healing(240, **facts)
    found = story.judge(heal=GIVES_UP)
    assert found["heal.gives_up"].reason == ""
    assert found["heal.steps"].reason == reason
    assert found["recover"].verdict is Verdict.NOT_APPLICABLE


def test_who_says_that_it_gave_up_tries_no_more() -> None:
    story = Story().drop("fault.clear").healing(240, attempts=2, state="failed")
    restarts(story, 300, actor="supervisor")
    assert story.judge(heal=GIVES_UP)["heal.gives_up"].verdict is Verdict.PASS
    found = restarts(story, 330).judge(heal=GIVES_UP)["heal.gives_up"]
    assert found.reason == "monitor tried feeder.service again after the healing gave up"


def test_a_file_that_is_rewritten_after_giving_up() -> None:
    rewrites = HealRule("auto", rewrite="state.weights", gives_up=True)
    story = Story().drop("fault.clear").healing(240, attempts=1, state="manual")
    story.add(215, "file.write", "monitor", role="state.weights")
    story.add(300, "file.write", "bot", role="state.weights")  # it may be the owner of it
    assert story.judge(heal=rewrites)["heal.gives_up"].verdict is Verdict.PASS
    story.add(300, "file.write", "monitor", role="state.weights")
    said = "monitor tried state.weights again after the healing gave up"
    assert story.judge(heal=rewrites)["heal.gives_up"].reason == said


def test_a_rewrite_that_never_held_is_no_success() -> None:
    rewrites = HealRule("auto", rewrite="state.weights", gives_up=True)
    story = Story().drop("fault.clear").healing(240, attempts=1, successes=1, state="manual")
    found = story.judge(heal=rewrites)["heal.counted"]
    assert found.reason == "no repair lasted, but the bot counts 1 successes"


def test_a_healing_that_never_gives_up() -> None:
    story = Story().drop("fault.clear").healing(DETECTED, attempts=3, state="trying")
    found = story.judge(heal=GIVES_UP)
    assert found["heal.gives_up"].reason == "the healing never gave up"
    assert "heal.steps" not in found


def test_what_was_tried_before_it_gave_up_is_in_a_log() -> None:
    story = Story().drop("fault.clear").drop("alert")
    story.healing(DETECTED, attempts=1, state="failed", manual_steps=["restart it"])
    reason = f"no log line about {FP} since the bot gave up"
    assert story.judge(heal=GIVES_UP)["heal.logged"].reason == reason
    story.add(220, "log", "monitor", role="log.monitor", text=f"{FP}: attempt 1 not verified")
    assert story.judge(heal=GIVES_UP)["heal.logged"].verdict is Verdict.PASS


def test_that_it_was_noticed_is_no_word_about_giving_up() -> None:
    story = Story().drop("fault.clear").drop("alert")
    story.healing(300, attempts=1, state="failed", manual_steps=["restart it"])
    story.add(DETECTED, "log", "monitor", role="log.monitor", text=f"{FP}: OK -> ERROR")
    assert story.judge(heal=GIVES_UP)["heal.logged"].verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("claims", "heal", "reason"),
    [
        ({"attempts": 1, "successes": 1}, PLAN.heal, ""),
        ({"attempts": 2, "successes": 1}, PLAN.heal, "the bot counts 2 attempts, there were 1"),
        ({"state": "trying"}, PLAN.heal, "the bot counts 0 attempts, there were 1"),
        ({"attempts": 1}, PLAN.heal, "it healed, but the bot counts no success"),
        (
            {"attempts": 1, "successes": 1, "state": "failed"},
            GIVES_UP,
            "no repair lasted, but the bot counts 1 successes",
        ),
        ({"attempts": 1, "state": "failed"}, GIVES_UP, ""),
    ],
)
def test_the_bot_counts_what_the_world_saw(claims: Any, heal: HealRule, reason: str) -> None:
    story = Story().healing(HEALED, **claims)
    assert story.judge(heal=heal)["heal.counted"].reason == reason


def test_an_attempt_may_be_counted_under_another_failure_point_but_not_nowhere() -> None:
    story = restarts(Story(), 205).healing(HEALED, attempts=1, successes=1)
    said = "the bot counts 1 attempts, there were 2"
    assert story.judge()["heal.counted"].reason == said
    mine = {"attempts": 1, "successes": 1}
    story.change("sample", HEALED, healing={FP: mine, OTHER: {"attempts": 1}})
    assert story.judge()["heal.counted"].verdict is Verdict.PASS


def test_what_nobody_cleared_was_no_success_and_is_nobodys() -> None:
    found = Story().drop("fault.clear").healing(HEALED, attempts=1, state="trying").judge()
    assert (found["heal.counted"].verdict, found["heal.by"].verdict) == (
        Verdict.NOT_APPLICABLE,
        Verdict.NOT_APPLICABLE,
    )


# -- retry, fallback, expires, manual, none -------------------------------------------------------


def calls(story: Story, begin: float, count: int, every: float, **facts: Any) -> Story:
    for number in range(count):
        told = {"role": "broker", "method": "GET", "path": "/v2/account", "status": 200, **facts}
        story.add(begin + number * every, "http", "bot", **told)
    return story


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda s: calls(s, 140, 1, 1, error="refused"), "1 calls while it failed: no retry"),
        (lambda s: calls(s, 140, 9, 1, status=200), "0 calls while it failed: no retry"),
        (lambda s: calls(s, 140, 2, 20, error="refused"), ""),
        (lambda s: calls(s, 140, 2, 20, status=503), ""),
        (lambda s: calls(s, 140, 40, 1, error="refused"), ""),
        (
            lambda s: calls(s, 140, 41, 1, error="refused"),
            "41 calls within a minute: a storm",
        ),
    ],
)
def test_a_retry_goes_on_without_a_storm(edit: Edit, reason: str) -> None:
    verdict = Verdict.FAIL if reason else Verdict.PASS
    check(edit, "heal.retry", reason, verdict, heal=HealRule("retry"))


@pytest.mark.parametrize(
    ("count", "facts", "reason"),
    [
        (1, {"status": 429}, ""),
        (2, {"status": 429}, ""),
        (3, {"status": 429}, "called 3 times while it was refused, at most 2 are allowed"),
        (3, {"error": "timeout"}, "called 3 times while it was refused, at most 2 are allowed"),
        (9, {"status": 200}, "no call was refused"),
    ],
)
@pytest.mark.parametrize("gives_up", [False, True])
def test_a_call_that_is_refused_is_made_again_so_often(
    count: int, facts: Any, reason: str, gives_up: bool
) -> None:
    verdict = Verdict.FAIL if reason else Verdict.PASS
    rule = HealRule("retry", retries=1, gives_up=gives_up)
    check(lambda s: calls(s, 140, count, 9, **facts), "heal.retry", reason, verdict, heal=rule)


def test_resends_are_judged_once_something_was_rejected_or_a_number_is_stated() -> None:
    rule = HealRule("fallback", others_trade=True)
    assert "heal.resends" not in Story().judge(heal=rule)
    assert "heal.resends" in rejected(Story(), (140, "X", "a")).judge(heal=rule)


def rejected(story: Story, *sent: tuple[float, str, str]) -> Story:
    for at, symbol, name in sent:
        facts = {"symbol": symbol, "side": "buy", "client_order_id": name, "reason": "funds"}
        story.add(at, "order.rejected", "bot", **facts)
    return story


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda s: rejected(s, (140, "X", "a"), (141, "X", "b")), ""),
        (
            lambda s: rejected(s, (140, "X", "a"), (141, "X", "b"), (142, "X", "c")),
            "X was sent 3 times, at most 2",
        ),
        (
            lambda s: rejected(s, (140, "X", "a"), (141, "X", "a")),
            "a rejected order was re-sent with its old id",
        ),
        (lambda s: rejected(s, (140, "X", "a"), (141, "Y", "b"), (142, "Z", "c")), ""),
    ],
)
def test_a_rejected_order_is_sent_again_so_often(edit: Edit, reason: str) -> None:
    verdict = Verdict.FAIL if reason else Verdict.PASS
    check(edit, "heal.resends", reason, verdict, heal=HealRule("fallback", retries=1))


def test_the_other_symbols_go_on_trading() -> None:
    rule = HealRule("fallback", others_trade=True)
    check(lambda s: rejected(s, (140, "X", "a")), "heal.others", "", Verdict.PASS, heal=rule)
    said = "no other symbol was traded"
    check(
        lambda s: rejected(s.drop("order.filled", 135), (140, "X", "a")),
        "heal.others",
        said,
        heal=rule,
    )


def test_what_expires_must_end_by_itself() -> None:
    check(lambda s: s, "heal", "", Verdict.PASS, heal=HealRule("expires"))
    said = "it did not end without a repair"
    check(lambda s: s.drop("fault.clear"), "heal", said, heal=HealRule("expires"))


def test_what_is_manual_shows_its_steps() -> None:
    check(lambda s: s, "heal.manual", "no manual steps are shown", heal=HealRule("manual"))
    steps = {"state": "manual", "manual_steps": ["top up the account"]}
    check(
        lambda s: s.healing(DETECTED, **steps), "heal.manual", "", Verdict.PASS,
        heal=HealRule("manual"),
    )  # fmt: skip


def test_what_is_a_persons_to_mend_is_not_written_by_the_monitor() -> None:
    frozen = (Injection("file.write", {"file": "state.freezes"}),)
    story = Story().drop("process.restart")
    story.add(170, "file.write", "operator", role="state.freezes")
    found = story.judge(heal=HealRule("manual"), inject=frozen)["heal.none"]
    assert found.verdict is Verdict.PASS
    story.add(180, "file.write", "monitor", role="state.freezes")
    found = story.judge(heal=HealRule("manual"), inject=frozen)["heal.none"]
    assert found.reason == "monitor wrote state.freezes, which only a person may repair"


@pytest.mark.parametrize("kind", ["none", "manual", "expires", "retry"])
def test_where_nothing_is_to_be_healed_nothing_is_restarted(kind: str) -> None:
    said = "monitor restarted feeder.service"
    story = calls(Story(), 140, 3, 5, error="refused")
    assert story.judge(heal=HealRule(kind))["heal.none"].reason == said
    story.drop("process.restart")
    assert story.judge(heal=HealRule(kind))["heal.none"].verdict is Verdict.PASS


# -- recovered ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("within", "reason"), [(95, ""), (94, "recovered: late by 1s")])
def test_when_it_is_recovered(within: int, reason: str) -> None:
    verdict = Verdict.FAIL if reason else Verdict.PASS
    check(lambda s: s, "recover", reason, verdict, recover=within * SECOND)


def test_steady_again_at_one_check_only_is_not_recovered() -> None:
    story = Story().colour("YELLOW", 300, 300).colour("YELLOW", 360, 360)
    found = story.judge()["recover"]
    assert found.verdict is Verdict.FAIL
    assert found.reason == "recovered (not steady at two checks in a row): never, due by 2m"


def test_without_a_new_order_nothing_is_recovered() -> None:
    trades = Predicate("orders.filled", "increases", within=2 * MINUTE)
    story = Story().drop("order.submitted", 216)
    steady = (*story.case().plan.steady, trades)
    assert "recovered" not in story.case(steady=steady).marks
    reason = story.judge(steady=steady)["recover"].reason
    assert reason == "recovered (no new entry order): never, due by 2m"


def test_what_should_stay_yellow_and_is_green_is_told_so() -> None:
    reason = Story().judge(readiness_after="YELLOW")["recover"].reason
    assert reason == "recovered (unmet: readiness is YELLOW): never, due by 2m"


def test_what_is_meant_to_stay_yellow_recovers_as_yellow() -> None:
    story = Story().colour("YELLOW", 240)
    assert "recovered" not in story.case().marks
    found = story.judge(readiness_after="YELLOW")
    assert found["recover"].verdict is Verdict.PASS
    assert found["colour.after"].verdict is Verdict.PASS


# -- limited --------------------------------------------------------------------------------------

LIMIT = LimitRule("cooldown", "AAA", 2 * MINUTE, frees="BBB")
GATE = Detect(within=MINUTE, by="gate", gate="cooldown")


def decided(story: Story, at: float, action: str = "block", gate: str = "cooldown") -> Story:
    return story.add(at, "decision", "bot", symbol="AAA", side="buy", action=action, gate=gate)


def limited() -> Story:
    """A limit of two minutes from 160 on."""
    story = Story().add(160, "limit.begins", symbol="AAA")
    decided(decided(story, 161), 279.999)
    decided(story, 280, "enter", "")
    return story.order(200, "BBB")


def limit(story: Story, clause: str) -> tuple[Verdict, str]:
    found = story.judge(limit=LIMIT, detect=GATE)[clause]
    return found.verdict, found.reason


def test_a_gate_that_works_blocks_to_the_second() -> None:
    for clause in ("limit.blocks", "limit.ends", "limit.frees"):
        assert limit(limited(), clause) == (Verdict.PASS, "")


def test_a_gate_that_opens_a_second_early() -> None:
    story = decided(limited(), 279, "enter", "")
    said = "AAA 1m59s into the limit: enter, not blocked by cooldown"
    assert limit(story, "limit.blocks") == (Verdict.FAIL, said)


def test_a_gate_that_opens_late() -> None:
    story = decided(limited(), 280)
    story.events.sort(key=lambda e: (e.at, e.facts.get("action") == "enter"))
    said = "still blocked 0s after its end"
    assert limit(story, "limit.ends") == (Verdict.FAIL, said)


def test_another_gate_in_the_way_is_not_this_one() -> None:
    said = "AAA 10s into the limit: spread, not blocked by cooldown"
    story = decided(limited(), 170, gate="spread")
    assert limit(story, "limit.blocks") == (Verdict.FAIL, said)


def test_an_entry_that_crosses_the_limit() -> None:
    story = limited().add(
        200, "order.submitted", "bot", id="x", client_order_id="x", symbol="AAA", side="buy",
        qty="1", intent="entry",
    )  # fmt: skip
    assert limit(story, "limit.blocks") == (Verdict.FAIL, "an entry crossed the limit")


def test_the_other_symbol_is_not_traded() -> None:
    story = limited().drop("order.submitted", symbol="BBB")
    assert limit(story, "limit.frees") == (Verdict.FAIL, "BBB was not traded meanwhile")


@pytest.mark.parametrize(
    ("begin", "end", "clause", "said"),
    [
        (0, 279.9999, "limit.blocks", "AAA was never tried"),
        (280, 400, "limit.ends", "AAA was not tried after the limit"),
    ],
)
def test_a_limit_that_nobody_tried_is_vacuous(
    begin: float, end: float, clause: str, said: str
) -> None:
    story = limited().drop("decision", begin, end, symbol="AAA")
    assert limit(story, clause) == (Verdict.VACUOUS, said)


def test_a_limit_that_never_began_is_vacuous() -> None:
    story = Story().status(FP, "ERROR", 150)
    found = story.judge(limit=LIMIT)
    assert found["limit"].reason == "the limit never began"


# -- declared restart policies --------------------------------------------------------------------


DECLARED = HealRule("declared", within=2 * MINUTE, restart="feeder")


@pytest.mark.parametrize(
    ("by", "reason"),
    [
        ("supervisor", ""),
        ("monitor", ""),
        ("operator", "cleared by operator, not by the declared restart policy"),
        ("", "cleared by the world, not by the declared restart policy"),
    ],
)
def test_only_the_declared_restart_policy_or_the_bot_heals_a_declared_fault(
    by: str, reason: str
) -> None:
    clause = Story().change("fault.clear", by=by).judge(heal=DECLARED)["heal.declared"]
    assert (clause.verdict, clause.reason) == (Verdict.FAIL if reason else Verdict.PASS, reason)


def test_giving_up_needs_an_exhausted_restart_policy() -> None:
    rule = HealRule("declared", restart="feeder", gives_up=True)
    story = Story()
    reason = "the declared restart policy was never exhausted"
    assert story.judge(heal=rule)["heal.exhausted"].reason == reason
    story.add(160, "process.start_limit", process="feeder")
    assert story.judge(heal=rule)["heal.exhausted"].verdict is Verdict.PASS
