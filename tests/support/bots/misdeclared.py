"""Tiny bots with a mistake in what they declare: layout, processes, commands."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from pytest_fpharness.model.layout import Layout
from pytest_fpharness.targets.contract import Process, Task
from pytest_fpharness.world.world import World
from tests.support.bots.tiny import CYCLE, TinyBot


class WrongLayout(TinyBot):
    """A word of its layout is misspelt."""

    def layout(self) -> Layout:
        return Layout(unitz={"bot": "bot.service"})  # type: ignore[call-arg]


class GivesALayoutInSeconds(TinyBot):
    """Forgets the unit."""

    def layout(self) -> Layout:
        return dataclasses.replace(super().layout(), check=30)


class GivesATaskInSeconds(TinyBot):
    """Forgets the unit elsewhere."""

    def processes(self, world: World) -> Sequence[Process]:
        bot, monitor = super().processes(world)
        return [bot, dataclasses.replace(monitor, tasks=[Task("check", 30)])]


class HasTwins(TinyBot):
    """Two processes of one name."""

    def processes(self, world: World) -> Sequence[Process]:
        bot, monitor = super().processes(world)
        return [bot, dataclasses.replace(monitor, name="bot")]


class StartsAtOnce(TinyBot):
    """Gives its tasks instead of a function that gives them."""

    def processes(self, world: World) -> Sequence[Process]:
        bot, monitor = super().processes(world)
        return [dataclasses.replace(bot, start=self.start_bot()), monitor]  # type: ignore[arg-type]


class LayoutIsADict(TinyBot):
    """Its layout is plain."""

    def layout(self) -> Layout:
        return {}  # type: ignore[return-value]


class ProcessesAreNames(TinyBot):
    """Its processes have nothing but names; the operator watches them."""

    def processes(self, world: World) -> Sequence[Process]:
        return ["bot"]  # type: ignore[list-item]


class NoMonitor(TinyBot):
    """Nobody checks anything."""

    check = None  # type: ignore[assignment]

    def processes(self, world: World) -> Sequence[Process]:
        return [Process("bot", self.start_bot, [Task("cycle", CYCLE)])]


class NoProcess(TinyBot):
    """There is nothing to run."""

    check = None  # type: ignore[assignment]

    def processes(self, world: World) -> Sequence[Process]:
        return []


class CannotBeMade(TinyBot):
    """Needs something that is not there."""

    def __init__(self) -> None:
        raise OSError("no credentials")


class NotATarget:
    """Lacks everything but a name."""

    name = "nothing"


class DeclaresNonsense(TinyBot):
    """A command that has neither an answer nor something to run."""

    def layout(self) -> Layout:
        return dataclasses.replace(super().layout(), commands={"python3 mend.py": "mend.py"})
