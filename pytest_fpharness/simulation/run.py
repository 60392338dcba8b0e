"""One run: a world, its faults and a target, from the first start to the last check."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from pytest_fpharness.faults.base import READER, MissingRole
from pytest_fpharness.judge.clauses.detail_pages import asks_pages
from pytest_fpharness.judge.deadlines import WARM_UP_CYCLES, is_over
from pytest_fpharness.judge.evidence import Evidence
from pytest_fpharness.judge.marks import Marks, find_marks
from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.model.outcome import Outcome
from pytest_fpharness.model.plan import BROKEN_HEALER, MAIN, REPETITION, Plan, PlannedRun
from pytest_fpharness.targets.contract import Prepares, Target
from pytest_fpharness.world.http.hosts import HOSTS
from pytest_fpharness.world.http.sockets import UNPLAYED
from pytest_fpharness.world.time.clock import Clock
from pytest_fpharness.world.world import World, start_of
from .fault_injector import FaultInjector
from .module_spaces import ModuleSpaces, Space
from .observer import Observer
from .process_specs import processes_of
from .scheduler import FOREIGN_THREAD, SAMPLING, WORLD, Scheduler
from .supervisor import FORKED, CrashHandler, Supervisor, ignore_crash

#: After the monitor's tick: late enough for its pass to be over, early enough to see it.
CHECK_PHASE = 10 * SECOND


class SimulationRun:
    """A world with a running target: first warmed up, then carried on as one planned run."""

    def __init__(
        self,
        plan: Plan,
        target: Target,
        root: str,
        *,
        spaces: ModuleSpaces | None = None,
        prepared: Mapping[str, Space] | None = None,
        seed: int = 0,
        on_crash: CrashHandler = ignore_crash,
        world: type[World] = World,
    ) -> None:
        self.target, self.planned = target, PlannedRun(MAIN, plan)
        self.layout = target.layout()
        clock = Clock(start_of(plan.world))
        self.scheduler = Scheduler(clock)
        after = self.scheduler.call_after
        self.world = world(root, self.layout, plan.world, seed=seed, clock=clock, after=after)
        self.specs = processes_of(target, self.world)
        self.supervisor = Supervisor(
            self.world,
            self.scheduler,
            self.specs,
            spaces or ModuleSpaces(""),
            before_pass=lambda process: self.observer.begin(process),
            after_pass=lambda process: self.observer.sample(process),
            on_crash=on_crash,
        )
        self.supervisor.prepared = dict(prepared or {})
        self.supervisor.reader_space = self.supervisor.prepared.pop(READER, {})
        self.observer = Observer(self.world, target, plan, self.supervisor.reading)
        self.evidence = Evidence(self.world.timeline, self.layout)
        self.marks: Marks = {}
        self.injectors: list[FaultInjector] = []  # the second one injects the same faults again
        self.world.listeners.append(self._broker_moves)
        self._settling: int | None = None
        self._broken_again = False
        self._injected: int | None = None

    # -- the run ------------------------------------------------------------------------------

    def start(self) -> None:
        """Lay out the installation and start every process."""
        if isinstance(self.target, Prepares):
            self.target.prepare(self.world)
        self.supervisor.start_all()
        self._observe(self._first_tick() + CHECK_PHASE)

    def warm_up(self) -> None:
        """Start everything and run until it is steady (S19); the caller has activated the world."""
        before = set(threading.enumerate())
        self.start()
        self.scheduler.run(WARM_UP_CYCLES * self.layout.cycle, lambda: "steady" in self.marks)
        # No thread survives the fork that each run is: what it would have done is missing then.
        self.scheduler.foreign_threads += len(set(threading.enumerate()) - before)

    def carry_on(self, planned: PlannedRun) -> Outcome:
        """From the steady world on: inject the faults of the plan and run to the end.

        The outcome is without the timeline, which is the world's.
        """
        plan, self.planned = planned.plan, planned
        self.observer.ask(plan)
        outcome = Outcome()
        try:
            self._needs()
            breaks = planned.kind == BROKEN_HEALER
            self.injectors = [FaultInjector(self.world, plan.inject, keep=breaks)]
            if plan.again is not None:
                first = len(plan.inject)
                again = FaultInjector(self.world, plan.inject, keep=False, first=first)
                self.injectors.append(again)
            if "steady" in self.marks:
                now = self.world.clock.now
                self.scheduler.call_at(self._phase_of(now), self._inject, WORLD)
                self.scheduler.run(now + 24 * 3600 * SECOND, self._over)
        except MissingRole as missing:
            outcome.missing = str(missing)
        self._finish(outcome)
        return outcome

    def _needs(self) -> None:
        from pytest_fpharness.targets.contract import abilities_of

        have = {
            *abilities_of(self.target), *self.layout.files, *self.layout.units,
            *self.layout.hosts, *HOSTS, *(spec.name for spec in self.specs),
        }  # fmt: skip
        for need in self.planned.plan.needs:
            if need not in have:
                raise MissingRole(need)

    def _first_tick(self) -> int:
        """The first tick of the first monitor; checks follow its grid."""
        for spec in self.specs:
            if spec.monitor and spec.tasks:
                return self.world.ticks[spec.name][0]
        return 0

    def _phase_of(self, now: int) -> int:
        """The instant of injection: a fixed phase between two checks (S13)."""
        first, every = self._first_tick(), self.layout.check
        tick = first + (now - first) // every * every + every
        offsets = {"middle": every // 2, "before": every - SECOND, "after": SECOND}
        return tick + offsets[self.planned.plan.phase]

    def _inject(self) -> None:
        self._injected = self.world.clock.now
        self._break("injected", self.injectors[0])

    def _break(self, mark: str, injector: FaultInjector) -> None:
        self.world.emit("mark", name=mark)
        injector.inject()
        if self.planned.plan.lift is not None:
            self.scheduler.call_after(self.planned.plan.lift, injector.lift)

    def _break_again(self) -> None:
        """Once it has recovered: the same faults a second time, at the same phase (S13)."""
        if self._broken_again or len(self.injectors) < 2 or "recovered" not in self.marks:
            return
        self._broken_again = True
        at = self._phase_of(self.world.clock.now + (self.planned.plan.again or 0))
        self.scheduler.call_at(at, lambda: self._break("again", self.injectors[1]), WORLD)

    def _observe(self, at: int) -> None:
        def check() -> None:
            self.observer.check()
            self.evidence.update()
            self.marks = find_marks(self.planned.plan, self.evidence)
            self._break_again()
            self._observe(at + self.layout.check)

        self.scheduler.call_at(at, check, SAMPLING)

    def _over(self) -> bool:
        if self.planned.length:
            since = self._injected
            return since is not None and self.world.clock.now >= since + self.planned.length
        return is_over(self.planned.plan, self.marks, self.world.clock.now, self.layout)

    # -- the end ------------------------------------------------------------------------------

    def _finish(self, outcome: Outcome) -> None:
        pages = self.planned.kind in (MAIN, REPETITION) and asks_pages(self.planned.plan)
        if pages and "injected" in self.marks:
            self.observer.pages()
        for injector in reversed(self.injectors):
            injector.undo()
        outcome.error = "; ".join(self._beyond())
        outcome.residue = self._residue()

    def _beyond(self) -> Iterator[str]:
        """List what the bot did that the world cannot simulate: the run is then an ERROR."""
        if unknown := sorted(set(self.world.commands.unknown)):
            commands = "; ".join(unknown)
            yield f"commands the world does not answer: {commands} ({self.world.commands.hint})"
        if used := sorted(self.world.network.used):
            yield f"a connection without `requests` to {', '.join(used)}: {UNPLAYED}"
        if self.scheduler.foreign_threads:
            yield FOREIGN_THREAD
        if self.supervisor.forks:
            yield FORKED

    def _residue(self) -> list[str]:
        """What the faults or the bot left behind in the world (S15)."""
        left = [f"a fault still holds {path}" for path in self.world.files.overlays]
        left += [
            f"{role} is still in the way" for role, held in self.world.http.faults.items() if held
        ]
        wanted = {name: os.environ.get(name) for name in self.world.environ()}
        left += [f"{n} changed" for n, v in self.world.environ().items() if wanted[n] != v]
        for name in self.world.processes.declared:
            count = sum(e.name == name and e.status != "dead" for e in self.world.processes.entries)
            if count > 1:
                left.append(f"{count} processes {name}")
        return left

    def _broker_moves(self, event: Any) -> None:
        """Schedule the broker's next own action: a fill, an expiry."""
        if not event.kind.startswith("order."):
            return
        due = self.world.alpaca.ledger.next_due()
        if due is None:
            return
        at = due - self.world.clock.start
        if self._settling is None or at < self._settling:
            self._settling = at
            self.scheduler.call_at(at, self._settle, WORLD)

    def _settle(self) -> None:
        self._settling = None
        ledger = self.world.alpaca.ledger
        ledger.settle()
        due = ledger.next_due()
        if due is not None:
            self._settling = due - self.world.clock.start
            self.scheduler.call_at(self._settling, self._settle, WORLD)
