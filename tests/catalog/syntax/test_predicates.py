from __future__ import annotations

import pytest

from pytest_fpharness.catalog.syntax.predicates import PredicateError, parse_predicate
from pytest_fpharness.catalog.syntax.reader import Reader
from pytest_fpharness.model.duration import MINUTE, SECOND
from pytest_fpharness.model.plan import Predicate
from tests.support.vocabulary import VOCABULARY

SPAN = Reader(VOCABULARY).span


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("readiness is GREEN", ("readiness", "is", "GREEN", "", None)),
        ("uw_cache.age < 60s", ("uw_cache.age", "<", MINUTE, "", None)),
        ("uw_cache.age <= 2 checks", ("uw_cache.age", "<=", MINUTE, "", None)),
        (
            "fp.status(FP-1.3) in [WARN, ERROR]",
            ("fp.status", "in", ["WARN", "ERROR"], "FP-1.3", None),
        ),
        ("bot.cycles increases within 2 cycles", ("bot.cycles", "increases", None, "", 2 * MINUTE)),
        ("file.valid(state.weights) is true", ("file.valid", "is", True, "state.weights", None)),
        ("weights.count == 21 within 90s", ("weights.count", "==", 21, "", 90 * SECOND)),
        ("freeze.reason is not daily loss", ("freeze.reason", "is not", "daily loss", "", None)),
        ("disk.free>=1.5", ("disk.free", ">=", 1.5, "", None)),
    ],
)
def test_parses(text: str, parts: tuple[object, ...]) -> None:
    result = parse_predicate(text, VOCABULARY, SPAN)
    assert (result.signal, result.op, result.value, result.argument, result.within) == parts
    assert isinstance(result, Predicate)
    assert result.text == text


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("uw_cache.agee < 1m", "unknown signal 'uw_cache.agee'", "uw_cache.age"),
        ("process.alive is true", "needs its process", ""),
        ("readiness(bot) is RED", "takes no argument", ""),
        ("readiness is GREN", "not 'GREN'", "GREEN"),
        ("readiness < RED", "does not fit readiness, which is a colour", ""),
        ("bot.cycles increase", "'increase' is not an operator", "increases"),
        ("bot.cycles increases 3", "takes no value", ""),
        ("bot.cycles ==", "a value is missing", ""),
        ("bot.cycles == many", "'many' is not", ""),
        ("uw_cache.age < 60", "not a duration", ""),
        ("bot.cycles in 1, 2", "needs a list", ""),
        ("bot.cycles increases within soon", "not a duration", ""),
        ("< 3", "does not begin with a signal", ""),
    ],
)
def test_says_what_is_wrong(text: str, message: str, hint: str) -> None:
    with pytest.raises(PredicateError) as caught:
        parse_predicate(text, VOCABULARY, SPAN)
    assert message in str(caught.value)
    assert caught.value.hint == hint
