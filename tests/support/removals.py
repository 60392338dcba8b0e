"""What can be taken away from the bot, from which failure points, and in which variant it shows.

All of it follows from the plans; a new failure point joins by itself. What does not is in a table
below, with its reason.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from pytest_fpharness.catalog.expand import expand
from pytest_fpharness.catalog.loader import load_catalog
from pytest_fpharness.catalog.models import Catalog
from pytest_fpharness.model.plan import Plan
from pytest_fpharness.model.record import Record
from pytest_fpharness.runner.planned_runs import breaks_healer
from pytest_fpharness.runner.runner import Runner
from pytest_fpharness.runner.target_loader import inspect_target
from pytest_fpharness.runner.vocabulary import vocabulary
from tests.support.crippled import CrippledBot

HERE: Final = Path(__file__).parent
TARGET: Final = "crippled.py:CrippledBot"
#: Worlds that one warm process keeps; each costs some 15 MB until the process ends.
WORLDS: Final = 40

#: What is taken away, and how the clauses begin that must name it.
REMOVALS: Final[Mapping[str, tuple[str, ...]]] = {
    "detector": ("detect:",),
    "gate": ("limit.blocks:", "holds.", "detect:"),
    "healer": ("heal:", "heal.attempts:"),
    "alert": ("alert.fire:",),
    "escalation": ("page:",),
    "colour": ("colour:",),
    "row": ("row:",),
    "values": ("shows.",),
    "log": ("log.",),
    "history": ("row.trend:",),
    "statistics": ("statistics:",),
    "manual_steps": ("detail.manual_steps:",),
}
#: What is taken away at once in a quick run: each is named by a clause of its own.
PAPERS: Final = ("history", "statistics", "manual_steps")

#: A gate is seen by a count that the world has kept, whatever the bot says of itself.
WITNESSES: Final[Mapping[str, str]] = {
    "FP-3.2": "holds.positions.count:",
    "FP-3.3": "holds.orders.most_in_cycle:",
    "FP-3.4": "holds.position.qty(QCOM):",
    "FP-3.5": "holds.position.qty(QCOM):",
    "FP-3.6": "holds.positions.cost(NVDA+AMD+INTC+QCOM):",
    "FP-3.7": "limit.blocks:",
    "FP-4.3": "quiet: FP-4.4 became WARN",  # the broker refuses what was not cut
}

#: Gates that no variant waits for.
GATES: Final[Mapping[str, str]] = {"FP-4.3": "sizing"}

#: Gates that a flood of signals meets beside the one that the failure point is about.
FLOODED: Final = {"FP-3.2": ("max_new",), "FP-3.3": ("max_positions",)}

#: Failure points whose log line is the one that is lost, for it says two things.
SAME_LINE: Final[Mapping[tuple[str, str], str]] = {("FP-1.2", "log"): "FP-1.4"}

#: Faults said to expire, for the bot's own healer ends them: its clean-up, its lifting of a freeze.
ENDED: Final = ("FP-6.4/old_logs", "FP-3.1/performance")

#: Variants in which something shows that a second mechanism of the bot hides in the others.
SHOWS: Final[Mapping[tuple[str, str], str]] = {
    ("FP-4.1", "colour"): "orders_only",  # in the others the network, FP-6.6, is RED as well
    ("FP-5.1", "colour"): "optional",  # without a required variable the bot is down: FP-6.1 is RED
    ("FP-6.6", "colour"): "vendor_only",  # where the broker is cut off as well, FP-4.1 is RED
    ("FP-6.20", "colour"): "lying",  # a silent monitor is RED by the age of its snapshot
}

#: What has no effect in any variant, and why.
EXCEPTIONS: Final[Mapping[tuple[str, str], str]] = {
    ("FP-3.7", "log"): "the decision log is how its gate is seen: without it nothing was met",
    ("FP-1.2", "colour"): "a cache that cannot be read is RED as FP-1.3 and FP-1.4 too",
}


def applies(what: str, plan: Plan) -> bool:
    """Whether the plan asks for what is taken away."""
    return {
        "detector": plan.detect.by == "health",
        "gate": bool(gate_of(plan)),
        "healer": plan.id in ENDED or (plan.heal.kind == "auto" and not plan.heal.gives_up),
        "alert": plan.alert is not None,
        "escalation": pages(plan) or (plan.escalate is not None and breaks_healer(plan)),
        "colour": plan.readiness != "GREEN",
        "row": True,
        "values": bool(plan.shows),
        "log": bool(plan.logs),
        "history": plan.detect.by == "health",
        "statistics": plan.detect.by == "health",
        "manual_steps": True,
    }[what]


def gate_of(plan: Plan) -> str:
    """The gate of the bot that the plan sees at work."""
    return plan.detect.gate if plan.detect.by == "gate" else GATES.get(plan.fp, "")


def pages(plan: Plan) -> bool:
    """Whether a page falls due in its main companion: given up, or lifted later than it."""
    rule = plan.escalate
    return rule is not None and (plan.heal.gives_up or (plan.lift or 0) > rule.after)


@cache
def shipped() -> Catalog:
    """The shipped catalog, read once."""
    return load_catalog([], vocabulary())


@cache
def plans() -> dict[str, list[Plan]]:
    """Fault variants by failure point, the canonical one first."""
    result: dict[str, list[Plan]] = {}
    for plan in expand(shipped(), inspect_target(CrippledBot(), TARGET)):
        if plan.fp.startswith("FP-") and not plan.twin:
            result.setdefault(plan.fp, []).append(plan)
    return result


@cache
def causes() -> dict[str, set[str]]:
    """What each failure point may show beside itself in one of its variants (S25, S28)."""
    return {
        fp: {other for p in variants for other in p.allowed} for fp, variants in plans().items()
    }


def cases() -> list[tuple[str, str]]:
    """Every failure point with everything that can be taken away from it."""
    return [
        (fp, what)
        for what in REMOVALS
        for fp, variants in plans().items()
        if any(applies(what, plan) for plan in variants) and (fp, what) not in EXCEPTIONS
    ]


def showing(fp: str, what: str) -> Plan:
    """The variant in which the missing thing shows.

    What is never noticed or healed never recovers: there is no need to wait for that.
    """
    plan = _showing(fp, what)
    return dataclasses.replace(plan, recover=0) if what in ("detector", "healer") else plan


def _showing(fp: str, what: str) -> Plan:
    variants = plans()[fp]
    if (fp, what) in SHOWS:
        return next(plan for plan in variants if plan.variant == SHOWS[fp, what])
    if what == "escalation":
        variants = [plan for plan in variants if pages(plan)] or variants
    return next(plan for plan in variants if applies(what, plan))


def companions_of(plan: Plan, what: str) -> bool:
    """Whether it shows only in the run with a broken healer, in which a page falls due."""
    return what == "escalation" and not pages(plan)


def clauses(fp: str, what: str) -> tuple[str, ...]:
    """How the reasons begin that name what is missing."""
    return (WITNESSES[fp],) if what == "gate" and fp in WITNESSES else REMOVALS[what]


def independent(fp: str, what: str) -> list[str]:
    """The failure points that can do without it: not itself, and none that may cause it."""
    if what == "log" and showing(fp, what).logs[0].role == "log.decisions":
        return []  # an entry whose decision is not logged is an undecided one, in every run
    shared = {gate_of(p) for p in plans()[fp]} - {""} if what == "gate" else set()
    return [
        other
        for other, variants in plans().items()
        if other not in (fp, SAME_LINE.get((fp, what)))
        and fp not in causes().get(other, set())
        and not shared & {*map(gate_of, variants), *FLOODED.get(other, ())}
    ]


def without(plan: Plan, fp: str, what: str) -> Plan:
    """The plan in a world whose bot misses something of a failure point."""
    more = ""
    if what == "gate":
        more = gate_of(showing(fp, what))
    elif what == "log":
        rule = showing(fp, what).logs[0]
        more = f"{rule.role} {rule.says}"
    return dataclasses.replace(plan, world={**plan.world, "without": f"{fp} {what} {more}".strip()})


def says(record: Record, beginnings: Sequence[str]) -> bool:
    """Whether a reason of the record, or of its broken-healer companion, begins with one of them."""
    reasons = [reason.removeprefix("broken_healer: ") for reason in record.reasons]
    return any(reason.startswith(tuple(beginnings)) for reason in reasons)


class Worlds:
    """A runner that starts a new warm process when the old one holds many worlds."""

    def __init__(self) -> None:
        self._runner = Runner(TARGET, base=str(HERE))
        self._seen: set[str] = set()

    def run(self, plan: Plan, *, companions: bool = False) -> Record:
        """The record of one plan."""
        if len(self._seen) >= WORLDS and plan.world_key not in self._seen:
            self.close()
            self.__init__()  # type: ignore[misc]
        self._seen.add(plan.world_key)
        return self._runner.run(plan, companions=companions)

    def close(self) -> None:
        """End the warm process."""
        self._runner.close()
