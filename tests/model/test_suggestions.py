from __future__ import annotations

from pytest_fpharness.model.suggestions import closest, did_you_mean

WORDS = ("alert", "readiness")


def test_the_closest_word_is_suggested() -> None:
    assert closest("reediness", WORDS) == "readiness"
    assert did_you_mean("Alrt", WORDS) == "; did you mean 'alert'?"


def test_nothing_is_suggested_for_an_unlike_word() -> None:
    assert closest("zzz", WORDS) == ""
    assert did_you_mean("zzz", WORDS) == ""
