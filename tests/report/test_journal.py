from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from pytest_fpharness.model.timeline import Packed
from pytest_fpharness.model.verdict import Verdict
from pytest_fpharness.report.journal import Canary, Journal, JournalError, read_journal
from tests.support.report_factory import facts, record, session, twin, write_journal


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    data = session(canaries=(Canary("must_fail", "FAIL", "FAIL", "gw1"),))
    assert read_journal(write_journal(tmp_path / "journal.jsonl", data)) == data


def test_each_line_is_on_the_disk_when_the_call_returns(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    data = session()
    with Journal(path) as journal:
        journal.plan(data.header)
        assert len(path.read_text().splitlines()) == 1
        journal.record(record())
        assert len(path.read_text().splitlines()) == 2


def test_a_torn_last_line_is_survived_and_reported(tmp_path: Path) -> None:
    path = write_journal(tmp_path / "journal.jsonl", session())
    whole = path.read_text().splitlines()
    path.write_text("\n".join(whole[:3]) + "\n" + whole[3][:50])
    data = read_journal(path)
    assert len(data.records) == 2
    assert "line 4 is torn" in data.torn
    assert data.end is None


def test_a_broken_line_in_the_middle_is_an_error(tmp_path: Path) -> None:
    path = write_journal(tmp_path / "journal.jsonl", session())
    lines = path.read_text().splitlines()
    lines[2] = lines[2][:50]
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(JournalError, match=r"journal.jsonl:3: not a line of a journal"):
        read_journal(path)


def test_a_record_that_was_not_planned_is_an_error(tmp_path: Path) -> None:
    path = write_journal(tmp_path / "journal.jsonl", session(ids=["FP-1.3/age.10m01s"]))
    with pytest.raises(JournalError, match=r"FP-1.3/age.9m59s.twin', which was not planned"):
        read_journal(path)


def test_a_later_record_replaces_an_earlier_one_and_both_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal(path) as journal:
        journal.plan(session().header)
        journal.record(record(verdict=Verdict.FAIL))
        journal.record(record())
    data = read_journal(path)
    assert data.records["FP-1.3/age.10m01s"].verdict is Verdict.PASS
    assert data.history["FP-1.3/age.10m01s"] == (Verdict.FAIL, Verdict.PASS)
    assert data.changed == ("FP-1.3/age.10m01s",)


def test_a_planned_id_without_a_record_did_not_run() -> None:
    data = session([record()], ids=["FP-1.3/age.10m01s", "FP-1.3/age.9m59s.twin"])
    assert data.not_run == ("FP-1.3/age.9m59s.twin",)


@pytest.mark.parametrize(
    ("text", "output"),
    [
        ("", "the first line is not a plan"),
        ('{"kind": "record"}\n', "the first line is not a plan"),
        ('{"kind": "plan", "version": 1}\n', "journal format 1"),
        ('{"kind": "plan", "version": 2, "ids": ["a", "a"]}\n', "'a' is planned twice"),
        ('{"kind": "plan", "version": 2, "colour": "red"}\n', "not a header"),
        ('{"kind": "plan", "version": 2}\n{"kind": "other"}\n', "'other' is not expected"),
        ('{"kind": "plan", "ver', "not a line of a journal"),
    ],
)
def test_what_makes_no_sense_is_an_error(tmp_path: Path, text: str, output: str) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text(text)
    with pytest.raises(JournalError, match=output):
        read_journal(path)


def test_a_journal_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match=r".* does not exist; `pytest -p fpharness` writes it"):
        read_journal(tmp_path / "journal.jsonl")


def test_a_journal_that_is_not_a_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="cannot be read"):
        read_journal(tmp_path)


def test_the_first_line_carries_plan_and_provenance(tmp_path: Path) -> None:
    path = write_journal(tmp_path / "j", session([twin()], [facts("FP-1.3")]))
    first = json.loads(path.read_text().splitlines()[0])
    assert (first["kind"], first["version"]) == ("plan", 2)
    assert (first["target_commit"], first["ids"]) == ("9c1e7aa", ["FP-1.3/age.9m59s.twin"])


def test_packed_rows_are_the_rows_again() -> None:
    rows = [[1, "http", "bot", {"status": 200, "body": [None, 2.5, "x"]}], [2, "end", "", {}]]
    packed = Packed(rows)
    assert list(packed) == rows
    assert (len(packed), packed[-1]) == (2, rows[-1])


def test_a_journal_that_was_read_can_be_written_again(tmp_path: Path) -> None:
    data = read_journal(write_journal(tmp_path / "one.jsonl", session()))
    again = write_journal(tmp_path / "two.jsonl", data)
    assert again.read_text() == (tmp_path / "one.jsonl").read_text()


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("", '{"kind": "end", "finished": "2026-01-06T10:00:00+00:00"}\n', "after the end"),
        ("", '{"kind": "recor', "after the end"),
        ('"target": "paper_bot", "wall"', '"target": "other", "wall"', "record of the target 'other'"),
        ('"variant": "age.10m01s"', '"variant": "age.10m"', "is not 'age.10m' of 'FP-1.3'"),
    ],
    ids=["second_end", "tail", "another_target", "another_variant"],
)  # fmt: skip
def test_what_does_not_belong_to_the_session_is_an_error(
    tmp_path: Path, old: str, new: str, reason: str
) -> None:
    path = write_journal(tmp_path / "journal.jsonl", session())
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1) if old else text + new)
    with pytest.raises(JournalError, match=reason):
        read_journal(path)


def test_a_run_that_never_began_has_the_name_by_which_the_target_was_chosen(
    tmp_path: Path,
) -> None:
    data = session()
    header = dataclasses.replace(data.header, config={"target": "adapter.py:Bot"})
    first = dataclasses.replace(next(iter(data.records.values())), target="adapter.py:Bot")
    data = dataclasses.replace(data, header=header, records={**data.records, first.id: first})
    assert read_journal(write_journal(tmp_path / "journal.jsonl", data)).records[first.id] == first
