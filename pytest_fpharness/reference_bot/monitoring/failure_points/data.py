"""The failure points of the data, beside the daemon's death and the cache's age."""

from __future__ import annotations

from typing import Final

from pytest_fpharness.reference_bot.monitoring.failure_points.point import FailurePoint

DATA_POINTS: Final = (
    FailurePoint(
        id="FP-1.2",
        title="Flow cache missing or empty",
        severity="critical",
        location="data/uw_flow_cache.json",
        impact="nothing to read, so no clusters and no trades",
        detection="the file cannot be read, or holds nothing at all",
        healing="restart the daemon's unit; healed when a new cache has symbols with trades",
        dashboard="cache there or not, symbol count",
        test="delete or empty the cache and expect it back",
        manual_steps=(
            "ls -l data/ and df data/: is the directory writable, is there space",
            "read logs/uw_flow_daemon.jsonl for failing polls",
            "systemctl restart uw-flow-daemon.service",
        ),
    ),
    FailurePoint(
        id="FP-1.4",
        title="No symbols in the cache",
        severity="critical",
        location="data/uw_flow_cache.json, every key without an underscore",
        impact="no symbol to look at, so no signals",
        detection="no symbol at all, or none with a single trade",
        healing="restart the daemon's unit, unless the vendor refuses; healed by symbols",
        dashboard="symbol count, and how many have trades",
        test="take the symbols out of the cache and expect the alert",
        manual_steps=(
            "read logs/uw_flow_daemon.jsonl for what the last polls brought",
            "ask the vendor's flow-alerts by hand with the same key",
            "systemctl restart uw-flow-daemon.service",
        ),
    ),
    FailurePoint(
        id="FP-1.5",
        title="Data vendor refuses the key",
        severity="critical",
        location="the daemon's requests to the data vendor",
        impact="no new data; entries stop at once",
        detection="the last answer was 401, or 403 by the vendor itself",
        healing="none: a person must see to the key or the plan",
        dashboard="status of the last answer, number of failed requests",
        test="refuse the key and expect the alert and no restart",
        manual_steps=(
            "compare UW_API_KEY with the key on the vendor's account page",
            "check that the plan covers option flow alerts and was paid",
            "set the new key, then systemctl restart uw-flow-daemon.service",
        ),
    ),
    FailurePoint(
        id="FP-1.6",
        title="Data vendor's rate limit",
        severity="warning",
        location="the daemon's requests to the data vendor",
        impact="polls are skipped and the data grows old; without quota there is none today",
        detection="the last answer was 429, of the minute or of the day by its body",
        healing="longer pauses, none asked before 20:00 New York after the quota; a bucket of tokens",
        dashboard="status of the last answer, requests today, seconds until the next request",
        test="answer 429 and count the requests",
        manual_steps=(
            "find out who else uses the key: the vendor counts all requests of an account",
            "raise the plan, or wait for 20:00 New York, when the quota starts again",
            "after a raise remove state/vendor_status.json and restart uw-flow-daemon.service",
        ),
    ),
    FailurePoint(
        id="FP-1.7",
        title="No clusters generated",
        severity="warning",
        location="clusters of the bot, between cache and gates",
        impact="flow that qualifies never becomes a signal",
        detection="three cycles in a row with qualifying flow and no cluster of it",
        healing="none: the message says what the rows lack, a person mends the reading",
        dashboard="clusters and symbols with qualifying flow in the last cycle",
        test="rename a field of the vendor's rows and expect the alert; a quiet market is none",
        manual_steps=(
            "compare a row of data/uw_flow_cache.json with the vendor's documentation",
            "read the flow_ fields at the end of logs/cycles.jsonl",
            "mend the reading of the rows, then systemctl restart trading-bot.service",
        ),
    ),
    FailurePoint(
        id="FP-1.8",
        title="Broken rows in the flow",
        severity="warning",
        location="rows of the vendor's answers and of the cache",
        impact="broken rows are left out; if all are broken there is no signal",
        detection="each row is checked when it arrives and when it is clustered",
        healing="go on with the rows that are whole; with none of them a person is needed",
        dashboard="number of broken rows so far, the last error",
        test="break one row, then all rows",
        manual_steps=(
            "read last_bad_row in state/vendor_status.json and logs/cycles.jsonl",
            "compare a row with the vendor's documentation and its list of changes",
            "report it to the vendor, or mend the reading of the rows",
        ),
    ),
)
