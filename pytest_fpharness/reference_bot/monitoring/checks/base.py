"""What all checks share: findings, and a monitoring pass that caches what it reads."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import psutil
import requests

from pytest_fpharness.reference_bot.files import StateError, Tail, read_json
from pytest_fpharness.reference_bot.sessions import broker_session
from pytest_fpharness.reference_bot.settings import COMMANDS, Settings
from pytest_fpharness.reference_bot.state_shapes import is_number
from pytest_fpharness.reference_bot.trading.broker import is_refusal_of_keys

OK: Final = "OK"
WARN: Final = "WARN"
ERROR: Final = "ERROR"

#: Acknowledgements by failure point, written by a person.
ACKS: Final = "state/acks.json"
#: A timestamp further ahead than this (seconds) is wrong, not merely early.
FUTURE_SECONDS: Final = 5
PING_TIMEOUT: Final = 5
_GONE: Final = frozenset({"zombie", "dead"})
_STOPPED: Final = frozenset({"stopped", "tracing-stop"})


@dataclass(frozen=True)
class Finding:
    """The result of a check: ``OK``, ``WARN`` or ``ERROR``, a message, and values to show.

    ``cause`` tells the healer which of several kinds of failure this is.
    """

    status: str
    message: str
    values: dict[str, Any] = field(default_factory=dict)
    cause: str = ""


@dataclass(frozen=True)
class Ping:
    """The result of one ``GET /v2/clock``: whether it succeeded, and whether the market is open.

    ``refused`` means that the broker did not accept the keys.
    """

    ok: bool
    market_open: bool | None
    error: str = ""
    seconds: float = 0.0  # until the answer
    refused: bool = False


class Pass:
    """One monitoring pass: each file, ping and process list is read once.

    ``memory`` outlives the pass; checks keep in it what they need in the next one.
    """

    def __init__(self, settings: Settings, memory: dict[str, Any] | None = None) -> None:
        self.settings = settings
        self.now = time.time()
        self.memory = {} if memory is None else memory
        self._files: dict[str, Any] = {}
        self._lines: dict[tuple[str, int], list[dict[str, Any]]] = {}
        self._processes: list[tuple[tuple[str, ...], str]] | None = None
        self._ping: Ping | None = None
        self._account: dict[str, Any] | None = None
        self._positions: list[dict[str, Any]] | None = None

    def read(self, path: str) -> Any:
        """The content of a JSON file; raises StateError if missing or unreadable."""
        if path not in self._files:
            try:
                self._files[path] = read_json(path)
            except StateError as error:
                self._files[path] = error
        content = self._files[path]
        if isinstance(content, StateError):
            raise content
        return content

    def read_dict(self, path: str) -> dict[str, Any]:
        """The content of a JSON file that must be an object; raises StateError otherwise."""
        content = self.read(path)
        if not isinstance(content, dict):
            raise StateError(f"{path}: not an object")
        return content

    def read_dict_or_empty(self, path: str) -> dict[str, Any]:
        """The content of a JSON file that must be an object; empty if it cannot be read."""
        with contextlib.suppress(StateError):
            return self.read_dict(path)
        return {}

    def lines(self, path: str, last: int = 200) -> list[dict[str, Any]]:
        """The last JSON objects of a log, oldest first."""
        key = (path, last)
        if key not in self._lines:
            tails: dict[str, Tail] = self.memory.setdefault("tails", {})
            self._lines[key] = tails.setdefault(path, Tail(path)).lines(last)
        return self._lines[key]

    def alive(self, name: str) -> bool:
        """Whether a process of the bot runs: exact arguments, neither zombie nor stopped."""
        return any(status not in _STOPPED for status in self._statuses(name))

    def exists(self, name: str) -> bool:
        """Whether a process of the bot exists, even if it is stopped."""
        return bool(self._statuses(name))

    def _statuses(self, name: str) -> list[str]:
        if self._processes is None:
            self._processes = _process_list()
        wanted = COMMANDS[name][-2:]
        return [status for argv, status in self._processes if argv[-2:] == wanted]

    def ping(self) -> Ping:
        """Request the broker's clock, once per pass without retries; counts consecutive failures."""
        if self._ping is None:
            self._ping = _ask_clock(self._broker(), self.settings.alpaca_url)
            failures = self.memory.get("ping_failures", 0)
            answered = self._ping.ok or self._ping.refused
            self.memory["ping_failures"] = 0 if answered else failures + 1
        return self._ping

    def account(self) -> dict[str, Any]:
        """The broker's account, requested once per pass; empty if unavailable."""
        if self._account is None:
            content = self._get("/v2/account")
            self._account = content if isinstance(content, dict) else {}
        return self._account

    def positions(self) -> list[dict[str, Any]] | None:
        """The broker's positions, requested once per pass; None if unavailable."""
        if self._positions is None:
            content = self._get("/v2/positions")
            if not isinstance(content, list):
                content = self._get("/v2/positions")  # retry once if unavailable or malformed
            self._positions = objects(content) if isinstance(content, list) else None
        return self._positions

    def _get(self, path: str) -> Any:
        with contextlib.suppress(requests.RequestException, ValueError):
            answer = self._broker().get(f"{self.settings.alpaca_url}{path}", timeout=PING_TIMEOUT)
            return answer.json() if answer.status_code == 200 else None
        return None

    def _broker(self) -> requests.Session:
        if "broker_session" not in self.memory:
            keys = self.settings.alpaca_key, self.settings.alpaca_secret
            self.memory["broker_session"] = broker_session(*keys)
        session: requests.Session = self.memory["broker_session"]
        return session


Check = Callable[[Pass], Finding]


def number(value: Any) -> float | None:
    """``value`` if it is a finite number, else None; booleans are not numbers."""
    return value if is_number(value) else None


def objects(lines: Iterable[Any]) -> list[dict[str, Any]]:
    """Only the JSON objects among the lines of a log."""
    return [line for line in lines if isinstance(line, dict)]


def _process_list() -> list[tuple[tuple[str, ...], str]]:
    """Argument list and status of every process that has not ended."""
    processes = []
    for process in psutil.process_iter(["pid", "cmdline", "status"]):
        info: Mapping[str, Any] = process.info
        if info.get("cmdline") and info.get("status") not in _GONE:
            processes.append((tuple(info["cmdline"]), str(info.get("status"))))
    return processes


def _body(answer: requests.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None


def _ask_clock(session: requests.Session, url: str) -> Ping:
    began = time.time()
    try:
        answer = session.get(f"{url}/v2/clock", timeout=PING_TIMEOUT)
        if answer.status_code != 200:
            refused = is_refusal_of_keys(answer.status_code, _body(answer))
            return Ping(False, None, f"HTTP {answer.status_code}", refused=refused)
        is_open = answer.json()["is_open"]
    except (requests.RequestException, ValueError, KeyError, TypeError) as error:
        return Ping(False, None, type(error).__name__)
    open_now = is_open if isinstance(is_open, bool) else None
    return Ping(True, open_now, seconds=time.time() - began)
