"""The dashboard: a read-only WSGI application over the snapshots, the history and the logs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import unquote

from pytest_fpharness.reference_bot.dashboard import pages
from pytest_fpharness.reference_bot.files import StateError, read_json, read_lines
from pytest_fpharness.reference_bot.health import read_health
from pytest_fpharness.reference_bot.history import HISTORY, LOG
from pytest_fpharness.reference_bot.monitoring import learning
from pytest_fpharness.reference_bot.monitoring.checks.base import objects
from pytest_fpharness.reference_bot.monitoring.failure_points import FAILURE_POINTS

#: Rows and single values to hide; empty by default.
HIDDEN: set[str] = set()
HIDDEN_VALUES: set[tuple[str, str]] = set()

#: No external resources, no scripts, no framing.
POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
TREND_LENGTH: Final = 5
#: What each colour means for trading, for the JSON API (D-2).
TRADING: Final = {"GREEN": "ready", "YELLOW": "limited", "RED": "blocked"}
_HEALING_FILES: Final = ("state/healing.json", "state/watchdog_healing.json")
StartResponse = Callable[[str, list[tuple[str, str]]], Any]
#: Status line, content type and body.
Answer = tuple[str, str, str]


def rows(home: str = ".") -> dict[str, dict[str, Any]]:
    """The rows of all checked failure points by id: health, title and trend."""
    return _rows(read_health(home), home)


def _rows(health: dict[str, Any], home: str, only: str = "") -> dict[str, dict[str, Any]]:
    checked, changes = health["failure_points"], _changes(home)
    wanted = sorted(checked, key=_in_order) if not only else [only] if only in checked else []
    return {fp: _row(fp, checked[fp], changes.get(fp, [])) for fp in wanted if fp not in HIDDEN}


def _in_order(fp: str) -> list[tuple[int, str]]:
    """Sort key that compares the numbers in an id as numbers: FP-6.20 follows FP-6.3."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", fp)]


def detail(home: str, fp: str) -> dict[str, Any] | None:
    """One row with its documentation, healing history, statistics, log lines and manual steps."""
    row = rows(home).get(fp)
    if row is None:
        return None
    declared = FAILURE_POINTS.get(fp)
    lines = objects(read_lines(f"{home}/{LOG}", 500))
    return {
        **row,
        "documentation": declared._asdict() if declared else {},
        "manual_steps": list(declared.manual_steps) if declared else [],
        "healing_history": _healing_history(home, fp),
        "statistics": learning.statistics(home).get(fp, {}),
        "logs": [line for line in lines if line.get("fp") == fp][-20:],
    }


def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """WSGI application; read-only, so methods other than GET get a 405."""
    if environ.get("REQUEST_METHOD", "GET") != "GET":
        answer: Answer = ("405 Method Not Allowed", "text/plain", "GET only")
    else:
        answer = _route(unquote(str(environ.get("PATH_INFO", "/"))) or "/")
    status, kind, text = answer
    body = text.encode("utf-8")
    headers = [
        ("Content-Type", f"{kind}; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", POLICY),
    ]
    if status.startswith("405"):
        headers.append(("Allow", "GET"))
    start_response(status, headers)
    return [body]


def _route(path: str) -> Answer:
    if path == "/healthz":
        return "200 OK", "text/plain", "ok"
    # Read once: an answer must not show the colour of one pass beside the rows of the next.
    health = read_health(".")
    readiness = _readiness(health)
    routes: dict[str, Callable[[], Answer]] = {
        "/": lambda: _html(pages.status_page(readiness, _rows(health, "."))),
        "/statistics": lambda: _html(pages.statistics_page(readiness, learning.statistics())),
        "/api/statistics": lambda: _json({**readiness, "statistics": learning.statistics()}),
        "/api/readiness": lambda: _json(readiness),
        "/api/failure_points": lambda: _json({**readiness, "failure_points": _rows(health, ".")}),
    }
    if path in routes:
        return routes[path]()
    prefix, _, fp = path.rpartition("/")
    if prefix == "/api/failure_points":
        row = next(iter(_rows(health, ".", fp).values()), None)  # without an id: the first row
        return _json({**readiness, "row": row}) if row else _not_found()
    point = detail(".", fp) if prefix in ("/api/fp", "/fp") else None
    if point is None:
        return _not_found()
    return _html(pages.detail_page(readiness, point)) if prefix == "/fp" else _json(point)


def _readiness(health: dict[str, Any]) -> dict[str, Any]:
    """The readiness colour, what it means, and which failure points cause it."""
    not_ok = {fp: row.get("colour") for fp, row in health["failure_points"].items()}
    return {
        **{key: health[key] for key in ("readiness", "checked_at", "stale")},
        "trading": TRADING.get(health["readiness"], "unknown"),
        "because": sorted(fp for fp, colour in not_ok.items() if colour not in (None, "GREEN")),
    }


def _row(fp: str, checked: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    declared = FAILURE_POINTS.get(fp)
    values = checked.get("values")
    shown = values.items() if isinstance(values, dict) else ()
    return {
        **checked,
        "id": fp,
        "title": declared.title if declared else fp,
        "severity": declared.severity if declared else "critical",
        "values": {name: value for name, value in shown if (fp, name) not in HIDDEN_VALUES},
        "trend": changes[-TREND_LENGTH:],
    }


def _changes(home: str) -> dict[str, list[dict[str, Any]]]:
    changes: dict[str, list[dict[str, Any]]] = {}
    for line in objects(read_lines(f"{home}/{HISTORY}", 1000)):
        if "to" in line:  # the others are heal events
            changes.setdefault(str(line.get("fp")), []).append(line)
    return changes


def _healing_history(home: str, fp: str) -> list[Any]:
    for path in _HEALING_FILES:
        entry = _healing_entry(f"{home}/{path}", fp)
        if isinstance(entry, dict) and isinstance(entry.get("history"), list):
            return list(entry["history"])
    return []


def _healing_entry(path: str, fp: str) -> Any:
    try:
        return read_json(path, lambda content: isinstance(content, dict)).get(fp)
    except StateError:
        return None


def _html(text: str) -> Answer:
    return "200 OK", "text/html", text


def _json(content: Any) -> Answer:
    return "200 OK", "application/json", json.dumps(content, sort_keys=True)


def _not_found() -> Answer:
    return "404 Not Found", "text/plain", "not found"
