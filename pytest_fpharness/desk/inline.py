"""A world in the test's own process: ports are opened one by one and given back in reverse."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from typing import Any, Final

from pytest_fpharness.desk.virtual import InlineClock
from pytest_fpharness.desk.words import Held
from pytest_fpharness.faults import FAULTS, Fault
from pytest_fpharness.model.layout import FileBinding, Layout
from pytest_fpharness.model.timeline import Event
from pytest_fpharness.world.clock import epoch_ns
from pytest_fpharness.world.messages import Control
from pytest_fpharness.world.world import DEFAULT_START, World

#: Who the code under test is on the timeline.
ACTOR: Final = "test"
CACHE: Final = FileBinding("data/uw_flow_cache.json", stamp="_metadata.last_update")


class InlineWorld(World):
    """A world whose only process is the test; pytest's own threads are not in it."""

    clock: InlineClock
    _acting = ""

    @property
    def acting(self) -> str:
        """Who runs now; "" for threads that are not the test's."""
        return self._acting if self.clock.crew.mine() else ""

    @acting.setter
    def acting(self, name: str) -> None:
        self._acting = name


class Inline:
    """Opens ports of one world for one test; :meth:`close` gives everything back."""

    def __init__(self, home: Callable[[], str], start: str = DEFAULT_START) -> None:
        self._home = home
        self.bindings: dict[str, FileBinding] = {"uw_cache": CACHE}
        self.world = InlineWorld(
            "", Layout(files=self.bindings), clock=InlineClock(epoch_ns(start))
        )
        self.clock = self.world.clock
        self.clock.as_world = lambda: self.world.as_actor("")
        self.clock.outside = self._broker_due
        self.clock.settle = self.world.alpaca.settle
        self.world.after = self.clock.after
        self.world.listeners.append(self._seen)
        self.world.files.confined = False
        self.world.http.hint = "fp_network.serve(url, ...) adds a host"
        self.world.commands.hint = "fp_processes.answers(command, stdout=...) adds a command"
        self.stack = contextlib.ExitStack()
        self._open: dict[str, contextlib.ExitStack] = {}
        self._faults: list[Fault] = []
        self.world.acting = ACTOR

    def _broker_due(self) -> int | None:
        due = self.world.alpaca.next_due()
        return None if due is None else due - self.clock.start

    # -- ports ----------------------------------------------------------------------------------

    def open(self, *ports: str) -> None:
        """Put these ports behind the process, each once."""
        for port in ports:
            if port not in self._open:
                self._open[port] = undo = contextlib.ExitStack()
                try:
                    getattr(self, f"_open_{port}")(undo)
                except BaseException:
                    self.shut(port)
                    raise
                # Only now: what it has opened before itself must go after it.
                self.stack.callback(self.shut, port)

    def shut(self, port: str) -> None:
        """Take one port away again."""
        undo = self._open.pop(port, None)
        if undo is not None:
            undo.close()

    def _open_clock(self, undo: contextlib.ExitStack) -> None:
        self.clock.freeze()
        undo.callback(self.clock.thaw)

    def _open_directory(self, undo: contextlib.ExitStack) -> None:
        root = os.path.realpath(self._home())
        before = os.getcwd()
        files = self.world.files
        self.world.root = files.root = root
        files.roles = {files.full(b.path): role for role, b in self.bindings.items()}
        os.chdir(root)
        undo.callback(os.chdir, before)

    def _open_files(self, undo: contextlib.ExitStack) -> None:
        self.open("clock", "directory")
        self.world.files.patch()
        undo.callback(self.world.files.unpatch)

    def _open_disk(self, undo: contextlib.ExitStack) -> None:
        self.open("files")
        self._open_psutil(undo, "disk")

    def _open_memory(self, undo: contextlib.ExitStack) -> None:
        self._open_psutil(undo, "memory")

    def _open_processes(self, undo: contextlib.ExitStack) -> None:
        self.open("clock")
        self._open_psutil(undo, "processes")
        self.world.commands.patch()
        undo.callback(self.world.commands.unpatch)

    def _open_psutil(self, undo: contextlib.ExitStack, part: str) -> None:
        self.world.psutils.patch(part)
        undo.callback(self.world.psutils.unpatch, part)

    def _open_http(self, undo: contextlib.ExitStack) -> None:
        self.open("clock")
        self.world.network.patch()
        undo.callback(self.world.network.unpatch)
        self.world.http.patch()
        undo.callback(self.world.http.unpatch)

    def close(self) -> None:
        """Lift every fault and give every port back, the last one first."""
        with self.stack:
            self.world.acting = ""
            for fault in reversed(self._faults):
                self._end(fault)

    # -- files ----------------------------------------------------------------------------------

    @contextlib.contextmanager
    def as_world(self) -> Iterator[None]:
        """Act as the world within the block: no fault is in the way."""
        with self.world.as_actor(""):
            yield

    def bind(self, role: str, path: str, stamp: str = "") -> None:
        """Say where a role's file is, relative to the test's directory."""
        before = self.bindings.get(role)
        self.bindings[role] = binding = FileBinding(path, stamp=stamp)
        files = self.world.files
        if before is not None:
            files.roles.pop(files.full(before.path), None)
        files.bindings[role] = binding
        files.roles[files.full(path)] = role

    def put(self, role: str, data: bytes | None) -> None:
        """Write or remove (None) a role's file as the world."""
        with self.as_world():
            self.world.files.put(self.bindings[role].path, data)

    # -- faults ---------------------------------------------------------------------------------

    def hold(self, name: str, **params: Any) -> Held:
        """Inject a registered fault until it is cleared, lifted or the test ends."""
        fault = FAULTS[name](self.world, params)
        with self.as_world():
            fault.prepare()
            fault.active = True
            fault.inject()
        self._faults.append(fault)
        return Held(name, lambda: self._end(fault, lifting=True), lambda: fault.met)

    def _end(self, fault: Any, *, lifting: bool = False) -> None:
        if fault.active:
            fault.active = False
            fault.lifting = lifting
            with self.as_world():
                fault.undo()

    def _seen(self, event: Event) -> None:
        for fault in self._faults:
            if fault.active:
                fault.watch(event)
                if fault.clears(event):
                    self._end(fault)


def held(control: Control) -> Held:
    """A fake's control as a :class:`Held`."""
    return Held(control.name, control.lift, lambda: control.met)
