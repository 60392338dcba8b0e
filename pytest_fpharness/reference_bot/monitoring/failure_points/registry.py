"""The failure points this bot watches, as data: what each is and what a person does about it."""

from __future__ import annotations

from typing import Final

from pytest_fpharness.reference_bot.monitoring.failure_points.data import DATA_POINTS
from pytest_fpharness.reference_bot.monitoring.failure_points.gates_and_account import (
    GATES_AND_ACCOUNT,
)
from pytest_fpharness.reference_bot.monitoring.failure_points.point import (
    FailurePoint as FailurePoint,
)
from pytest_fpharness.reference_bot.monitoring.failure_points.system import SYSTEM

_DECLARED: Final = (
    FailurePoint(
        id="FP-1.1",
        title="Flow daemon not running",
        severity="critical",
        location="daemon process uw_flow_daemon",
        impact="no new data, so no signals and no trades",
        detection="no live process has the daemon's exact arguments",
        healing="restart its unit; healed when it lives and has written the cache",
        dashboard="daemon alive or not",
        test="stop the daemon and expect its restart",
        manual_steps=(
            "systemctl status uw-flow-daemon.service",
            "read logs/uw_flow_daemon.jsonl for the last error",
            "systemctl restart uw-flow-daemon.service",
        ),
    ),
    FailurePoint(
        id="FP-1.3",
        title="Flow cache stale",
        severity="critical",
        location="data/uw_flow_cache.json, _metadata.last_update",
        impact="signals from old data; entries are blocked",
        detection="last_update more than 600 s old warns, more than 1800 s is an error",
        healing="restart the daemon's unit; healed when the cache is under 120 s old",
        dashboard="cache age in seconds and symbol count",
        test="age the cache's timestamp and expect both limits",
        manual_steps=(
            "read logs/uw_flow_daemon.jsonl for refused or failing API calls",
            "check the data vendor's status page and the API key",
            "systemctl restart uw-flow-daemon.service",
        ),
    ),
    FailurePoint(
        id="FP-2.1",
        title="Adaptive weights not initialised",
        severity="critical",
        location="state/signal_weights.json",
        impact="scores would be wrong; no entries",
        detection="the bot's own reader refuses the weights, or a band is missing",
        healing="restore the valid backup, else start from neutral weights",
        dashboard="number of valid weight bands, learned or not",
        test="delete the bands and expect the backup or neutral weights",
        manual_steps=(
            "compare state/signal_weights.json with state/signal_weights.json.bak",
            "restore the learned weights from your own backup if they were lost",
            "acknowledge FP-2.1 in state/acks.json",
        ),
    ),
    FailurePoint(
        id="FP-2.2",
        title="Score calculation failed",
        severity="warning",
        location="scoring.score, called for each signal by evaluation.evaluate",
        impact="a symbol without a score is not entered; without any score nothing is",
        detection="an exception, no number, NaN or infinity instead of a score",
        healing="the symbol is skipped and the others are scored; all failing needs a person",
        dashboard="number of scoring errors, the last error",
        test="let the score of one symbol fail, then all of them",
        manual_steps=(
            "read the score_error lines of logs/bot.jsonl",
            "compare the symbol's rows in data/uw_flow_cache.json with those of another symbol",
            "roll back the last change of the scoring, then systemctl restart trading-bot.service",
        ),
    ),
    FailurePoint(
        id="FP-2.3",
        title="Every score below the threshold",
        severity="informational",
        location="score gate, SCORE_THRESHOLD",
        impact="nothing is entered although there are signals",
        detection="none of 20 or more scores reached the threshold for an hour",
        healing="none: the threshold does its work; a person reviews it",
        dashboard="last scores, the best of them, the threshold, since when none passed",
        test="hold all scores below the threshold for more than an hour",
        manual_steps=(
            "compare the scores of logs/decisions.jsonl with the threshold that is shown",
            "check weights, regime and enrichment for what lowers every score",
            "change SCORE_THRESHOLD only on purpose, then systemctl restart trading-bot.service",
        ),
    ),
    FailurePoint(
        id="FP-2.4",
        title="Enrichment failed",
        severity="warning",
        location="enrichment.enrich",
        impact="marks without data are neutral, so scores are less sharp",
        detection="an exception, or no data for a required mark",
        healing="neutral marks stand in for what is missing",
        dashboard="number of enrichment errors, the last error",
        test="withhold a field of the vendor's rows",
        manual_steps=(
            "read the enrichment_error lines of logs/bot.jsonl for the field that is missing",
            "compare a row of data/uw_flow_cache.json with the vendor's documentation",
        ),
    ),
    FailurePoint(
        id="FP-2.5",
        title="Regime detection failed",
        severity="warning",
        location="regime.regime",
        impact="scores do not reflect the market's mood",
        detection="an exception, or an answer that is no known regime",
        healing="the regime is NEUTRAL until it is known again",
        dashboard="regime, number of regime errors",
        test="let the detection fail and expect NEUTRAL",
        manual_steps=(
            "read the regime_error lines of logs/bot.jsonl",
            "check the premiums of data/uw_flow_cache.json that the regime is made of",
        ),
    ),
    FailurePoint(
        id="FP-3.1",
        title="Freeze active",
        severity="critical",
        location="state/governor_freezes.json and state/pre_market_freeze.flag",
        impact="no entries until the freeze is lifted",
        detection="a freeze is active, the flag file exists, or the file is unreadable",
        healing="only a performance freeze past its own clears_at is lifted",
        dashboard="frozen or not, and the reason",
        test="write a freeze and expect blocked entries",
        manual_steps=(
            "find out who froze trading and why: state/governor_freezes.json",
            "set the freeze inactive, or repair the file, when the reason is gone",
            "remove state/pre_market_freeze.flag if the session may start",
        ),
    ),
    FailurePoint(
        id="FP-3.7",
        title="Cooldown period",
        severity="informational",
        location="state/cooldowns.json",
        impact="a symbol entered less than 15 minutes ago is not entered again",
        detection="two entries within the cooldown, or all candidates blocked for an hour",
        healing="none: a cooldown expires by itself",
        dashboard="remaining seconds per symbol, active and blocked counts",
        test="enter a symbol and expect its next signal blocked",
        manual_steps=(
            "compare logs/trades.jsonl with state/cooldowns.json",
            "stop the bot if the cooldown was crossed: systemctl stop trading-bot.service",
        ),
    ),
    FailurePoint(
        id="FP-4.1",
        title="Broker unreachable",
        severity="critical",
        location="broker API",
        impact="no orders are possible; the bot only reduces",
        detection="the bot's calls and the monitor's own ping of the clock fail",
        healing="the bot retries with backoff until the broker answers",
        dashboard="connected or not, failures in a row, trading mode",
        test="cut the connection and expect reduce-only",
        manual_steps=(
            "check the broker's status page and this machine's network",
            "check open positions and orders in the broker's own dashboard",
        ),
    ),
    FailurePoint(
        id="FP-4.4",
        title="Orders rejected",
        severity="warning",
        location="broker orders API",
        impact="signals do not become trades, or exits fail",
        detection="rejections that no accepted order of a later cycle followed",
        healing="at most one adjusted retry by the bot, then the order is skipped",
        dashboard="number of rejections, the last reason, exits refused per symbol",
        test="refuse orders and expect one retry and the alert",
        manual_steps=(
            "read the reasons in state/broker_status.json",
            "close a position whose exit was rejected in the broker's own dashboard",
        ),
    ),
    FailurePoint(
        id="FP-5.1",
        title="Environment variable missing",
        severity="critical",
        location="environment of each process, read when it starts",
        impact="without a required variable a process does not start",
        detection="all variables are looked at when a process starts; its report names the missing",
        healing="a default where one is safe; for the others a person",
        dashboard="which variables are set, which are missing, which use a default",
        test="take a variable away and restart the bot",
        manual_steps=(
            "set the variable that is named in the environment file of the service unit",
            "systemctl restart trading-bot.service",
            "check that a new cycle is written to logs/cycles.jsonl",
        ),
    ),
    FailurePoint(
        id="FP-5.2",
        title="Configuration value invalid",
        severity="warning",
        location="environment of each process, config.OPTIONS and config.HOSTS",
        impact="limits other than meant, or orders to the wrong host",
        detection="type and range of every value are checked when a process starts",
        healing="a safe default; for a value about money or a host a person",
        dashboard="the values as given, and what is wrong with them",
        test="set values out of their range and restart the bot",
        manual_steps=(
            "correct the value that is named in the environment file of the service unit",
            "systemctl restart trading-bot.service",
        ),
    ),
    FailurePoint(
        id="FP-5.3",
        title="State file corrupt",
        severity="critical",
        location="state/*.json",
        impact="positions, cooldowns or order intents may be unknown",
        detection="a file does not parse or has the wrong shape",
        healing="keep the corrupt bytes, restore the backup, else defaults where that is safe",
        dashboard="valid or not, per file",
        test="tear a state file and expect its backup back",
        manual_steps=(
            "look at the corrupt bytes in state/quarantine/",
            "compare positions and orders with the broker's own dashboard",
            "repair the file, then systemctl restart trading-bot.service",
        ),
    ),
    FailurePoint(
        id="FP-5.4",
        title="Required file missing",
        severity="critical",
        location="state/positions.json, intents, cooldowns, broker_status, acks",
        impact="what the bot remembers is lost; without its books it enters nothing",
        detection="every required file is looked for in each pass",
        healing="the backup, else defaults where nothing is lost by them",
        dashboard="there or not, per file",
        test="delete required files, with and without their backup",
        manual_steps=(
            "look for the file in your own backup",
            "move away what stands in its place in state/",
            "compare positions and orders with the broker's own dashboard",
            "write the file by hand, then systemctl restart trading-bot.service",
        ),
    ),
    FailurePoint(
        id="FP-6.3",
        title="Bot stuck",
        severity="critical",
        location="main loop of the bot",
        impact="the bot lives but neither enters nor exits",
        detection="no finished cycle for more than 300 s while its process exists",
        healing="restart its unit; healed after two newly finished cycles",
        dashboard="age of the last finished cycle, cycle number",
        test="hang a cycle and expect the restart",
        manual_steps=(
            "read the end of logs/bot.jsonl and logs/cycles.jsonl",
            "check open orders in the broker's own dashboard",
            "systemctl restart trading-bot.service",
        ),
    ),
    FailurePoint(
        id="FP-6.20",
        title="Monitor silent or wrong",
        severity="critical",
        location="monitor process, state/health.json",
        impact="other failures would go unnoticed",
        detection="health older than 90 s, all OK while the bot is blocked, or alerts not leaving",
        healing="restart a silent or lying monitor; undelivered alerts are sent again",
        dashboard="age of the monitor's last check",
        test="stop the monitor and expect the watchdog's own alert",
        manual_steps=(
            "systemctl status trading-monitor.service",
            "read the end of logs/monitor.jsonl",
            "check that the alert webhook accepts messages",
        ),
    ),
)

#: Every declared failure point by id.
FAILURE_POINTS: Final[dict[str, FailurePoint]] = {
    point.id: point for point in (*_DECLARED, *DATA_POINTS, *SYSTEM, *GATES_AND_ACCOUNT)
}


def undeclared(fp: str) -> FailurePoint:
    """What is known of a failure point that is checked but not declared: its id."""
    return FailurePoint(fp, fp, "critical", "", "", "", "", "", "", ())
