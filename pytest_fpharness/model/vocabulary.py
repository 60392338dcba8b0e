"""Faults and signals that a scenario may use, as plain data; the catalog gets no registries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

#: Default of a process parameter: the process that trades, which the layout names.
TRADER: Final = "${trader}"


@dataclass(frozen=True)
class ParamSpec:
    """One parameter of a fault.

    Attributes:
        name: The name in a scenario.
        type: ``text``, ``duration`` (ns), ``count``, ``number``, ``flag``, ``choice``, ``process``,
            ``file``, ``host``, ``symbol`` or ``any``.
        doc: What it means, for the reference.
        default: The value when a scenario does not set it.
        required: Whether a scenario must set it.
        choices: The values of a ``choice``, or special values of another type.
    """

    name: str
    type: str = "text"
    doc: str = ""
    default: Any = None
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class FaultSpec:
    """One fault; the first parameter may be given alone: ``{process.kill: uw_flow_daemon}``."""

    name: str
    port: str
    doc: str
    params: tuple[ParamSpec, ...] = ()
    persistence: str = "once"  # pinned, growing, once (S11)
    cleared_by: str = "lift"  # lift, restart, rewrite, expiry, never (S11)


@dataclass(frozen=True)
class SignalSpec:
    """One observable: ``name`` or ``name(argument)``."""

    name: str
    doc: str
    type: str = "text"  # duration, count, number, flag, text, colour, status
    argument: str = ""  # what the argument names: process, file, host, symbol, fp; "" for none


@dataclass(frozen=True)
class Vocabulary:
    """Every fault and signal by name."""

    faults: Mapping[str, FaultSpec] = field(default_factory=dict)
    signals: Mapping[str, SignalSpec] = field(default_factory=dict)
