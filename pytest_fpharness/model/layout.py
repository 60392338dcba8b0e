"""A target's layout: roles bound to its files, units, hosts, environment names and periods (C2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from .duration import SECOND


@dataclass(frozen=True)
class FileBinding:
    """The file behind one role.

    Attributes:
        path: Relative to the bot's working directory.
        codec: ``json``, ``jsonl``, ``text`` (any bytes, never parsed), or that of an extension.
        stamp: Dotted path of the time stamp inside the file (epoch seconds); "" for none.
        entries: Dotted path of the mapping that holds the entries; "" for the whole content.
        backup: Where the bot keeps its last good copy; "" for nowhere.
        writer: The process that writes the file.
    """

    path: str
    codec: str = "json"
    stamp: str = ""
    entries: str = ""
    backup: str = ""
    writer: str = ""


@dataclass(frozen=True)
class Layout:
    """Where a bot keeps its things, by the roles that scenarios use.

    A role that is absent is MISSING in the report; it is never guessed.

    Attributes:
        files: Role of a file -> its binding.
        units: Process -> its service unit.
        hosts: Role of a host (``broker``, ``uw_api``...) -> the host names that the bot uses.
        env: Role of an environment variable -> its name; ``uw_key``, ``broker_key`` and
            ``broker_secret`` are set to the keys that the simulated hosts accept.
        environment: Further environment variables, set as they are.
        functions: Role of a function -> ``module:function``.
        shapes: Role -> its shape: what its content must be to be usable. A shape is a word
            (``any``, ``number``, ``numeric``, ``text``, ``name``, ``flag``, ``instant``, ``date``), a
            list of values, or a mapping of keys to shapes (``key?`` is optional, ``*`` any key).
        facts: Overrides of facts of the catalog: ``{"FP-1.3.stale_after": "5m"}``.
        commands: First words of a command that the bot runs -> ``(exit code, stdout)``, or a function
            of its argv that does the work in the calling process: its output is what it prints. They
            take precedence over the commands of the world.
        values: Name of a value in ``shows`` of a scenario -> the bot's name of it on its dashboard.
        memory_dirs: Directories on a file system in memory, which a full disk does not affect.
        check: Period of the monitor, in ns.
        cycle: Period of the trading loop, in ns.
    """

    files: Mapping[str, FileBinding] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    hosts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    functions: Mapping[str, str] = field(default_factory=dict)
    shapes: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    commands: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    memory_dirs: tuple[str, ...] = ()
    trader: str = "bot"  # the process that trades
    data: str = "uw_cache"  # the file role of the market data that entries rest on
    check: int = 30 * SECOND
    cycle: int = 60 * SECOND


#: What a target may have besides layout, processes and health; ``targets.contract`` has the protocols.
ABILITIES: Final = ("alerts", "dashboard", "details", "statistics", "decisions", "books", "inject")


@dataclass(frozen=True)
class TargetInfo:
    """What is known of a target before anything runs."""

    name: str
    commit: str = ""
    layout: Layout = field(default_factory=Layout)
    processes: tuple[str, ...] = ()
    abilities: tuple[str, ...] = ()  # alerts, dashboard, decisions, books, history
    embedded: bool = False
