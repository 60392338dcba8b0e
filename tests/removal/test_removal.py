"""Take one thing away from the bot: its failure point fails and says what is missing, no other does."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_fpharness.catalog.expand import expand
from pytest_fpharness.catalog.loader import load_catalog
from pytest_fpharness.engine.runner import Runner
from pytest_fpharness.engine.vocabulary import vocabulary
from pytest_fpharness.model.plan import Injection, Plan
from pytest_fpharness.model.record import Record
from pytest_fpharness.model.verdict import Verdict

HERE = Path(__file__).parent

#: What is taken away, of which failure points, and the clause that must name it. Without FP-1.2's
#: healer or colour those of FP-1.3 and FP-1.4 stand in, for a cache that is gone is theirs as well.
REMOVALS: dict[str, tuple[tuple[str, ...], str]] = {
    "detector": (
        ("FP-1.1", "FP-1.2", "FP-1.3", "FP-1.4", "FP-1.5", "FP-1.6",
            "FP-1.7", "FP-1.8", "FP-2.1", "FP-3.1", "FP-4.1", "FP-4.4", "FP-5.3", "FP-6.3", "FP-6.20"),
        "detect:",
    ),
    "gate": (("FP-3.7",), "limit.blocks:"),
    "healer": (("FP-1.1", "FP-1.3", "FP-1.4", "FP-2.1", "FP-5.3", "FP-6.3", "FP-6.20"), "heal:"),
    "alert": (
        ("FP-1.1", "FP-1.2", "FP-1.3", "FP-1.4", "FP-1.5", "FP-1.6",
            "FP-1.7", "FP-1.8", "FP-2.1", "FP-3.1", "FP-4.1", "FP-4.4", "FP-5.3", "FP-6.3", "FP-6.20"),
        "alert.fire:",
    ),
    "escalation": (
        ("FP-1.1", "FP-1.2", "FP-1.4", "FP-1.5", "FP-1.6", "FP-2.1", "FP-3.1",
          "FP-4.1", "FP-5.3", "FP-6.3", "FP-6.20"),
        "page:",
    ),
    "colour": (
        ("FP-1.1", "FP-1.3", "FP-1.4", "FP-1.5", "FP-1.6",
            "FP-1.7", "FP-1.8", "FP-2.1", "FP-3.1", "FP-4.1", "FP-4.4", "FP-5.3", "FP-6.3", "FP-6.20"),
        "colour:",
    ),
    "row": (
        (
            "FP-1.1", "FP-1.2", "FP-1.3", "FP-1.4", "FP-1.5", "FP-1.6",
            "FP-1.7", "FP-1.8", "FP-2.1", "FP-3.1", "FP-3.7", "FP-4.1", "FP-4.4", "FP-5.3",
            "FP-6.3", "FP-6.20",
        ),
        "row:",
    ),
    "values": (
        (
            "FP-1.1", "FP-1.2", "FP-1.3", "FP-1.4", "FP-1.5", "FP-1.6",
            "FP-1.7", "FP-1.8", "FP-2.1", "FP-3.1", "FP-3.7", "FP-4.1", "FP-4.4", "FP-5.3",
            "FP-6.3", "FP-6.20",
        ),
        "shows.",
    ),
}  # fmt: skip
#: Scoring, configuration and files: their canonical variants warn, so only lost files page.
_WATCHED = ("FP-2.2", "FP-2.4", "FP-2.5", "FP-5.1", "FP-5.2", "FP-5.4")
for _what in ("detector", "alert", "colour", "row", "values"):
    REMOVALS[_what] = ((*REMOVALS[_what][0], *_WATCHED), REMOVALS[_what][1])
for _what in ("row", "values"):
    REMOVALS[_what] = ((*REMOVALS[_what][0], "FP-2.3"), REMOVALS[_what][1])
for _what in ("healer", "escalation"):
    REMOVALS[_what] = ((*REMOVALS[_what][0], "FP-5.4"), REMOVALS[_what][1])

CASES = [(fp, what) for what, (fps, _) in REMOVALS.items() for fp in fps]


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with Runner("crippled.py:CrippledBot", base=str(HERE), processes=1) as running:
        yield running


@pytest.fixture(scope="module")
def plans(runner: Runner) -> dict[str, list[Plan]]:
    """Fault variants by failure point, the canonical one first."""
    found: dict[str, list[Plan]] = {}
    for plan in expand(load_catalog([], vocabulary()), runner.info):
        if plan.fp.startswith("FP-") and not plan.twin:
            found.setdefault(plan.fp, []).append(plan)
    return found


@pytest.fixture(scope="module")
def causes() -> dict[str, set[str]]:
    """What each failure point may cause, transitively (S28)."""
    direct = {fp: {c.fp for c in cs} for fp, cs in load_catalog([], vocabulary()).causes.items()}
    found: dict[str, set[str]] = {}
    for fp in direct:
        seen: set[str] = set()
        queue = [fp]
        while queue:
            for caused in direct.get(queue.pop(), set()) - seen:
                seen.add(caused)
                queue.append(caused)
        found[fp] = seen
    return found


def without(plan: Plan, fp: str, what: str) -> Plan:
    return dataclasses.replace(plan, world={**plan.world, "without": f"{fp} {what}"})


def says(record: Record, clause: str) -> bool:
    """Whether a reason of the record, or of its broken-healer leg, begins with the clause."""
    return any(r.removeprefix("broken_healer: ").startswith(clause) for r in record.reasons)


def showing(fp: str, what: str, variants: list[Plan]) -> Plan:
    """The variant in which the missing thing shows."""
    if what == "escalation":
        return paging(variants)[0]
    if (fp, what) == ("FP-6.20", "colour"):  # a silent monitor is RED by its age as well
        return next(plan for plan in variants if plan.variant == "lying")
    return variants[0]


def paging(variants: list[Plan]) -> list[Plan]:
    """Variants in which a page falls due: given up, or lifted later than it."""
    late = [p for p in variants if p.escalate and (p.lift or 0) > p.escalate.after]
    return late or [p for p in variants if p.heal.gives_up] or variants[:1]


@pytest.mark.parametrize(("fp", "what"), CASES, ids=lambda value: str(value))
def test_its_failure_point_fails_and_names_it(
    fp: str, what: str, runner: Runner, plans: dict[str, list[Plan]]
) -> None:
    plan = showing(fp, what, plans[fp])

    record = runner.run(without(plan, fp, what))

    assert record.verdict is Verdict.FAIL, record.reasons
    assert says(record, REMOVALS[what][1]), record.reasons


@pytest.mark.parametrize(("fp", "what"), CASES, ids=lambda value: str(value))
def test_no_failure_point_that_does_not_depend_on_it_fails(
    fp: str,
    what: str,
    runner: Runner,
    plans: dict[str, list[Plan]],
    causes: dict[str, set[str]],
) -> None:
    others = [o for o in plans if o != fp and fp not in causes.get(o, set())]

    records = [runner.run(without(plans[o][0], fp, what), legs=False) for o in others]

    assert [(r.id, r.reasons) for r in records if r.verdict is not Verdict.PASS] == []


@pytest.mark.parametrize("fp", sorted({fp for fp, _ in CASES}))
def test_a_fault_that_does_nothing_proves_nothing(
    fp: str, runner: Runner, plans: dict[str, list[Plan]]
) -> None:
    plan = dataclasses.replace(plans[fp][0], inject=(Injection("test.nothing"),))

    record = runner.run(plan, legs=False)

    assert record.verdict is Verdict.VACUOUS
    assert says(record, "met: no process of the bot met the fault")


def test_the_whole_bot_passes(runner: Runner, plans: dict[str, list[Plan]]) -> None:
    records = [runner.run(variants[0]) for variants in plans.values()]

    assert [(r.id, r.reasons) for r in records if r.verdict is not Verdict.PASS] == []
