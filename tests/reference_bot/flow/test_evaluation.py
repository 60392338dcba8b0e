from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_fpharness.reference_bot.files import read_json, read_lines
from pytest_fpharness.reference_bot.flow import evaluation
from pytest_fpharness.reference_bot.flow.clusters import Cluster
from pytest_fpharness.reference_bot.flow.enrichment import FEATURES
from pytest_fpharness.reference_bot.flow.evaluation import GAP, PATH, Evaluation, evaluate, record
from pytest_fpharness.reference_bot.flow.weights import NEUTRAL as WEIGHTS

NOW = 1_767_712_450.0
ROW = {"ticker": "AAPL", "type": "call", "total_premium": "750000", "created_at": "x"}


def cluster(symbol: str) -> Cluster:
    return Cluster(symbol, (ROW,) * 3, (ROW,) * 3, NOW, 1.0, True)


def signals() -> list[Cluster]:
    return [cluster("AAPL"), cluster("MSFT")]


def only_for(symbol: str, answer: Callable[[], Any], other: Any) -> Callable[..., Any]:
    return lambda candidate, *more: answer() if candidate.symbol == symbol else other


def broken() -> Any:
    raise ZeroDivisionError("no premium")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (broken, "ZeroDivisionError: no premium"),
        (lambda: None, "the score is not a number but NoneType"),
        (lambda: "3.1", "the score is not a number but str"),
        (lambda: True, "the score is not a number but bool"),
        (lambda: math.nan, "the score is nan"),
        (lambda: math.inf, "the score is inf"),
    ],
)
def test_a_symbol_without_a_score_is_left_out_and_named(
    monkeypatch: pytest.MonkeyPatch, answer: Callable[[], Any], error: str
) -> None:
    monkeypatch.setattr(evaluation, "score", only_for("AAPL", answer, 3.2))
    result = evaluate(signals(), {}, WEIGHTS, NOW)
    assert (result.scores, result.errors) == ({"MSFT": 3.2}, {"AAPL": error})


@pytest.mark.parametrize("answer", [broken, lambda: None, lambda: ({}, []), lambda: "unknown"])
def test_without_enrichment_the_features_are_neutral(
    monkeypatch: pytest.MonkeyPatch, answer: Callable[[], Any]
) -> None:
    monkeypatch.setattr(evaluation, "enrich", lambda candidate: answer())
    result = evaluate([cluster("AAPL")], {}, WEIGHTS, NOW)
    assert set(result.poor) == set(result.scores) == {"AAPL"}


def test_a_missing_optional_part_of_a_score_is_not_a_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    full = dict.fromkeys(FEATURES, 0.9)
    monkeypatch.setattr(evaluation, "enrich", lambda candidate: (full, ["floor_trades"]))
    assert evaluate([cluster("AAPL")], {}, WEIGHTS, NOW).poor == {}
    monkeypatch.setattr(evaluation, "enrich", lambda candidate: (full, ["moneyness"]))
    assert evaluate([cluster("AAPL")], {}, WEIGHTS, NOW).poor == {"AAPL": "no data for moneyness"}


@pytest.mark.parametrize("answer", [broken, lambda: None, lambda: "unknown", lambda: math.nan])
def test_an_unknown_regime_is_neutral(
    monkeypatch: pytest.MonkeyPatch, answer: Callable[[], Any]
) -> None:
    monkeypatch.setattr(evaluation, "regime", lambda cache: answer())
    result = evaluate([], {}, WEIGHTS, NOW)
    assert result.mood == "NEUTRAL"
    assert result.mood_error


def report(*cycles: tuple[float, Evaluation]) -> Any:
    for number, (at, result) in enumerate(cycles):
        record(result, NOW + at, number, 2.7)
    return read_json(PATH)


def low(score: float = 2.6) -> Evaluation:
    return Evaluation("mixed", scores={"AAPL": score})


def test_failures_are_counted_logged_and_forgotten(home: Path) -> None:
    bad = Evaluation("NEUTRAL", "lost", {}, {"AAPL": "nan"}, {"MSFT": "no strike"})
    stored = report((0, bad), (60, bad))
    assert stored["errors"] == {"score": 2, "enrichment": 2, "regime": 2}
    assert stored["recent"]["failed"] == {"AAPL": NOW + 60}
    events = [line["event"] for line in read_lines("logs/bot.jsonl")]
    assert events == ["score_error", "enrichment_error", "regime_error"] * 2
    stored = report((60 + evaluation.RECENT, low()))
    assert (stored["recent"]["failed"], stored["regime_error"]) == ({}, "")
    assert stored["last_error"]["score"] == "AAPL: nan"


def test_none_has_passed_since_the_first_low_score(home: Path) -> None:
    stored = report((0, low()), (60, low()))
    assert (stored["none_passed_since"], stored["scored_since"]) == (NOW, 2)


def test_a_score_at_the_threshold_ends_it(home: Path) -> None:
    stored = report((0, low()), (60, low(2.7)))
    assert (stored["none_passed_since"], stored["scored_since"]) == (None, 0)


def test_a_night_between_two_low_scores_begins_anew(home: Path) -> None:
    stored = report((0, low()), (GAP + 1, low()))
    assert (stored["none_passed_since"], stored["scored_since"]) == (NOW + GAP + 1, 1)


@pytest.mark.parametrize("text", ["", "[]", '{"errors": 7, "recent": {}}'])
def test_a_damaged_report_begins_anew(home: Path, text: str) -> None:
    Path(PATH).write_text(text)
    assert report((0, low()))["best"] == 2.6
