"""The trading cycle: reconcile, exit, find candidates, apply guards and gates, order."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Set
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from pytest_fpharness.reference_bot.files import StateError, read_json
from pytest_fpharness.reference_bot.flow.clusters import examine, is_signal
from pytest_fpharness.reference_bot.flow.daemon import CACHE
from pytest_fpharness.reference_bot.flow.evaluation import evaluate, record
from pytest_fpharness.reference_bot.flow.regime import NEUTRAL as NEUTRAL_MOOD
from pytest_fpharness.reference_bot.flow.weights import NEUTRAL, current_weights, valid_weights
from pytest_fpharness.reference_bot.flow.weights import PATH as WEIGHTS
from pytest_fpharness.reference_bot.history import last_total
from pytest_fpharness.reference_bot.instants import epoch
from pytest_fpharness.reference_bot.settings import CYCLE_SECONDS, Settings, read_settings
from pytest_fpharness.reference_bot.trading import gates, guards, threshold
from .books import Books
from .broker import Broker, BrokerError, Refused, Unauthorized
from .displacement import Displacement
from .entries import Entries, open_entries, open_exits
from .funds import Funds, buying_power
from .gates import Candidate, Exposure
from .guards import Facts
from .journal import Journal, log
from .orders import OrderDesk
from .profiles import read_profiles
from .reconcile import Reconciler
from .status import BrokerStatus

#: Seconds after which positions are closed.
HOLD: Final = 8 * CYCLE_SECONDS
#: Seconds for which the market clock is cached, unless its next change comes first.
CLOCK_HOLDS: Final = 300.0

#: How far before the last reconciliation the list of orders begins, in seconds.
LOOK_BACK: Final = 900.0

Row = dict[str, Any]


class Trader:
    """The bot; call `cycle` every minute."""

    def __init__(self, settings: Settings | None = None) -> None:
        now = time.time()
        self._settings = settings or read_settings(process="bot")
        self._broker = Broker(self._settings)
        self._books = Books()
        self._status = BrokerStatus(now)
        self._desk = OrderDesk(self._broker, self._books, self._status)
        self._journal = Journal()
        self._entries = Entries(self._broker, self._desk, self._settings, self._journal)
        advantage = self._settings.displace_by
        self._displacement = Displacement(self._broker, self._books, self._desk, advantage)
        self._reconciler = Reconciler(self._broker, self._books, self._status)
        self._mood = NEUTRAL_MOOD
        self._orders_after = now - 86_400
        self._row_errors = last_total()
        self._clock: tuple[bool, float] = (False, 0.0)
        self._raised = 0.0
        self._funds = Funds(self._status, None)

    def cycle(self) -> None:
        """Run one cycle: it always logs one record, and writes a heartbeat if it finishes."""
        now = time.time()
        self._journal.begin(now)
        try:
            self._run(now)
            self._finish(now)
            self._journal.record["ok"] = not self._journal.record["error"]
        except Exception as error:
            self._journal.record["error"] = f"{type(error).__name__}: {error}"
            with suppress(OSError):
                self._books.save()
        self._journal.write_cycle(self._status.mode)

    def inject(self, cluster: Mapping[str, Any]) -> None:
        """Take a signal with a known score through guards, gates and order, as a cycle does.

        ``cluster`` is ``{symbol, score, side}``. The decision is logged with its trace.
        """
        now = time.time()
        self._journal.begin_outside_cycle()
        bullish = cluster["side"] == "buy"
        candidate = Candidate(str(cluster["symbol"]), float(cluster["score"]), now, bullish)
        self._status.begin()
        self._books.load()
        try:
            _, orders = self._reconcile(now)
        except (BrokerError, Refused) as error:
            self._journal.decide(candidate, "block", "broker", str(error))
            return
        self._funds = Funds(self._status, buying_power(self._broker))
        self._offer([candidate], orders, _cache(), now)
        self._books.save()
        self._status.save()

    def _finish(self, now: float) -> None:
        self._journal.count_gates(now)
        self._books.forget_finished(now)
        self._books.save()
        self._status.end(now)
        self._status.save()
        self._journal.beat()

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
                log("logs/bot.jsonl", line)
            self._journal.record["error"] = str(error)
            self._without_broker(now)
            return
        self._status.reached(now)
        # The first list of orders goes back a day, later ones LOOK_BACK before the last success.
        if not self._books.problem:
            self._orders_after = now - LOOK_BACK
        self._exit_old(held, orders, now)
        # Also in a cycle that may not enter, so that the status shows the buying power.
        self._funds = Funds(self._status, buying_power(self._broker))
        self._enter(now, orders)
        self._funds.end()

    def _reconcile(self, now: float) -> tuple[list[Row], list[Row]]:
        """Fetch the broker's positions and orders, and bring the books up to date."""
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
        """Log candidates from fresh data as blocked; nothing else is possible."""
        cache = _cache()
        self._journal.record["guard"] = "broker_unreachable"
        facts = Facts(now, "normal", "", cache, "")
        if cache is not None and not guards.data_fresh(facts):
            for candidate in self._candidates(cache, now):
                self._journal.decide(candidate, "block", "broker", "the broker cannot be reached")

    def _exit_old(self, held: list[Row], orders: list[Row], now: float) -> None:
        """Close positions that are old enough; guards never block an exit."""
        closing = self._books.in_flight("exit") | open_exits(orders)
        closing |= set(self._status.data["mismatch"])  # the quantity to close is unknown
        symbols = {row["symbol"] for row in held} - closing
        for symbol in sorted(symbols & set(self._books.positions)):
            position = self._books.positions[symbol]
            if now - position["entry_fill_ts"] >= HOLD:
                outcome = self._desk.leave(symbol, position["qty"], position["side"], now)
                self._journal.record["exits"] += outcome in ("accepted", "unknown")

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
        """Apply guards and gates to the candidates, and order those that pass."""
        market, differs = self._market(now), self._reconciler.problem
        facts = Facts(now, self._status.mode, market, cache, self._books.problem, differs)
        guard, reason = guards.first_block(facts)
        self._journal.record["guard"] = guard
        if guard:
            for candidate in candidates:
                self._journal.decide(candidate, "block", guard, reason)
            return
        passed = self._passed(candidates, orders, self._mood)
        self._entries.order(passed, self._funds, now)

    def _market(self, now: float) -> str:
        """Why the market does not allow entries, by the broker's clock, or an empty string."""
        is_open, until = self._clock
        if now >= until:
            try:
                clock = self._broker.clock()
                change = min(epoch(clock["next_open"]), epoch(clock["next_close"]))
            except (BrokerError, Refused, TypeError, ValueError) as error:
                return f"the market's clock is unknown: {error}"
            is_open = clock["is_open"] is True
            self._clock = is_open, min(change, now + CLOCK_HOLDS)
        return "" if is_open else "the market is closed"

    # candidates

    def _candidates(self, cache: Mapping[str, Any], now: float) -> list[Candidate]:
        flow = examine(cache, now)
        signals = [cluster for cluster in flow.clusters if is_signal(cluster, now)]
        self._row_errors += len(flow.problems)
        self._journal.record.update(
            flow.record(), candidates=len(signals), row_errors_total=self._row_errors
        )
        evaluation = evaluate(signals, cache, _weights() if signals else {}, now)
        self._mood = evaluation.mood
        record(evaluation, now, self._journal.number, self._settings.threshold)
        for c in signals:
            if c.symbol in evaluation.errors:
                failed = Candidate(c.symbol, math.nan, now, c.bullish)
                self._journal.decide(failed, "block", "score", evaluation.errors[c.symbol])
        scored = [c for c in signals if c.symbol in evaluation.scores]
        return [Candidate(c.symbol, evaluation.scores[c.symbol], now, c.bullish) for c in scored]

    def _passed(self, candidates: list[Candidate], orders: list[Row], mood: str) -> list[Candidate]:
        """The candidates that pass every gate; the others are logged with the gate that blocks."""
        passed: list[Candidate] = []
        in_flight = self._books.in_flight("entry") | open_entries(orders)
        profiles, displaced = read_profiles() if candidates else {}, False
        for candidate in sorted(candidates, key=lambda c: -c.score):
            if not candidate.bullish:
                self._journal.decide(candidate, "skip", "direction", "the bot buys only")
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
            if gate == "max_positions" and not displaced:
                displaced = self._displace(candidate, exposure, in_flight | open_exits(orders))
                gate = "" if displaced else gate
            if gate:
                self._journal.decide(candidate, "block", gate, reason)
            else:
                passed.append(candidate)
        return passed

    def _displace(self, candidate: Candidate, exposure: Exposure, busy: Set[str]) -> bool:
        """Sell the weakest position for a candidate that passes every other gate."""
        weakest = self._displacement.weakest(candidate, busy)
        without = replace(exposure, held=exposure.held - {weakest})
        if not weakest or gates.first_block(candidate, without)[0]:
            return False
        room = self._displacement.make_room(candidate, weakest, candidate.now)
        # Whatever the outcome, the sale may have changed the buying power.
        self._funds.renew(buying_power(self._broker))
        return room

    def _costs(self, taken: Set[str]) -> dict[str, float]:
        """Cost by symbol in USD: positions, plus a full entry for each order in flight."""
        rows = self._books.positions.items()
        held = {symbol: row["qty"] * row["avg_price"] for symbol, row in rows}
        return {**dict.fromkeys(taken, gates.SIZE), **held}


def _cache() -> dict[str, Any] | None:
    try:
        content: dict[str, Any] = read_json(CACHE, lambda stored: isinstance(stored, dict))
    except StateError:
        return None
    return content


def _weights() -> dict[str, float]:
    """The learned weights; neutral ones if the file is invalid, for the cycle's record."""
    try:
        return current_weights(read_json(WEIGHTS, valid_weights))
    except StateError:
        return dict(NEUTRAL)
