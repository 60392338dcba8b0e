"""The dashboard's HTML; every value is escaped, and colours only repeat what the text says."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from html import escape
from itertools import groupby
from typing import Any, Final

from .style import STYLE

#: Seconds after which a page reloads, so that an open page never shows an old status.
RELOAD: Final = 30
#: What each colour means for trading.
READINESS: Final[Mapping[str, str]] = {
    "GREEN": "All critical failure points are OK. Trading is ready.",
    "YELLOW": "Some failure points warn. Trading may be limited.",
    "RED": "A critical failure point failed. Trading is blocked.",
}
STALE: Final = "The monitor is silent, so this page is not current. Trading is blocked."
#: The categories by the first number of an id.
CATEGORIES: Final[Mapping[str, str]] = {
    "1": "Data and signals",
    "2": "Scoring and evaluation",
    "3": "Gates and filters",
    "4": "Execution and broker",
    "5": "State and configuration",
    "6": "System and infrastructure",
}
HEALING: Final[Mapping[str, str]] = {
    "none": "manual only",
    "idle": "nothing to do",
    "healing": "in progress",
    "trying": "in progress",
    "waiting": "waiting for another repair",
    "healed": "healed",
    "manual": "a person is needed",
}
_COLUMNS: Final = ("Failure point", "Status", "Last check (UTC)", "Values", "Healing", "Trend")
#: Keys of a failure point's documentation, in the order shown.
_ABOUT: Final = ("location", "impact", "detection", "healing", "dashboard", "test")

Row = Mapping[str, Any]


def status_page(readiness: Row, rows: Mapping[str, Row]) -> str:
    """All failure points by category: status, last check, values, healing and trend."""
    head = "".join(f"<th scope='col'>{title}</th>" for title in _COLUMNS)
    groups = "".join(
        _group(number, [(fp, rows[fp]) for fp in group])
        for number, group in groupby(rows, lambda fp: fp.removeprefix("FP-").partition(".")[0])
    )
    table = f"<table class='cards'><thead><tr>{head}</tr></thead>{groups}</table>"
    more = "<p><a href='/statistics'>Failure statistics</a></p>"
    body = f"{_banner(readiness, _summary(rows))}{_attention(rows)}{table}{more}"
    return _page("Trading readiness", readiness, f"<h1>Trading readiness</h1>{body}")


def detail_page(readiness: Row, point: Row) -> str:
    """One failure point: detection, values, healing history, logs, manual steps."""
    documentation = point["documentation"]
    healing = _healing(point)
    steps = "".join(f"<li>{_text(step)}</li>" for step in point["manual_steps"])
    title = f"{point['id']} {point['title']}"
    parts = (
        "<nav><a href='/'>All failure points</a></nav>",
        f"<h1>{_text(title)}</h1>",
        f"<p>{_badge(point.get('status'))} {_text(_message(point))}</p>",
        f"<p class='note'>{_text(point['severity'])}, last check "
        f"{_time(point.get('last_check'))}; readiness: {_badge(readiness['readiness'])}</p>",
        f"<p><strong>{STALE}</strong></p>" if readiness["stale"] else "",
        f"<h2>Manual steps</h2>{_note_on(healing)}<ol>{steps}</ol>",
        "<h2>Values</h2>"
        + _pairs((_label(n), _named_value(n, v)) for n, v in point["values"].items()),
        "<h2>Healing</h2>" + _pairs(_healing_facts(healing)) + _events(point["healing_history"]),
        "<h2>Trend</h2>" + _trend(point["trend"]),
        "<h2>Statistics</h2>" + _pairs(_learned(point["statistics"])),
        "<h2>Related log lines</h2>" + _events(point["logs"]),
        "<h2>Detection and documentation</h2>"
        + _pairs((key.capitalize(), documentation.get(key, "")) for key in _ABOUT),
    )
    return _page(title, readiness, "".join(parts))


def statistics_page(readiness: Row, statistics: Mapping[str, Row]) -> str:
    title = "Failure statistics"
    parts = ["<nav><a href='/'>All failure points</a></nav>", f"<h1>{title}</h1>"]
    for fp, numbers in statistics.items():
        parts.append(
            f"<h2><a href='/fp/{_text(fp)}'>{_text(fp)}</a></h2>{_pairs(_learned(numbers))}"
        )
    if not statistics:
        parts.append("<p class='note'>Nothing has failed in 30 days.</p>")
    return _page(title, readiness, "".join(parts))


def _learned(numbers: Row) -> list[tuple[str, Any]]:
    if not numbers:
        return [("failures", "none in 30 days")]
    rate = numbers["success_rate"]
    helped = (
        "nothing was tried" if rate is None else f"{rate:.0%} of {numbers['attempts']} attempts"
    )
    return [
        ("failures", f"{numbers['failures']}, {numbers['failures_last_day']} within a day"),
        ("last failure", _time(numbers["last_failure"])),
        ("time failed", f"{numbers['seconds_failed'] / 60:.1f} minutes"),
        ("healing helped", helped),
        ("a person was needed", f"{numbers['manual']} times"),
        ("patterns", "; ".join(numbers["patterns"]) or "none"),
        ("improvements needed", "; ".join(numbers["improvements"]) or "none"),
    ]


def _group(number: str, rows: Sequence[tuple[str, Row]]) -> str:
    title = f"{_text(number)}. {CATEGORIES.get(number, 'Further failure points')}"
    head = f"<tr class='group'><th colspan='{len(_COLUMNS)}' scope='rowgroup'>{title}</th></tr>"
    return f"<tbody>{head}{''.join(_status_row(fp, row) for fp, row in rows)}</tbody>"


def _status_row(fp: str, row: Row) -> str:
    link = f"<a href='/fp/{_text(fp)}'>{_text(fp)}</a> {_text(row['title'])}"
    cells = (
        f"{_badge(row.get('status'))} {_text(_message(row))}",
        _time(row.get("last_check")).removesuffix(" UTC"),
        _values(row["values"]),
        _healing_line(_healing(row)),
        _trend(row["trend"][-2:]),
    )
    labelled = "".join(
        f"<td data-label='{label}'{' class=bare' if label == 'Status' else ''}>{cell}</td>"
        for label, cell in zip(_COLUMNS[1:], cells, strict=True)
    )
    return f"<tr id='{_text(fp)}'><th scope='row'>{link}</th>{labelled}</tr>"


def _page(title: str, readiness: Row, body: str) -> str:
    tab = f"{readiness['readiness']}: {title}"
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width,initial-scale=1'>"
        f"<meta http-equiv='refresh' content='{RELOAD}'><link rel='icon' href='data:,'>"
        f"<title>{_text(tab)}</title><style>{STYLE}</style></head>"
        f"<body>{body}<p class='note'>Reloads itself every {RELOAD} s. Reading changes nothing. "
        "For programs: <a href='/api/failure_points'>/api/failure_points</a></p></body></html>"
    )


def _banner(readiness: Row, summary: str) -> str:
    colour = str(readiness["readiness"])
    meaning = STALE if readiness["stale"] else READINESS.get(colour, "")
    checked = _time(readiness["checked_at"])
    return (
        f"<div class='readiness {_text(colour)}' role='status'><strong>{_text(colour)}</strong> "
        f"{meaning}<div class='note'>Checked {checked}{_ago(readiness['checked_at'])}. {summary}"
        "</div></div>"
    )


def _summary(rows: Mapping[str, Row]) -> str:
    statuses = [str(row.get("status")) for row in rows.values()]
    order = sorted(set(statuses), key=lambda s: ("ERROR", "WARN", "OK", s).index(s))
    counts = ", ".join(f"{statuses.count(status)} {_text(status)}" for status in order)
    return f"{len(rows)} failure points: {counts or 'none was checked'}."


def _attention(rows: Mapping[str, Row]) -> str:
    """The list of failure points that are not OK, worst first."""
    unhealthy = [(fp, row) for fp, row in rows.items() if row.get("status") != "OK"]
    unhealthy.sort(key=lambda pair: pair[1].get("status") != "ERROR")
    items = "".join(
        f"<li>{_badge(row.get('status'))} <a href='/fp/{_text(fp)}'>{_text(fp)}</a> "
        f"{_text(row['title'])}: {_text(_message(row))}; healing: {_healing_line(_healing(row))}"
        "</li>"
        for fp, row in unhealthy
    )
    return f"<h2>Needs attention</h2><ul class='plain'>{items}</ul>" if items else ""


def _message(row: Row) -> str:
    return str(row.get("message", "")).removeprefix(f"{row.get('id')}: ")


def _badge(word: Any) -> str:
    return f"<span class='badge {_text(word)}'>{_text(word)}</span>"


def _healing(row: Row) -> dict[str, Any]:
    healing = row.get("healing")
    return dict(healing) if isinstance(healing, dict) else {}


def _healing_line(healing: Row) -> str:
    state = _text(HEALING.get(str(healing.get("state")), healing.get("state")))
    attempts = healing.get("attempts")
    if healing.get("state") in ("healing", "trying") or not attempts:
        return f"{state}, attempt {_text(attempts)}" if attempts else state
    return f"{state}; worked: {_text(healing.get('successes'))} of {_text(attempts)}"


def _healing_facts(healing: Row) -> list[tuple[str, Any]]:
    shown = {**healing, "state": HEALING.get(str(healing.get("state")), healing.get("state"))}
    shown["last_attempt"] = _time(healing.get("last_attempt"))
    # The manual steps have their own section.
    return [(_label(n), _value(v)) for n, v in shown.items() if n != "manual_steps"]


def _note_on(healing: Row) -> str:
    """A note whether the manual steps are needed now."""
    if healing.get("state") == "manual":
        return "<p><strong>The bot cannot heal this: a person is needed.</strong></p>"
    return "<p class='note'>For a person, when the bot cannot recover automatically.</p>"


def _values(values: Row) -> str:
    items = "".join(
        f"<li>{_text(_label(n))}: {_text(_named_value(n, v))}</li>" for n, v in values.items()
    )
    return f"<ul class='plain'>{items}</ul>" if items else "<span class='note'>none</span>"


def _label(name: str) -> str:
    return name.replace("_", " ")


def _named_value(name: str, value: Any) -> str:
    is_time = name.endswith(("_at", "_since")) and isinstance(value, (int, float))
    return _time(value) if is_time else _value(value)


def _value(value: Any) -> str:
    """Format a value for people: without brackets, floats rounded to four digits."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value == "":
        return "none"
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    if isinstance(value, dict):
        return ", ".join(f"{n} {_value(v)}" for n, v in value.items()) or "none"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_value, value)) or "none"
    return str(value)


def _pairs(pairs: Iterable[tuple[str, Any]]) -> str:
    lines = "".join(
        f"<tr><th scope='row'>{_text(name)}</th><td>{_text(value)}</td></tr>"
        for name, value in pairs
    )
    return f"<table class='facts'><tbody>{lines}</tbody></table>"


def _trend(changes: Iterable[Row]) -> str:
    lines = "".join(
        f"<li>{_text(change.get('from'))} to {_text(change.get('to'))} "
        f"<span class='time'>{_time(change.get('ts'))}</span></li>"
        for change in changes
    )
    return f"<ul class='plain'>{lines}</ul>" if lines else "<span class='note'>no change</span>"


def _events(lines: Iterable[Row]) -> str:
    items = "".join(
        f"<li><span class='time'>{_time(line.get('ts'))}</span> {_text(line.get('event'))}: "
        f"{_text(line.get('text'))}</li>"
        for line in lines
    )
    return f"<ul>{items}</ul>" if items else "<p class='note'>none</p>"


def _time(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return "never"
    try:
        moment = datetime.fromtimestamp(value, timezone.utc)
    except (ValueError, OverflowError, OSError):
        return "unknown"
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")


def _ago(value: Any) -> str:
    known = isinstance(value, (int, float)) and not isinstance(value, bool)
    return f", {max(0, int(time.time() - value))} s ago" if known else ""


def _text(value: Any) -> str:
    return escape(str(value), quote=True)
