from __future__ import annotations

import json

import pytest

from pytest_fpharness.model.plain import to_plain
from pytest_fpharness.model.record import Clause, Record
from pytest_fpharness.model.verdict import Verdict
from pytest_fpharness.model.wire import from_text, plain_to_text, to_json, to_text

ROWS = ([0, "mark", "", {"name": "injected"}], [5, "log", "bot", {"text": "tab\tand\nline \u00e9"}])
RECORD = Record(
    "FP-1.3/main",
    "FP-1.3",
    "main",
    Verdict.FAIL,
    clauses=(Clause("detect", "detected", Verdict.FAIL, "a\ttab", at=7),),
    timeline=ROWS,
    output="two\nlines",
)


def test_a_record_comes_back_from_its_text() -> None:
    assert from_text(to_text(RECORD)) == RECORD


def test_a_received_record_may_be_sent_on() -> None:
    assert to_text(from_text(to_text(RECORD))) == to_text(RECORD)


def test_the_text_of_plain_data_is_that_of_its_record() -> None:
    assert from_text(plain_to_text(to_plain(RECORD))) == RECORD


def test_the_text_is_one_line_of_ascii() -> None:
    text = to_text(RECORD)
    assert text.isascii()
    assert "\n" not in text


@pytest.mark.parametrize("record", [RECORD, from_text(to_text(RECORD))], ids=["made", "received"])
def test_a_journal_gets_one_json_object(record: Record) -> None:
    assert json.loads(to_json(record)) == {**to_plain(RECORD), "timeline": [list(r) for r in ROWS]}


@pytest.mark.parametrize("text", ["", "nothing", '{"fp": 1}\t[]', "[]\t[]"])
def test_another_text_is_not_a_record(text: str) -> None:
    with pytest.raises((TypeError, ValueError)):
        from_text(text)
