from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_fpharness.confinement.access import Access
from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.model.plan import Injection, Plan
from pytest_fpharness.model.record import Record
from pytest_fpharness.model.verdict import Verdict
from pytest_fpharness.model.wire import to_json
from pytest_fpharness.runner.patience import BUSY
from pytest_fpharness.runner.runner import Runner
from pytest_fpharness.simulation.scheduler import FOREIGN_THREAD
from pytest_fpharness.simulation.supervisor import FORKED
from pytest_fpharness.world.http.sockets import UNPLAYED
from pytest_fpharness.world.world import CANARY_KEYS
from tests.support.bots import FOLDER
from tests.support.tiny_plans import DAMAGE, SILENCE, clause, events, tiny_plan

pytestmark = pytest.mark.acceptance

Runners = Callable[..., Runner]
HUNG = BUSY.format(budget=1)


def run(
    runner_of: Runners, bot: str, *, companions: bool = True, plan: Plan | None = None
) -> Record:
    return runner_of(bot).run(plan or tiny_plan(), companions=companions)


def test_a_bot_that_behaves_passes(runner_of: Runners) -> None:
    record = run(runner_of, "tiny.py:TinyBot", plan=tiny_plan(repeat=True))
    assert (record.verdict, record.reasons, record.unproven) == (Verdict.PASS, (), ())
    assert [companion.name for companion in record.companions] == ["control", "again"]


def test_a_bot_whose_check_is_never_called_is_watched_by_an_operator(runner_of: Runners) -> None:
    record = run(runner_of, "tiny.py:OnDemand")
    assert (record.verdict, record.reasons) == (Verdict.PASS, ())
    first = [e.at / SECOND for e in events(record, "task.begin", "operator")][:3]
    assert first == [15, 45, 75]


def test_the_monitor_ticks_while_the_bot_sleeps_40_s_in_a_retry(runner_of: Runners) -> None:
    record = run(runner_of, "hanging.py:SleepsInRetry")
    assert record.verdict is Verdict.PASS
    begun = [e.at / SECOND for e in events(record, "task.begin", "bot")]
    ended = [e.at / SECOND for e in events(record, "task.end", "bot")]
    assert [begun[3], ended[3]] == [180, 300]  # three times 40 s
    passes = [e.at / SECOND for e in events(record, "task.begin", "monitor")]
    assert passes[5:12] == [150, 180, 210, 240, 270, 300, 330]


def test_a_tick_that_falls_due_meanwhile_is_dropped_and_counted(runner_of: Runners) -> None:
    record = run(runner_of, "hanging.py:SleepsInRetry")
    dropped = [(e.at / SECOND, e.facts["process"]) for e in events(record, "task.dropped")]
    assert dropped == [(240, "bot"), (300, "bot")]  # at 300 the tick comes before the wake-up


@pytest.mark.parametrize(
    "bot", ["hanging.py:BusyLoop", "hanging.py:TellsThenHangs", "hanging.py:SwallowsEverything"]
)
def test_a_bot_that_never_yields_is_ended_by_the_wall_budget(runner_of: Runners, bot: str) -> None:
    record = run(runner_of, bot, companions=False)
    assert (record.verdict, record.reasons) == (Verdict.FAIL, (HUNG,))
    stack = record.output[record.output.rindex("most recent call first") :]
    assert "hanging.py" in stack
    assert "in trouble" in stack
    calm = run(runner_of, bot, companions=False, plan=tiny_plan(SILENCE))
    assert calm.verdict is Verdict.VACUOUS  # the next plan of that world runs as ever


def test_a_loop_that_polls_the_clock_ends(runner_of: Runners) -> None:
    record = run(runner_of, "hanging.py:PollsTheClock", companions=False)
    assert record.verdict is Verdict.PASS
    begun = [event.at for event in events(record, "task.begin", "bot")]
    ended = [event.at for event in events(record, "task.end", "bot")]
    assert ended[3] - begun[3] == 5 * SECOND


def test_a_hard_exit_ends_the_process_and_not_the_run(runner_of: Runners) -> None:
    record = run(runner_of, "exiting.py:HardExit")
    assert record.verdict is Verdict.FAIL
    assert clause(record, "recover").reason.endswith("never, due by 4m")
    left = [
        (e.at / SECOND, e.facts["process"], e.facts["code"]) for e in events(record, "process.exit")
    ]
    assert left == [(180, "bot", 3)]
    assert events(record, "task.end", "bot")[-1].at < 180 * SECOND


def test_a_service_is_restarted_until_its_start_limit(runner_of: Runners) -> None:
    record = run(runner_of, "exiting.py:HardExitOfService")
    starts = [e for e in events(record, "process.start") if e.facts["process"] == "bot"]
    assert [(e.at / SECOND, e.actor) for e in starts[1:]] == [
        (185, "supervisor"),
        (190, "supervisor"),
    ]
    assert len({e.facts["pid"] for e in starts}) == 3
    assert [e.at / SECOND for e in events(record, "process.start_limit")] == [190]


def test_a_signal_that_no_port_sees_fails_the_target(runner_of: Runners) -> None:
    record = run(runner_of, "exiting.py:Aborts", companions=False)
    assert (record.verdict, record.reasons) == (
        Verdict.FAIL,
        ("the run ended with signal 6, a crash in C code",),
    )


def test_a_bot_that_swallows_every_exception_gets_its_verdict(runner_of: Runners) -> None:
    assert run(runner_of, "hanging.py:SwallowsExceptions").verdict is Verdict.PASS


def test_a_declared_command_does_its_work_in_the_bots_process(runner_of: Runners) -> None:
    record = run(runner_of, "writing.py:Mends", companions=False)
    (command,) = events(record, "command", "bot")
    assert command.facts == {"command": "python3 mend.py feed.json", "code": 0}
    assert [event.facts["by"] for event in events(record, "fault.clear")] == ["bot"]


def test_a_state_file_that_the_bot_tears_is_found(runner_of: Runners) -> None:
    record = run(runner_of, "writing.py:Tears")
    assert clause(record, "always.state_files_whole").reason == "state.notes was left torn"


def test_a_malformed_cycle_record_fails_the_bot(runner_of: Runners) -> None:
    record = run(runner_of, "writing.py:Mumbles")
    assert record.verdict is Verdict.FAIL
    assert clause(record, "always.one_cycle_one_record").verdict is Verdict.FAIL


def test_a_call_without_a_timeout_waits_for_ever(runner_of: Runners) -> None:
    record = run(runner_of, "hanging.py:WaitsForEver", plan=tiny_plan(SILENCE))
    assert record.verdict is Verdict.FAIL
    assert clause(record, "detect").verdict is Verdict.PASS  # the monitor has a timeout
    assert clause(record, "recover").reason.endswith("never, due by 4m")
    assert events(record, "task.end", "bot")[-1].at < record.marks["injected"]


@pytest.mark.parametrize(
    ("bot", "message"),
    [
        ("misreporting.py:HealthIsPlain", "'dict' object has no attribute 'checked_at'"),
        ("misreporting.py:StatusIsAWord", "'BAD' is not a valid Status"),
    ],
)
def test_health_of_a_wrong_type_fails_the_target(
    runner_of: Runners, bot: str, message: str
) -> None:
    record = run(runner_of, bot, companions=False)
    assert record.verdict is Verdict.FAIL
    assert record.reasons[0].endswith(f"ContractError: health() must return a Health: {message}")


def test_a_dashboard_of_a_wrong_type_fails_the_target(runner_of: Runners) -> None:
    record = run(runner_of, "misreporting.py:DashboardIsAList", companions=False)
    assert record.verdict is Verdict.FAIL
    assert "dashboard() must return rows by failure point, not [{'status': 'OK'}]" in str(
        record.reasons
    )


@pytest.mark.parametrize(
    ("bot", "naps"), [("threaded.py:UsesAsyncio", 9), ("threaded.py:WaitsForAnEvent", 9)]
)
def test_a_timed_wait_takes_virtual_time(runner_of: Runners, bot: str, naps: int) -> None:
    record = run(runner_of, bot, companions=False)
    assert (record.verdict, record.reasons) == (Verdict.PASS, ())
    begun = events(record, "task.begin", "bot")[2]
    ended = events(record, "task.end", "bot")[2]
    assert round((ended.at - begun.at) / SECOND, 1) == naps


@pytest.mark.parametrize(
    "bot", ["threaded.py:HasAThread", "threaded.py:HasAWorker", "threaded.py:WaitsForAThread"]
)
def test_a_thread_of_the_bots_own_ends_the_run(runner_of: Runners, bot: str) -> None:
    record = run(runner_of, bot, companions=False)
    assert (record.verdict, record.reasons) == (Verdict.ERROR, (FOREIGN_THREAD,))


def test_a_process_of_the_bots_own_ends_the_run(runner_of: Runners) -> None:
    record = run(runner_of, "threaded.py:HasAProcess", companions=False)
    assert (record.verdict, record.reasons) == (Verdict.ERROR, (FORKED,))


def test_a_connection_that_the_world_cannot_answer_ends_the_run(runner_of: Runners) -> None:
    record = run(runner_of, "threaded.py:TalksWithoutRequests", companions=False)
    reason = f"a connection without `requests` to paper-api.alpaca.markets: {UNPLAYED}"
    assert (record.verdict, record.reasons) == (Verdict.ERROR, (reason,))


def test_a_world_that_is_never_steady_is_vacuous(runner_of: Runners) -> None:
    record = run(runner_of, "tiny.py:NeverSteady", companions=False)
    assert record.verdict is Verdict.VACUOUS
    assert record.reasons[0].startswith("steady: not steady before the fault: readiness is GREEN")


def test_an_exception_in_health_fails_the_target_and_is_named(runner_of: Runners) -> None:
    record = run(runner_of, "misreporting.py:HealthRaises", companions=False)
    assert record.verdict is Verdict.FAIL
    assert record.reasons[0].startswith("the run ended with exit code 1: json.decoder.JSONDecode")


def test_an_error_raised_by_a_port_fails_the_target(runner_of: Runners) -> None:
    gone = Injection("file.delete", {"file": "state.feed"})
    record = run(
        runner_of, "misreporting.py:HealthNeedsFile", companions=False, plan=tiny_plan(gone)
    )
    assert record.verdict is Verdict.FAIL
    assert "FileNotFoundError" in record.reasons[0]


def test_what_only_health_reads_is_not_met_by_the_bot(runner_of: Runners) -> None:
    record = run(runner_of, "misreporting.py:HealthNeedsFile", companions=False)
    assert clause(record, "reading").verdict is Verdict.PASS
    assert "reader" not in {e.facts["process"] for e in events(record, "met")}


def test_a_fault_that_cannot_be_injected_is_the_harness_s_error(runner_of: Runners) -> None:
    odd = Injection("file.corrupt", {"file": "state.feed", "how": "no such damage"})
    record = run(runner_of, "tiny.py:TinyBot", companions=False, plan=tiny_plan(odd))
    assert record.verdict is Verdict.ERROR
    assert "KeyError" in record.reasons[0]


def test_a_role_that_the_target_lacks_is_missing(runner_of: Runners) -> None:
    lacking = Injection("file.corrupt", {"file": "state.positions"})
    record = run(runner_of, "tiny.py:TinyBot", companions=False, plan=tiny_plan(lacking))
    assert record.verdict is Verdict.MISSING
    assert record.reasons == ("the target has no state.positions",)


@pytest.mark.parametrize("bot", ["leaking.py:Telltale", "leaking.py:SpillsAndDies"])
def test_keys_reach_no_record(runner_of: Runners, bot: str) -> None:
    record = run(runner_of, bot)
    output = to_json(record)
    assert "APCA_API_SECRET_KEY" in record.output  # it was printed, but for its value
    assert [key for key in CANARY_KEYS.values() if key in output] == []


def test_a_bot_that_logs_its_keys_fails_the_discreet_clause(runner_of: Runners) -> None:
    result = clause(run(runner_of, "leaking.py:Telltale", companions=False), "discreet")
    assert (result.verdict, result.reason) == (Verdict.FAIL, "a key appears in log.cycles")


def test_two_warm_processes_give_the_same_timeline(runner_of: Runners) -> None:
    first = run(runner_of, "tiny.py:TinyBot", companions=False)
    with Runner("tiny.py:TinyBot", base=runner_of("tiny.py:TinyBot").base) as other:
        second = other.run(tiny_plan(DAMAGE), companions=False)
    assert first.timeline == second.timeline
    assert first.digest == second.digest
    assert len(first.digest) == 16


def test_a_key_of_the_machine_is_not_in_the_record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKER_API_KEY", "a-real-key-of-the-machine")
    access = Access(environment=("BROKER_*",))
    with Runner("leaking.py:Blurts", base=FOLDER, access=access) as runner:
        record = runner.run(tiny_plan(), companions=False)
    assert "using [redacted]" in record.output
    assert "a-real-key" not in to_json(record)


def test_a_bot_gets_no_variable_of_the_machine_that_is_not_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BROKER_API_KEY", "a-real-key-of-the-machine")
    with Runner("leaking.py:Blurts", base=FOLDER) as runner:
        record = runner.run(tiny_plan(), companions=False)
    assert "KeyError: 'BROKER_API_KEY'" in record.output
