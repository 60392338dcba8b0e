"""The target contract: what a bot must offer so that a world can be broken around it.

A target is named by a string, ``module:attribute`` or ``path.py:attribute``. The attribute is a
target, or a callable without arguments that makes one. Everything beyond :class:`Target` is an ability:
what a target lacks is MISSING in the report, which never counts as a pass.
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

#: What one start of a process gives: its tasks by name, with all their state built anew (S2).
Start = Callable[[], Mapping[str, Callable[[], object]]]


class ContractError(TypeError):
    """A target's method gave what the contract does not know; the text says what."""


@dataclass(frozen=True)
class Task:
    """Periodic work of a process: every ``every`` ns from its start, first after ``offset`` ns (S6)."""

    name: str
    every: int
    offset: int = 0


@dataclass(frozen=True)
class RestartPolicy:
    """What the service manager does when a process ends by itself (S9); systemd's words."""

    when: str = "no"  # no, on-failure, always
    delay: int = 5 * SECOND
    start_limit: int = 5  # starts within the interval before the unit fails for good
    interval: int = 10 * SECOND


@dataclass(frozen=True)
class Process:
    """One simulated process: how it starts, what it does, who restarts it."""

    name: str
    start: Start
    tasks: Sequence[Task]
    argv: Sequence[str] = ()  # the command line as pgrep and psutil see it
    unit: str = ""
    restart: RestartPolicy = RestartPolicy()
    monitor: bool = False  # its passes are when health is sampled (S16)
    #: Imported anew for each start; before the first ahead of time, as if the world had just begun.
    modules: Sequence[str] = ()


@runtime_checkable
class Target(Protocol):
    """A bot under test."""

    name: str

    def layout(self) -> Layout:
        """Roles bound to files, units, hosts, environment names and periods."""
        ...

    def processes(self, world: World) -> Sequence[Process]:
        """The bot's processes, in the order in which they start and take turns."""
        ...

    def health(self) -> Health:
        """What the last monitor pass said; reading it has no effect (S17)."""
        ...


@runtime_checkable
class Checks(Protocol):
    """A bot without a scheduled monitor: its check is called every ``layout().check`` (S17)."""

    def check(self) -> object:
        """One pass over the failure points; ``health()`` then says what it found."""
        ...


@runtime_checkable
class Prepares(Protocol):
    """Ability: lays out a healthy installation before the first start."""

    def prepare(self, world: World) -> None:
        """Write what an installed bot has on its disk."""
        ...


@runtime_checkable
class Alerts(Protocol):
    """Ability: alerts leave the bot through the webhook."""

    def read_alert(self, body: Any) -> Alert | None:
        """The alert in a webhook body, or None for another message."""
        ...


@runtime_checkable
class Dashboard(Protocol):
    """Ability: a dashboard shows failure points to people."""

    def dashboard(self) -> Mapping[str, DashboardRow]:
        """The rows as shown now, by failure point; reading changes nothing."""
        ...


@runtime_checkable
class Details(Protocol):
    """Ability: the dashboard has a page for each failure point (D-3)."""

    def detail(self, fp: str) -> DetailPage | None:
        """What the page shows now, or None when there is none; reading changes nothing."""
        ...


@runtime_checkable
class Learns(Protocol):
    """Ability: the bot keeps statistics of its failures (SH-3)."""

    def statistics(self) -> Mapping[str, Statistics]:
        """By failure point; one that has never failed may be absent. Reading changes nothing."""
        ...


@runtime_checkable
class Decisions(Protocol):
    """Ability: the bot logs what it decides about each entry candidate."""

    def read_decision(self, line: str) -> Decision | None:
        """The decision in a line of the log role ``log.decisions``."""
        ...


@runtime_checkable
class Books(Protocol):
    """Ability: the bot's own books of fills."""

    def booked_fills(self) -> Sequence[str]:
        """Order ids (the broker's) whose fills the bot has in its books."""
        ...


@runtime_checkable
class Injects(Protocol):
    """Ability: a signal can be handed to the bot and traced through its gates."""

    #: The process whose start offers a task ``inject``, never scheduled: it takes a cluster
    #: ``{symbol, score, side}`` through guards, gates and order, and logs the decision with its trace.
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
    """The abilities a target has."""
    return tuple(name for name in ABILITIES if isinstance(target, PROTOCOLS[name]))
