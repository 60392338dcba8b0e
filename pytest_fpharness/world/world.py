"""The world: everything outside the bot, made of ports, with one timeline."""

from __future__ import annotations

import contextlib
import os
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from types import FrameType
from typing import Any, Final

from pytest_fpharness.confinement.places import bot_place
from pytest_fpharness.model.events import Kind
from pytest_fpharness.model.layout import Layout
from pytest_fpharness.model.timeline import Event, Timeline
from pytest_fpharness.world.filesystem.disk import Disk
from pytest_fpharness.world.filesystem.files import Files
from pytest_fpharness.world.filesystem.os_calls import OsCalls
from pytest_fpharness.world.http.hosts import HOSTS
from pytest_fpharness.world.http.port import Http
from pytest_fpharness.world.http.sockets import Network
from pytest_fpharness.world.http.webhook import WebhookSink
from pytest_fpharness.world.processes.commands import Commands
from pytest_fpharness.world.processes.environment import Environment, Memory
from pytest_fpharness.world.processes.programs import answers_of
from pytest_fpharness.world.processes.psutil_port import PsUtils
from pytest_fpharness.world.processes.table import ProcessTable
from pytest_fpharness.world.time.clock import Clock, epoch_ns
from pytest_fpharness.world.time.randomness import Randomness
from pytest_fpharness.world.time.waits import Waits
from pytest_fpharness.world.unusual_whales.api import UwApiFake
from .alpaca import AlpacaFake
from .context import PortContext

DEFAULT_START: Final = (
    "2026-01-06 10:00 America/New_York"  # a Tuesday, half an hour into the session
)
DEFAULT_HOSTS: Final[Mapping[str, tuple[str, ...]]] = {
    "uw_api": ("api.unusualwhales.com",),
    "broker": ("paper-api.alpaca.markets",),
    "broker_data": ("data.alpaca.markets",),
    "webhook": ("hooks.example.com",),
    "webhook_2": ("hooks2.example.com",),
}
_PACKAGE: Final = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
#: What to do about a command or a host that the world does not answer, for error messages.
_COMMANDS_HINT: Final = "Layout.commands of the adapter adds one"
_HOSTS_HINT: Final = "Layout.hosts of the adapter says whose host it is"
#: Keys that the bot gets. None of them may appear in an artefact.
CANARY_KEYS: Final[Mapping[str, str]] = {
    "uw_key": "canary-uw-7f3a91c2d4",
    "broker_key": "PKCANARY5D81E0F3A2",
    "broker_secret": "canary-secret-b60c2f9e7a",
}

Timer = Callable[[int, Callable[[], None]], None]


class World:
    """All ports over one clock and one timeline; ``settings`` are the plan's ``world``."""

    def __init__(
        self,
        root: str,
        layout: Layout | None = None,
        settings: Mapping[str, Any] | None = None,
        *,
        seed: int = 0,
        clock: Clock | None = None,
        after: Timer | None = None,
    ) -> None:
        self.root = os.path.realpath(root)
        self.layout = layout or Layout()
        self.settings = dict(settings or {})
        self.secrets = dict(CANARY_KEYS)
        self.timeline = Timeline()
        #: Files besides the package's that may report events; None lets every caller.
        self.emitters: Collection[str] | None = None
        self.code_base = ""  # directory that places in the bot's code are relative to
        self.current_process = ""  # the simulated process that runs now; "" is the world itself
        self.clock = clock or Clock(start_of(self.settings))
        self._build_ports(seed)
        self._build_hosts(seed)
        self._active = False
        self.listeners: list[Callable[[Event], None]] = []  # called for every event
        self.seen: Counter[str] = Counter()  # number of events by kind, for orders also by intent
        self.signal_state: dict[str, Any] = {}  # earlier values, for signals that compare
        self.ticks: dict[str, tuple[int, int]] = {}  # process -> first tick and period of its work
        #: Process -> the exception that its next task raises instead of running.
        self.interrupts: dict[str, BaseException] = {}
        self.after: Timer = after or _no_timers  # runs an action after a delay (ns)
        for role, spec in HOSTS.items():  # last: an extension may use all of the world
            self.http.serve(role, self.layout.hosts.get(role, spec.names), spec.make(self))

    def _build_ports(self, seed: int) -> None:
        context = PortContext(self.clock, lambda: self.current_process, self.emit)
        layout = self.layout
        self.disk, self.memory = Disk(), Memory()
        self.environment = Environment()
        self.randomness = Randomness(seed)
        self.files = Files(self.root, self.disk, context, layout.files, layout.memory_dirs)
        self.file_calls = OsCalls(self.files)
        self.processes = ProcessTable(context)
        self.commands = Commands(
            self.processes, context, answers_of(layout.commands), _COMMANDS_HINT
        )
        self.psutils = PsUtils(self.processes, self.memory, self.disk, context)
        self.http = Http(context, _HOSTS_HINT)
        self.network = Network(self.http, context)
        self.waits = Waits(self.clock, context.actor)
        self._ports = (
            self.randomness, self.file_calls, self.psutils, self.commands, self.network, self.http,
            self.waits,
        )  # fmt: skip

    def _build_hosts(self, seed: int) -> None:
        now = self.clock.wall_ns_true
        self.alpaca = AlpacaFake(
            now,
            self._emit_facts,
            seed=seed,
            key_id=self.secrets["broker_key"],
            secret=self.secrets["broker_secret"],
            cash=self.settings.get("cash", 50_000),
        )
        self.uw_api = UwApiFake(now, self._emit_facts, seed=seed, key=self.secrets["uw_key"])
        hosts = {**DEFAULT_HOSTS, **self.layout.hosts}
        self.webhook = WebhookSink(now, self._emit_facts, hosts["webhook"])
        self.webhook_2 = WebhookSink(now, self._emit_facts, hosts["webhook_2"])
        serve = self.http.serve
        serve("uw_api", hosts["uw_api"], self.uw_api.handle)
        serve("broker", hosts["broker"], self.alpaca.trading)
        serve("broker_data", hosts["broker_data"], self.alpaca.data)
        serve("webhook", hosts["webhook"], self.webhook.handle)
        serve("webhook_2", hosts["webhook_2"], self.webhook_2.handle)

    # -- the timeline -------------------------------------------------------------------------

    def emit(self, kind: Kind, /, **facts: Any) -> None:
        """Record an event of the current process, now."""
        self._emit_facts(kind, facts)

    def _emit_facts(self, kind: Kind, facts: Mapping[str, object]) -> None:
        self._check_caller(kind)
        if kind == "escape":
            place = str(facts.get("place") or bot_place())
            facts = {**facts, "place": place.removeprefix(self.code_base + os.sep)}
        event = Event(self.clock.now, kind, self.current_process, facts)
        self.timeline.events.append(event)
        self.seen[kind] += 1
        if "intent" in facts:
            self.seen[f"{kind}:{facts['intent']}"] += 1
        for listener in list(self.listeners):
            listener(event)

    def _check_caller(self, kind: Kind) -> None:
        """Refuse an event that the bot's own code reports: what is judged is what the ports saw."""
        if self.emitters is None:
            return
        frame: FrameType | None = sys._getframe(2)
        while frame is not None and frame.f_code.co_filename == __file__:
            frame = frame.f_back
        path = "" if frame is None else frame.f_code.co_filename
        if not path.startswith(_PACKAGE) and path not in self.emitters:
            self.emit("escape", what="harness", detail=f"reports {kind} to the timeline")
            raise PermissionError(1, "the bot reported an event to the harness's timeline")

    @contextlib.contextmanager
    def as_actor(self, name: str) -> Iterator[None]:
        """Make ``name`` the current process within the block."""
        before, self.current_process = self.current_process, name
        try:
            yield
        finally:
            self.current_process = before

    # -- activation ---------------------------------------------------------------------------

    def environ(self) -> dict[str, str]:
        """The environment variables of the layout, including keys."""
        return environ_of(self.layout, self.secrets)

    def activate(self) -> None:
        """Patch all ports into this Python process, except the clock, which its owner freezes."""
        self._active = True
        self.environment.set(self.environ())
        for port in self._ports:
            port.patch()

    def deactivate(self) -> None:
        if not self._active:
            return
        self._active = False
        for port in reversed(self._ports):
            port.unpatch()
        self.environment.restore()


def start_of(settings: Mapping[str, Any]) -> int:
    """When the clock of a world with these settings starts, ns since the epoch."""
    return epoch_ns(str(settings.get("start", DEFAULT_START)))


def environ_of(layout: Layout, secrets: Mapping[str, str] = CANARY_KEYS) -> dict[str, str]:
    """The environment variables of a layout, including keys."""
    named = {name: secrets[role] for role, name in layout.env.items() if role in secrets}
    return {**layout.environment, **named}


def _no_timers(delay: int, action: Callable[[], None]) -> None:
    raise RuntimeError("this world has no timers: its clock does not run")
