"""Plans for the tiny bots, made by hand."""

from __future__ import annotations

from typing import Any

from pytest_fpharness.model.duration import MINUTE, SECOND
from pytest_fpharness.model.events import Kind
from pytest_fpharness.model.plan import AlertRule, Detect, HealRule, Injection, Plan, Predicate
from pytest_fpharness.model.record import Clause, Record
from pytest_fpharness.model.timeline import Event, Timeline
from tests.support.bots.tiny import FP

GREEN = Predicate("readiness", "is", "GREEN", text="readiness is GREEN")
TRADES = Predicate("bot.cycles", "increases", within=3 * MINUTE, text="bot.cycles increases")
DAMAGE = Injection("file.corrupt", {"file": "state.feed", "how": "not_json"})
SILENCE = Injection("network.down", {"host": "broker", "how": "silent"})


def tiny_plan(*inject: Injection, lift: int = 150 * SECOND, **more: Any) -> Plan:
    """The feed is damaged, and mended by the world after ``lift`` ns."""
    fields: dict[str, Any] = {
        "variant": "damaged",
        "steady": (GREEN, TRADES),
        "detect": Detect(within=MINUTE),
        "alert": AlertRule(within=SECOND, repeat=0),
        "heal": HealRule("none"),
        "recover": 4 * MINUTE,
        **more,
    }
    return Plan(FP, inject=inject or (DAMAGE,), lift=lift, **fields)


def events(record: Record, kind: Kind, actor: str | None = None) -> list[Event]:
    """Events of a record's timeline."""
    result = Timeline.from_rows([list(row) for row in record.timeline]).of(kind)
    return [event for event in result if actor is None or event.actor == actor]


def clause(record: Record, name: str) -> Clause:
    """One clause of a record."""
    return next(item for item in record.clauses if item.name == name)
