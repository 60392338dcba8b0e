"""Category 6: whether the bot's process runs, and whether it crashed."""

from __future__ import annotations

import subprocess
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from pytest_fpharness.reference_bot.files import StateError, read_json, write_json
from pytest_fpharness.reference_bot.history import log
from pytest_fpharness.reference_bot.settings import UNITS
from .base import ERROR, OK, WARN, Finding, Pass, number

CRASHES: Final = "state/crashes.json"
PROPERTIES: Final = "ActiveState,Result,NRestarts,ExecMainStatus"
TIMEOUT: Final = 5
#: This many crashes within LOOP_SECONDS, without two finished cycles since, are a crash loop.
LOOP: Final = 2
LOOP_SECONDS: Final = 600
#: Finished cycles after a crash that prove that the bot works again.
PROOF: Final = 2
KEPT: Final = 20
_STATE: Final = "service_of_bot"
_CRASH_LOG: Final = "crash_log"


@dataclass(frozen=True)
class Service:
    """A unit's state according to systemd; ``known`` is False if systemd did not answer."""

    known: bool
    state: str = "unknown"
    result: str = ""
    restarts: int = 0
    status: str = ""

    @property
    def down(self) -> bool:
        """Whether the unit failed or waits for its restart."""
        return self.state in ("failed", "activating")


@dataclass
class CrashLog:
    """The crashes seen so far, stored in a file so that they survive a restart of the monitor."""

    base: int = 0
    seen: int = 0
    crashes: list[dict[str, Any]] = field(default_factory=list)

    @property
    def count(self) -> int:
        return self.base + self.seen


def service_of_bot(current: Pass) -> Service:
    """The state of the bot's unit, requested once per pass."""
    known = current.memory.get(_STATE)
    if known is None or known[0] != current.now:
        known = current.memory[_STATE] = (current.now, _ask(UNITS["bot"]))
    service: Service = known[1]
    return service


def bot_running(current: Pass) -> Finding:
    """FP-6.1: a process with the bot's exact arguments exists; FP-6.3 covers a stuck one."""
    service, exists = service_of_bot(current), current.exists("bot")
    values = {"bot_running": exists, "unit": service.state}
    if exists:
        return Finding(OK, "the bot runs", values)
    return Finding(ERROR, f"no process of the bot; its unit is {service.state}", values)


def bot_uncrashed(current: Pass) -> Finding:
    """FP-6.2: the unit has not failed, and two cycles finished since the last crash."""
    service = service_of_bot(current)
    crash_log = _update_crash_log(current, service)
    last = crash_log.crashes[-1] if crash_log.crashes else None
    values = {"crash_count": crash_log.count, "last_crash": last and last["how"]}
    values["last_crash_at"] = last and last["at"]
    if not service.known:
        return Finding(WARN, "the service manager does not answer", values)
    if service.down:
        what = f"{service.result}, exit {service.status}" if service.result else service.status
        return Finding(ERROR, f"the bot crashed and is down ({service.state}: {what})", values)
    if last is None or cycles_since(current, last["at"]) >= PROOF:
        return Finding(OK, f"{crash_log.count} crashes so far", values)
    recent = sum(current.now - crash["at"] <= LOOP_SECONDS for crash in crash_log.crashes)
    if recent >= LOOP:
        return Finding(ERROR, f"the bot crashes in a loop: {recent} times: {last['how']}", values)
    return Finding(WARN, f"the bot crashed and was restarted: {last['how']}", values)


def last_crash(current: Pass) -> dict[str, Any] | None:
    crashes = _update_crash_log(current, service_of_bot(current)).crashes
    return crashes[-1] if crashes else None


def cycles_since(current: Pass, at: float) -> int:
    """The number of cycles that the bot finished after ``at``."""
    lines = current.lines("logs/cycles.jsonl", 10)
    return sum((number(line.get("ts")) or 0) > at for line in lines)


def journal(unit: str) -> list[str]:
    """The last lines of a unit's journal; empty if systemd does not answer."""
    return _output("journalctl", "-u", unit, "-n", "20", "-o", "cat", "--no-pager").splitlines()


def _update_crash_log(current: Pass, service: Service) -> CrashLog:
    """Add the crashes since the last pass to the crash log, and log each with its details."""
    crash_log: CrashLog | None = current.memory.get(_CRASH_LOG)
    if crash_log is None:
        crash_log = current.memory[_CRASH_LOG] = _stored()
    if not service.known:
        return crash_log
    # A unit that is down ended one more time than it was restarted.
    total = service.restarts + service.down
    new = total - crash_log.seen
    if new < 0:  # systemd resets the counter when a person starts the unit
        crash_log.base -= new
    for _ in range(max(0, new)):
        how = _how(journal(UNITS["bot"]), service)
        crash_log.crashes = [*crash_log.crashes, {"at": current.now, "how": how}][-KEPT:]
        log(current.now, "FP-6.2", "crash", how)
    crash_log.seen = total
    if new:
        with suppress(OSError):  # the copy in memory is still correct
            write_json(CRASHES, vars(crash_log))
    return crash_log


def _how(lines: list[str], service: Service) -> str:
    """The last error in the journal, and how the process ended."""
    ends = [place for place, line in enumerate(lines) if "Main process exited" in line]
    if not ends:
        return service.result or "no line in the journal"
    end = lines[ends[-1]].partition("Main process exited, ")[2]
    before = lines[ends[-1] - 1] if ends[-1] else ""
    return f"{before} ({end})" if "Error" in before or "killed" in before else end


def _stored() -> CrashLog:
    try:
        crashes = read_json(CRASHES, _valid)
    except StateError:
        return CrashLog()
    return CrashLog(crashes["base"], crashes["seen"], crashes["crashes"])


def _valid(content: Any) -> bool:
    if not isinstance(content, dict) or not isinstance(content.get("crashes"), list):
        return False
    counts = all(isinstance(content.get(name), int) for name in ("base", "seen"))
    rows = content["crashes"]
    return counts and all(isinstance(c, dict) and {"at", "how"} <= c.keys() for c in rows)


def _ask(unit: str) -> Service:
    rows = dict(line.partition("=")[::2] for line in _show(unit))
    if "ActiveState" not in rows:
        return Service(False)
    restarts = rows.get("NRestarts", "0")
    return Service(
        True,
        rows["ActiveState"],
        rows.get("Result", ""),
        int(restarts) if restarts.isdigit() else 0,
        rows.get("ExecMainStatus", ""),
    )


def _show(unit: str) -> list[str]:
    return _output("systemctl", "show", unit, "-p", PROPERTIES).splitlines()


def _output(*argv: str) -> str:
    try:
        done = subprocess.run(
            list(argv), capture_output=True, text=True, timeout=TIMEOUT, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout or ""
