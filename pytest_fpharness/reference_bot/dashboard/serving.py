"""The dashboard's web server, on this machine only."""

from __future__ import annotations

from socketserver import TCPServer, ThreadingMixIn
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from .app import app

HOST: Final = "127.0.0.1"
PORT: Final = 8765


class PortError(Exception):
    """The dashboard cannot be served on that port; the message says why."""


class Server(ThreadingMixIn, WSGIServer):
    """One thread per request, so that an idle browser connection does not block others."""

    daemon_threads = True

    def server_bind(self) -> None:
        """Bind without looking up the host name, which is slow where names do not resolve."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, int(self.server_address[1])
        self.setup_environ()


class _Handler(WSGIRequestHandler):
    def address_string(self) -> str:
        return str(self.client_address[0])

    def log_message(self, format: str, *values: Any) -> None:
        """Log nothing: a page that reloads would fill the terminal."""


def dashboard_server(port: int = PORT) -> Server:
    """Create a server bound to ``port`` (0: any free one); raises PortError if it cannot be bound."""
    try:
        return make_server(HOST, port, app, server_class=Server, handler_class=_Handler)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or str(error)
        text = f"cannot serve on {HOST}:{port}: {why}; choose another one, for example --port {port + 1}"
        raise PortError(text) from error
