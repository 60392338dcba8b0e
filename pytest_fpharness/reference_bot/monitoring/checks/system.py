"""Category 6: the bot finishes its cycles."""

from __future__ import annotations

from typing import Any, Final

from .base import ERROR, FUTURE_SECONDS, OK, Finding, Pass, number

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
