from __future__ import annotations

import pytest

from pytest_fpharness.model.registry import DuplicateName, Registry, UnknownName


def first() -> None: ...


def second() -> None: ...


@pytest.fixture
def registry() -> Registry[int]:
    entries: Registry[int] = Registry("fault")
    entries.add("my.age", 1, first)
    return entries


def test_an_entry_is_found_by_its_name(registry: Registry[int]) -> None:
    assert registry.named("my.age") == 1


def test_an_unknown_name_suggests_a_known_one(registry: Registry[int]) -> None:
    with pytest.raises(UnknownName, match=r"no fault is named 'my.aeg'; did you mean 'my.age'\?"):
        registry.named("my.aeg")


def test_two_definitions_cannot_share_a_name(registry: Registry[int]) -> None:
    with pytest.raises(DuplicateName, match=r"two faults are named 'my.age': .*first and .*second"):
        registry.add("my.age", 2, second)
    assert registry.named("my.age") == 1


def test_a_definition_that_is_imported_again_replaces_itself(registry: Registry[int]) -> None:
    registry.add("my.age", 3, first)
    assert registry.named("my.age") == 3


def test_entries_of_extensions_are_apart_from_the_shipped_ones(registry: Registry[int]) -> None:
    registry.add("file.age", 4, Registry.named)
    assert registry.is_shipped("file.age")
    assert registry.added() == {"my.age": 1}
