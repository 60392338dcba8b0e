"""Hosts that cannot be reached, stay silent or answer nonsense."""

from __future__ import annotations

from collections import Counter

from pytest_fpharness.faults.base import READER, Fault, MissingRole, fault
from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.model.timeline import Event
from pytest_fpharness.model.vocabulary import ParamSpec
from pytest_fpharness.world.http.messages import HttpRequest, HttpResponse

_HOST = ParamSpec("host", "host", "the host's role", required=True)
_HOWS = ("refused", "dns", "timeout", "reset", "tls", "silent")


class HostFault(Fault):
    """ActiveFault between the bot and one host."""

    witness = "a request of the bot to the host is answered by the fault"

    @property
    def host(self) -> str:
        return str(self.params["host"])

    def prepare(self) -> None:
        """The world must have the host."""
        if self.host not in {role for role, _ in self.world.http.handlers.values()}:
            raise MissingRole(self.host)

    def inject(self) -> None:
        """Stand in the way."""
        self.world.http.faults.setdefault(self.host, []).append(self)

    def undo(self) -> None:
        """Get out of it."""
        held = self.world.http.faults.get(self.host, [])
        if self in held:
            held.remove(self)

    def answer(self, request: HttpRequest) -> HttpResponse | str | None:
        raise NotImplementedError


@fault(
    "network.down",
    "A host cannot be reached.",
    _HOST,
    ParamSpec("how", "choice", "how it fails", default="refused", choices=_HOWS),
    ParamSpec("calls", "choice", "which calls", default="all", choices=("all", "orders")),
    port="network",
    persistence="pinned",
)
class Down(HostFault):
    """No connection, or none that answers."""

    def answer(self, request: HttpRequest) -> HttpResponse | str | None:
        """The way to fail."""
        if self.params["calls"] == "orders" and "/orders" not in request.path:
            return None
        self.record_hit(f"{request.method} {request.path}: {self.params['how']}")
        return str(self.params["how"])


@fault(
    "http.answer",
    "A host answers with this status and body.",
    _HOST,
    ParamSpec("status", "count", "the HTTP status", required=True),
    ParamSpec("body", "text", "the body", default=""),
    ParamSpec("times", "count", "how often; 0 is every time", default=0),
    ParamSpec("path", "text", "only requests whose path ends so", default=""),
    port="network",
    persistence="pinned",
)
class Answer(HostFault):
    """An answer that is none of the host's own."""

    def answer(self, request: HttpRequest) -> HttpResponse | str | None:
        times = int(self.params["times"])
        if not self.world.current_process or (times and self.met >= times):
            return None
        if not request.path.endswith(str(self.params["path"])):
            return None
        self.record_hit(f"{request.method} {request.path}: {self.params['status']}")
        return HttpResponse(int(self.params["status"]), str(self.params["body"]).encode())


_OUTAGE_HOWS = ("refused", "dns", "timeout", "reset", "silent", "portal")
#: What a captive portal answers to everything.
PORTAL = b"<html><title>Sign in to this network</title></html>"


@fault(
    "network.cut",
    "No host can be reached; a portal answers each request with its own page.",
    ParamSpec("how", "choice", "how it fails", default="refused", choices=_OUTAGE_HOWS),
    ParamSpec("calls", "choice", "which calls", default="all", choices=("all", "every_other")),
    port="network",
    persistence="pinned",
)
class NetworkCut(Fault):
    """Stands before every host at once."""

    witness = "a request of the bot gets no answer of its host"

    def inject(self) -> None:
        """Stand in every way."""
        self._calls: Counter[tuple[str, str]] = Counter()
        for role, _ in self.world.http.handlers.values():
            held = self.world.http.faults.setdefault(role, [])
            if self not in held:
                held.append(self)

    def undo(self) -> None:
        """Get out of them."""
        for held in self.world.http.faults.values():
            if self in held:
                held.remove(self)

    def answer(self, request: HttpRequest) -> HttpResponse | str | None:
        """The way to fail, or the portal's page; every other call is counted by who asks whom."""
        who = self.world.current_process
        if self.params["calls"] == "every_other":
            if who in ("", READER):
                return None
            self._calls[who, request.host] += 1
            if self._calls[who, request.host] % 2 == 0:
                return None
        self.record_hit(f"{request.method} {request.path}: {self.params['how']}")
        if self.params["how"] == "portal":
            return HttpResponse(200, PORTAL, {"Content-Type": "text/html"})
        return str(self.params["how"])


@fault(
    "network.slow",
    "Each call takes this long; none fails.",
    ParamSpec("latency", "duration", "how long", required=True),
    port="network",
    persistence="pinned",
)
class Slow(Fault):
    witness = "a request of the bot is answered late"

    def inject(self) -> None:
        """Slow every call down."""
        self._before = self.world.http.latency
        self.world.http.latency = int(self.params["latency"])

    def undo(self) -> None:
        """As fast as before."""
        self.world.http.latency = self._before

    def watch(self, event: Event) -> None:
        """A call that was slow."""
        if event.kind == "http" and event.actor:
            self.record_hit(
                f"waited {int(self.params['latency']) / SECOND:g} s for {event.facts['role']}"
            )
