"""Category 6: the bot finishes its cycles, and the machine has memory and disk space."""

from __future__ import annotations

import glob
import shutil
from typing import Any, Final

import psutil

from pytest_fpharness.reference_bot.files import writable
from pytest_fpharness.reference_bot.settings import COMMANDS
from .base import ERROR, FUTURE_SECONDS, OK, WARN, Finding, Pass, number
from .service import PROOF, cycles_since, last_crash, service_of_bot

HEARTBEAT: Final = "state/bot_heartbeat.json"
STUCK_SECONDS: Final = 300
_FIRST_SEEN: Final = "no_heartbeat_since"


def bot_responsive(current: Pass) -> Finding:
    """FP-6.3: an existing bot process, even a stopped one, finished a cycle within 300 s.

    Without a usable heartbeat, the time counts from the first pass without it, because a bot that
    has just started has not written one yet.
    """
    heartbeat = current.read_dict_or_empty(HEARTBEAT)
    finished = number(heartbeat.get("finished_at"))
    values: dict[str, Any] = {"last_cycle_age": None, "cycle": heartbeat.get("cycle")}
    if finished is None:
        since = current.memory.setdefault(_FIRST_SEEN, current.now)
        return _judge(current, int(current.now - since), "no heartbeat", values)
    current.memory.pop(_FIRST_SEEN, None)
    age = values["last_cycle_age"] = int(current.now - finished)
    if finished - current.now > FUTURE_SECONDS:
        return Finding(ERROR, f"the heartbeat is {-age} s in the future", values)
    return _judge(current, age, "no finished cycle", values)


def _judge(current: Pass, age: int, problem: str, values: dict[str, Any]) -> Finding:
    if age > STUCK_SECONDS and current.exists("bot"):
        return Finding(ERROR, f"the bot is stuck: {problem} for {age} s", values)
    return Finding(OK, f"{problem if age > STUCK_SECONDS else 'last cycle'} {age} s ago", values)


MEMORY_WARN: Final = 85.0
MEMORY_ERROR: Final = 95.0
#: Maximum memory of a bot without a leak, in bytes.
OWN_LIMIT: Final = 1024**3
OWN: Final = "own"
OOM: Final = "oom"


def memory_free(current: Pass) -> Finding:
    """FP-6.5: enough memory is free, the bot does not leak, and the kernel did not end it."""
    used, own = float(psutil.virtual_memory().percent), memory_of("bot")
    values: dict[str, Any] = {"memory_used": used, "bot_memory": own}
    text = f"{used:.0f} % of the memory is used"
    if _killed(current):
        return Finding(ERROR, "the kernel ended the bot for its memory", values, OOM)
    cause = OWN if own > OWN_LIMIT else ""
    if used >= MEMORY_ERROR:
        return Finding(ERROR, text, values, cause)
    if cause:
        return Finding(WARN, f"the bot leaks memory: it uses {own // 1024**2} MiB", values, cause)
    return Finding(WARN if used >= MEMORY_WARN else OK, text, values)


def memory_of(name: str) -> int:
    """Resident bytes of a process of the bot; 0 when it does not run."""
    for process in psutil.process_iter(["cmdline", "memory_info"]):
        argv, memory = process.info.get("cmdline"), process.info.get("memory_info")
        if memory is not None and tuple(argv or ())[-2:] == COMMANDS[name][-2:]:
            return int(memory.rss)
    return 0


def _killed(current: Pass) -> bool:
    """Whether the kernel killed the bot, and it has not finished enough cycles since."""
    if service_of_bot(current).result == "oom-kill":
        return True
    last = last_crash(current)
    return last is not None and "OOM" in last["how"] and cycles_since(current, last["at"]) < PROOF


DISK_WARN: Final = 90.0
LEAST_FREE: Final = 100 * 10**6


def disk_free(current: Pass) -> Finding:
    """FP-6.4: under 90 % in use, 100 MB free, and the state directory is writable."""
    usage, problem = shutil.disk_usage("."), writable("state")
    used = 100 * usage.used / usage.total
    values = {"disk_free": usage.free, "disk_writable": not problem, "old_logs": len(old_logs())}
    if problem:
        return Finding(ERROR, f"state cannot be written: {problem}", values)
    if usage.free < LEAST_FREE:
        return Finding(ERROR, f"{usage.free // 10**6} MB are free", values)
    return Finding(WARN if used >= DISK_WARN else OK, f"{used:.0f} % in use", values)


def old_logs() -> list[str]:
    """Rotated logs (``bot.jsonl.1``), oldest first."""
    return sorted(glob.glob("logs/*.jsonl.*"), reverse=True)
