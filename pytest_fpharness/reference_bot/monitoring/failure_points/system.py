"""The failure points of category 6 beside FP-6.3 and FP-6.20, as data."""

from __future__ import annotations

from typing import Final

from pytest_fpharness.reference_bot.monitoring.failure_points.point import FailurePoint

SYSTEM: Final = (
    FailurePoint(
        id="FP-6.1",
        title="Bot not running",
        severity="critical",
        location="bot process, trading-bot.service",
        impact="nothing is entered and no position is closed",
        detection="no live process has the bot's exact arguments",
        healing="start its unit, unless systemd restarts it after a crash",
        dashboard="bot running or not, state of its unit",
        test="stop the bot and expect its start",
        manual_steps=(
            "systemctl status trading-bot.service",
            "journalctl -u trading-bot.service -n 50, and the end of logs/bot.jsonl",
            "compare open orders with the broker, then systemctl restart trading-bot.service",
        ),
    ),
    FailurePoint(
        id="FP-6.2",
        title="Bot crashed",
        severity="critical",
        location="main loop of the bot, trading-bot.service",
        impact="the cycle that crashed was not finished; a loop of crashes trades nothing",
        detection="the unit failed, or systemd restarted it, by its counter and its journal",
        healing="systemd restarts it after 5 s, at most 5 times in a minute; then a person",
        dashboard="number of crashes, the last one and its time",
        test="raise an unhandled error and expect the restart",
        manual_steps=(
            "journalctl -u trading-bot.service -n 50",
            "go back to the last version that ran, or mend what the error names",
            "systemctl reset-failed trading-bot.service; systemctl start trading-bot.service",
        ),
    ),
    FailurePoint(
        id="FP-6.4",
        title="Disk full",
        severity="critical",
        location="every write of logs and state",
        impact="what the bot does cannot be written down, so it enters nothing",
        detection="90 % in use warns; under 100 MB free, or a probe that cannot be written, "
        "is an error",
        healing="old copies of logs are removed; entries halt until state can be written",
        dashboard="free bytes, writable or not, number of old logs",
        test="fill the disk and expect no entry",
        manual_steps=(
            "df -h; df -i; du -xh --max-depth=2 / | sort -h | tail",
            "remove or move what is large and old, never a file in state/",
            "remount the file system if it is read-only, after a look at the kernel's log",
        ),
    ),
    FailurePoint(
        id="FP-6.5",
        title="Memory exhausted",
        severity="critical",
        location="all processes of this machine",
        impact="the kernel ends a process, first the largest: the bot",
        detection="85 % in use warns, 95 % or a process ended by the kernel is an error; "
        "a bot above 1 GiB leaks",
        healing="restart the bot when it is the bot that takes too much",
        dashboard="memory in use in percent, memory of the bot in bytes",
        test="let the bot leak and expect its restart",
        manual_steps=(
            "ps aux --sort=-rss | head: which process takes the memory",
            "end or move what does not belong to the bot",
            "systemctl restart trading-bot.service if it is the bot",
        ),
    ),
    FailurePoint(
        id="FP-6.6",
        title="Network down",
        severity="critical",
        location="every call of the bot to another host",
        impact="no data and no orders",
        detection="the broker's clock or a connection to the vendor fails twice in a row, "
        "or answers slowly",
        healing="all calls are tried again with pauses; the cache is used while it is fresh",
        dashboard="broker and vendor reachable or not, time of an answer",
        test="cut the network and bring it back",
        manual_steps=(
            "ip route; resolvectl status; curl -sI the broker's host from this machine",
            "look at the provider's status page, and the broker's and the vendor's",
            "close by hand, from another line, what must not stay open",
        ),
    ),
)
