"""Tiny bots that write something when their feed breaks: rubbish, half a file, a repair."""

from __future__ import annotations

import dataclasses
import subprocess
from pathlib import Path

from pytest_fpharness.model.layout import FileBinding, Layout
from pytest_fpharness.world.world import World
from tests.support.bots.tiny import TinyBot


class Mumbles(TinyBot):
    """Its cycle records are JSON, and no records."""

    def trouble(self) -> None:
        with open("cycles.jsonl", "a") as file:
            file.write("7\n")


class Tears(TinyBot):
    """Writes another state file in place, and stops half way; it stays as long as it was."""

    def layout(self) -> Layout:
        """One file more."""
        layout = super().layout()
        files = {**layout.files, "state.notes": FileBinding("notes.json")}
        return dataclasses.replace(layout, files=files)

    def prepare(self, world: World) -> None:
        """Whole at first."""
        super().prepare(world)
        world.files.put("notes.json", b'{"a": 1}')

    def trouble(self) -> None:
        with open("notes.json", "r+") as file:
            file.write('{"a": 1,')


class Mends(TinyBot):
    """Mends its feed by a script of its own, which the layout declares."""

    def layout(self) -> Layout:
        return dataclasses.replace(super().layout(), commands={"python3 mend.py": mend})

    def trouble(self) -> None:
        subprocess.run(["python3", "mend.py", "feed.json"], check=True)


def mend(argv: list[str]) -> None:
    """The script: it works in the directory of the process that runs it."""
    Path(argv[2]).write_text('{"price": 101.5}')
