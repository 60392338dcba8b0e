"""HTTP sessions for the bot's few addresses, which it asks again and again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import requests

#: Different requests that are remembered; a query with a time in it is another one each time.
MOST: Final = 16


class Session(requests.Session):
    """A session with fixed headers; no proxy or netrc of the machine may reach the account.

    The same GET is prepared once: urls and headers of a poll do not change, and no API that is asked
    here sets a cookie.
    """

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__()
        self.trust_env = False
        self.headers.update(headers)
        self._prepared: dict[tuple[str, str], requests.PreparedRequest] = {}

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """The request as it is sent."""
        if request.method != "GET":
            return super().prepare_request(request)
        key = str(request.url), str(request.params)
        if key not in self._prepared:
            if len(self._prepared) >= MOST:
                self._prepared.clear()
            self._prepared[key] = super().prepare_request(request)
        return self._prepared[key]


def broker_session(key: str, secret: str) -> Session:
    """With the keys as Alpaca wants them (Alpaca authentication docs)."""
    return Session({"APCA-API-KEY-ID": key, "APCA-API-SECRET-KEY": secret})
