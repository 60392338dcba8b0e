from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_fpharness.simulation.module_spaces import ModuleSpaces
from pytest_fpharness.targets.contract import Process, Task
from tests.support.process_bench import CYCLE, ProcessBench, Tasks


@pytest.fixture
def counter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package of a bot with a counter in its module globals; the path of its code."""
    code = tmp_path / "code"
    package = code / "tinypackage_of_a_bot"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "state.py").write_text("count = 0\n")
    monkeypatch.syspath_prepend(str(code))
    return str(code)


def test_module_globals_are_fresh_per_start_and_apart_per_process(
    bench: ProcessBench, counter: str
) -> None:
    def start(name: str) -> Callable[[], Tasks]:
        def cycle() -> None:
            from tinypackage_of_a_bot import state  # type: ignore[import-not-found]

            state.count += 1
            bench.sleep(1)  # another process runs meanwhile
            from tinypackage_of_a_bot import state as again

            bench.record(f"{name} {state.count} {state is again}")

        return lambda: {"cycle": cycle}

    specs = [
        Process(name, start(name), [Task("cycle", CYCLE)], unit=f"{name}.service")
        for name in ("a", "b")
    ]
    bench.start(*specs, code=counter)
    bench.run(61)
    bench.world.processes.restart_unit("a.service")
    bench.run(62)
    assert [what for _, what in bench.calls] == [
        "a 1 True", "b 1 True", "a 2 True", "b 2 True", "a 1 True",
    ]  # fmt: skip
    bench.supervisor.spaces.use({})
    assert not any(name.startswith("tinypackage_of_a_bot") for name in sys.modules)


def test_modules_loaded_before_are_those_of_the_first_start(counter: str) -> None:
    spaces = ModuleSpaces(counter)
    space = spaces.load(["tinypackage_of_a_bot.state"])
    assert sorted(space) == ["tinypackage_of_a_bot", "tinypackage_of_a_bot.state"]
    assert "tinypackage_of_a_bot" not in sys.modules
    before = spaces.use(space)
    assert sys.modules["tinypackage_of_a_bot.state"].count == 0
    assert spaces.use(before) is space
    assert sorted(space) == ["tinypackage_of_a_bot", "tinypackage_of_a_bot.state"]
    assert "tinypackage_of_a_bot" not in sys.modules


def test_what_the_space_in_use_imports_is_its_own(counter: str) -> None:
    spaces = ModuleSpaces(counter)
    space: dict[str, Any] = {}
    before = spaces.use(space)
    importlib.import_module("tinypackage_of_a_bot.state")
    assert spaces.current is space
    assert sorted(space) == ["tinypackage_of_a_bot", "tinypackage_of_a_bot.state"]
    spaces.use(before)
    assert "tinypackage_of_a_bot" not in sys.modules


def test_a_kept_module_stays(counter: str) -> None:
    spaces = ModuleSpaces(counter, keep=["tinypackage_of_a_bot"])
    space = spaces.load(["tinypackage_of_a_bot.state"])
    assert sorted(space) == ["tinypackage_of_a_bot.state"]
    del sys.modules["tinypackage_of_a_bot"]
