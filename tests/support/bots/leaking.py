"""Tiny bots that print or write the keys of their environment."""

from __future__ import annotations

import json
import logging
import os
import sys
from typing import Any

from pytest_fpharness.model.health import (
    Alert,
    Health,
)
from tests.support.bots.tiny import TinyBot


class Telltale(TinyBot):
    """Says its environment wherever it can."""

    def trouble(self) -> None:
        text = json.dumps(dict(os.environ))
        print(text)
        print(text, file=sys.stderr)
        logging.getLogger("bot").error(text)
        with open("cycles.jsonl", "a") as file:
            file.write(text + "\n")

    def read_alert(self, body: Any) -> Alert | None:
        found = Alert(**body)
        return Alert(found.key, found.kind, found.severity, f"{found.text} {dict(os.environ)}")


class Blurts(TinyBot):
    """Says a key of the machine's environment, and not that it is one."""

    def trouble(self) -> None:
        print("using", os.environ["BROKER_API_KEY"], flush=True)
        with open("monitor.log", "a") as file:
            file.write(f"using {os.environ['BROKER_API_KEY']}\n")


class SpillsAndDies(TinyBot):
    """Says its keys, and then the health cannot be had: the error itself holds a key."""

    def health(self) -> Health:
        print(dict(os.environ))
        raise ValueError(f"refused for {os.environ['APCA_API_SECRET_KEY']}")
