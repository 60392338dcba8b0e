"""A target's layout: roles bound to its files, units, hosts, environment names and periods (C2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pytest_fpharness.model.duration import SECOND


@dataclass(frozen=True)
class FileBinding:
    """One role's file, relative to the bot's working directory."""

    path: str
    codec: str = "json"  # json, jsonl, text (anything that is not to be parsed)
    stamp: str = ""  # dotted path of its time stamp (epoch seconds), "" when it has none
    entries: str = ""  # dotted path of the mapping that holds its entries
    backup: str = ""  # where the bot keeps its last good copy
    writer: str = ""  # the process that writes it


@dataclass(frozen=True)
class Layout:
    """Roles of a target; a role that is absent here is MISSING, never guessed."""

    files: Mapping[str, FileBinding] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)  # process name -> service unit
    hosts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # role -> host names
    env: Mapping[str, str] = field(default_factory=dict)  # role -> environment name
    environment: Mapping[str, str] = field(default_factory=dict)  # further variables, set as given
    functions: Mapping[str, str] = field(default_factory=dict)  # role -> "module:function"
    #: Role -> what it must hold to be usable, as in ``model.shape``.
    shapes: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)  # overrides: "FP-1.3.stale_after": "5m"
    #: First words of a command that the bot runs -> ``(exit code, stdout)``, or a callable of its argv
    #: that does its work in the process that asked: what it prints is the output, and it ends as a
    #: program does. They come before the commands that the world answers by itself.
    commands: Mapping[str, Any] = field(default_factory=dict)
    #: Name of a value in the scenarios' ``shows`` -> the bot's own name on its dashboard row.
    values: Mapping[str, str] = field(default_factory=dict)
    memory_dirs: tuple[str, ...] = ()  # on a file system in memory, which no full disk reaches
    check: int = 30 * SECOND  # the monitor's period, ns
    cycle: int = 60 * SECOND  # the trading loop's period, ns


#: What a target may have beside layout, processes and health; ``targets.contract`` has the protocols.
ABILITIES: Final = (
    "alerts",
    "dashboard",
    "details",
    "statistics",
    "decisions",
    "books",
    "inject",
)


@dataclass(frozen=True)
class TargetInfo:
    """What a target says of itself before anything runs."""

    name: str
    commit: str = ""
    layout: Layout = field(default_factory=Layout)
    processes: tuple[str, ...] = ()
    abilities: tuple[str, ...] = ()  # alerts, dashboard, decisions, books, history
    embedded: bool = False
