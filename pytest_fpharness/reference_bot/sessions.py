"""HTTP sessions that prepare repeated requests only once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import requests

#: Prepared requests to keep; a query that contains a time differs on each call.
MOST: Final = 16


class Session(requests.Session):
    """A session with fixed headers that ignores the machine's proxy and netrc settings.

    Each GET is prepared once: its URL and headers do not change, and none of the APIs sets cookies.
    """

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__()
        self.trust_env = False
        self.headers.update(headers)
        self._prepared: dict[tuple[str, str], requests.PreparedRequest] = {}

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        if request.method != "GET":
            return super().prepare_request(request)
        key = str(request.url), str(request.params)
        if key not in self._prepared:
            if len(self._prepared) >= MOST:
                self._prepared.clear()
            self._prepared[key] = super().prepare_request(request)
        return self._prepared[key]


def broker_session(key: str, secret: str) -> Session:
    """A session with Alpaca's key headers (Alpaca authentication docs)."""
    return Session({"APCA-API-KEY-ID": key, "APCA-API-SECRET-KEY": secret})
