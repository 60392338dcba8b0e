"""Network faults: hosts that are unreachable, slow, or answer with something else."""

from __future__ import annotations

from collections import Counter

from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.model.timeline import Event
from pytest_fpharness.model.vocabulary import ParamSpec
from pytest_fpharness.world.http.messages import HttpRequest, HttpResponse
from .base import READER, Fault, MissingRole, fault

_HOST = ParamSpec("host", "host", "the host's role", required=True)
#: How a connection to one host fails, and to all of them; "portal" is a captive portal.
_HOST_FAILURES = ("refused", "dns", "timeout", "reset", "tls", "silent")
_NETWORK_FAILURES = ("refused", "dns", "timeout", "reset", "silent", "portal")
#: The answer of a captive portal to every request.
PORTAL = b"<html><title>Sign in to this network</title></html>"


class HostFault(Fault):
    """Answers requests to one host in place of the host."""

    witness = "a request of the bot to the host gets the fault's answer"

    @property
    def host(self) -> str:
        return str(self.params["host"])

    def prepare(self) -> None:
        if self.host not in {role for role, _ in self.world.http.handlers.values()}:
            raise MissingRole(self.host)

    def inject(self) -> None:
        self.world.http.faults.setdefault(self.host, []).append(self)

    def undo(self) -> None:
        held = self.world.http.faults.get(self.host, [])
        if self in held:
            held.remove(self)

    def answer(self, request: HttpRequest) -> HttpResponse | str | None:
        """Return a response, the name of a failure, or None to let the request through."""
        raise NotImplementedError


@fault(
    "network.down",
    "A host is unreachable.",
    _HOST,
    ParamSpec("how", "choice", "how it fails", default="refused", choices=_HOST_FAILURES),
    ParamSpec("calls", "choice", "the calls that fail", default="all", choices=("all", "orders")),
    port="network",
    persistence="pinned",
)
class Down(HostFault):
    def answer(self, request: HttpRequest) -> HttpResponse | str | None:
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
    ParamSpec("times", "count", "number of answers; 0 for all", default=0),
    ParamSpec("path", "text", "only requests whose path ends with this", default=""),
    port="network",
    persistence="pinned",
)
class Answer(HostFault):
    def answer(self, request: HttpRequest) -> HttpResponse | str | None:
        times = int(self.params["times"])
        if not self.world.current_process or (times and self.met >= times):
            return None
        if not request.path.endswith(str(self.params["path"])):
            return None
        self.record_hit(f"{request.method} {request.path}: {self.params['status']}")
        return HttpResponse(int(self.params["status"]), str(self.params["body"]).encode())


@fault(
    "network.cut",
    "All hosts are unreachable, or a captive portal answers every request with its own page.",
    ParamSpec("how", "choice", "how it fails", default="refused", choices=_NETWORK_FAILURES),
    ParamSpec(
        "calls", "choice", "the calls that fail", default="all", choices=("all", "every_other")
    ),
    port="network",
    persistence="pinned",
)
class NetworkCut(Fault):
    witness = "a request of the bot gets no answer from its host"

    def inject(self) -> None:
        self._calls: Counter[tuple[str, str]] = Counter()
        for role, _ in self.world.http.handlers.values():
            held = self.world.http.faults.setdefault(role, [])
            if self not in held:
                held.append(self)

    def undo(self) -> None:
        for held in self.world.http.faults.values():
            if self in held:
                held.remove(self)

    def answer(self, request: HttpRequest) -> HttpResponse | str | None:
        """Fail or show the portal's page; ``every_other`` counts by process and host."""
        process = self.world.current_process
        if self.params["calls"] == "every_other":
            if process in ("", READER):
                return None
            self._calls[process, request.host] += 1
            if self._calls[process, request.host] % 2 == 0:
                return None
        self.record_hit(f"{request.method} {request.path}: {self.params['how']}")
        if self.params["how"] == "portal":
            return HttpResponse(200, PORTAL, {"Content-Type": "text/html"})
        return str(self.params["how"])


@fault(
    "network.slow",
    "Every call takes this long, but succeeds.",
    ParamSpec("latency", "duration", "time per call", required=True),
    port="network",
    persistence="pinned",
)
class Slow(Fault):
    witness = "a request of the bot gets a late answer"

    def inject(self) -> None:
        self._before = self.world.http.latency
        self.world.http.latency = int(self.params["latency"])

    def undo(self) -> None:
        self.world.http.latency = self._before

    def watch(self, event: Event) -> None:
        if event.kind == "http" and event.actor:
            self.record_hit(
                f"waited {int(self.params['latency']) / SECOND:g} s for {event.facts['role']}"
            )
