"""The socket port: no real connections; connecting succeeds or fails as a request would."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Callable
from typing import Any, Final
from weakref import WeakKeyDictionary

from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.world.context import PortContext
from pytest_fpharness.world.patching import Patcher, original
from pytest_fpharness.world.time.clock import FOREVER
from .port import Http

REAL: Final[dict[str, Any]] = {
    "connect": socket.socket.connect,
    "getaddrinfo": original(socket, "getaddrinfo"),
}
#: Explains why a connection carries no data, for the error message.
UNPLAYED: Final = (
    "the world answers HTTP by `requests` only, and opens other connections without answering "
    "(docs/your_bot.md, Limits)"
)
_FAKE_NET: Final = "203.0.113."  # TEST-NET-3 (RFC 5737): reserved for documentation


class Network:
    """Names and connections of the simulated processes."""

    def __init__(self, http: Http, context: PortContext) -> None:
        self.http, self.actor, self.emit = http, context.actor, context.emit
        self._addresses: dict[str, str] = {}
        self._open: WeakKeyDictionary[Any, str] = WeakKeyDictionary()  # socket -> its host
        self.used: set[str] = set()  # hosts to which the bot sent data without `requests`
        self._patcher = Patcher()

    def _role(self, host: str) -> str:
        return self.http.handlers.get(host, ("", None))[0]

    def getaddrinfo(self, host: Any, port: Any, *args: Any, **more: Any) -> Any:
        """``socket.getaddrinfo``: the world's hosts get addresses of a documentation network."""
        if not self.actor():
            return REAL["getaddrinfo"](host, port, *args, **more)
        role = self._role(str(host))
        if not role or self.http.way(role) == "dns":
            hint = f"; {self.http.hint}" if not role and self.http.hint else ""
            raise socket.gaierror(socket.EAI_NONAME, f"{host}: Name or service not known{hint}")
        address = self._addresses.setdefault(str(host), f"{_FAKE_NET}{len(self._addresses) + 1}")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, int(port or 0)))]

    def connect(self, sock: Any, address: Any) -> None:
        """``socket.connect``: to a host of the world; refused for any other."""
        if not self.actor():
            return REAL["connect"](sock, address)  # type: ignore[no-any-return]
        host = next((h for h, a in self._addresses.items() if a == address[0]), None)
        if host is None:
            self.emit("escape", what="network", detail=str(address))
            raise ConnectionRefusedError(111, "Connection refused")
        way = self.http.way(self._role(host))
        if way in ("timeout", "silent"):
            wait = sock.gettimeout()
            self.http.clock.yielder(FOREVER if wait is None else round(wait * SECOND))
            raise TimeoutError("timed out")
        if way == "reset":
            raise ConnectionResetError(104, "Connection reset by peer")
        if way in ("refused", "dns"):
            raise ConnectionRefusedError(111, "Connection refused")
        self._open[sock] = host  # a broken certificate fails later, in the TLS handshake
        return None

    def talk(self, sock: Any) -> None:
        """Raise OSError for data on a connection that the world has opened."""
        host = self._open.get(sock)
        if host is not None:
            self.used.add(host)
            raise OSError(errno.EOPNOTSUPP, f"{host}: {UNPLAYED}")

    def patch(self) -> None:
        """Put this port behind ``socket``."""
        port = self

        def connect(sock: Any, address: Any) -> None:
            port.connect(sock, address)

        self._patcher.replace(socket, "getaddrinfo", self.getaddrinfo)
        self._patcher.replace(socket.socket, "connect", connect)
        for name in ("send", "sendall", "recv", "recv_into"):
            self._patcher.replace(socket.socket, name, self._talking(name))
        # TLS detaches the connection from its socket, so check before.
        wrap = ssl.SSLContext.wrap_socket

        def wrap_socket(context: Any, sock: Any, *args: Any, **more: Any) -> Any:
            port.talk(sock)
            return wrap(context, sock, *args, **more)

        self._patcher.replace(ssl.SSLContext, "wrap_socket", wrap_socket)

    def _talking(self, name: str) -> Callable[..., Any]:
        real = getattr(socket.socket, name)

        def talk(sock: Any, *args: Any, **more: Any) -> Any:
            self.talk(sock)
            return real(sock, *args, **more)

        return talk

    def unpatch(self) -> None:
        self._patcher.undo()
