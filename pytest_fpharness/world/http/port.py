"""The HTTP port: one callback that routes every request to the fake of its host."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

import requests
import responses
import urllib3.exceptions

from pytest_fpharness.model.duration import MILLISECOND, SECOND
from pytest_fpharness.world.context import PortContext
from pytest_fpharness.world.time.clock import FOREVER
from .messages import AnswerLost, HttpRequest, HttpResponse

LATENCY: Final = 50 * MILLISECOND  # virtual time of one call (S10)
ANYWHERE: Final = re.compile("")

Handler = Callable[[HttpRequest], "HttpResponse | AnswerLost"]


class HostFault(Protocol):
    """A fault that answers requests to one host."""

    def answer(self, request: HttpRequest) -> HttpResponse | str | None:
        """Return a response, a failure (``refused``, ``timeout``...), or None to let it through."""
        ...


class _Any(responses.CallbackResponse):
    """A registered answer that takes every request, whatever its method and address."""

    def matches(self, request: Any) -> tuple[bool, str]:
        return True, ""


class Http:
    """Hosts, their fakes and the faults between the bot and them."""

    def __init__(self, context: PortContext, hint: str = "") -> None:
        self.clock, self.actor, self.emit = context.clock, context.actor, context.emit
        self.latency = LATENCY
        self.handlers: dict[str, tuple[str, Handler]] = {}  # host name -> (role, fake)
        self.faults: dict[str, list[HostFault]] = {}  # role -> faults, the newest last
        self.redact: Callable[[str], str] = str
        self.hint = hint  # advice in the error about an unknown host
        self._mock = responses.RequestsMock(assert_all_requests_are_fired=False)

    def serve(self, role: str, hosts: tuple[str, ...], handler: Handler) -> None:
        """Answer for ``hosts`` from a fake."""
        for host in hosts:
            self.handlers[host] = (role, handler)

    def handler(self, role: str) -> Any:
        """The fake of a host; raises KeyError for a role that no host has."""
        for known, handler in self.handlers.values():
            if known == role:
                return handler
        raise KeyError(role)

    def reachable(self, role: str) -> bool:
        """Whether a request to the role's host would get an answer now (the world's truth)."""
        return self.way(role) is None

    def way(self, role: str) -> str | None:
        """How a request to the role's host would fail now (``dns``, ``timeout``...), or None."""
        probe = HttpRequest("GET", f"https://{role}.invalid/", {}, b"")
        answers = (fault.answer(probe) for fault in reversed(self.faults.get(role, ())))
        return next((answer for answer in answers if isinstance(answer, str)), None)

    def patch(self) -> None:
        """Put this port behind ``requests``."""
        self._mock.start()
        self._mock.add(_Any(responses.GET, ANYWHERE, self._route))

    def unpatch(self) -> None:
        self._mock.stop(allow_assert=False)
        self._mock.reset()

    # -- one request --------------------------------------------------------------------------

    def _route(self, prepared: Any) -> tuple[int, Mapping[str, str], bytes]:
        body = prepared.body or b""
        request = HttpRequest(
            prepared.method,
            prepared.url,
            dict(prepared.headers),
            body.encode() if isinstance(body, str) else bytes(body),
        )
        timeout = getattr(prepared, "req_kwargs", {}).get("timeout")
        role, handler = self.handlers.get(request.host, ("", None))
        if handler is None:
            self._note(request, role, error="unknown host")
            raise _error("dns", request, self.hint)
        answer: HttpResponse | AnswerLost | str | None = self._faulted(role, request)
        if isinstance(answer, str):
            self._fail(answer, request, role, timeout)
        self.clock.yielder(self.latency)
        if answer is None:
            answer = handler(request)
        if isinstance(answer, AnswerLost):
            self._fail("timeout", request, role, timeout)
        assert isinstance(answer, HttpResponse)
        self._note(request, role, status=answer.status)
        return answer.status, answer.headers, answer.body

    def _faulted(self, role: str, request: HttpRequest) -> HttpResponse | str | None:
        for fault in reversed(self.faults.get(role, ())):
            answer = fault.answer(request)
            if answer is not None:
                return answer
        return None

    def _fail(self, how: str, request: HttpRequest, role: str, timeout: Any) -> None:
        wait = {"timeout": timeout, "silent": timeout}.get(how, 0.001)
        if isinstance(wait, tuple):
            wait = wait[1]
        # A client without a timeout waits for ever (S10): a real defect of real SDKs.
        self._note(request, role, error=how)
        self.clock.yielder(FOREVER if wait is None else round(wait * SECOND))
        raise _error(how, request)

    def _note(self, request: HttpRequest, role: str, **facts: Any) -> None:
        self.emit("http", role=role, method=request.method, path=request.path, **facts)


def _error(how: str, request: HttpRequest, hint: str = "") -> Exception:
    """The exception that ``requests`` raises for a way to fail."""
    host = request.host
    if how in ("timeout", "silent"):
        return requests.exceptions.ReadTimeout(f"{host}: read timed out")
    if how == "connect_timeout":
        return requests.exceptions.ConnectTimeout(f"{host}: connect timed out")
    if how == "tls":
        return requests.exceptions.SSLError(f"{host}: certificate has expired")
    if how == "reset":
        inner = urllib3.exceptions.ProtocolError("Connection aborted.", ConnectionResetError(104))
        return requests.exceptions.ConnectionError(inner)
    if how == "dns":
        text = f"{host}: Name or service not known"
        return requests.exceptions.ConnectionError(f"{text} ({hint})" if hint else text)
    return requests.exceptions.ConnectionError(f"{host}: Connection refused")
