"""Bots that notice and heal, and are bad all the same: one subtle defect each, by its name.

Which one stands in the plan's world: ``bad: "kills an innocent"``.
"""

from __future__ import annotations

import importlib
import subprocess
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

from pytest_fpharness.model.health import DetailPage
from pytest_fpharness.targets.contract import Process
from pytest_fpharness.targets.reference import BOT, ReferenceBot
from pytest_fpharness.world.world import World

Spoil = Callable[[Any], None]


def _module(name: str) -> Any:
    return importlib.import_module(f"{BOT}.{name}")


def _alerts(monitor: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    made = monitor.alerts._alert
    monitor.alerts._alert = lambda *arguments: change(made(*arguments))


def _mild_page(monitor: Any) -> None:
    _alerts(monitor, lambda a: {**a, "severity": "info"} if a["kind"] == "page" else a)


def _strange_text(monitor: Any) -> None:
    text = "Flow daemon not running: ERROR: FP-1.1: no process"
    _alerts(monitor, lambda a: {**a, "text": text, "manual_steps": []})


def _warns_again(monitor: Any) -> None:
    decide = monitor.alerts._decide

    def again(fp: str, status: str, now: float, gave_up: bool) -> tuple[str, str]:
        kind, severity = decide(fp, status, now, gave_up)
        return ("repeat", severity) if status == "WARN" and not kind else (kind, severity)

    monitor.alerts._decide = again


def _alerts_once(monitor: Any) -> None:
    """A failure point that was alerted today is not alerted again."""
    decide = monitor.alerts._decide
    done: set[str] = set()

    def once(fp: str, status: str, now: float, gave_up: bool) -> tuple[str, str]:
        kind, severity = decide(fp, status, now, gave_up)
        again = kind == "fire" and fp in done
        done.update({fp} if kind == "fire" else ())
        return ("", "") if again else (kind, severity)

    monitor.alerts._decide = once


def _heals_once(monitor: Any) -> None:
    heal = copy(monitor.heals["FP-1.1"])
    tries = iter([heal.act])
    heal.act = lambda *output: next(tries, lambda *_: None)(*output)
    monitor.heals["FP-1.1"] = heal


def _drops_the_rest(monitor: Any) -> None:
    """After a check that finds an error the later ones are forgotten."""
    snapshot = monitor._snapshot

    def until_error(now: float, readiness: str, shown: dict[str, Any]) -> Any:
        bad = [n for n, finding in enumerate(shown.values()) if finding.status == "ERROR"]
        return snapshot(now, readiness, dict(list(shown.items())[: min(bad, default=99) + 1]))

    monitor._snapshot = until_error


def _acts(monitor: Any, fp: str, also: Callable[[], object]) -> None:
    heal = copy(monitor.heals[fp])
    act = heal.act
    heal.act = lambda *output: (also(), act(*output))[1]
    monitor.heals[fp] = heal


def _kills(monitor: Any) -> None:
    kill = ["pkill", "-9", "-f", "reference_bot bot"]
    _acts(monitor, "FP-1.1", lambda: subprocess.run(kill, check=False))


def _forgets_weights(monitor: Any) -> None:
    """Neutral weights, called learned ones."""
    heals, neutral = _module("monitoring.heals.registry"), _module("flow.weights").neutral_weights
    heals.read_json = lambda *output: {**neutral(), "learned": True}


def _empties_cooldowns(monitor: Any) -> None:
    """Starts the daemon again, and lets the bot buy again at once what it has just sold."""
    _acts(monitor, "FP-1.1", lambda: _module("files").write_json("state/cooldowns.json", {}))


def _words(monitor: Any, words: Callable[[str, str], str]) -> None:
    """Other messages in health."""
    snapshot = monitor._snapshot

    def said(now: float, readiness: str, shown: dict[str, Any]) -> Any:
        other = {fp: replace(f, message=words(fp, f.status)) for fp, f in shown.items()}
        return snapshot(now, readiness, other)

    monitor._snapshot = said


def _other_steps(monitor: Any) -> None:
    """In health, alerts and pages alike: what to do when the bot is down."""
    steps = monitor.failure_points["FP-6.1"].manual_steps
    monitor.failure_points = {
        fp: p._replace(manual_steps=steps) for fp, p in monitor.failure_points.items()
    }


def _lifts_freezes(monitor: Any) -> None:
    check, write = monitor.check, _module("files").write_json

    def lifting() -> None:
        if check()["readiness"] == "RED":
            write("state/governor_freezes.json", {})

    monitor.check = lifting


def _restarted() -> bool:
    cycles = Path("logs/cycles.jsonl")
    return cycles.exists() and cycles.stat().st_size > 500


def _doubles(trader: Any) -> None:
    if _restarted():
        object.__setattr__(trader._settings, "position_usd", 1000.0)


def _keeps(trader: Any) -> None:
    if _restarted():
        trader._exit_old = lambda held, orders, now: None


def _shorts(trader: Any) -> None:
    """What it skips is sold short."""
    passed, submit = trader._passed, trader._broker.submit

    def shorting(candidates: Sequence[Any], orders: Any, mood: str) -> Any:
        for item in [c for c in candidates if not c.bullish]:
            order = {"symbol": item.symbol, "side": "sell", "qty": "1", "type": "market"}
            name = f"rb-{item.symbol}-buy-{int(item.now)}-s"
            submit({**order, "time_in_force": "day", "client_order_id": name})
        return passed(candidates, orders, mood)

    trader._passed = shorting


def _entries(trader: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Once restarted, entries go out changed."""
    submit = trader._broker.submit
    if _restarted():
        trader._broker.submit = lambda o: submit(change(o) if "limit_price" in o else o)


def _at_the_market(trader: Any) -> None:
    _entries(
        trader, lambda o: {k: v for k, v in o.items() if k != "limit_price"} | {"type": "market"}
    )


def _at_any_price(trader: Any) -> None:
    _entries(trader, lambda o: {**o, "limit_price": f"{float(o['limit_price']) * 1.05:.2f}"})


def _blocks_half(trader: Any) -> None:
    """Every second symbol is forgotten once guards have blocked cycles; nothing is logged of it."""
    offer = trader._offer
    blocked: list[str] = []

    def some(candidates: Sequence[Any], *rest: Any) -> None:
        long = len(blocked) > 2  # a cycle is blocked in every warm-up
        offer([c for c in candidates if not long or sum(map(ord, c.symbol)) % 2], *rest)
        blocked.extend({trader._journal.record["guard"]} - {""})

    trader._offer = some


def _half_after_a_restart(trader: Any) -> None:
    offer = trader._offer
    if _restarted():
        trader._offer = lambda result, *rest: offer(
            [c for c in result if sum(map(ord, c.symbol)) % 2], *rest
        )


#: By the defect: in which process it is.
DEFECTS: Mapping[str, tuple[Spoil, str]] = {
    "a mild page": (_mild_page, "monitor"),
    "an alert about another": (_strange_text, "monitor"),
    "warns at every pass": (_warns_again, "monitor"),
    "alerts once a day": (_alerts_once, "monitor"),
    "heals once a day": (_heals_once, "monitor"),
    "drops the rest of health": (_drops_the_rest, "monitor"),
    "kills an innocent": (_kills, "monitor"),
    "forgets what it learned": (_forgets_weights, "monitor"),
    "has the manual steps of another": (_other_steps, "monitor"),
    "empties the cooldowns": (_empties_cooldowns, "monitor"),
    "has no words": (lambda m: _words(m, lambda fp, s: "fine" * (s == "OK")), "monitor"),
    "has the words of a healthy bot": (lambda m: _words(m, lambda fp, status: "fine"), "monitor"),
    "has the words of another": (lambda m: _words(m, lambda fp, status: "FP-6.4: ok"), "monitor"),
    "forgets symbols after a block": (_blocks_half, "bot"),
    "forgets symbols when restarted": (_half_after_a_restart, "bot"),
    "lifts a person's freeze": (_lifts_freezes, "monitor"),
    "doubles its size when restarted": (_doubles, "bot"),
    "never exits when restarted": (_keeps, "bot"),
    "sells what it skips": (_shorts, "bot"),
    "buys at the market when restarted": (_at_the_market, "bot"),
    "pays any price when restarted": (_at_any_price, "bot"),
}


class SubtleBot(ReferenceBot):
    """See the module."""

    bad = ""

    def __init__(self) -> None:
        super().__init__(self._spoil)

    def processes(self, world: World) -> Sequence[Process]:
        self.bad = str(world.settings.get("bad", ""))
        return super().processes(world)

    def detail(self, fp: str) -> DetailPage | None:
        page = super().detail(fp)
        bot_down = super().detail("FP-6.1")
        if page is None or bot_down is None or self.bad != "has the manual steps of another":
            return page
        return replace(page, manual_steps=bot_down.manual_steps)

    def _spoil(self, process: str, instance: Any) -> None:
        spoil, where = DEFECTS.get(self.bad, (lambda result: None, ""))
        if process == where:
            spoil(instance)
