"""Category 6: the machine's memory, and the bot's share of it."""

from __future__ import annotations

from typing import Any, Final

import psutil

from pytest_fpharness.reference_bot.settings import COMMANDS
from .base import ERROR, OK, WARN, Finding, Pass
from .service import PROOF, cycles_since, last_crash, service_of_bot

WARN_PERCENT: Final = 85.0
ERROR_PERCENT: Final = 95.0
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
    if used >= ERROR_PERCENT:
        return Finding(ERROR, text, values, cause)
    if cause:
        return Finding(WARN, f"the bot leaks memory: it uses {own // 1024**2} MiB", values, cause)
    return Finding(WARN if used >= WARN_PERCENT else OK, text, values)


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
