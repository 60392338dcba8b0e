"""A plan: one variant of one scenario with all values resolved, as plain data.

All durations are integer nanoseconds. A plan needs neither the catalog nor the target to be judged.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from .damage import flow
from .duration import MINUTE, format_duration


@dataclass(frozen=True)
class Predicate:
    """``signal(argument) op value [within time]``; durations in ``value`` are ns (C6)."""

    signal: str
    op: str  # is, is not, <, <=, >, >=, ==, in, increases, unchanged
    value: Any = None
    argument: str = ""
    within: int | None = None
    text: str = ""
    type: str = ""  # of the signal: duration (value in ns), count, number, flag, ...


@dataclass(frozen=True)
class Injection:
    """One fault with its resolved parameters, ``at`` ns after the mark ``injected``."""

    fault: str
    params: Mapping[str, Any] = field(default_factory=dict)
    at: int = 0
    line: int = 0
    durations: tuple[str, ...] = ()  # the parameters that are durations, in ns

    @property
    def text(self) -> str:
        """The fault with its parameters as text: ``uw_cache.age (age 10m01s)``."""
        shown = [
            f"{name} {self._show(name, value)}"
            for name, value in self.params.items()
            if value not in ("", False, None, 0, ())
        ]
        return f"{self.fault} ({', '.join(shown)})" if shown else self.fault

    def _show(self, name: str, value: Any) -> str:
        if name in self.durations and isinstance(value, int):
            return format_duration(value)
        return flow(value) if isinstance(value, list) else str(value)


@dataclass(frozen=True)
class Detect:
    """The bot must notice: by ``health`` (a status) or by ``gate`` (a guard blocks a candidate)."""

    status: str = "ERROR"
    within: int = MINUTE
    not_before: int = 0
    by: str = "health"
    gate: str = ""


@dataclass(frozen=True)
class AlertRule:
    """One alert must leave the bot within ``within`` of ``detected``; ``repeat`` 0 means never again."""

    severity: str = "critical"
    within: int = 0
    repeat: int = 5 * MINUTE
    resolved: bool = True
    contains: tuple[str, ...] = ()


@dataclass(frozen=True)
class EscalateRule:
    """A page with the manual steps, ``after`` ns from ``detected`` unless recovered by then."""

    after: int = 15 * MINUTE
    contains: tuple[str, ...] = ()


@dataclass(frozen=True)
class HealRule:
    """What ends the fault; ``kind`` as in the catalog.

    It is auto, declared, retry, fallback, expires, manual or none.
    """

    kind: str = "none"
    within: int = 5 * MINUTE
    restart: str = ""  # the process that must be restarted
    rewrite: str = ""  # the file role that must be rewritten
    min_attempts: int = 1
    max_attempts: int = 3
    spacing: int = 0  # least time between two attempts
    verify: tuple[Predicate, ...] = ()
    retries: int | None = None  # fallback, retry: most re-sends of one order or call
    others_trade: bool = False  # fallback: the other symbols go on trading
    gives_up: bool = False  # the healing must give up and page


@dataclass(frozen=True)
class LimitRule:
    """A gate that works: blocks one symbol until a time after ``injected``, and frees another."""

    gate: str
    blocks: str
    until: int
    frees: str = ""


@dataclass(frozen=True)
class FlowRule:
    """A trading signal that is traced through all gates, to an ``order`` or to the gate that blocks it.

    ``score`` is that of the injected signal; None if the bot computes its own.
    """

    symbol: str
    score: float | None = None
    ends: str = "order"
    side: str = "buy"


@dataclass(frozen=True)
class ShowRule:
    """A value on the dashboard, and the signal of the world that it must equal (C12)."""

    value: str
    signal: str
    argument: str = ""
    tolerance: float = 0.0  # in the signal's unit; seconds for durations


@dataclass(frozen=True)
class LogRule:
    """A line that contains ``says`` in the log ``role``, due ``within`` ns after ``detected``."""

    role: str
    says: str
    within: int = MINUTE


@dataclass(frozen=True)
class Rules:
    """What the catalog's ``rules`` say for this failure point."""

    max_data_age: int | None = None  # ns; no entry on older data; None: not limited
    exits_continue: bool = False  # the fault stops entries only, so exits must go on
    monitor: str = ""  # the failure point that reports a monitor that does not run


@dataclass(frozen=True)
class Generate:
    """Damage that hypothesis generates: the plan has one run for each example."""

    shape: str  # the role whose shape decides what counts as damage
    index: int  # of the injection that applies it
    parameter: str
    bytes_too: bool = False  # a file's bytes can be damaged as well
    whole: bool = True  # False: only parts of it are damaged
    examples: int = 10
    rule: Any = None  # the shape, from the target's layout; None: only bytes are damaged
    lacks: str = ""  # what the target lacks for it
    own: Mapping[str, str] = field(default_factory=dict)  # the variant's own keys, as YAML


@dataclass(frozen=True)
class Plan:
    """What one run injects, and what it must show."""

    fp: str
    variant: str
    title: str = ""
    severity: str = "critical"
    twin: bool = False
    source: str = ""  # file name of the scenario
    line: int = 0
    covers: tuple[str, ...] = ()
    world: Mapping[str, Any] = field(default_factory=dict)
    steady: tuple[Predicate, ...] = ()
    inject: tuple[Injection, ...] = ()
    phase: str = "middle"  # of the checks: middle, before, after (S13)
    lift: int | None = None  # the harness ends the faults this long after ``injected``
    detect: Detect = field(default_factory=Detect)
    readiness: str = "RED"
    readiness_after: str = "GREEN"
    alert: AlertRule | None = None
    escalate: EscalateRule | None = None
    heal: HealRule = field(default_factory=HealRule)
    recover: int = 5 * MINUTE  # from healed or lifted
    limit: LimitRule | None = None
    invariants: tuple[Predicate, ...] = ()  # true at every check while the fault holds
    flow: FlowRule | None = None
    shows: tuple[ShowRule, ...] = ()
    logs: tuple[LogRule, ...] = ()
    allowed: Mapping[str, int] = field(
        default_factory=dict
    )  # cascades: fp -> ns after ``injected``
    rules: Rules = field(default_factory=Rules)
    needs: tuple[str, ...] = ()  # roles and abilities without which the variant is MISSING
    watch: int = 0  # ns that it is watched on from ``recovered``
    again: int | None = None  # ns from ``recovered`` until the same faults come a second time
    long: bool = False
    generate: Generate | None = None
    repeat: bool = False  # play the main run twice and compare the timelines
    break_healer: bool = True  # also run with a broken healer; once per heal rule is enough

    @property
    def id(self) -> str:
        """``FP-1.3/age.10m01s``; twins end in ``.twin``."""
        return f"{self.fp}/{self.variant}"

    @property
    def world_key(self) -> str:
        """Plans with the same key share a warmed-up world and its control run (S34)."""
        same = {"world": self.world, "steady": [line.text for line in self.steady]}
        return json.dumps(same, sort_keys=True, default=str)

    def expecting_nothing(self) -> Plan:
        """The plan as a twin: no status, alert, heal action or colour change may follow (S24)."""
        return replace(
            self, twin=True, readiness="GREEN", readiness_after="GREEN", recover=0, covers=(),
            alert=None, escalate=None, heal=HealRule(), limit=None, invariants=(), flow=None, shows=(),
            logs=(), allowed={},
        )  # fmt: skip

    def without_faults(self) -> Plan:
        """The control run's plan: like a twin, it may not show any failure point (S24).

        It keeps the world, the steady lines and the general rules only, so that all plans of a world
        have the same warm-up and the same control run.
        """
        rules = replace(self.rules, exits_continue=False)
        return Plan("", "control", twin=True, world=self.world, steady=self.steady, rules=rules)

    def with_broken_healer(self) -> Plan:
        """What to expect when repairs do not last: the bot gives up and pages (SH-1, SH-2)."""
        return replace(self, heal=replace(self.heal, gives_up=True), again=None)


MAIN: Final = "main"
CONTROL: Final = "control"
BROKEN_HEALER: Final = "broken_healer"
REPETITION: Final = "again"


@dataclass(frozen=True)
class PlannedRun:
    """One of the runs that a record needs.

    ``kind`` is one of the constants above. It lasts ``length`` ns from the injection on; with 0,
    until all deadlines of the plan have passed.
    """

    kind: str
    plan: Plan
    length: int = 0
