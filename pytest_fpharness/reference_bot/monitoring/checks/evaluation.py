"""Category 2: weights, scores, enrichment and regime, as the bot's last cycle reports them."""

from __future__ import annotations

from typing import Any, Final

from pytest_fpharness.reference_bot.files import MissingError, StateError
from pytest_fpharness.reference_bot.flow.evaluation import GAP, PATH, RECENT, first_report
from pytest_fpharness.reference_bot.flow.weights import WEIGHT_NAMES, neutral_weights, valid_weights
from .base import ERROR, OK, WARN, Finding, Pass, number

HOUR: Final = 3600
#: Minimum number of scores to conclude that the threshold blocks everything.
MANY_SCORES: Final = 20

Row = dict[str, Any]


def scores_computed(current: Pass) -> Finding:
    """FP-2.2: every signal got a finite score; raises StateError for an unreadable report."""
    report = _report(current)
    failed, scored = _recent(report, "failed", current), _recent(report, "scored", current)
    values = {"errors": report["errors"]["score"], "last_error": report["last_error"]["score"]}
    last = report["last"]
    if not failed:
        return Finding(OK, "every signal has a score", values)
    if (len(failed) > 1 and not scored) or (last["failed"] > 1 and not last["scored"]):
        return Finding(ERROR, f"no symbol can be scored: {values['last_error']}", values)
    text = f"no score for {', '.join(failed)}: {values['last_error']}"
    return Finding(WARN, text, values)


def threshold_reached(current: Pass) -> Finding:
    """FP-2.3: the threshold does not block every score for an hour."""
    report = _report(current)
    since, count = number(report["none_passed_since"]), report["scored_since"]
    values = {
        "best_score": report["best"],
        "scores": report["scores"],
        "threshold": report["threshold"],
        "below_since": since,
    }
    going_on = current.now - (number(report["scored_at"]) or 0) <= GAP
    if since is not None and going_on and current.now - since >= HOUR and count >= MANY_SCORES:
        minutes = int(current.now - since) // 60
        text = f"none of {count} scores reached {report['threshold']} in {minutes} min"
        return Finding(WARN, text, values)
    return Finding(OK, f"best score {report['best']}, threshold {report['threshold']}", values)


def enrichment_complete(current: Pass) -> Finding:
    """FP-2.4: no signal of the last cycles lacked required data."""
    report = _report(current)
    poor = _recent(report, "poor", current)
    errors = report["last_error"]["enrichment"]
    values = {"errors": report["errors"]["enrichment"], "last_error": errors}
    if poor:
        return Finding(WARN, f"neutral features for {', '.join(poor)}: {errors}", values)
    return Finding(OK, "enrichment is complete", values)


def regime_known(current: Pass) -> Finding:
    """FP-2.5: the last cycle knew the market's regime."""
    report = _report(current)
    values = {"regime": report["regime"], "errors": report["errors"]["regime"]}
    if report["regime_error"]:
        text = f"regime {report['regime']} instead of a known one: {report['regime_error']}"
        return Finding(WARN, text, values)
    return Finding(OK, f"regime {report['regime']}", values)


def _report(current: Pass) -> Row:
    """The bot's report; an empty one before the first cycle."""
    try:
        return {**first_report(), **current.read_dict(PATH)}
    except MissingError:
        return first_report()


def _recent(report: Row, kind: str, current: Pass) -> list[str]:
    """Symbols of a kind in the last cycles; old entries of a stopped bot do not count."""
    times: Row = report["recent"][kind]
    return sorted(s for s, at in times.items() if current.now - (number(at) or 0) < RECENT)


WEIGHTS: Final = "state/signal_weights.json"


def weights_valid(current: Pass) -> Finding:
    """FP-2.1: the bot's own reader accepts the weights file."""
    try:
        content = current.read(WEIGHTS)
    except StateError as error:
        return Finding(ERROR, f"weights unreadable: {error}", {"weights": 0, "learned": False})
    valid = valid_weights(content)
    count = len(WEIGHT_NAMES) if valid else _valid_bands(content)
    learned = isinstance(content, dict) and content.get("learned") is True
    values = {"weights": count, "learned": learned}
    if not valid:
        return Finding(ERROR, f"{count} of {len(WEIGHT_NAMES)} weight bands are valid", values)
    return Finding(OK, f"{count} weight bands", values)


def _valid_bands(content: Any) -> int:
    bands = content.get("weight_bands") if isinstance(content, dict) else None
    if not isinstance(bands, dict):
        return 0
    return sum(_valid_band(name, bands.get(name)) for name in WEIGHT_NAMES)


def _valid_band(name: str, band: Any) -> bool:
    """Whether the bot's own reader accepts this band among otherwise neutral ones."""
    probe = neutral_weights()
    probe["weight_bands"][name] = band
    return valid_weights(probe)
