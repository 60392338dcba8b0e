"""Category 1: flow becomes clusters, and broken rows are counted."""

from __future__ import annotations

from typing import Any, Final

from pytest_fpharness.reference_bot.files import StateError
from pytest_fpharness.reference_bot.flow.vendor import BAD_ROWS
from .base import OK, WARN, Finding, Pass, number
from .broker import when_it_matters
from .vendor import vendor_status

CYCLES: Final = "logs/cycles.jsonl"
#: Consecutive cycles with flow but no cluster that count as a failure.
BARREN_CYCLES: Final = 3
#: Cycles older than this, in seconds, are ignored.
RECENT: Final = 300


def clusters_found(current: Pass) -> Finding:
    """FP-1.7: qualifying flow in three cycles in a row became at least one cluster.

    A quiet market, without qualifying flow, is not a failure.
    """
    lines = _recent(current, BARREN_CYCLES)
    last = lines[-1] if lines else {}
    clusters, flow = _count(last, "clusters"), _count(last, "flow")
    values = {"clusters": clusters, "flow": flow}
    if len(lines) < BARREN_CYCLES or not all(map(_barren, lines)):
        return Finding(OK, f"{clusters} clusters, {flow} symbols with qualifying flow", values)
    if _count(last, "row_errors"):
        why = f"{_count(last, 'row_errors')} broken rows, the last: {last.get('last_row_error')}"
    elif _count(last, "flow_unflagged"):
        why = "has_sweep is missing or not a boolean: were the vendor's fields renamed?"
    else:
        why = "the rows are complete: check the clustering"
    text = f"qualifying flow in {flow} symbols, no cluster in {BARREN_CYCLES} cycles; {why}"
    return Finding(when_it_matters(current.now), text, values)


def rows_usable(current: Pass) -> Finding:
    """FP-1.8: the rows of the last response and the last cycle are usable."""
    last = _last_with_rows(current)
    try:
        vendor = vendor_status(current)
    except StateError as error:
        return Finding(WARN, f"broken rows unknown: {error}", _values({}, last))
    values = _values(vendor, last)
    text = f"last error: {values['last_error']}"
    bad = _count(vendor, "bad_rows"), _count(last, "row_errors")
    failed, symbols = _count(last, "symbols_failed"), _count(last, "symbols")
    if vendor.get("kind") == BAD_ROWS:
        return Finding(when_it_matters(current.now), f"{vendor['error']}; {text}", values)
    if symbols and failed == symbols:
        text = f"every one of {symbols} symbols failed; {text}"
        return Finding(when_it_matters(current.now), text, values)
    if any(bad):
        return Finding(WARN, f"{sum(bad)} broken rows left out; {text}", values)
    return Finding(OK, f"{values['row_errors']} broken rows so far", values)


def _values(vendor: dict[str, Any], last: dict[str, Any]) -> dict[str, Any]:
    total = _count(vendor, "bad_rows_total") + _count(last, "row_errors_total")
    text = str(last.get("last_row_error") or vendor.get("last_bad_row") or "")
    return {"row_errors": total, "last_error": text}


def _barren(line: dict[str, Any]) -> bool:
    return _count(line, "flow") > 0 and _count(line, "flow_clustered") == 0


def _recent(current: Pass, count: int) -> list[dict[str, Any]]:
    lines = current.lines(CYCLES, count)
    return [line for line in lines if (number(line.get("ts")) or 0) >= current.now - RECENT]


def _last_with_rows(current: Pass) -> dict[str, Any]:
    """The last cycle that read the cache, however old: its total is still valid."""
    looked = [line for line in current.lines(CYCLES, 20) if "row_errors_total" in line]
    return looked[-1] if looked else {}


def _count(line: dict[str, Any], key: str) -> int:
    return int(number(line.get(key)) or 0)
