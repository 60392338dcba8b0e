"""The trading cycle: reconcile, guard, exit, find candidates, gate them, order."""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Mapping, Set
from contextlib import suppress
from typing import Any, Final

from pytest_fpharness.reference_bot import gates, guards, threshold
from pytest_fpharness.reference_bot.books import TERMINAL, Books, is_ours
from pytest_fpharness.reference_bot.broker import Broker, BrokerError, Refused, Unauthorized
from pytest_fpharness.reference_bot.clusters import examine, is_signal
from pytest_fpharness.reference_bot.daemon import CACHE
from pytest_fpharness.reference_bot.evaluation import evaluate, record
from pytest_fpharness.reference_bot.files import StateError, append_line, read_json, write_json
from pytest_fpharness.reference_bot.funds import Funds, buying_power
from pytest_fpharness.reference_bot.gate_log import GateLog
from pytest_fpharness.reference_bot.gates import Candidate, Exposure
from pytest_fpharness.reference_bot.guards import Facts
from pytest_fpharness.reference_bot.history import last_total
from pytest_fpharness.reference_bot.instants import epoch
from pytest_fpharness.reference_bot.orders import Desk, limit_price, shares
from pytest_fpharness.reference_bot.profiles import read_profiles
from pytest_fpharness.reference_bot.reconcile import Reconciler
from pytest_fpharness.reference_bot.regime import NEUTRAL as NEUTRAL_MOOD
from pytest_fpharness.reference_bot.settings import CYCLE_SECONDS, Settings, read_settings
from pytest_fpharness.reference_bot.status import BrokerStatus
from pytest_fpharness.reference_bot.weights import NEUTRAL, current_weights, valid_weights
from pytest_fpharness.reference_bot.weights import PATH as WEIGHTS

HEARTBEAT: Final = "state/bot_heartbeat.json"
#: Positions are closed after so many seconds.
HOLD: Final = 8 * CYCLE_SECONDS
#: Seconds for which an answer of the market's clock holds, unless its next change comes first.
CLOCK_HOLDS: Final = 300.0

#: How far before the last reconciliation the list of orders begins, in seconds.
LOOK_BACK: Final = 900.0

Row = dict[str, Any]


class Trader:
    """The bot; `cycle` is to be called every minute."""

    def __init__(self, settings: Settings | None = None) -> None:
        now = time.time()
        self._settings = settings or read_settings(process="bot")
        self._broker = Broker(self._settings)
        self._books = Books()
        self._status = BrokerStatus(now)
        self._desk = Desk(self._broker, self._books, self._status)
        self._reconciler = Reconciler(self._broker, self._books, self._status)
        self._mood = NEUTRAL_MOOD
        self._orders_after = now - 86_400
        self._number = _last_cycle()
        self._row_errors = last_total()
        self._clock: tuple[bool, float] = (False, 0.0)
        self._record: Row = {}
        self._gates = GateLog()
        self._raised = 0.0
        self._funds = Funds(self._status, None)

    def cycle(self) -> None:
        """One cycle: whatever happens, it leaves one record; a finished one beats the heart."""
        now = time.time()
        self._number += 1
        counts = dict.fromkeys(("clusters", "candidates", "entered", "blocked", "exits"), 0)
        self._record = {"ts": now, "cycle": self._number, "ok": False, "guard": "", **counts}
        self._record["error"] = ""
        self._gates.begin()
        try:
            self._run(now)
            self._finish(now)
            self._record["ok"] = not self._record["error"]
        except Exception as error:
            self._record["error"] = f"{type(error).__name__}: {error}"
            with suppress(OSError):
                self._books.save()
        self._log("logs/cycles.jsonl", {**self._record, "mode": self._status.mode})

    def inject(self, cluster: Mapping[str, Any]) -> None:
        """Take a signal with a known score through guards, gates and order, as a cycle would.

        ``cluster`` is ``{symbol, score, side}``. The decision is logged with the trace of its gates.
        """
        now = time.time()
        self._record = {"entered": 0, "blocked": 0, "guard": ""}
        bullish = cluster["side"] == "buy"
        candidate = Candidate(str(cluster["symbol"]), float(cluster["score"]), now, bullish)
        self._status.begin()
        self._books.load()
        try:
            _, orders = self._reconcile(now)
        except (BrokerError, Refused) as error:
            self._decide(candidate, "block", "broker", str(error))
            return
        self._funds = Funds(self._status, buying_power(self._broker))
        self._offer([candidate], orders, _cache(), now)
        self._books.save()
        self._status.save()

    def _finish(self, now: float) -> None:
        self._gates.end(now)
        self._books.forget_finished(now)
        self._books.save()
        self._status.end(now)
        self._status.save()
        beat = {"cycle": self._number, "finished_at": time.time(), "pid": os.getpid()}
        write_json(HEARTBEAT, beat)

    def _log(self, path: str, line: Row) -> None:
        try:
            append_line(path, line)
        except OSError as error:
            # The disk refuses; the journal of the service still gets a word.
            print(f"cannot write {path}: {error}", file=sys.stderr)

    # the steps

    def _run(self, now: float) -> None:
        self._status.begin()
        self._books.load()
        try:
            held, orders = self._reconcile(now)
        except (BrokerError, Refused) as error:
            refused = isinstance(error, Unauthorized)
            self._status.failed(str(error), refused_keys=refused)
            if refused:
                line = {"ts": now, "event": "authentication refused", "error": str(error)}
                self._log("logs/bot.jsonl", line)
            self._record["error"] = str(error)
            self._without_broker(now)
            return
        self._status.reached(now)
        # The first look goes back a day, later ones a while before the last that succeeded.
        if not self._books.problem:
            self._orders_after = now - LOOK_BACK
        self._exit_old(held, orders, now)
        # Also in a cycle that may not enter: how the account stands must not be forgotten.
        self._funds = Funds(self._status, buying_power(self._broker))
        self._enter(now, orders)
        self._funds.end()

    def _reconcile(self, now: float) -> tuple[list[Row], list[Row]]:
        """The broker's positions and orders, after which the books agree with them."""
        after = min(self._orders_after, self._books.oldest_in_flight(now) - 60)
        held, orders = self._broker.positions(), self._broker.orders(after)
        self._desk.follow(orders, now)
        self._books.book_fills(orders, now)
        held = self._reconciler.compare(held, orders, now)
        self._status.holding(self._books.positions)
        results, self._books.results = self._books.results, []
        self._raised = threshold.step(now, results)
        return held, orders

    def _without_broker(self, now: float) -> None:
        """Candidates of fresh data are blocked by name; nothing else can be done."""
        cache = _cache()
        self._record["guard"] = "broker_unreachable"
        facts = Facts(now, "normal", "", cache, "")
        if cache is not None and not guards.data_fresh(facts):
            for candidate in self._candidates(cache, now):
                self._decide(candidate, "block", "broker", "the broker cannot be reached")

    def _exit_old(self, held: list[Row], orders: list[Row], now: float) -> None:
        """Close what is old enough; no guard stands in the way of an exit."""
        closing = self._books.in_flight("exit") | _open_exits(orders)
        closing |= set(self._status.data["mismatch"])  # how much there is to close is not known
        symbols = {row["symbol"] for row in held} - closing
        for symbol in sorted(symbols & set(self._books.positions)):
            position = self._books.positions[symbol]
            if now - position["entry_fill_ts"] >= HOLD:
                outcome = self._desk.leave(symbol, position["qty"], position["side"], now)
                self._record["exits"] += outcome in ("accepted", "unknown")

    def _enter(self, now: float, orders: list[Row]) -> None:
        cache = _cache()
        self._offer(self._candidates(cache or {}, now), orders, cache, now)

    def _offer(
        self,
        candidates: list[Candidate],
        orders: list[Row],
        cache: Mapping[str, Any] | None,
        now: float,
    ) -> None:
        """Take candidates through the guards, the gates and to their orders."""
        market, differs = self._market(now), self._reconciler.problem
        facts = Facts(now, self._status.mode, market, cache, self._books.problem, differs)
        guard, reason = guards.first_block(facts)
        self._record["guard"] = guard
        if guard:
            for candidate in candidates:
                self._decide(candidate, "block", guard, reason)
            return
        self._order(self._passed(candidates, orders, self._mood), now)

    def _market(self, now: float) -> str:
        """Why the market is no place for entries now, by the broker's clock, or nothing."""
        is_open, until = self._clock
        if now >= until:
            try:
                clock = self._broker.clock()
                change = min(epoch(clock["next_open"]), epoch(clock["next_close"]))
            except (BrokerError, Refused, TypeError, ValueError) as error:
                return f"the market's clock is not known: {error}"
            is_open = clock["is_open"] is True
            self._clock = is_open, min(change, now + CLOCK_HOLDS)
        return "" if is_open else "the market is closed"

    # candidates

    def _candidates(self, cache: Mapping[str, Any], now: float) -> list[Candidate]:
        flow = examine(cache, now)
        signals = [cluster for cluster in flow.clusters if is_signal(cluster, now)]
        self._row_errors += len(flow.problems)
        self._record.update(
            flow.record(), candidates=len(signals), row_errors_total=self._row_errors
        )
        found = evaluate(signals, cache, _weights() if signals else {}, now)
        self._mood = found.mood
        record(found, now, self._number, self._settings.threshold)
        for c in signals:
            if c.symbol in found.errors:
                failed = Candidate(c.symbol, math.nan, now, c.bullish)
                self._decide(failed, "block", "score", found.errors[c.symbol])
        scored = [c for c in signals if c.symbol in found.scores]
        return [Candidate(c.symbol, found.scores[c.symbol], now, c.bullish) for c in scored]

    def _passed(self, candidates: list[Candidate], orders: list[Row], mood: str) -> list[Candidate]:
        """The candidates that pass every gate; the others are written down with the first gate."""
        passed: list[Candidate] = []
        in_flight = self._books.in_flight("entry") | _open_entries(orders)
        profiles = read_profiles() if candidates else {}
        for candidate in sorted(candidates, key=lambda c: -c.score):
            if not candidate.bullish:
                self._decide(candidate, "skip", "direction", "the bot buys only")
                continue
            taken = in_flight | {c.symbol for c in passed}
            held = set(self._books.positions)
            exposure = Exposure(
                held,
                taken,
                self._books.cooldowns,
                len(passed),
                threshold=self._settings.threshold,
                max_positions=self._settings.max_positions,
                profiles=profiles,
                mood=mood,
                raised=self._raised,
                costs=self._costs(taken),
            )
            gate, reason = gates.first_block(candidate, exposure)
            if gate:
                self._decide(candidate, "block", gate, reason)
            else:
                passed.append(candidate)
        return passed

    def _costs(self, taken: Set[str]) -> dict[str, float]:
        """Dollars by symbol: positions at cost, and a whole entry for each order on its way."""
        rows = self._books.positions.items()
        held = {symbol: row["qty"] * row["avg_price"] for symbol, row in rows}
        return {**dict.fromkeys(taken, gates.SIZE), **held}

    def _order(self, candidates: list[Candidate], now: float) -> None:
        if not candidates:
            return
        try:
            quotes = self._broker.quotes([c.symbol for c in candidates])
        except (BrokerError, Refused) as error:
            for candidate in candidates:
                self._decide(candidate, "block", "quote", str(error))
            return
        unclear = False
        for candidate in candidates:
            quote = quotes.get(candidate.symbol)
            problem = gates.quote_problem(quote, now)
            if problem:
                self._decide(candidate, "block", "quote", problem)
            elif unclear:
                # With one exposure unknown no other is added.
                self._decide(candidate, "block", "order", "an order's fate is not known")
            else:
                unclear = self._send(candidate, (quote or {})["ap"], now) == "unknown"

    def _send(self, candidate: Candidate, ask: float, now: float) -> str:
        qty = self._funds.affordable(shares(ask, self._settings.position_usd), limit_price(ask))
        if qty < 1:
            self._decide(candidate, "block", "buying_power", "no buying power for one share")
            return "skipped"
        name, outcome = self._desk.enter(candidate.symbol, ask, qty, now)
        if outcome == "rejected":
            self._funds.refused()
        if outcome in ("accepted", "unknown"):
            self._decide(candidate, "enter", "", outcome, name)
        else:
            self._decide(candidate, "block", "order", f"the order was {outcome}", name)
        return outcome

    def _decide(
        self, candidate: Candidate, decision: str, gate: str, reason: str, name: str | None = None
    ) -> None:
        line = {"ts": candidate.now, "cycle": self._number, "symbol": candidate.symbol}
        score = candidate.score if math.isfinite(candidate.score) else None
        line |= {"side": "buy" if candidate.bullish else "sell", "score": score}
        line |= {"decision": decision, "gate": gate, "reason": reason, "client_order_id": name}
        line["trace"] = gates.path_to(gate, guards.GUARDS)
        self._gates.note(decision, gate)
        self._record["entered"] += decision == "enter"
        self._record["blocked"] += decision == "block"
        self._log("logs/decisions.jsonl", line)


def _open_entries(orders: list[Row]) -> set[str]:
    """The symbols with a working buy order, our own or another's."""
    return {o["symbol"] for o in orders if o["status"] not in TERMINAL and o.get("side") == "buy"}


def _open_exits(orders: list[Row]) -> set[str]:
    """The symbols in which an exit of ours is working, also one whose intent was lost."""
    return {
        o["symbol"]
        for o in orders
        if o["status"] not in TERMINAL
        and is_ours(o["client_order_id"])
        and "-buy-" not in o["client_order_id"]
    }


def _cache() -> dict[str, Any] | None:
    try:
        content: dict[str, Any] = read_json(CACHE, lambda found: isinstance(found, dict))
    except StateError:
        return None
    return content


def _weights() -> dict[str, float]:
    """The learned weights; neutral ones for the record of a cycle in which they are broken."""
    try:
        return current_weights(read_json(WEIGHTS, valid_weights))
    except StateError:
        return dict(NEUTRAL)


def _last_cycle() -> int:
    try:
        number = read_json(HEARTBEAT, lambda found: isinstance(found.get("cycle"), int))["cycle"]
    except (StateError, AttributeError):
        return 0
    return int(number)
