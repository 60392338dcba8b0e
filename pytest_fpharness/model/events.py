"""Every kind of event that a timeline holds, and its facts with their units.

A kind is written as a string, so that a timeline stays plain JSON; :data:`Kind` lets a type checker
find a misspelt one, and :func:`undeclared` lets a test find misspelt facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal

Kind = Literal[
    "alert", "books", "check", "command", "cycle", "damage.absent", "decision", "escape",
    "fault.clear", "fault.inject", "fault.lift", "file.delete", "file.read", "file.torn",
    "file.write", "http", "http.unknown_route", "limit.begins", "log", "mark", "met",
    "order.canceled", "order.expired", "order.filled", "order.rejected", "order.replaced",
    "order.submitted", "pages", "position.closed", "position.opened", "process.crash",
    "process.exit", "process.hang", "process.restart", "process.start", "process.start_limit",
    "process.stop", "process.untaken", "processes.read", "reading.acts", "rows.malformed", "sample",
    "secret.leaked", "task.begin", "task.dropped", "task.end", "task.withheld", "webhook.received",
    "webhook.refused",
]  # fmt: skip

_ORDER: Final = {
    "id": "the broker's id of the order",
    "client_order_id": "the bot's id of the order",
    "symbol": "ticker",
    "side": "buy or sell",
    "intent": "entry or exit",
    "at_ns": "ns since the epoch",
}
_ENDED: Final = {**_ORDER, "filled_qty": "shares filled so far"}
_FAULT: Final = {"id": "number of the fault within the plan", "fault": "name of the fault"}
_PROCESS: Final = {"process": "name"}
_WEBHOOK: Final = {"host": "host name", "path": "path of the URL", "body": "JSON or text"}

#: Facts by kind, each with what it is and its unit.
EVENTS: Final[Mapping[Kind, Mapping[str, str]]] = {
    # what the harness does
    "mark": {"name": "injected or again"},
    "fault.inject": {**_FAULT, "params": "parameters", "ends": "what ends it, as in FaultSpec"},
    "fault.lift": _FAULT,
    "fault.clear": {**_FAULT, "by": "the process that cleared it, or supervisor"},
    "damage.absent": {"fault": "name of the fault whose damage found no such place"},
    "limit.begins": {"symbol": "ticker that the limit blocks from now on"},
    "check": {"truth": "signal -> value, durations in ns"},
    # how the bot meets a fault
    "met": {"fault": "name of the fault", "process": "name", "what": "sentence"},
    "escape": {
        "what": "file (to write), read, network, command, signal, process or harness",
        "detail": "path, address, command line or call",
        "place": "file and line of the bot's code, if any",
    },
    "secret.leaked": {"where": "log role, alert or page that holds a key"},
    "reading.acts": {"what": "kinds of events that reading the dashboard caused"},
    # processes and tasks
    "process.start": {**_PROCESS, "pid": "number"},
    "process.exit": {**_PROCESS, "pid": "number", "code": "exit code, negative for a signal"},
    "process.stop": {**_PROCESS, "pid": "number"},
    "process.hang": {**_PROCESS, "pid": "number"},
    "process.crash": {**_PROCESS, "error": "type and message"},
    "process.restart": {"unit": "service unit", "processes": "names of the processes in it"},
    "process.start_limit": _PROCESS,
    "process.untaken": {**_PROCESS, "task": "name", "why": "dead, stopped or hung, busy"},
    "processes.read": {},
    "task.begin": {"task": "name"},
    "task.end": {"task": "name"},
    "task.dropped": {**_PROCESS, "task": "name"},
    "task.withheld": {**_PROCESS, "task": "name"},
    "command": {"command": "command line", "code": "exit code"},
    # files
    "file.read": {"role": "role", "age": "age of the stamp inside the file, ns"},
    "file.write": {"role": "role"},
    "file.delete": {"role": "role"},
    "file.torn": {"role": "role"},
    "rows.malformed": {"count": "number of rows"},
    # hosts
    "http": {
        "role": "role of the host",
        "method": "HTTP method",
        "path": "path of the URL",
        "status": "HTTP status",
        "error": "how the connection failed",
    },
    "http.unknown_route": {"method": "HTTP method", "host": "host name", "path": "path of the URL"},
    "webhook.received": _WEBHOOK,
    "webhook.refused": {**_WEBHOOK, "status": "HTTP status"},
    # the broker
    "order.submitted": {
        **_ORDER,
        "qty": "shares",
        "type": "market, limit, ...",
        "limit_price": "USD",
        "quote": "ask for a buy, bid for a sale, USD; 0 without a quote",
        "notional": "USD",
        "sent_client_id": "whether the bot chose the client order id",
    },
    "order.filled": {
        **_ENDED,
        "qty": "shares of this fill",
        "price": "USD",
        "complete": "whether the order is filled",
    },
    "order.canceled": _ENDED,
    "order.expired": _ENDED,
    "order.replaced": {**_ORDER, "replaced_by": "the broker's id of the new order"},
    "order.rejected": {
        **_ENDED,
        "reason": "row of the broker's error table",
        "status": "refused or rejected",
        "sync": "whether the request itself was refused",
    },
    "position.opened": {"symbol": "ticker", "qty": "shares", "price": "USD"},
    "position.closed": {"symbol": "ticker", "qty": "shares", "price": "USD"},
    # what the bot claims
    "sample": {
        "checked_at": "epoch seconds",
        "readiness": "colour",
        "message": "of the run's failure point",
        "status": "failure point -> status",
        "healing": "failure point -> healing",
        "dashboard": "row and readiness as shown",
        "truth": "signal -> value when the pass ended, durations in ns",
        "began": "signal -> value when the pass began, durations in ns",
    },
    "alert": {
        "key": "failure point",
        "kind": "fire, repeat, page or resolved",
        "severity": "severity",
        "text": "text",
    },
    "decision": {
        "symbol": "ticker",
        "action": "enter or block",
        "gate": "the gate that decided",
        "side": "buy or sell",
        "client_order_id": "id of the order that follows",
        "reason": "text",
        "score": "score of the signal",
        "trace": "gates in the order of their evaluation",
    },
    "books": {"booked": "the broker's ids of the orders whose fills the bot has booked"},
    "log": {"role": "log role", "text": "line"},
    "cycle": {
        "cycle": "number", "ok": "flag", "mode": "text", "guard": "text", "clusters": "number",
        "candidates": "number", "entered": "number", "exits": "number", "error": "text",
    },
    "pages": {"detail": "page of the failure point", "statistics": "of the failure point"},
}  # fmt: skip

#: The facts of these kinds are what the bot wrote, and may have any name.
FREE: Final = frozenset({"cycle"})


def undeclared(events: Iterable[tuple[str, Iterable[str]]]) -> Iterator[str]:
    """Name each kind, and each fact of a kind, that is not declared here.

    Args:
        events: Pairs of a kind and the names of its facts.
    """
    declared: dict[str, Mapping[str, str]] = {str(kind): facts for kind, facts in EVENTS.items()}
    for kind, names in events:
        if kind not in declared:
            yield kind
        elif kind not in FREE:
            yield from (f"{kind}: {name}" for name in names if name not in declared[kind])
