from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_fpharness.catalog import loader
from pytest_fpharness.catalog.loader import load_catalog
from pytest_fpharness.catalog.models import FailurePoint
from pytest_fpharness.catalog.syntax.problems import CatalogError
from pytest_fpharness.catalog.versions import is_version, newer_than, read_choice
from tests.support.vocabulary import VOCABULARY

OLD = FailurePoint("FP-1.1", "old", "critical", shipped=True)
RECENT = FailurePoint("FP-1.2", "recent", "critical", since="0.2", shipped=True)
OWN = FailurePoint("FP-9.1", "own", "critical", since="0.2")
FILE = "fp: FP-9.1\ntitle: A thing breaks\nseverity: critical\ninject: {process.kill: bot}\n"


@pytest.mark.parametrize("word", ["", "shipped"])
def test_a_project_that_names_no_version_accepts_all_that_is_shipped(word: str) -> None:
    assert read_choice(word, "0.3") == (True, "")


def test_none_drops_the_shipped_catalog() -> None:
    assert read_choice("none", "0.3") == (False, "")


def test_a_version_accepts_the_catalog_up_to_it() -> None:
    assert read_choice("0.1", "0.3") == (True, "0.1")


@pytest.mark.parametrize(
    ("word", "message"),
    [("noen", "did you mean 'none'?"), ("0.1b", "write shipped, none"), ("0.4", "has version 0.3")],
)
def test_another_word_is_a_mistake(word: str, message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("?", r"\?")):
        read_choice(word, "0.3")


@pytest.mark.parametrize(
    ("since", "accepted", "new"), [("0.10", "0.9", True), ("1", "0.9", True), ("1.0", "1", False)]
)
def test_versions_are_compared_by_number(since: str, accepted: str, new: bool) -> None:
    point = dataclasses.replace(RECENT, since=since)
    assert bool(newer_than([point], accepted)) is new


@pytest.mark.parametrize("text", ["v1", "1.", "", "1.2rc1"])
def test_these_are_not_versions_of_the_catalog(text: str) -> None:
    assert not is_version(text)


def test_only_what_came_after_the_accepted_version_is_new() -> None:
    assert newer_than([OLD, RECENT], "0.1") == {"FP-1.2": "0.2"}
    assert newer_than([OLD, RECENT], "0.2") == {}


def test_nothing_is_new_to_a_project_that_accepts_all() -> None:
    assert newer_than([OLD, RECENT], "") == {}


def test_what_the_owner_asks_for_is_never_new() -> None:
    assert newer_than([RECENT], "0.1", {"FP-1.2"}) == {}
    assert newer_than([OWN], "0.1") == {}


Shipped = Callable[[str], list[str]]


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shipped:
    """The mistakes of a shipped catalog of one file with a further line."""
    (tmp_path / "shipped").mkdir()
    monkeypatch.setattr(loader, "shipped_path", lambda: tmp_path / "shipped")

    def load(line: str) -> list[str]:
        (tmp_path / "shipped" / "FP-9.1_x.yaml").write_text(FILE + line)
        try:
            load_catalog([], VOCABULARY)
        except CatalogError as error:
            return str(error).splitlines()
        return []

    return load


def test_a_shipped_file_says_which_version_brought_it(shipped: Shipped) -> None:
    assert shipped('since: "0.2"\n') == []


def test_a_version_that_is_none_is_a_mistake(shipped: Shipped) -> None:
    (message,) = shipped("since: soon\n")
    assert message.endswith('FP-9.1_x.yaml:5:8: a version is written in quotes: "0.2"')


def test_a_projects_own_file_has_no_version(tmp_path: Path) -> None:
    path = tmp_path / "FP-9.1_x.yaml"
    path.write_text(FILE + 'since: "0.2"\n')
    with pytest.raises(CatalogError, match=r"5:1: only the shipped catalog has 'since'"):
        load_catalog([path], VOCABULARY, shipped=False)
