"""The world process: warms one world up, then forks a child for each run."""

from __future__ import annotations

import gc

from pytest_fpharness.model.plan import Plan, PlannedRun
from pytest_fpharness.simulation.run import SimulationRun
from pytest_fpharness.simulation.supervisor import CrashHandler, ignore_crash
from pytest_fpharness.world.world import start_of
from .forked_child import Pipe, in_child
from .loaded_target import LoadedTarget
from .outcomes import EventStream, encode_outcome, text_of


class WorldProcess:
    """One warmed-up world; its runs differ only in what happens after the warm-up."""

    def __init__(
        self, loaded: LoadedTarget, plan: Plan, *, on_crash: CrashHandler = ignore_crash
    ) -> None:
        self.loaded, around = loaded, loaded.surroundings
        with around.harness_works():
            loaded.area.empty()
            loaded.imported.put_back()
        self.run = SimulationRun(
            plan.without_faults(),
            loaded.target,
            loaded.area.run,
            spaces=loaded.spaces,
            # Modules that were imported at another start time may have kept it.
            prepared=loaded.prepared if start_of(plan.world) == loaded.clock.start else {},
            seed=loaded.seed,
            on_crash=on_crash,
        )
        world = self.run.world
        around.log.enter(world)
        world.files.free = (loaded.area.tmp, loaded.area.home)
        world.emitters = loaded.own_files
        for escape in loaded.escapes:
            with world.as_actor(escape.actor):
                world.emit("escape", **escape.facts)
        world.clock.adopt(loaded.clock)
        world.activate()
        self.run.supervisor.patch()
        self.run.warm_up()
        gc.collect()  # before the snapshot: garbage may hold files open
        with around.harness_works():
            self.snapshot = loaded.area.snapshot()
        gc.freeze()  # a child that collects would copy every page of this process
        gc.disable()

    def outcome(self, planned: PlannedRun) -> str:
        """Play a run in a child; returns its outcome as text."""
        with self.loaded.surroundings.harness_works():
            return text_of(in_child(lambda pipe: self._play(planned, pipe), self.loaded.wall))

    def _play(self, planned: PlannedRun, pipe: Pipe) -> str:
        """In the child: put the directories back as they were after the warm-up, then play the run."""
        self.loaded.area.empty()
        self.snapshot.put_back()
        self.loaded.surroundings.target_works(may_fork=False)
        stream = EventStream(pipe, self.run.world.timeline.events)
        self.run.world.listeners.insert(0, stream.send)
        outcome = self.run.carry_on(planned)
        stream.flush()
        return encode_outcome(outcome)
