"""Scores for the signals of a cycle, whatever fails on the way, and a report for the monitor.

One symbol that cannot be scored is left out and the others go on; missing data is neutral; a market
whose mood is not known is NEUTRAL. Every such failure is counted, logged and left in the report.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pytest_fpharness.reference_bot.files import StateError, append_line, read_json, write_json
from .clusters import Cluster
from .enrichment import FEATURES, NEUTRAL_FEATURE, enrich
from .regime import MOODS, NEUTRAL, regime
from .scoring import score

PATH: Final = "state/scoring.json"
LOG: Final = "logs/bot.jsonl"
#: Marks without which a score is still sound: what they lack is neutral and no failure.
OPTIONAL: Final = frozenset({"floor_trades", "single_leg", "opening_trades"})
#: Scores further apart (s) than this are not one run of low ones: the night lies between them.
GAP: Final = 1800.0
#: For how long (s) a failure is remembered as recent: two cycles and a half.
RECENT: Final = 150.0

Row = dict[str, Any]


@dataclass
class Evaluation:
    """The scores by symbol, and what failed: by symbol, and for the market's mood."""

    mood: str = NEUTRAL
    mood_error: str = ""
    scores: dict[str, float] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    poor: dict[str, str] = field(default_factory=dict)


def evaluate(
    signals: Sequence[Cluster], cache: Mapping[str, Any], weights: Mapping[str, float], now: float
) -> Evaluation:
    """Score each signal separately; never raises."""
    evaluation = Evaluation(*_mood(cache))
    for cluster in signals:
        enriched, found_poor = _enriched(cluster)
        if found_poor:
            evaluation.poor[cluster.symbol] = found_poor
        try:
            value: object = score(cluster, evaluation.mood, weights, now, enriched)
        except Exception as error:  # one symbol's failure must not end the cycle of all others
            evaluation.errors[cluster.symbol] = f"{type(error).__name__}: {error}"
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            evaluation.errors[cluster.symbol] = (
                f"the score is not a number but {type(value).__name__}"
            )
        elif not math.isfinite(value):
            evaluation.errors[cluster.symbol] = f"the score is {value}"
        else:
            evaluation.scores[cluster.symbol] = float(value)
    return evaluation


def _mood(cache: Mapping[str, Any]) -> tuple[str, str]:
    """The market's mood and an empty string, or NEUTRAL and why."""
    try:
        mood: object = regime(cache)
    except Exception as error:  # no multiplier is better than a wrong one
        return NEUTRAL, f"{type(error).__name__}: {error}"
    if isinstance(mood, str) and mood in MOODS:
        return mood, ""
    return NEUTRAL, f"the regime is {mood!r}"


def _enriched(cluster: Cluster) -> tuple[dict[str, float], str]:
    """The 19 features, neutral where data is missing, and why it is missing."""
    try:
        features, missing = enrich(cluster)
        sound = {n: features[n] for n in FEATURES if 0 <= features[n] <= 1}
    except Exception as error:  # without features the symbol is scored as neutral
        return dict.fromkeys(FEATURES, NEUTRAL_FEATURE), f"{type(error).__name__}: {error}"
    lost = sorted({*missing, *(FEATURES.keys() - sound.keys())} - OPTIONAL)
    why = f"no data for {', '.join(lost)}" if lost else ""
    return {**dict.fromkeys(FEATURES, NEUTRAL_FEATURE), **sound}, why


def record(evaluation: Evaluation, now: float, cycle: int, threshold: float) -> None:
    """Update the report and log every failure; a full disk must not stop a cycle."""
    with contextlib.suppress(OSError):
        write_json(PATH, _updated(_stored(), evaluation, now, cycle, threshold), backup=False)
        for kind, errors in (("score", evaluation.errors), ("enrichment", evaluation.poor)):
            for symbol, error in errors.items():
                line = {"ts": now, "event": f"{kind}_error", "symbol": symbol, "error": error}
                append_line(LOG, line)
        if evaluation.mood_error:
            append_line(LOG, {"ts": now, "event": "regime_error", "error": evaluation.mood_error})


def first_report() -> Row:
    return {
        "ts": 0.0,
        "cycle": 0,
        "threshold": None,
        "scores": {},
        "best": None,
        "last": {"scored": 0, "failed": 0},
        "errors": {"score": 0, "enrichment": 0, "regime": 0},
        "last_error": {"score": "", "enrichment": "", "regime": ""},
        "recent": {"scored": {}, "failed": {}, "poor": {}},
        "regime": NEUTRAL,
        "regime_error": "",
        "none_passed_since": None,
        "scored_since": 0,
        "scored_at": None,
    }


def _stored() -> Row:
    try:
        content: Row = read_json(PATH, lambda stored: isinstance(stored, dict))
    except StateError:
        return first_report()
    first = first_report()
    return {**first, **{k: v for k, v in content.items() if k in first and _alike(v, first[k])}}


def _alike(value: object, default: object) -> bool:
    return not isinstance(default, dict) or (
        isinstance(value, dict) and default.keys() <= value.keys()
    )


def _updated(old: Row, evaluation: Evaluation, now: float, cycle: int, threshold: float) -> Row:
    report = {**old, "ts": now, "cycle": cycle, "threshold": threshold}
    report.update(regime=evaluation.mood, regime_error=evaluation.mood_error)
    moods = {"": evaluation.mood_error} if evaluation.mood_error else {}
    kinds = {"score": evaluation.errors, "enrichment": evaluation.poor, "regime": moods}
    report["errors"] = {kind: old["errors"][kind] + len(new) for kind, new in kinds.items()}
    report["last_error"] = {
        kind: _last(new) or old["last_error"][kind] for kind, new in kinds.items()
    }
    fresh = {
        "scored": [*evaluation.scores],
        "failed": [*evaluation.errors],
        "poor": [*evaluation.poor],
    }
    report["recent"] = {
        kind: _recent({**old["recent"][kind], **dict.fromkeys(new, now)}, now)
        for kind, new in fresh.items()
    }
    if evaluation.scores or evaluation.errors:
        report["last"] = {"scored": len(evaluation.scores), "failed": len(evaluation.errors)}
    if evaluation.scores:
        _passed(report, evaluation.scores, now, threshold)
    return report


def _last(errors: Mapping[str, str]) -> str:
    return "; ".join(f"{s}: {why}" if s else why for s, why in errors.items())


def _recent(times: Mapping[str, float], now: float) -> dict[str, float]:
    return {symbol: at for symbol, at in times.items() if now - at < RECENT}


def _passed(report: Row, scores: Mapping[str, float], now: float, threshold: float) -> None:
    """Update since when, and for how many scores, none has reached the threshold."""
    before, since = report["scored_at"], report["none_passed_since"]
    report.update(scores=dict(scores), best=max(scores.values()), scored_at=now)
    if report["best"] >= threshold:
        report.update(none_passed_since=None, scored_since=0)
    elif since is None or before is None or now - before > GAP:
        report.update(none_passed_since=now, scored_since=len(scores))
    else:
        report["scored_since"] += len(scores)
