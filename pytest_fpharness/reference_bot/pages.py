"""The dashboard's HTML; every value is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from html import escape
from typing import Any, Final

_STYLE: Final = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;
color:#1d2430;background:#f7f8fa}
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}
table{border-collapse:collapse;width:100%;background:#fff}
th,td{text-align:left;vertical-align:top;padding:.5rem .7rem;border-bottom:1px solid #e2e6ec}
.badge{display:inline-block;padding:.1rem .6rem;border-radius:.8rem;color:#fff;font-weight:600}
.GREEN,.OK{background:#1a7f4b}.YELLOW,.WARN{background:#996500}.RED,.ERROR{background:#b3261e}
.note{color:#5a6472}a{color:#1b5fb8}
@media(prefers-color-scheme:dark){body{color:#e4e7ec;background:#14181f}table{background:#1c222b}
th,td{border-color:#2d3541}.note{color:#9aa5b4}a{color:#7fb2f5}}
"""


def status_page(readiness: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]]) -> str:
    """All failure points: status, last check, values, healing and trend."""
    head = "".join(
        f"<th scope='col'>{title}</th>"
        for title in ("Failure point", "Status", "Last check", "Values", "Healing", "Trend")
    )
    body = "".join(_status_row(fp, row) for fp, row in rows.items())
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    more = "<p><a href='/statistics'>Learning from failures</a></p>"
    return _page("Trading readiness", f"{_banner(readiness)}{table}{more}")


def detail_page(readiness: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """One failure point: detection, values, healing history, logs, manual steps."""
    documentation = found["documentation"]
    about = ("location", "impact", "detection", "healing", "dashboard", "test")
    steps = "".join(f"<li>{_text(step)}</li>" for step in found["manual_steps"])
    parts = (
        _banner(readiness),
        f"<p>{_badge(found.get('status'))} {_text(found.get('message'))}</p>",
        f"<p class='note'>Last check {_time(found.get('last_check'))}</p>",
        "<h2>Detection</h2>" + _pairs((key, documentation.get(key, "")) for key in about),
        "<h2>Values</h2>" + _pairs(found["values"].items()),
        "<h2>Healing</h2>" + _pairs(_healing(found).items()) + _events(found["healing_history"]),
        "<h2>Trend</h2>" + _trend(found["trend"]),
        "<h2>What the history teaches</h2>" + _pairs(_learned(found["statistics"])),
        "<h2>Related log lines</h2>" + _events(found["logs"]),
        f"<h2>Manual steps</h2><ol>{steps}</ol>",
        "<p><a href='/'>All failure points</a></p>",
    )
    return _page(f"{found['id']} {found['title']}", "".join(parts))


def statistics_page(
    readiness: Mapping[str, Any], statistics: Mapping[str, Mapping[str, Any]]
) -> str:
    """What the history of each failure point teaches: how often, whether healing helps, patterns."""
    parts = [_banner(readiness), "<p><a href='/'>All failure points</a></p>"]
    for fp, found in statistics.items():
        parts.append(f"<h2><a href='/fp/{_text(fp)}'>{_text(fp)}</a></h2>{_pairs(_learned(found))}")
    if not statistics:
        parts.append("<p class='note'>Nothing has failed in 30 days.</p>")
    return _page("Learning from failures", "".join(parts))


def _learned(found: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Statistics in words."""
    if not found:
        return [("failures", "none in 30 days")]
    rate = found["success_rate"]
    helped = "nothing was tried" if rate is None else f"{rate:.0%} of {found['attempts']} attempts"
    return [
        ("failures", f"{found['failures']}, {found['failures_last_day']} within a day"),
        ("last failure", _time(found["last_failure"])),
        ("time failed", f"{found['seconds_failed'] / 60:.1f} minutes"),
        ("healing helped", helped),
        ("a person was needed", f"{found['manual']} times"),
        ("patterns", "; ".join(found["patterns"]) or "none"),
        ("improvements needed", "; ".join(found["improvements"]) or "none"),
    ]


def _status_row(fp: str, row: Mapping[str, Any]) -> str:
    healing = _healing(row)
    cells = (
        f"<a href='/fp/{_text(fp)}'>{_text(fp)}</a> {_text(row['title'])}",
        f"{_badge(row.get('status'))}<br>{_text(row.get('message'))}",
        _time(row.get("last_check")),
        _values(row["values"]),
        f"{_text(healing.get('state'))}, {_text(healing.get('attempts'))} attempts",
        _trend(row["trend"]),
    )
    return f"<tr id='{_text(fp)}'>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _page(title: str, body: str) -> str:
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width'>"
        f"<title>{_text(title)}</title><style>{_STYLE}</style></head>"
        f"<body><h1>{_text(title)}</h1>{body}</body></html>"
    )


def _banner(readiness: Mapping[str, Any]) -> str:
    note = " The monitor is silent: this page is not current." if readiness["stale"] else ""
    checked = _time(readiness["checked_at"])
    badge = _badge(readiness["readiness"])
    trading = f"Trading is {_text(readiness['trading'])}."
    return f"<p>{badge} {trading} <span class='note'>checked {checked}.{note}</span></p>"


def _badge(word: Any) -> str:
    return f"<span class='badge {_text(word)}'>{_text(word)}</span>"


def _healing(row: Mapping[str, Any]) -> dict[str, Any]:
    healing = row.get("healing")
    return dict(healing) if isinstance(healing, dict) else {}


def _values(values: Mapping[str, Any]) -> str:
    return "<br>".join(f"{_text(name)}: {_text(value)}" for name, value in values.items())


def _pairs(pairs: Iterable[tuple[str, Any]]) -> str:
    lines = "".join(
        f"<tr><th scope='row'>{_text(name)}</th><td>{_text(value)}</td></tr>"
        for name, value in pairs
    )
    return f"<table><tbody>{lines}</tbody></table>"


def _trend(changes: Iterable[Mapping[str, Any]]) -> str:
    lines = "".join(
        f"<li>{_time(change.get('ts'))} {_text(change.get('from'))} to "
        f"{_text(change.get('to'))}</li>"
        for change in changes
    )
    return f"<ul>{lines}</ul>" if lines else "<span class='note'>no change</span>"


def _events(lines: Iterable[Mapping[str, Any]]) -> str:
    items = "".join(
        f"<li>{_time(line.get('ts'))} {_text(line.get('event'))}: {_text(line.get('text'))}</li>"
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


def _text(value: Any) -> str:
    return escape(str(value), quote=True)
