"""The pages of every fault and every signal, made from the registries and the shipped catalog."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import groupby
from typing import Any, Final

from pytest_fpharness.catalog.expand import expand
from pytest_fpharness.catalog.loader import load_catalog
from pytest_fpharness.faults import FAULTS
from pytest_fpharness.model.duration import format_duration
from pytest_fpharness.model.layout import TargetInfo
from pytest_fpharness.model.plan import Injection, Plan
from pytest_fpharness.model.vocabulary import FaultSpec, ParamSpec, SignalSpec
from pytest_fpharness.runner.vocabulary import vocabulary
from pytest_fpharness.signals import SIGNALS

#: What a parameter's value is, and how it is written.
TYPES: Final[Mapping[str, str]] = {
    "any": "any YAML",
    "choice": "one of these words",
    "count": "whole number",
    "damage": "list of edits",
    "duration": "duration, as `10m01s`",
    "file": "role of a file",
    "file_damage": "list of edits",
    "flag": "`true` or `false`",
    "host": "role of a host",
    "number": "number",
    "process": "name of a process",
    "symbol": "symbol",
    "text": "text",
    "texts": "list of texts",
}
#: What the adapter must declare for a fault, by how the name of the fault begins.
NEEDS: Final[Mapping[str, str]] = {
    "broker.": "host role `broker`",
    "disk.old_logs": "a file role `log.` of any name",
    "env.": "role in `layout().env`, or the variable's own name",
    "function.": "role in `layout().functions`",
    "process.restart": "the process's unit in `layout().units`",
    "signal.busy": "host role `uw_api`",
    "signal.inject": "ability `inject`",
    "uw_api.": "host role `uw_api`",
    "uw_cache.": "file role `uw_cache`, with its `stamp` and its `writer`",
}
_NEEDED: Final = {"file": "that file role", "host": "that host role", "process": "that process"}
HOLDS: Final[Mapping[str, str]] = {
    "once": "done once, and what it did stays",
    "pinned": "held at its value",
    "growing": "grows from there",
}
ENDS: Final[Mapping[str, str]] = {
    "lift": "the harness, at `lift`",
    "restart": "a restart of the process",
    "rewrite": "the bot, by putting it right",
    "expiry": "itself, once it is over",
    "never": "nothing",
}
#: What a signal's value is, and a line of a scenario with it.
VALUES: Final[Mapping[str, tuple[str, str]]] = {
    "colour": ("GREEN, YELLOW or RED", "is GREEN"),
    "count": ("whole number", ">= 1"),
    "duration": ("duration", "<= 2m"),
    "flag": ("true or false", "is true"),
    "number": ("number", ">= 1"),
    "status": ("OK, WARN or ERROR", "is OK"),
    "text": ("text", "unchanged"),
}
#: Something to name in brackets, by what it is.
ARGUMENTS: Final[Mapping[str, str]] = {
    "env": "uw_key",
    "file": "state.weights",
    "fp": "FP-1.3",
    "function": "score",
    "host": "broker",
    "process": "bot",
    "symbol": "AAPL",
    "text": "cooldown",
}
_MADE: Final = "Made by `fpharness {name} --markdown`; a test compares it with the registries."


def fault_page() -> str:
    """Every shipped fault: parameters, witness, twin, what it needs, and an example."""
    specs = sorted(_shipped(), key=lambda spec: (spec.port, spec.name))
    lines = ["# Faults", "", _MADE.format(name="faults"), "", *_FAULTS_ARE, ""]
    for port, found in groupby(specs, lambda spec: spec.port):
        lines += [f"## Port: {port}", ""]
        for spec in found:
            lines += [*_fault(spec), ""]
    return "\n".join(lines).rstrip() + "\n"


_FAULTS_ARE: Final = (
    "What a scenario may break: the words of its `inject`. The first parameter may be given alone:",
    "`uw_cache.age: 10m01s`. The *witness* is what must be seen before a run counts: the bot really met",
    "the fault. The *twin* looks like the fault and is healthy; the bot must stay silent. Role names are",
    "those of the adapter's `layout()`; a variant whose role is not there is MISSING.",
)


def _fault(spec: FaultSpec) -> Iterator[str]:
    faults, twins = _uses(spec.name)
    yield f"### {spec.name}"
    yield ""
    yield spec.doc
    yield ""
    if spec.params:
        yield "| parameter | value | default | meaning |"
        yield "|---|---|---|---|"
        yield from map(_param, spec.params)
        yield ""
    yield f"- hold: {HOLDS[spec.hold]}; ended by {ENDS[spec.cleared_by]}"
    yield f"- witness: {FAULTS[spec.name].witness}"
    yield f"- needs: {_needs(spec)}"
    yield f"- twin: {_twin(twins, faults)}"
    if faults:
        yield f"- tried in: {_some([plan.id for plan in faults])}"
    yield ""
    yield "```yaml"
    yield f"inject: {_example(spec, [*faults, *twins])}"
    yield "```"


def _param(param: ParamSpec) -> str:
    kind = TYPES[param.type]
    if param.choices:
        words = ", ".join(f"`{choice}`" for choice in param.choices)
        kind = words if param.type == "choice" else f"{kind}, or {words}"
    default = "required" if param.required else _default(param)
    return f"| `{param.name}` | {kind} | {default} | {param.doc.replace('|', '/')} |"


def _default(param: ParamSpec) -> str:
    if param.default in (None, "", (), []):
        return "none"
    return f"`{_yaml(param, param.default)}`"


def _needs(spec: FaultSpec) -> str:
    found = [text for start, text in NEEDS.items() if spec.name.startswith(start)]
    found += [_NEEDED[param.type] for param in spec.params if param.type in _NEEDED]
    return "; ".join(dict.fromkeys(found)) or "nothing of the adapter"


def _twin(twins: Sequence[Plan], faults: Sequence[Plan]) -> str:
    if twins:
        return _some([plan.id for plan in twins])
    points = {plan.fp for plan in faults}
    beside = [plan.id for plan in _plans() if plan.twin and plan.fp in points]
    return f"of the same failure point: {_some(beside)}" if beside else "none is shipped"


def _some(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - 1} more" if len(ids) > 1 else ""
    return f"`{ids[0]}`{more}"


def _example(spec: FaultSpec, plans: Sequence[Plan]) -> str:
    """As the first plan has it, without what is as the defaults say; else with made-up values."""
    injection = _injection(spec.name, plans)
    params = {p.name: p for p in spec.params}
    said = {} if injection is None else dict(injection.params)
    given: dict[str, Any] = {n: v for n, v in said.items() if v != params[n].default}
    for name, param in params.items():
        if param.required and given.get(name) is None:  # edits may be drawn: then no plan has them
            given[name] = _made_up(param)
    if not given:
        return spec.name
    words = {name: _yaml(params[name], value) for name, value in given.items()}
    alone = [p.name for p in spec.params[:1]]
    if list(words) == alone and not isinstance(given[alone[0]], Mapping):
        return f"{{{spec.name}: {next(iter(words.values()))}}}"
    return f"{{{spec.name}: {{{', '.join(f'{n}: {v}' for n, v in words.items())}}}}}"


def _injection(name: str, plans: Sequence[Plan]) -> Injection | None:
    return next((i for plan in plans for i in plan.inject if i.fault == name), None)


def _made_up(param: ParamSpec) -> Any:
    edits = [{"drop": "strike"}]
    values: dict[str, Any] = {"duration": 5 * 60 * 10**9, "count": 1, "number": 1, "flag": True}
    values |= {"damage": edits, "file_damage": edits}
    return param.choices[0] if param.choices else values.get(param.type, "name")


def _yaml(param: ParamSpec, value: Any) -> str:
    if param.type == "duration" and isinstance(value, int):
        return format_duration(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{n}: {_yaml(ParamSpec(n), v)}' for n, v in value.items())}}}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_yaml(ParamSpec(''), v) for v in value)}]"
    if value is None:
        return "null"
    text = str(value)
    plain = text and not set(text) & set("{}[]:#,&*!|>'\"%@`") and text == text.strip()
    return text if plain or not isinstance(value, str) else f"'{text}'"


def signal_page() -> str:
    """Every shipped signal: what it says, the type of its value, whose word it is, an example."""
    lines = ["# Signals", "", _MADE.format(name="signals"), "", *_SIGNALS_ARE, ""]
    lines += ["| signal | value | says | read from | example |", "|---|---|---|---|---|"]
    found = vocabulary().signals.values()
    lines += [_signal(spec) for spec in sorted(found, key=lambda spec: spec.name) if _ours(spec)]
    return "\n".join(lines) + "\n"


_SIGNALS_ARE: Final = (
    "What a scenario may look at: in `steady`, `holds`, `shows`, and the `verify` of `heal`. The world's",
    "truth is what the bot's words are compared with; a claim is what the bot itself says. A unit that",
    "is none of a duration's stands in the text: bytes, percent, dollars. What is named in brackets is",
    "a role of the adapter's `layout()`, or a word of the scenario.",
)


def _signal(spec: SignalSpec) -> str:
    value, rest = VALUES[spec.type]
    name = f"{spec.name}({spec.argument})" if spec.argument else spec.name
    used = f"{spec.name}({ARGUMENTS[spec.argument]})" if spec.argument else spec.name
    example = _shipped_lines().get(spec.name, f"{used} {rest}")
    whose = "the bot's claim" if SIGNALS[spec.name].read is None else "the world"
    return f"| `{name}` | {value} | {spec.doc} | {whose} | `{example}` |"


@cache
def _shipped_lines() -> Mapping[str, str]:
    """The first line of the shipped catalog for each signal that has one."""
    found: dict[str, str] = {}
    for plan in _plans():
        for line in (*plan.steady, *plan.holds, *plan.heal.verify):
            found.setdefault(line.signal, line.text)
    for rule in (rule for plan in _plans() for rule in plan.shows):
        of = f"{rule.signal}({rule.argument})" if rule.argument else rule.signal
        found.setdefault(rule.signal, f"shows: {{{rule.value}: {of}}}")
    return found


def _ours(spec: SignalSpec) -> bool:
    reader = SIGNALS[spec.name].read
    return reader is None or reader.__module__.startswith("pytest_fpharness.")


def _shipped() -> list[FaultSpec]:
    found = vocabulary().faults.values()
    return [s for s in found if FAULTS[s.name].__module__.startswith("pytest_fpharness.")]


def _uses(name: str) -> tuple[list[Plan], list[Plan]]:
    """The plans of the shipped catalog with this fault, and the twins among them."""
    found = [plan for plan in _plans() if _injection(name, [plan]) is not None]
    return [plan for plan in found if not plan.twin], [plan for plan in found if plan.twin]


@cache
def _plans() -> tuple[Plan, ...]:
    return tuple(expand(load_catalog((), vocabulary()), TargetInfo("")))
