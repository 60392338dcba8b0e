"""The target adapter of the embedded reference bot."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.model.health import (
    Alert,
    DashboardRow,
    Decision,
    DetailPage,
    FailurePointHealth,
    Healing,
    Health,
    Readiness,
    Statistics,
    Status,
)
from pytest_fpharness.model.layout import Layout
from pytest_fpharness.world.world import World
from .contract import Process, RestartPolicy, Task
from .reference_files import FILES, SHAPES

BOT = "pytest_fpharness.reference_bot"

#: Positions from before the run: symbol, quantity, and seconds since the entry. The bot closes a
#: position after 8 minutes, so their exits fall due during a fault. The world sends no other flow
#: for these symbols.
HOLDINGS = (("DIA", 2, 240), ("IWM", 3, 120), ("QQQ", 1, 60), ("SPY", 1, 0))

#: As in unit files: Restart=on-failure, RestartSec=5, StartLimitBurst=5, StartLimitIntervalSec=60.
POLICIES: Mapping[str, RestartPolicy] = {
    "bot": RestartPolicy("on-failure", 5 * SECOND, start_limit=5, interval=60 * SECOND)
}

#: Changes a process object before it runs; the tests use it to remove one behaviour of the bot.
Edit = Callable[[str, Any], None]


class ReferenceBot:
    """Adapter of ``pytest_fpharness.reference_bot``; ``edit`` changes its process objects."""

    name = "reference bot"
    injects = "bot"
    #: Imported once for ``health`` and ``dashboard``, apart from the processes' own modules.
    reader_modules = (f"{BOT}.health", f"{BOT}.dashboard.app", f"{BOT}.files")
    code_root = os.path.join(os.path.dirname(os.path.dirname(__file__)), "reference_bot")

    def __init__(self, edit: Edit | None = None) -> None:
        self._edit = edit or (lambda process, instance: None)

    def layout(self) -> Layout:
        from pytest_fpharness.reference_bot.settings import CHECK_SECONDS, CYCLE_SECONDS, UNITS

        return Layout(
            files=FILES,
            units=dict(UNITS),
            hosts={
                "uw_api": ("api.unusualwhales.com",),
                "broker": ("paper-api.alpaca.markets",),
                "broker_data": ("data.alpaca.markets",),
                "webhook": ("hooks.example.com",),
                "webhook_2": ("hooks2.example.com",),
            },
            env={
                "uw_key": "UW_API_KEY",
                "broker_key": "ALPACA_KEY",
                "broker_secret": "ALPACA_SECRET",
                "webhook": "ALERT_WEBHOOK_URL",
                "broker_url": "ALPACA_BASE_URL",
                "threshold": "SCORE_THRESHOLD",
                "max_positions": "MAX_POSITIONS",
                "entry_size": "POSITION_USD",
            },
            environment={
                "ALERT_WEBHOOK_URL": "https://hooks.example.com/alerts",
                "ALERT_WEBHOOK_URL_2": "https://hooks2.example.com/alerts",
                "TRADING_MODE": "PAPER",
                "SCORE_THRESHOLD": "2.7",
                "MAX_POSITIONS": "16",
                "POSITION_USD": "500",
                "DISPLACE_BY": "1",
            },
            functions={
                "score": f"{BOT}.flow.scoring:score",
                "enrichment": f"{BOT}.flow.enrichment:enrich",
                "regime": f"{BOT}.flow.regime:regime",
            },
            shapes=SHAPES,
            memory_dirs=("run",),
            check=CHECK_SECONDS * SECOND,
            cycle=CYCLE_SECONDS * SECOND,
        )

    def processes(self, world: World) -> Sequence[Process]:
        """Daemon, bot, monitor and watchdog, each with its own modules."""
        from pytest_fpharness.reference_bot.settings import (
            CHECK_SECONDS,
            CYCLE_SECONDS,
            POLL_SECONDS,
        )

        check = CHECK_SECONDS * SECOND
        return [
            self._process("uw_flow_daemon", "flow.daemon.Daemon", "poll", POLL_SECONDS * SECOND, 0),
            self._process(
                "bot", "trading.trader.Trader", "cycle", CYCLE_SECONDS * SECOND, 5 * SECOND
            ),
            self._process("monitor", "monitoring.monitor.Monitor", "check", check, 20 * SECOND),
            self._process("watchdog", "monitoring.watchdog.Watchdog", "check", check, 25 * SECOND),
        ]

    def _process(self, name: str, where: str, task: str, every: int, offset: int) -> Process:
        from pytest_fpharness.reference_bot.settings import COMMANDS, UNITS

        module, _, attribute = where.rpartition(".")

        def start() -> Mapping[str, Callable[[], object]]:
            import importlib
            import sys

            kind = getattr(importlib.import_module(f"{BOT}.{module}"), attribute)
            settings = importlib.import_module(f"{BOT}.settings")
            try:
                instance = kind()
            except settings.SettingsError as error:  # as its own command line does
                print(error, file=sys.stderr)
                raise SystemExit(2) from error
            self._edit(name, instance)
            offered = [task, "inject"] if name == self.injects else [task]
            return {offer: getattr(instance, offer) for offer in offered}

        return Process(
            name=name,
            start=start,
            tasks=[Task(task, every, offset)],
            argv=COMMANDS[name],
            unit=UNITS[name],
            restart=POLICIES.get(name, RestartPolicy()),
            monitor=name in ("monitor", "watchdog"),
            modules=(f"{BOT}.{module}",),
        )

    def prepare(self, world: World) -> None:
        """A healthy installation, with a trading history."""
        from pytest_fpharness.reference_bot.prepare import prepare_home

        now = world.clock.true_wall()
        count = int(world.settings.get("positions", 0))
        positions = {
            symbol: _position(world, symbol, qty, now - held)
            for symbol, qty, held in HOLDINGS[:count]
        }
        learned = bool(world.settings.get("learned", True))
        prepare_home(world.root, now, learned=learned, positions=positions)

    def health(self) -> Health:
        """Read the snapshots of monitor and watchdog."""
        from pytest_fpharness.reference_bot.health import read_health

        snapshot = read_health()
        return Health(
            checked_at=snapshot.get("checked_at"),
            readiness=Readiness(snapshot["readiness"]),
            failure_points={
                fp: _health_of(entry) for fp, entry in snapshot.get("failure_points", {}).items()
            },
        )

    def read_alert(self, body: Any) -> Alert | None:
        if not isinstance(body, dict) or "key" not in body:
            return None
        steps = " ".join(str(step) for step in body.get("manual_steps") or ())
        text = f"{body.get('text', '')} {steps}".strip()
        return Alert(str(body["key"]), str(body["kind"]), str(body.get("severity", "")), text)

    def read_decision(self, line: str) -> Decision | None:
        """Parse a line of logs/decisions.jsonl."""
        row = json.loads(line)
        return Decision(
            symbol=row["symbol"],
            action=row["decision"],
            gate=row.get("gate") or "",
            side=row.get("side", "buy"),
            client_order_id=row.get("client_order_id") or "",
            reason=row.get("reason") or "",
            score=row.get("score"),
            trace=tuple(row.get("trace") or ()),
        )

    def booked_fills(self) -> Sequence[str]:
        """The order ids in logs/trades.jsonl."""
        from pytest_fpharness.reference_bot.files import read_lines

        return [str(line.get("order_id")) for line in read_lines("logs/trades.jsonl")]

    def dashboard(self) -> Mapping[str, DashboardRow]:
        """The rows of the dashboard, requested as a browser would."""
        return _Page()

    def detail(self, fp: str) -> DetailPage | None:
        page = _browse(f"/api/fp/{fp}")
        if page is None:
            return None
        documentation = page.get("documentation") or {}
        about = ("location", "impact", "detection", "healing", "dashboard", "test")
        return DetailPage(
            documentation={key: str(documentation.get(key) or "") for key in about},
            message=str(page.get("message") or ""),
            healing=tuple(f"{e['event']}: {e['text']}" for e in page["healing_history"]),
            logs=tuple(str(line.get("text")) for line in page["logs"]),
            manual_steps=tuple(page["manual_steps"]),
        )

    def statistics(self) -> Mapping[str, Statistics]:
        page = _browse("/api/statistics") or {"statistics": {}}
        return {fp: _statistics(row) for fp, row in page["statistics"].items()}


class _Page(Mapping[str, DashboardRow]):
    """Rows by failure point, requested on access: a run compares only one of 37."""

    def __getitem__(self, fp: str) -> DashboardRow:
        page = _browse(f"/api/failure_points/{fp}")
        if page is None:
            raise KeyError(fp)
        return _row(page["row"], str(page.get("readiness")))

    def __iter__(self) -> Iterator[str]:
        return iter(_browse("/api/failure_points")["failure_points"])

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _position(world: World, symbol: str, qty: int, since: float) -> Mapping[str, Any]:
    """Open a position at the broker; returns its row in the bot's books."""
    world.alpaca.open_position(symbol, qty)
    price = float(world.alpaca.ledger.prices.last(symbol))
    return {
        "qty": float(qty),
        "side": "long",
        "avg_price": price,
        "entry_fill_ts": since,
        "client_order_id": f"rb-{symbol}-buy-{int(since)}",
    }


def _browse(path: str) -> Any:
    """The dashboard's JSON response, or None if there is no such page."""
    from pytest_fpharness.reference_bot.dashboard import app as dashboard

    statuses: list[str] = []
    body = b"".join(dashboard.app(_get(path), lambda status, headers: statuses.append(status)))
    return json.loads(body) if statuses[0].startswith("200") else None


def _get(path: str) -> dict[str, Any]:
    import io

    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "dashboard",
        "SERVER_PORT": "80",
        "wsgi.input": io.BytesIO(),
    }


def _health_of(entry: Mapping[str, Any]) -> FailurePointHealth:
    healing = entry.get("healing") or {}
    return FailurePointHealth(
        status=Status(entry["status"]),
        last_check=entry.get("last_check"),
        message=str(entry.get("message", "")),
        healing=Healing(
            attempts=int(healing.get("attempts", 0)),
            successes=int(healing.get("successes", 0)),
            last_attempt=healing.get("last_attempt"),
            state=str(healing.get("state", "idle")),
            manual_steps=tuple(healing.get("manual_steps") or ()),
        ),
    )


def _statistics(row: Mapping[str, Any]) -> Statistics:
    return Statistics(
        failures=int(row["failures"]),
        attempts=int(row["attempts"]),
        healed=int(row["healed"]),
        success_rate=row["success_rate"],
        patterns=tuple(row["patterns"]),
        improvements=tuple(row["improvements"]),
    )


def _row(row: Mapping[str, Any], readiness: str = "") -> DashboardRow:
    healing = row.get("healing") or {}
    return DashboardRow(
        status=str(row.get("status")),
        last_check=row.get("last_check"),
        healing=str(healing.get("state", "") if isinstance(healing, dict) else healing),
        values=dict(row.get("values") or {}),
        manual_steps=tuple(
            (healing.get("manual_steps") if isinstance(healing, dict) else ()) or ()
        ),
        trend=tuple(str(change.get("to")) for change in row.get("trend") or ()),
        readiness=readiness,
    )
