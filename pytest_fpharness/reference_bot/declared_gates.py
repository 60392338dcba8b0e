"""Declarations: gates and limits (category 3), the account at the broker (category 4)."""

from __future__ import annotations

from typing import Final

from pytest_fpharness.reference_bot.declared import FailurePoint

GATES_AND_ACCOUNT: Final = (
    FailurePoint(
        id="FP-4.2",
        title="Broker refuses the keys",
        severity="critical",
        location="broker API, authentication",
        impact="no order, no look at the account; positions are unguarded",
        detection="HTTP 401, or 403 without a code, to the bot or to the monitor's ping",
        healing="none: a person puts other keys in place",
        dashboard="keys accepted or not",
        test="revoke the keys and expect the alert with its steps",
        manual_steps=(
            "compare the key id in the bot's environment with the broker's own dashboard",
            "make new keys there (a reset of a paper account voids the old ones)",
            "put them into the environment, then systemctl restart trading-bot.service",
        ),
    ),
    FailurePoint(
        id="FP-4.3",
        title="Buying power too small",
        severity="warning",
        location="broker account, before each entry",
        impact="entries are smaller than meant, or not made",
        detection="two cycles in a row cut or skipped entries; negative is an error",
        healing="the size is cut to what is there, else the entry is skipped",
        dashboard="buying power, size of the last entry, short cycles in a row",
        test="lower the buying power and expect smaller entries, then none",
        manual_steps=(
            "look at buying power, cash and open orders in the broker's own dashboard",
            "cancel orders or close positions that bind what is needed, or add cash",
        ),
    ),
    FailurePoint(
        id="FP-4.5",
        title="Positions differ from the broker's",
        severity="critical",
        location="reconciliation at the start of each cycle, state/positions.json",
        impact="a position may be entered twice or never closed; nothing is entered",
        detection="a symbol's quantity is not ours plus the fills just booked, at two looks",
        healing="taken over from the broker when a later cycle sees the same; then acknowledged",
        dashboard="number of symbols that differ, and which",
        test="move a position behind the bot's back and expect it to be taken over",
        manual_steps=(
            "find the order that moved the position in the broker's own dashboard",
            "compare logs/trades.jsonl with it, and correct the position there if it is wrong",
            "acknowledge FP-4.5 in state/acks.json",
        ),
    ),
    FailurePoint(
        id="FP-3.2",
        title="Maximum of positions",
        severity="informational",
        location="gate max_positions, before each entry",
        impact="with 16 positions nothing is entered until one is closed",
        detection="the broker's positions are counted; one above the maximum is an error",
        healing="none: an exit makes room",
        dashboard="number of positions and their maximum",
        test="offer more signals than there is room and expect the gate to hold",
        manual_steps=(
            "compare the positions in the broker's own dashboard with state/positions.json",
            "stop the bot if it went past the maximum: systemctl stop trading-bot.service",
            "close the position that is too many",
        ),
    ),
    FailurePoint(
        id="FP-3.3",
        title="Maximum of entries in a cycle",
        severity="informational",
        location="gate max_new, before each entry",
        impact="after 6 entries the rest of the cycle's candidates wait",
        detection="more than 6 entries in a cycle, or all candidates blocked for an hour",
        healing="none: the next cycle starts anew",
        dashboard="entries of the last cycle and their maximum, blocked candidates",
        test="offer 8 signals at once and expect 6 orders",
        manual_steps=(
            "count the entries of the cycle in logs/decisions.jsonl",
            "stop the bot if it went past the maximum: systemctl stop trading-bot.service",
        ),
    ),
    FailurePoint(
        id="FP-3.4",
        title="Expectancy gate",
        severity="informational",
        location="gate expectancy, state/profiles.json",
        impact="symbols that lost so far are not entered",
        detection="all candidates of an hour blocked by it, or profiles that cannot be read",
        healing="none: the threshold follows the number of trades",
        dashboard="profiles, how many are below their threshold, blocked candidates",
        test="write a low expectancy and expect the symbol blocked",
        manual_steps=(
            "read the reasons of the gate expectancy in logs/decisions.jsonl",
            "compare state/profiles.json with its backup and with the trades it comes from",
        ),
    ),
    FailurePoint(
        id="FP-3.5",
        title="Regime gate",
        severity="informational",
        location="gate regime, state/profiles.json",
        impact="symbols that lost in the present mood of the market are not entered",
        detection="all candidates of an hour blocked by it",
        healing="none: it ends with the mood of the market",
        dashboard="blocked symbols and candidates",
        test="write a poor result for the mood and expect the symbol blocked",
        manual_steps=(
            "read the reasons of the gate regime in logs/decisions.jsonl",
            "compare state/profiles.json with its backup and with the trades it comes from",
        ),
    ),
)
