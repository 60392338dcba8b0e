"""The keys of a scenario file: one table for the reader, the JSON Schema and the documentation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pytest_fpharness.model.document import CHECKS

#: Ids of failure points.
FP_ID: Final = re.compile(r"FP-([1-9][0-9]*)\.([1-9][0-9]*)|TEST-([1-9])")
#: Ids of the requirements of the owner's document.
REQUIREMENT_ID: Final = re.compile(r"[A-Z]+-[1-9][0-9]*")
#: Names of variants, twins and axes.
NAME: Final = re.compile(r"[a-z0-9][a-z0-9_.-]*")


@dataclass(frozen=True)
class Fact:
    """A number of the document: a duration as text, or a number; a target may override it (C3)."""

    name: str
    value: str | int | float
    origin: str


SEVERITIES: Final = ("critical", "warning", "informational")
STATUSES: Final = ("OK", "WARN", "ERROR")
COLOURS: Final = ("GREEN", "YELLOW", "RED")
PHASES: Final = ("middle", "before", "after")
KINDS: Final = ("auto", "declared", "retry", "fallback", "expires", "manual", "none")


@dataclass(frozen=True)
class Key:
    """One key: the type of its value (as :mod:`reader` names them) and what it means."""

    type: str
    doc: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shape:
    """A mapping's keys; a scalar alone is the value of ``short``, or one of ``words``."""

    keys: Mapping[str, Key]
    short: str = ""
    words: tuple[str, ...] = ()


_SPAN = "such as 90s, 10m, 2 checks or 2 cycles"

DETECT: Final = Shape(
    {
        "status": Key("choice", "the status that the failure point must get", STATUSES),
        "within": Key("duration", "from the injection, at the latest"),
        "not_before": Key("duration", "from the injection, at the earliest"),
        "gate": Key("text", "the guard that must block a candidate, instead of a status"),
    },
    "status",
)
READINESS: Final = Shape(
    {
        "during": Key("choice", "the colour from detected to recovered", COLOURS),
        "after": Key("choice", "the colour after recovered", COLOURS),
    },
    "during",
)
ALERT: Final = Shape(
    {
        "severity": Key("choice", "critical or warning", SEVERITIES[:2]),
        "within": Key("duration", "from detected, at the latest"),
        "repeat": Key("duration", "the period of repetitions; 0s: never again"),
        "resolved": Key("flag", "whether exactly one 'resolved' must follow"),
        "contains": Key("texts", "words that the alert must hold"),
    },
    "severity",
    ("none",),
)
ESCALATE: Final = Shape(
    {
        "after": Key("duration", "from detected, unless recovered by then"),
        "contains": Key("texts", "words that the page must hold"),
    },
    "after",
    ("none",),
)
HEAL: Final = Shape(
    {
        "kind": Key("choice", "what ends the fault", KINDS),
        "restart": Key("role", "the process that must be restarted"),
        "rewrite": Key("role", "the file role that must be rewritten"),
        "within": Key("duration", "from detected, at the latest"),
        "attempts": Key("attempts", "{min, max}, or the most attempts"),
        "spacing": Key("duration", "the least time between two attempts"),
        "verify": Key("predicates", "what must hold once healed"),
        "retries": Key("count", "fallback, retry: most re-sends of one order or call"),
        "others": Key("choice", "fallback: what the other symbols do", ("trade", "wait")),
        "gives_up": Key("flag", "the healing must give up and page"),
    },
    "kind",
    ("escalate",),
)
LIMIT: Final = Shape(
    {
        "gate": Key("text", "the guard that holds the limit"),
        "blocks": Key("text", "the symbol that it blocks"),
        "until": Key("duration", "from the injection, when it must end"),
        "frees": Key("text", "a symbol that goes on trading"),
    }
)
FLOW: Final = Shape(
    {
        "symbol": Key("text", "the symbol of the injected signal"),
        "score": Key("number", "its known score; without it, the bot's own"),
        "ends": Key("text", "order, or the gate that must block it"),
        "side": Key("choice", "buy or sell", ("buy", "sell")),
    }
)
LOG: Final = Shape(
    {
        "says": Key("text", "what a line must hold"),
        "within": Key("duration", "from detected, at the latest"),
    },
    "says",
)
SHOW: Final = Shape(
    {
        "truth": Key("text", "the signal that holds the world's truth"),
        "tolerance": Key("tolerance", "a duration, or a number in the signal's unit"),
    },
    "truth",
)

GENERATE: Final = Shape(
    {
        "shape": Key("role", "the role whose shape tells damage from a healthy twin of it"),
        "whole": Key("flag", "false: only its parts are damaged, it is never another thing"),
        "examples": Key("count", "how many, 10 by default: seven faults and three twins"),
    },
    "shape",
)

#: Keys of a scenario; a variant or twin replaces them whole.
SCENARIO: Final[Mapping[str, Key]] = {
    "inject": Key("inject", "{fault: value} or {fault: {parameter: value}}, or a list of them"),
    "then": Key("inject", "further faults, each with at: the time after the injection"),
    "generate": Key("generate", "a shape's name: the fault's damage is generated by it"),
    "phase": Key("choice", "where the injection falls between two checks", PHASES),
    "lift": Key("duration", "the harness ends the faults this long after the injection"),
    "again": Key("duration", "the same faults come a second time, this long after it recovered"),
    "detect": Key("detect", "a status, or {status, within, not_before}, or {gate, within}"),
    "readiness": Key("readiness", "a colour, or {during, after}"),
    "alert": Key("alert", "none, a severity, or {severity, within, repeat, resolved, contains}"),
    "escalate": Key("escalate", "none, or {after, contains}"),
    "heal": Key("heal", "what ends the fault; escalate: the file's healing must give up"),
    "recover": Key("duration", "from healed or lifted until it trades again, " + _SPAN),
    "watch": Key("duration", "watched on so long from the recovery: all of the trading is back"),
    "limit": Key("limit", "a gate that works: {gate, blocks, until, frees}"),
    "holds": Key("predicates", "lines that are true at every check while the fault holds"),
    "flow": Key("flow", "a signal traced through every gate: {symbol, score, ends, side}"),
    "shows": Key("shows", "dashboard value: signal, or {truth, tolerance}"),
    "logs": Key("logs", "log role: text of a line that must be written"),
    "steady": Key("predicates", "further lines that hold before and after"),
    "world": Key("world", "what is true before: start, positions, learned, ..."),
    "allows": Key("allows", "failure points that the same faults show beside it, and from when"),
    "covers": Key("texts", "the detection and healing bullets that a pass shows"),
    "needs": Key("texts", "further roles and abilities, without which it is MISSING"),
    "long": Key("flag", "the run may last more than 12 virtual minutes"),
}
#: Keys that only the file itself may hold.
FILE: Final[Mapping[str, Key]] = {
    "fp": Key("text", "the id, such as FP-1.3"),
    "title": Key("text", "the failure in one line"),
    "severity": Key("choice", "sets the defaults of catalog.yaml", SEVERITIES),
    "location": Key("text", "where in the bot"),
    "impact": Key("text", "what it stops"),
    "detection": Key("bullets", "d1, d2, ...: the fact, or {says, untestable}"),
    "healing": Key("bullets", "h1, h2, ...: the fact, or {says, untestable}"),
    "dashboard": Key("text", "what a person must see"),
    "test": Key("text", "how it is tried"),
    "manual_steps": Key("texts", "what a person does when healing gives up"),
    "facts": Key("facts", "the document's numbers, used as ${name}"),
    "since": Key("text", "the version of the shipped catalog that brought it"),
    "replaces": Key("choice", "a project's file in the place of the shipped one", ("shipped",)),
    "variants": Key("variants", "name: {key: replacement}, or an axis"),
    "twins": Key("variants", "healthy look-alikes that must not be detected"),
}
#: Keys of an axis, beside replacements that hold for each of its points.
AXIS: Final[Mapping[str, Key]] = {
    "boundary": Key("point", "a duration or count, usually a fact"),
    "step": Key("point", "the distance of the points below and above"),
    "below": Key("end", "twin, fault, or replacements"),
    "equal": Key("end", "twin, fault, or replacements"),
    "above": Key("end", "twin, fault, or replacements"),
    "values": Key("points", "a list, one variant each"),
    "sets": Key("text", "the ${name} that it sets, by default its own"),
}
CLAUSES: Final[Mapping[str, Shape]] = {
    "detect": DETECT,
    "readiness": READINESS,
    "alert": ALERT,
    "escalate": ESCALATE,
    "heal": HEAL,
    "limit": LIMIT,
    "flow": FLOW,
    "generate": GENERATE,
}
RULES: Final = Shape(
    {
        "max_data_age": Key("duration", "no entry may be sent on older market data"),
        "exits_continue": Key("texts", "failure points or categories that stop entries only"),
        "monitor": Key("text", "the failure point that reports a monitor that does not run"),
    }
)
CHECKLIST: Final = Shape(
    {
        "text": Key("text", "the line as the document has it"),
        "check": Key("choice", "what is checked, or a column of the matrix", tuple(CHECKS)),
        "minimum": Key("count", "documented: the least number of failure points"),
        "flow": Key("text", "flow: the flow test, such as TEST-1"),
    }
)
DEMAND: Final = Shape(
    {
        "says": Key("text", "the bullet in your own words"),
        "document": Key("text", "a part of the bullet's text in the document"),
        "clauses": Key("texts", "the clauses that must pass; a|b: one of the two"),
        "of": Key("text", "each, critical or some failure points, or a flow test such as TEST-1"),
        "readiness": Key("choice", "only runs in which this colour is due", COLOURS),
        "control": Key("flag", "shown by controls and twins, in which nothing is wrong"),
        "needs": Key("text", "the ability without which it is MISSING"),
    }
)
REQUIREMENT: Final = Shape(
    {
        "title": Key("text", "the heading of the requirement"),
        "rule": Key("text", "how it is judged, for the report"),
        "bullets": Key("demands", "its bullets, in the order of the document"),
    }
)
#: Keys of ``catalog.yaml``.
CATALOG: Final[Mapping[str, Key]] = {
    "fpharness": Key("count", "the version of the format: 1"),
    "steady": Key("predicates", "lines that hold before and after every fault"),
    "world": Key("world", "what is true before: start, positions, learned, ..."),
    "severities": Key("severities", "defaults of the scenario keys, by severity"),
    "causes": Key("causes", "consequences of each failure point, and from when"),
    "categories": Key("categories", "FP-1: the title of the failure points FP-1.x"),
    "rules": Key("rules", "numbers and failure points of the document that the judge needs"),
    "checklist": Key("checklist", "the lines that must all pass before a release; none: no lines"),
    "requirements": Key("requirements", "further requirements by id; none: no requirements"),
}
