"""Checks of the data at their limits, and the heals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import responses

from pytest_fpharness.reference_bot.monitoring.checks import CHECKS, Finding, Pass
from pytest_fpharness.reference_bot.monitoring.heals.data import DATA_HEALS
from tests.support.monitoring_rig import SETTINGS, START, Rig, lines, make_rig, write

CACHE = "data/uw_flow_cache.json"
VENDOR = "state/vendor_status.json"
TRADES: dict[str, Any] = {"flow_trades": [{}]}
STAMP = {"last_update": int(START)}
NIGHT = START + 12 * 3600  # 22:14 in New York


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Rig]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield make_rig(monkeypatch, tmp_path, mock)


def find(fp: str) -> Finding:
    return CHECKS[fp](Pass(SETTINGS))


def vendor(**changes: Any) -> None:
    """A healthy record of the daemon, with changes."""
    content = {
        "ts": START,
        "kind": "ok",
        "status": 200,
        "error": "",
        "errors": 0,
        "failures": 0,
        "quiet_until": 0.0,
        "requests_today": 7,
        "rows": 8,
        "bad_rows": 0,
        "bad_rows_total": 0,
        "last_bad_row": "",
    }
    write(VENDOR, {**content, **changes})


def cycles(*records: dict[str, Any]) -> None:
    lines("logs/cycles.jsonl", *({"ts": START, **record} for record in records))


# FP-1.2 and FP-1.4


@pytest.mark.parametrize("text", [None, "", "{}", "[]", "[1]", "null", "{"])
def test_a_cache_that_holds_nothing(rig: Rig, text: str | None) -> None:
    Path(CACHE).unlink() if text is None else Path(CACHE).write_text(text)
    assert (find("FP-1.2").status, find("FP-1.4").status) == ("ERROR", "ERROR")


@pytest.mark.parametrize(
    ("content", "status"),
    [
        ({}, "ERROR"),
        ({"_AAPL": TRADES}, "ERROR"),
        ({"AAPL": {}, "MSFT": {"flow_trades": []}}, "ERROR"),
        ({"AAPL": []}, "ERROR"),
        ({"AAPL": TRADES}, "OK"),
        ({"AAPL": TRADES, "MSFT": {}}, "OK"),
    ],
)
def test_a_cache_without_symbols(rig: Rig, content: dict[str, Any], status: str) -> None:
    write(CACHE, {**content, "_metadata": STAMP})
    assert (find("FP-1.2").status, find("FP-1.4").status) == ("OK", status)


@pytest.mark.parametrize("fp", ["FP-1.2", "FP-1.4"])
def test_at_night_a_missing_cache_is_a_warning(rig: Rig, fp: str) -> None:
    Path(CACHE).unlink()
    rig.clock.now = NIGHT
    assert find(fp).status == "WARN"


@pytest.mark.parametrize(
    ("stamp", "symbols", "healed"),
    [(0, True, True), (-1, True, False), (0, False, False), (60, True, False)],
)
def test_a_cache_is_filled_by_a_new_one_with_trades(
    rig: Rig, stamp: int, symbols: bool, healed: bool
) -> None:
    content = {"AAPL": TRADES} if symbols else {}
    write(CACHE, {**content, "_metadata": {"last_update": int(START) + stamp}})
    assert DATA_HEALS["FP-1.2"].verify(Pass(SETTINGS), START) is healed


def test_filling_the_cache_says_how_the_daemon_is(rig: Rig) -> None:
    lines("logs/uw_flow_daemon.jsonl", {"event": "error", "error": "ReadTimeout"})
    text = DATA_HEALS["FP-1.4"].act(Pass(SETTINGS), find("FP-1.4"), {})
    assert text == (
        "the daemon runs; last poll: error, ReadTimeout; restarted uw-flow-daemon.service"
    )


@pytest.mark.parametrize(
    ("kind", "waits"),
    [("ok", False), ("error", False), ("auth", True), ("daily_quota", True), ("bad_rows", True)],
)
def test_while_the_vendor_refuses_nothing_is_restarted(rig: Rig, kind: str, waits: bool) -> None:
    from pytest_fpharness.reference_bot.monitoring.heals.registry import HEALS

    vendor(kind=kind)
    current = Pass(SETTINGS)
    for fp in ("FP-1.2", "FP-1.3", "FP-1.4"):
        assert HEALS[fp].waits(current, find(fp)) is waits


# FP-1.5 and FP-1.6


@pytest.mark.parametrize(
    ("kind", "access", "limits"),
    [
        ("ok", "OK", "OK"),
        ("error", "OK", "OK"),
        ("auth", "ERROR", "OK"),
        ("plan", "ERROR", "OK"),
        ("blocked", "WARN", "OK"),
        ("minute_limit", "OK", "WARN"),
        ("daily_quota", "OK", "ERROR"),
    ],
)
def test_what_the_vendor_refuses(rig: Rig, kind: str, access: str, limits: str) -> None:
    vendor(kind=kind)
    assert (find("FP-1.5").status, find("FP-1.6").status) == (access, limits)


def test_the_pause_is_shown(rig: Rig) -> None:
    vendor(kind="minute_limit", quiet_until=START + 90, status=429, failures=2)
    assert find("FP-1.6").values == {
        "api_status": 429,
        "requests_today": 7,
        "wait": 90,
        "limits_in_a_row": 2,
    }


@pytest.mark.parametrize("fp", ["FP-1.5", "FP-1.6", "FP-1.8"])
def test_a_record_that_cannot_be_read_is_never_well(rig: Rig, fp: str) -> None:
    write(VENDOR, {"kind": "ok"})
    assert find(fp).status == "WARN"


@pytest.mark.parametrize("fp", ["FP-1.5", "FP-1.6", "FP-1.7", "FP-1.8"])
def test_before_the_first_poll_there_is_nothing_to_say(rig: Rig, fp: str) -> None:
    assert find(fp).status == "OK"


# FP-1.7 and FP-1.8

BARREN = {"flow": 2, "flow_clustered": 0, "clusters": 0}


@pytest.mark.parametrize(
    ("records", "status"),
    [
        ([BARREN] * 2, "OK"),
        ([BARREN] * 3, "ERROR"),
        ([BARREN, {**BARREN, "flow": 0}, BARREN], "OK"),
        ([BARREN, BARREN, {**BARREN, "flow_clustered": 1}], "OK"),
        ([{"flow": 0, "clusters": 0}] * 5, "OK"),
        ([{**BARREN, "ts": START - 301}] * 3, "OK"),
    ],
)
def test_three_cycles_of_flow_without_a_cluster(
    rig: Rig, records: list[dict[str, Any]], status: str
) -> None:
    cycles(*records)
    assert find("FP-1.7").status == status


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"row_errors": 4, "last_row_error": "AAPL: type is 'x'"}, "4 broken rows, the last: AAPL"),
        ({"flow_unflagged": 1}, "has_sweep is missing"),
        ({}, "check the clustering"),
    ],
)
def test_why_there_is_no_cluster(rig: Rig, more: dict[str, Any], why: str) -> None:
    cycles(*[{**BARREN, **more}] * 3)
    assert why in find("FP-1.7").message


@pytest.mark.parametrize(
    ("bad", "kind", "cycle", "status"),
    [
        (0, "ok", {"row_errors": 0, "symbols": 5}, "OK"),
        (1, "ok", {"row_errors": 0, "symbols": 5}, "WARN"),
        (0, "ok", {"row_errors": 1, "symbols": 5}, "WARN"),
        (0, "ok", {"row_errors": 9, "symbols": 5, "symbols_failed": 4}, "WARN"),
        (0, "ok", {"row_errors": 9, "symbols": 5, "symbols_failed": 5}, "ERROR"),
        (8, "bad_rows", {}, "ERROR"),
    ],
)
def test_broken_rows(rig: Rig, bad: int, kind: str, cycle: dict[str, Any], status: str) -> None:
    vendor(kind=kind, bad_rows=bad)
    cycles({"row_errors_total": 9, **cycle})
    assert find("FP-1.8").status == status


def test_broken_rows_of_vendor_and_cache_are_shown_together(rig: Rig) -> None:
    vendor(bad_rows_total=3, last_bad_row="AAPL: old")
    cycles({"row_errors_total": 4, "row_errors": 1, "last_row_error": "MSFT: new"}, {"cycle": 2})
    assert find("FP-1.8").values == {"row_errors": 7, "last_error": "MSFT: new"}


@pytest.mark.parametrize(("status", "waits"), [("WARN", True), ("ERROR", False)])
def test_a_warning_is_waited_out_and_an_error_needs_a_person(
    rig: Rig, status: str, waits: bool
) -> None:
    current, finding = Pass(SETTINGS), Finding(status, "")
    heal = DATA_HEALS["FP-1.6"]
    assert heal.waits(current, finding) is waits
    assert not heal.possible(current, finding)
