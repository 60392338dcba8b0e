"""Attempts of a program to act outside of its directory, each with an effect that shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

SECRET = b"the key of the machine"


@dataclass(frozen=True)
class Outside:
    """What lies outside: a directory with files, a process, listeners."""

    folder: str  # holds file, script.sh, empty/, and a link "inside" to the run's directory
    secret: str  # a file that holds SECRET
    victim: int  # pid
    tcp: int  # port of a listener on 127.0.0.1
    udp: int
    unix: str  # path of a listening datagram socket

    def path(self, name: str) -> str:
        return f"{self.folder}/{name}"


Act = Callable[[Outside], Any]
