"""The target contract: what a bot must offer so that a world can be broken around it.

A target is named by a string, ``module:attribute`` or ``path.py:attribute``. The attribute is a target,
or a callable without arguments that returns one. Everything beyond ``Target`` is an ability. What
a target lacks is MISSING in the report, which is never a pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.model.health import (
    Alert,
    DashboardRow,
    Decision,
    DetailPage,
    Health,
    Statistics,
)
from pytest_fpharness.model.layout import ABILITIES, Layout

if TYPE_CHECKING:
    from pytest_fpharness.world.world import World

#: Starts a process: returns its tasks by name, with all their state built anew (S2).
Start = Callable[[], Mapping[str, Callable[[], object]]]


class ContractError(TypeError):
    """A method of the target returned something that the contract does not allow."""


@dataclass(frozen=True)
class Task:
    """Periodic work of a process (S6).

    Attributes:
        name: The name under which ``Process.start`` returns its function.
        every: The period, in ns.
        offset: When it first runs, in ns after the start of the process.
    """

    name: str
    every: int
    offset: int = 0


@dataclass(frozen=True)
class RestartPolicy:
    """What the service manager does when a process ends (S9), in the terms of systemd.

    Attributes:
        when: ``no``, ``on-failure`` or ``always`` (``Restart=``).
        delay: ns until the restart (``RestartSec=``).
        start_limit: Starts within ``interval`` before the unit fails for good (``StartLimitBurst=``).
        interval: ns (``StartLimitIntervalSec=``).
    """

    when: str = "no"
    delay: int = 5 * SECOND
    start_limit: int = 5
    interval: int = 10 * SECOND


@dataclass(frozen=True)
class Process:
    """One simulated process of the bot.

    Attributes:
        name: The name that scenarios use.
        start: Called at each start; returns the functions of its tasks by name, without any state of
            an earlier start (S2).
        tasks: Its periodic work.
        argv: The command line, as ``pgrep`` and psutil see it.
        unit: Its service unit; "" for none.
        restart: What the service manager does when it ends.
        monitor: Whether it is the monitor: health is read after each of its passes (S16).
        modules: Modules that are imported anew for each start.
    """

    name: str
    start: Start
    tasks: Sequence[Task]
    argv: Sequence[str] = ()
    unit: str = ""
    restart: RestartPolicy = RestartPolicy()
    monitor: bool = False
    modules: Sequence[str] = ()


@runtime_checkable
class Target(Protocol):
    """A bot under test: the one protocol that every adapter implements.

    Attributes:
        name: The name of the bot in reports.
    """

    name: str

    def layout(self) -> Layout:
        """Return where the bot keeps its things: files, units, hosts, environment, periods."""
        ...

    def processes(self, world: World) -> Sequence[Process]:
        """Return the bot's processes, in the order in which they start and take turns."""
        ...

    def health(self) -> Health:
        """Return what the last monitor pass found; must not change anything (S17)."""
        ...


@runtime_checkable
class Checks(Protocol):
    """A bot without a scheduled monitor; the harness calls its check instead (S17)."""

    def check(self) -> object:
        """Check all failure points; called every ``layout().check`` ns."""
        ...


@runtime_checkable
class Prepares(Protocol):
    """Ability: prepares each new world."""

    def prepare(self, world: World) -> None:
        """Write the files of a healthy installation, before the first process starts."""
        ...


@runtime_checkable
class Alerts(Protocol):
    """Ability: the bot sends alerts to the webhook."""

    def read_alert(self, body: Any) -> Alert | None:
        """Return the alert in the body of a request to the webhook; None for other messages."""
        ...


@runtime_checkable
class Dashboard(Protocol):
    """Ability: the bot has a dashboard."""

    def dashboard(self) -> Mapping[str, DashboardRow]:
        """Return the rows as shown now, by failure point; must not change anything."""
        ...


@runtime_checkable
class Details(Protocol):
    """Ability: the dashboard has a page for each failure point (D-3)."""

    def detail(self, fp: str) -> DetailPage | None:
        """Return the page as shown now, None for no page; must not change anything."""
        ...


@runtime_checkable
class Learns(Protocol):
    """Ability: the bot keeps statistics of its failures (SH-3)."""

    def statistics(self) -> Mapping[str, Statistics]:
        """Return them by failure point; one that never failed may be absent. Must not change anything."""
        ...


@runtime_checkable
class Decisions(Protocol):
    """Ability: the bot logs what it decides about each entry candidate."""

    def read_decision(self, line: str) -> Decision | None:
        """Return the decision in a line of the log role ``log.decisions``; None for other lines."""
        ...


@runtime_checkable
class Books(Protocol):
    """Ability: the bot keeps books of its fills."""

    def booked_fills(self) -> Sequence[str]:
        """Return the broker's ids of the orders whose fills are in the books."""
        ...


@runtime_checkable
class Injects(Protocol):
    """Ability: a trading signal can be injected into the bot and traced through its gates.

    Attributes:
        injects: The process whose ``start`` also returns a task ``inject``, which is never scheduled.
            It takes a cluster ``{symbol, score, side}`` through guards, gates and order, and logs the
            decision with its trace.
    """

    injects: str


#: The protocol of each of ``model.layout.ABILITIES``.
PROTOCOLS: Mapping[str, type] = {
    "alerts": Alerts,
    "dashboard": Dashboard,
    "details": Details,
    "statistics": Learns,
    "decisions": Decisions,
    "books": Books,
    "inject": Injects,
}


def abilities_of(target: object) -> tuple[str, ...]:
    return tuple(name for name in ABILITIES if isinstance(target, PROTOCOLS[name]))
