"""The project's bot, running in virtual time inside one ordinary test.

Nothing is patched between two calls: pytest's own clock and files stay real.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from typing import Any

from pytest_fpharness.desk.words import Length, choose, duration, length
from pytest_fpharness.engine.evidence import Evidence
from pytest_fpharness.engine.holder import Holder
from pytest_fpharness.engine.load import load_target
from pytest_fpharness.engine.modules import ModuleSpaces, Space
from pytest_fpharness.engine.run import Run
from pytest_fpharness.faults import FAULTS
from pytest_fpharness.model.health import Alert, Decision, Readiness, Status
from pytest_fpharness.model.plan import Injection, Plan
from pytest_fpharness.model.timeline import Event, Timeline
from pytest_fpharness.world.clock import PYTEST_CLOCKS
from pytest_fpharness.world.world import World


class _ThreadWorld(World):
    """A world in which only the test's own thread acts: pytest's other threads keep the real one."""

    _acting = ""
    _thread = 0

    @property
    def acting(self) -> str:
        """Who runs now; "" for every other thread."""
        return self._acting if threading.get_ident() == self._thread else ""

    @acting.setter
    def acting(self, name: str) -> None:
        self._acting = name
        self._thread = threading.get_ident()


class BotDesk:
    """What a test does with its running bot; times are virtual.

    ``target`` is a name as for ``--fp-target``. Raises TargetError when it cannot be loaded.
    """

    def __init__(self, target: str, base: str, root: str) -> None:
        self._root = os.path.join(root, "bot")
        os.makedirs(self._root)
        self._target = load_target(target, base)
        module = type(self._target).__module__
        spaces = ModuleSpaces(str(getattr(self._target, "code_root", "")), [module])
        self._spaces = spaces
        self._hub: Space = {}  # what is imported of the bot between its processes
        outside = spaces.use(self._hub)
        plan = Plan("", "fp_bot")
        self._run = Run(plan, self._target, self._root, spaces=spaces, world=_ThreadWorld)
        spaces.use(outside)
        self._started = False
        self.world = self._run.world

    # -- time -----------------------------------------------------------------------------------

    def run(self, span: Length) -> None:
        """Let the bot run for so long: ``"3m"``, or seconds.

        Raises RuntimeError when a process has not taken what was injected for it.
        """
        seen = self.world.seen["process.untaken"]
        until = self.world.clock.now + length(span)
        with self._inside():
            if not self._started:
                self._started = True
                self._run.start()
            self._run.scheduler.run(until)
        if self.world.seen["process.untaken"] > seen:
            (*_, last) = self.timeline.of("process.untaken")
            said = "{process} takes no {task}: it is {why}, and was not idle for two cycles"
            raise RuntimeError(said.format(**last.facts))

    @contextlib.contextmanager
    def _inside(self) -> Iterator[None]:
        """The world is behind the process, and the bot's directory is the current one."""
        before = os.getcwd()
        outside = self._spaces.use(self._hub)  # what the test itself has imported of the bot
        self.world.clock.freeze(PYTEST_CLOCKS)
        self._run.scheduler.take_over()
        os.chdir(self._root)
        try:
            self.world.activate()
            self._run.supervisor.patch()
            yield
        finally:
            self._run.supervisor.unpatch()
            self.world.deactivate()
            os.chdir(before)
            self.world.clock.thaw()
            self._spaces.use(outside)

    # -- breaking it ----------------------------------------------------------------------------

    def inject(self, fault: str, /, **params: Any) -> Holder:
        """Break the world now: ``fp_bot.inject("uw_cache.age", age="11m")``; ``.lift()`` ends it.

        Durations may be written as in a scenario. Raises ValueError for an unknown fault or
        parameter, with the likely right word.
        """
        spec = FAULTS[choose(fault, FAULTS, "fault")].spec
        kinds = {param.name: param for param in spec.params}
        settled: dict[str, Any] = {}
        for name, value in params.items():
            param = kinds[choose(name, kinds, f"parameter of {fault}")]
            plain = param.type == "duration" and value not in param.choices
            settled[name] = duration(value) if plain else value
        holder = Holder(self.world, [Injection(fault, settled)], keep=False)
        with self._inside():
            holder.inject()
        return holder

    # -- what is seen ---------------------------------------------------------------------------

    @property
    def timeline(self) -> Timeline:
        """Everything that happened so far."""
        return self.world.timeline

    @property
    def _evidence(self) -> Evidence:
        return Evidence(self.timeline, self._run.layout)

    @property
    def readiness(self) -> Readiness:
        """The colour in force now; UNKNOWN before the first monitor pass."""
        return self._evidence.readiness(self.world.clock.now)

    def status(self, fp: str) -> Status:
        """The status of a failure point in force now."""
        return self._evidence.status(fp, self.world.clock.now)

    @property
    def alerts(self) -> list[Alert]:
        """Alerts that left the bot."""
        return [Alert(**event.facts) for event in self.timeline.of("alert")]

    @property
    def decisions(self) -> list[Decision]:
        """What the bot decided about its entry candidates."""
        return [Decision(**event.facts) for event in self.timeline.of("decision")]

    @property
    def orders(self) -> list[Event]:
        """Orders that reached the broker."""
        return list(self.timeline.of("order.submitted"))
