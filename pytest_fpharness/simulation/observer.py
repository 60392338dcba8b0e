"""Turns what happens in the world into facts on the timeline (S16)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from pytest_fpharness.judge.evidence import signal_key
from pytest_fpharness.model.health import FailurePointHealth, Health, Readiness, Status
from pytest_fpharness.model.plain import to_plain
from pytest_fpharness.model.plan import Plan
from pytest_fpharness.model.timeline import Event
from pytest_fpharness.signals import SIGNALS
from pytest_fpharness.targets.contract import (
    Alerts,
    Books,
    ContractError,
    Dashboard,
    Decisions,
    Details,
    Learns,
    Target,
)
from pytest_fpharness.world.filesystem.codecs import CODECS, CodecSpec
from pytest_fpharness.world.world import World

Reading = Callable[[], AbstractContextManager[None]]


class Observer:
    """Records claims after monitor passes, truth at checks, and the bot's own log lines."""

    def __init__(self, world: World, target: Target, plan: Plan, reading: Reading) -> None:
        self.world, self.target = world, target
        self.reading = reading  # a context in which the bot is only looked at
        self.ask(plan)
        self._before: dict[str, dict[str, Any]] = {}  # truth when a monitor's pass began
        self._shown: tuple[Any, dict[str, Any]] | None = None  # the last claims, and their rows
        self._looked: dict[str, tuple[Any, bool]] = {}  # state, and whether it is torn, by role
        self._keys = tuple(world.secrets.values())
        world.files.on_line.append(self._line)
        world.listeners.append(self._event)

    def ask(self, plan: Plan) -> None:
        """Observe for this plan from now on."""
        self.plan = plan
        self.truths = _signals_of(plan)

    # -- sampling -----------------------------------------------------------------------------

    def sample(self, process: str) -> None:
        """Copy the claims after a pass of ``process``; reading them must have no effect (S17)."""
        world = self.world
        with self._only_looking():
            health = self.target.health()
            facts = self._checked(health)
            rows = self._rows((self.plan.fp, health.failure_points.get(self.plan.fp), facts))
        with world.as_actor(process):
            before_pass = self._before.get(process, {})
            world.emit("sample", **facts, dashboard=rows, truth=self.truth(), began=before_pass)

    @contextmanager
    def _only_looking(self) -> Iterator[None]:
        """Note whatever happens in the world while health or dashboard are read."""
        before = len(self.world.timeline.events)
        with self.reading():
            yield
        acts = {e.kind for e in self.world.timeline.events[before:]} - {
            "file.read",
            "secret.leaked",
        }
        if acts:
            self.world.emit("reading.acts", what=sorted(acts))

    def pages(self) -> None:
        """Copy the pages that are opened only once, at the end: detail and statistics."""
        facts: dict[str, Any] = {}
        with self._only_looking():
            if isinstance(self.target, Details):
                facts["detail"] = _plain_or_none(self.target.detail(self.plan.fp))
            if isinstance(self.target, Learns):
                statistics: Any = self.target.statistics()
                if not isinstance(statistics, Mapping):
                    problem = f"statistics() must return them by failure point, not {statistics!r}"
                    raise ContractError(problem)
                facts["statistics"] = _plain_or_none(statistics.get(self.plan.fp))
        self._no_key("the pages", facts)
        self.world.emit("pages", **facts)

    def begin(self, process: str) -> None:
        """Remember the truth at the start of a pass: the pass itself may change it by healing."""
        self._before[process] = self.truth()

    def _checked(self, health: Health) -> dict[str, Any]:
        """The claims; raises ContractError when the target gave no health."""
        try:
            return self._claims(health)
        except (AttributeError, TypeError, ValueError) as error:
            raise ContractError(f"health() must return a Health: {error}") from None

    def _claims(self, health: Health) -> dict[str, Any]:
        return {
            "checked_at": health.checked_at,
            "readiness": Readiness(health.readiness).value,
            "message": _message(health.failure_points.get(self.plan.fp)),
            "status": {fp: Status(h.status).value for fp, h in health.failure_points.items()},
            "healing": {
                fp: to_plain(h.healing)
                for fp, h in health.failure_points.items()
                if h.healing.attempts or h.healing.state != "idle" or fp == self.plan.fp
            },
        }

    def _rows(self, shown: tuple[Any, ...]) -> dict[str, Any] | None:
        """The rows of the dashboard, read again only when the claims have changed."""
        if not isinstance(self.target, Dashboard):
            return None
        if self._shown is None or self._shown[0] != shown:
            rows: Any = self.target.dashboard()
            if not isinstance(rows, Mapping):
                raise ContractError(f"dashboard() must return rows by failure point, not {rows!r}")
            row = rows.get(self.plan.fp)
            self._shown = shown, {"row": None if row is None else to_plain(row)}
            self._no_key("the dashboard", self._shown[1])
        return self._shown[1]

    def check(self) -> None:
        """Record the truth of every signal that the plan asks for."""
        self.world.emit("check", truth=self.truth())
        for role in self._torn():
            self.world.emit("file.torn", role=role)

    def _torn(self) -> list[str]:
        """State files that do not parse although no fault has damaged them."""
        files, torn = self.world.files, []
        for role, binding in files.bindings.items():
            path = files.path_of(role)
            codec = CODECS.named(binding.codec)
            if not codec.whole or path in files.overlays:
                continue
            state = files.state_of(path)
            if role not in self._looked or self._looked[role][0] != state:
                self._looked[role] = state, _is_torn(codec, files.raw_bytes(path))
            if self._looked[role][1]:
                torn.append(role)
        return torn

    def truth(self) -> dict[str, Any]:
        values = {}
        with self.world.as_actor(""):  # the harness's own reads do not count as a witness (S12)
            for signal, argument in self.truths:
                reader = SIGNALS[signal].read
                if reader is not None:
                    values[signal_key(signal, argument)] = reader(self.world, argument)
        return values

    def books(self) -> None:
        """Record whether every fill is in the bot's own books, at the end of a cycle."""
        if isinstance(self.target, Books):
            with self.reading():
                booked = set(self.target.booked_fills())
            self.world.emit("books", booked=sorted(booked))

    def _no_key(self, where: str, shown: Any) -> None:
        """Record that the bot shows a key of the environment; the recording itself is redacted."""
        text = str(shown)
        if any(key in text for key in self._keys):
            self.world.emit("secret.leaked", where=where)

    # -- listening ----------------------------------------------------------------------------

    def _line(self, role: str, line: str, actor: str) -> None:
        world = self.world
        self._no_key(role, line)
        if role == "log.cycles":
            world.emit("cycle", **_cycle_facts(line))
            self.books()
        elif role == "log.decisions" and isinstance(self.target, Decisions):
            decision = self.target.read_decision(line)
            if decision is not None:
                world.emit("decision", **_full(decision))
        if role != "log.cycles":
            world.emit("log", role=role, text=line[:400])

    def _event(self, event: Event) -> None:
        if event.kind == "webhook.received" and isinstance(self.target, Alerts):
            alert = self.target.read_alert(event.facts.get("body"))
            if alert is not None:
                self._no_key("an alert", event.facts["body"])
                self.world.emit("alert", **_full(alert))


def _message(point: FailurePointHealth | None) -> str:
    return "" if point is None else str(point.message)


def _plain_or_none(value: Any) -> Any:
    return None if value is None else to_plain(value)


def _is_torn(codec: CodecSpec, data: bytes | None) -> bool:
    try:
        if data:
            codec.codec.decode(data)
    except (ValueError, RecursionError):
        return True
    return False


def _full(value: Any) -> dict[str, Any]:
    return dict(vars(value)) if hasattr(value, "__dict__") else {}


def _cycle_facts(line: str) -> Mapping[str, Any]:
    try:
        facts = json.loads(line)
    except (ValueError, RecursionError):
        facts = None
    if not isinstance(facts, dict):
        return {"ok": False, "error": "the record is not a JSON object"}
    names = ("cycle", "ok", "mode", "guard", "clusters", "candidates", "entered", "exits", "error")
    return {name: facts[name] for name in names if name in facts}


def _signals_of(plan: Plan) -> list[tuple[str, str]]:
    lines = [*plan.steady, *plan.heal.verify, *plan.invariants]
    named = [(line.signal, line.argument) for line in lines]
    named += [(show.signal, show.argument) for show in plan.shows]
    return sorted({pair for pair in named if SIGNALS[pair[0]].read is not None})
