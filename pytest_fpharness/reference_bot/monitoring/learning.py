"""Statistics per failure point: how often it fails, and whether healing helps (SH-3).

Computed on request, never in a check, from the history of status changes and heal events.
"""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pytest_fpharness.reference_bot.files import read_lines
from pytest_fpharness.reference_bot.history import HISTORY
from pytest_fpharness.reference_bot.monitoring.checks.base import objects

DAY: Final = 86_400
#: Window of the statistics in seconds, and the most history lines to read.
WINDOW_SECONDS: Final = 30 * DAY
MOST_LINES: Final = 20_000
#: Failures that begin within this many seconds of each other count as related.
TOGETHER_SECONDS: Final = 60
#: This many failures within a day call for prevention.
OFTEN: Final = 3

Line = Mapping[str, Any]


def statistics(home: str = ".", now: float | None = None) -> dict[str, dict[str, Any]]:
    """Statistics by failure point, with patterns and improvements.

    ``seconds_failed`` includes a failure that still lasts, up to ``now``; ``success_rate`` is None where
    healing was not tried. A failure point without an entry has not failed in 30 days.
    """
    now = time.time() if now is None else now
    lines = [
        line
        for line in objects(read_lines(f"{home}/{HISTORY}", MOST_LINES))
        if isinstance(line.get("ts"), (int, float)) and line["ts"] > now - WINDOW_SECONDS
    ]
    by_fp: dict[str, list[Line]] = {}
    for line in lines:
        by_fp.setdefault(str(line.get("fp")), []).append(line)
    spans = {fp: _spans(changes, now) for fp, changes in by_fp.items()}
    return {fp: _summary(fp, changes, spans, now) for fp, changes in sorted(by_fp.items())}


def _summary(
    fp: str, lines: Sequence[Line], spans: Mapping[str, list[tuple[float, float]]], now: float
) -> dict[str, Any]:
    failed = spans[fp]
    events = Counter(str(line.get("event")) for line in lines if "event" in line)
    attempts, healed = events["heal"], events["healed"]
    lengths = [end - begin for begin, end in failed]
    summary: dict[str, Any] = {
        "failures": len(failed),
        "failures_last_day": sum(begin > now - DAY for begin, _ in failed),
        "last_failure": failed[-1][0] if failed else None,
        "seconds_failed": round(sum(lengths), 3),
        "longest": round(max(lengths, default=0), 3),
        "attempts": attempts,
        "healed": healed,
        "success_rate": round(healed / attempts, 3) if attempts else None,
        "manual": events["manual"],
        "patterns": _patterns(fp, spans),
    }
    return {**summary, "improvements": _improvements(summary)}


def _spans(lines: Sequence[Line], now: float) -> list[tuple[float, float]]:
    """Periods from leaving OK until OK again; the last may still be open."""
    spans: list[tuple[float, float]] = []
    begin: float | None = None
    for line in lines:
        if "to" not in line:
            continue
        if line["to"] != "OK" and begin is None:
            begin = float(line["ts"])
        elif line["to"] == "OK" and begin is not None:
            spans.append((begin, float(line["ts"])))
            begin = None
    return [*spans, (begin, now)] if begin is not None else spans


def _patterns(fp: str, spans: Mapping[str, list[tuple[float, float]]]) -> list[str]:
    """Describe patterns: duration, hour of day, related failures and quick returns."""
    failed = spans[fp]
    if not failed:
        return []
    count = len(failed)
    mean = sum(end - begin for begin, end in failed) / count
    hour, times = Counter(int(begin // 3600 % 24) for begin, _ in failed).most_common(1)[0]
    patterns = [
        f"lasts {mean / 60:.1f} minutes on average",
        f"begins between {hour:02d}:00 and {hour:02d}:59 UTC ({times} of {count})",
    ]
    for other, theirs in sorted(spans.items()):
        along = sum(
            any(abs(at - begin) <= TOGETHER_SECONDS for at, _ in theirs) for begin, _ in failed
        )
        if other != fp and along:
            patterns.append(f"along with {other} ({along} of {count})")
    gaps = [after[0] - before[1] for before, after in itertools.pairwise(failed)]
    if soon := sum(gap <= 3600 for gap in gaps):
        patterns.append(f"is back within an hour ({soon} of {len(gaps)})")
    return patterns


def _improvements(summary: Mapping[str, Any]) -> list[str]:
    """Suggest what a person should change, most important first."""
    needed = []
    failed = summary["attempts"] - summary["healed"]
    if failed > 0:
        needed.append(
            f"{failed} of {summary['attempts']} heal attempts did not help: fix the cause"
        )
    if summary["manual"]:
        needed.append(f"a person was needed {summary['manual']} times: automate the manual steps")
    if summary["failures_last_day"] >= OFTEN:
        needed.append(f"{summary['failures_last_day']} failures within a day: prevent the cause")
    return needed
