"""The public API: every name is there, documented, and cheap to import for an adapter."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_fpharness import api

ROOT = Path(__file__).resolve().parent.parent
#: What an adapter imports; other names import the world.
LIGHT = (
    "Target, Process, Task, Layout, FileBinding, Health, Readiness, Status, SECOND, json_response"
)
HEAVY = {"freezegun", "greenlet", "jinja2", "psutil", "pytest", "requests", "responses", "yaml"}


@pytest.mark.parametrize("name", api.__all__)
def test_every_public_name_exists_and_is_documented(name: str) -> None:
    value = getattr(api, name)
    if inspect.isclass(value) or inspect.isfunction(value):
        assert inspect.getdoc(value)


def test_the_names_are_sorted() -> None:
    constants = [name for name in api.__all__ if name.isupper()]
    classes = [name for name in api.__all__ if name[0].isupper() and not name.isupper()]
    functions = [name for name in api.__all__ if name[0].islower()]
    assert api.__all__ == [*sorted(constants), *sorted(classes), *sorted(functions)]


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Fualt'"):
        _ = getattr(api, "Fualt")  # noqa: B009


def test_an_adapter_imports_nothing_heavy() -> None:
    code = f"import sys; from pytest_fpharness.api import {LIGHT}; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    modules = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert not HEAVY & set(modules.split())


def test_a_runner_needs_no_pytest() -> None:
    code = "import sys; from pytest_fpharness.api import Runner; assert 'pytest' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
