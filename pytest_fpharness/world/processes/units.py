"""Units of the service manager: properties for ``systemctl show`` and lines of ``journalctl``.

Names and words are those of systemd.service(5) and org.freedesktop.systemd1(5).
"""

from __future__ import annotations

import json
from typing import Final

from .entry import Entry
from .table import ProcessTable

_OPTIONS: Final = ("-u", "--unit", "-n", "--lines", "-o", "--output", "-S", "--since")


def properties(table: ProcessTable, unit: str) -> dict[str, str]:
    """The properties of a unit that tell whether it runs, and how it last ended."""
    names = table.of_unit(unit)
    entries = [entry for entry in table.entries if entry.name in names]
    live = [entry for entry in entries if entry.status != "dead"]
    last = entries[-1] if entries else None
    bad = not live and last is not None and last.failed
    state = ("active", "running") if live else ("inactive", "dead")
    if bad:
        state = ("failed", "failed")
    if not live and table.pending.intersection(names):
        state = ("activating", "auto-restart")
    code = last.code if last is not None and last.code is not None and not live else 0
    return {
        "ActiveState": state[0],
        "SubState": state[1],
        "Result": _result(table, last, names) if bad else "success",
        "NRestarts": str(sum(entry.by == "supervisor" for entry in entries)),
        "ExecMainStatus": str(abs(code)),
        "MainPID": str(live[-1].pid if live else 0),
    }


def _result(table: ProcessTable, last: Entry | None, names: list[str]) -> str:
    if table.limited.intersection(names):
        return "start-limit-hit"
    if last is not None and last.pid in table.out_of_memory:
        return "oom-kill"
    return "signal" if last is not None and (last.code or 0) < 0 else "exit-code"


def show(table: ProcessTable, argv: list[str]) -> str:
    """``systemctl show UNIT [-p NAMES] [--value]``: one property a line."""
    wanted: list[str] = []
    unit, words = "", iter(argv)
    for word in words:
        if word in ("-p", "--property"):
            wanted += next(words, "").split(",")
        elif word.startswith(("-p", "--property=")):
            wanted += word.removeprefix("--property=").removeprefix("-p").split(",")
        elif not word.startswith("-"):
            unit = word
    values = properties(table, unit)
    names = [name for name in wanted or values if name in values]
    bare = "--value" in argv
    return "".join(f"{'' if bare else name + '='}{values[name]}\n" for name in names)


def journal(table: ProcessTable, argv: list[str]) -> str:
    """``journalctl -u UNIT [-n N] [-o json] [--since @EPOCH]``: the newest lines, oldest first."""
    options: dict[str, str] = {}
    words = iter(argv)
    for word in words:
        name, equals, value = word.partition("=")
        if name in _OPTIONS:
            options[name.lstrip("-")[0].lower()] = value if equals else next(words, "")
    unit = options.get("u", "").removesuffix(".service")
    since = float(options.get("s", "@0").lstrip("@") or 0)
    lines = [line for line in table.journal if line[1] == unit and line[0] >= since]
    kept = lines[-int(options.get("n", "1000")) :]
    if options.get("o") != "json":
        return "".join(f"{text}\n" for _, _, text in kept)
    rows = (
        {"__REALTIME_TIMESTAMP": str(int(at * 1e6)), "UNIT": f"{unit}.service", "MESSAGE": text}
        for at, _, text in kept
    )
    return "".join(json.dumps(row) + "\n" for row in rows)
