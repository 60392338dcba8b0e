"""Hosts that cannot be reached, stay silent or answer nonsense."""

from __future__ import annotations

from pytest_fpharness.faults.base import Fault, MissingRole, fault
from pytest_fpharness.model.vocabulary import ParamSpec
from pytest_fpharness.world.messages import HttpRequest, HttpResponse

_HOST = ParamSpec("host", "host", "the host's role", required=True)
_HOWS = ("refused", "dns", "timeout", "reset", "tls", "silent")


class HostFault(Fault):
    """Held between the bot and one host."""

    witness = "a request of the bot to the host is answered by the fault"

    @property
    def host(self) -> str:
        """The host's role."""
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
        """See :class:`~pytest_fpharness.world.http.HostFault`."""
        raise NotImplementedError


@fault(
    "network.down",
    "A host cannot be reached.",
    _HOST,
    ParamSpec("how", "choice", "how it fails", default="refused", choices=_HOWS),
    ParamSpec("calls", "choice", "which calls", default="all", choices=("all", "orders")),
    port="network",
    hold="pinned",
)
class Down(HostFault):
    """No connection, or none that answers."""

    def answer(self, request: HttpRequest) -> HttpResponse | str | None:
        """The way to fail."""
        if self.params["calls"] == "orders" and "/orders" not in request.path:
            return None
        self.meet(f"{request.method} {request.path}: {self.params['how']}")
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
    hold="pinned",
)
class Answer(HostFault):
    """An answer that is none of the host's own."""

    def answer(self, request: HttpRequest) -> HttpResponse | str | None:
        """The answer."""
        times = int(self.params["times"])
        if not self.world.acting or (times and self.met >= times):
            return None
        if not request.path.endswith(str(self.params["path"])):
            return None
        self.meet(f"{request.method} {request.path}: {self.params['status']}")
        return HttpResponse(int(self.params["status"]), str(self.params["body"]).encode())
