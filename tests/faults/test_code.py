from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from pytest_fpharness.faults import FAULTS
from pytest_fpharness.faults.base import Fault, MissingRole
from pytest_fpharness.model.layout import Layout
from pytest_fpharness.signals import SIGNALS
from pytest_fpharness.world.processes.host import NoHost
from pytest_fpharness.world.world import World
from tests.support.world_bench import FILES, acting


def truth(world: World, name: str, argument: str = "") -> Any:
    read = SIGNALS[name].read
    assert read is not None
    return read(world, argument)


class Host(NoHost):
    """Its processes have the modules of a bot."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot

    def modules(self, process: str) -> dict[str, ModuleType]:
        return self.bot.modules


class Bot:
    """A world whose one process has a score in one module, and uses it in another."""

    def __init__(self, root: Path) -> None:
        env = {"level": "LEVEL"}
        functions = {"score": "bot.scoring:score"}
        self.later: list[Callable[[], None]] = []
        layout = Layout(files=FILES, functions=functions, env=env)
        after = lambda delay, action: self.later.append(action)  # noqa: E731
        self.world = World(str(root), layout, after=after)
        self.world.processes.attach(Host(self))
        self.world.processes.declare("bot", ("bot",), "bot.service")
        self.begin()

    def begin(self) -> None:
        """A new incarnation: modules of its own."""
        scoring, main = ModuleType("bot.scoring"), ModuleType("bot.main")
        vars(scoring)["score"] = vars(main)["rate"] = lambda symbol: 3.0
        self.modules = {"bot.scoring": scoring, "bot.main": main}

    def call(self, *arguments: Any) -> Any:
        with self.world.as_actor("bot"):
            return self.modules["bot.main"].rate(*arguments)

    def inject(self, name: str, **params: Any) -> Fault:
        fault = FAULTS[name](self.world, params)
        fault.active = True
        fault.inject()
        self.world.listeners.append(fault.watch)
        return fault


@pytest.fixture
def bot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bot]:
    monkeypatch.chdir(tmp_path)
    yield Bot(tmp_path)


@pytest.mark.parametrize(
    ("how", "answer"), [("none", None), ("inf", math.inf), ("text", "unknown"), ("number", 2.5)]
)
def test_a_function_answers_nonsense_wherever_it_was_imported(
    bot: Bot, how: str, answer: Any
) -> None:
    fault = bot.inject("function.fails", function="score", how=how, number=2.5)
    assert bot.call("AAPL") == answer
    assert (fault.met, truth(bot.world, "function.failures", "score")) == (1, 1)


def test_a_function_raises_until_it_is_lifted(bot: Bot) -> None:
    fault = bot.inject("function.fails", function="score")
    with pytest.raises(ZeroDivisionError):
        bot.call("AAPL")
    fault.undo()
    assert bot.call("AAPL") == 3.0


def test_a_new_incarnation_fails_as_well(bot: Bot) -> None:
    bot.inject("function.fails", function="score", how="nan")
    bot.begin()
    bot.world.emit("process.start", process="bot", pid=2)
    assert bot.call("AAPL") == 3.0  # not imported yet
    for action in bot.later:
        action()
    assert math.isnan(bot.call("AAPL"))


@pytest.mark.parametrize(
    "argument", ["AAPL", {"symbol": "AAPL"}, {"ticker": "AAPL"}, SimpleNamespace(symbol="AAPL")]
)
def test_a_function_fails_for_one_symbol_once_it_has_flow(bot: Bot, argument: Any) -> None:
    fault: Any = bot.inject("function.fails", function="score", how="none", symbol="AAPL")
    assert bot.call(argument) == 3.0
    fault.load.meet()
    assert bot.call(argument) is None
    assert bot.call("MSFT") == 3.0


def test_a_target_without_the_function_lacks_it(bot: Bot) -> None:
    with pytest.raises(MissingRole, match="enrichment"):
        bot.inject("function.fails", function="enrichment")


def test_rows_without_a_field_and_with_another_value(bot: Bot) -> None:
    market = bot.world.uw_api.market
    whole = market.rows(29_461_000)
    fault = bot.inject("uw_api.field", field="strike")
    with bot.world.as_actor("uw_flow_daemon"):
        assert all("strike" not in row for row in market.rows(29_461_000))
    assert fault.met == 1
    fault.undo()
    assert market.rows(29_461_000) == whole
    bot.inject("uw_api.field", field="strike", value="n/a")
    assert {row["strike"] for row in market.rows(29_461_000)} == {"n/a"}


def test_a_folder_stands_in_the_way_until_it_is_lifted(bot: Bot) -> None:
    path = "state/positions.json"
    bot.world.files.put(path, b"{}")
    with acting(bot.world, bot.world.file_calls):
        fault = bot.inject("file.blocked", file="state.positions")
        with pytest.raises(IsADirectoryError):
            Path(path).read_text()
        Path("state/other").write_text("{}")
        with pytest.raises(OSError, match="directory"):
            os.replace("state/other", path)
        assert os.path.isdir(path)
        assert fault.met == 1
    fault.undo()
    assert bot.world.files.raw_bytes(bot.world.files.full(path)) == b"{}"


def test_the_environment_is_recorded_without_its_keys(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEVEL", " 7 ")
    assert truth(bot.world, "env.value", "level") == "7"
    assert truth(bot.world, "env.is_set", "level") is True
    monkeypatch.setenv("LEVEL", " ")
    assert truth(bot.world, "env.is_set", "level") is False
    monkeypatch.setenv("broker_key", "PK")
    assert truth(bot.world, "env.value", "broker_key") == ""


def test_the_best_score_is_that_of_the_last_cycle(bot: Bot) -> None:
    world = bot.world
    assert truth(world, "scores.best") is None
    world.emit("decision", symbol="A", score=4.0)
    world.clock.now += world.layout.cycle
    for score in (2.5, 2.6, None):
        world.emit("decision", symbol="B", score=score)
    assert truth(world, "scores.best") == 2.6
