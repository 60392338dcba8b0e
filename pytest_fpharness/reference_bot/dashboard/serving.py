"""The dashboard's web server, on this machine only."""

from __future__ import annotations

from socketserver import TCPServer, ThreadingMixIn
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from pytest_fpharness.reference_bot.dashboard.app import app

HOST: Final = "127.0.0.1"
PORT: Final = 8765


class PortError(Exception):
    """The dashboard cannot be served on that port; the text says why and what to do."""


class Server(ThreadingMixIn, WSGIServer):
    """A thread for each request: a browser's idle connection must not keep the others waiting."""

    daemon_threads = True

    def server_bind(self) -> None:
        """Bind without asking who this machine is: where names do not resolve that takes long."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, int(self.server_address[1])
        self.setup_environ()


class _Handler(WSGIRequestHandler):
    def address_string(self) -> str:
        return str(self.client_address[0])

    def log_message(self, format: str, *values: Any) -> None:
        """Nothing: a page that reloads itself would fill the terminal."""


def dashboard_server(port: int = PORT) -> Server:
    """A server of the dashboard that is bound to its port; 0 takes a free one. PortError if taken."""
    try:
        return make_server(HOST, port, app, server_class=Server, handler_class=_Handler)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or str(error)
        text = f"cannot serve on {HOST}:{port}: {why}; choose another one, for example --port {port + 1}"
        raise PortError(text) from error
