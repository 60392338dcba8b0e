from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import responses

from pytest_fpharness.reference_bot.config import OPTIONS, REQUIRED, report_path
from pytest_fpharness.reference_bot.flow.evaluation import PATH, first_report
from pytest_fpharness.reference_bot.monitoring.checks import CHECKS, Finding, Pass
from pytest_fpharness.reference_bot.monitoring.checks.config import start_refused
from pytest_fpharness.reference_bot.monitoring.monitor import Monitor
from pytest_fpharness.reference_bot.settings import Settings, SettingsError, read_settings
from tests.support.monitoring_rig import SETTINGS, START, Rig, make_rig, read, write

ENVIRONMENT = {
    **dict.fromkeys(REQUIRED, "given-value"),
    "TRADING_MODE": "PAPER",
    **{option.name: f"{option.default:g}" for option in OPTIONS},
}


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield make_rig(monkeypatch, tmp_path, mock)


def find(fp: str) -> Finding:
    return CHECKS[fp](Pass(SETTINGS))


def started(process: str = "bot", **changes: str) -> Settings | None:
    """The settings read with a changed environment; None if the process may not start."""
    try:
        return read_settings({**ENVIRONMENT, **changes}, process=process)
    except SettingsError:
        return None


# missing variables


@pytest.mark.parametrize("blank", ["", "  "])
def test_all_missing_variables_are_named_at_once(blank: str) -> None:
    with pytest.raises(SettingsError, match=", ".join(REQUIRED)):
        read_settings(dict.fromkeys(REQUIRED, blank))


def test_a_missing_required_variable_is_an_error_that_names_it(rig: Rig) -> None:
    assert started(ALPACA_KEY="") is None
    finding = find("FP-5.1")
    assert finding.status == "ERROR"
    assert "bot cannot start without ALPACA_KEY" in finding.message
    assert finding.values["broker_id_set"] is False


def test_a_missing_optional_variable_has_a_default(rig: Rig) -> None:
    settings = started(MAX_POSITIONS="")
    assert settings is not None
    assert settings.max_positions == 16
    assert (find("FP-5.1").status, find("FP-5.1").values["defaults"]) == ("WARN", ["MAX_POSITIONS"])


def test_a_good_start_ends_it(rig: Rig) -> None:
    started(ALPACA_KEY="")
    started()
    assert find("FP-5.1").status == "OK"


def test_a_report_tells_no_key(rig: Rig) -> None:
    started()
    assert ENVIRONMENT["ALPACA_SECRET"] not in Path(report_path("bot")).read_text()


def test_a_daemon_that_may_not_start_is_not_restarted(rig: Rig) -> None:
    started("uw_flow_daemon", UW_API_KEY="")
    rig.processes.pop("uw_flow_daemon")
    monitor = Monitor(settings=SETTINGS)
    rig.passes(monitor.check, 300)
    assert start_refused(Pass(SETTINGS), "uw_flow_daemon")
    assert rig.restarts == []


# invalid values


@pytest.mark.parametrize("value", ["-1", "0", "0.99", "4.51", "100", "nan", "inf", "abc", "1e400"])
def test_a_wrong_threshold_is_replaced_by_its_default(rig: Rig, value: str) -> None:
    settings = started(SCORE_THRESHOLD=value)
    assert settings is not None
    assert settings.threshold == 2.7
    assert (find("FP-5.2").status, find("FP-5.2").values["score_threshold"]) == ("WARN", value)


@pytest.mark.parametrize(("value", "used"), [("1", 1), ("50", 50), ("51", 16), ("2.5", 16)])
def test_the_ends_of_a_range_belong_to_it(value: str, used: int) -> None:
    assert read_settings({**ENVIRONMENT, "MAX_POSITIONS": value}).max_positions == used


@pytest.mark.parametrize(
    "changes",
    [
        {"POSITION_USD": "-500"},
        {"POSITION_USD": "much"},
        {"POSITION_USD": "nan"},
        {"TRADING_MODE": "PAPERS"},
        {"ALPACA_BASE_URL": "https://api.alpaca.markets"},
        {"ALPACA_BASE_URL": "paper-api.alpaca.markets"},
        {"ALPACA_DATA_URL": "http://data.alpaca.markets"},
    ],
)
def test_a_wrong_value_about_money_or_a_host_stops_the_start(
    rig: Rig, changes: dict[str, str]
) -> None:
    assert started(**changes) is None
    assert find("FP-5.2").status == "ERROR"
    assert next(iter(changes)) in find("FP-5.2").message


def test_the_live_host_is_for_live_trading() -> None:
    live = {"ALPACA_BASE_URL": "https://api.alpaca.markets", "TRADING_MODE": "live"}
    assert read_settings({**ENVIRONMENT, **live}).mode == "LIVE"


# the report of the scoring


def scoring(**changes: Any) -> None:
    write(PATH, {**first_report(), "ts": START, **changes})


@pytest.mark.parametrize(
    ("failed", "scored", "last", "status"),
    [
        ({"AAPL": START}, {}, (0, 1), "WARN"),
        ({"AAPL": START}, {"MSFT": START}, (1, 1), "WARN"),
        ({"AAPL": START, "MSFT": START}, {}, (0, 2), "ERROR"),
        ({"AAPL": START, "MSFT": START}, {"AMD": START - 60}, (0, 2), "ERROR"),
        ({"AAPL": START, "MSFT": START - 60}, {"AMD": START - 60}, (0, 1), "WARN"),
        ({"AAPL": START - 150}, {}, (0, 1), "OK"),
    ],
)
def test_some_failing_scores_warn_and_all_of_them_stop(
    rig: Rig, failed: Any, scored: Any, last: tuple[int, int], status: str
) -> None:
    recent = {"failed": failed, "scored": scored, "poor": {}}
    scoring(recent=recent, last={"scored": last[0], "failed": last[1]})
    assert find("FP-2.2").status == status


@pytest.mark.parametrize(
    ("age", "count", "scored", "status"),
    [(3599, 99, 0, "OK"), (3600, 20, 0, "WARN"), (3600, 19, 0, "OK"), (36_000, 99, 1801, "OK")],
)
def test_an_hour_of_low_scores_warns(
    rig: Rig, age: float, count: int, scored: float, status: str
) -> None:
    scoring(none_passed_since=START - age, scored_since=count, scored_at=START - scored)
    assert find("FP-2.3").status == status


def test_missing_data_and_an_unknown_regime_warn(rig: Rig) -> None:
    recent = {"failed": {}, "scored": {}, "poor": {"AAPL": START}}
    scoring(recent=recent, regime_error="lost")
    assert [find(fp).status for fp in ("FP-2.4", "FP-2.5")] == ["WARN", "WARN"]


# required files


@pytest.mark.parametrize("name", ["acks", "broker_status"])
def test_a_file_whose_loss_loses_nothing_is_created(rig: Rig, name: str) -> None:
    Path(f"state/{name}.json").unlink()
    rig.fresh = False
    assert find("FP-5.4").status == "WARN"
    last = rig.passes(Monitor(settings=SETTINGS).check, 60)
    assert isinstance(read(f"state/{name}.json"), dict)
    assert last["failure_points"]["FP-5.4"]["status"] == "OK"


def test_books_without_a_copy_are_a_persons_matter(rig: Rig) -> None:
    Path("state/positions.json").unlink()
    last = Monitor(settings=SETTINGS).check()["failure_points"]["FP-5.4"]
    assert (last["status"], last["healing"]["state"]) == ("ERROR", "manual")
    assert not Path("state/positions.json").exists()


def test_a_folder_in_its_place_is_an_error_of_this_failure_point_alone(rig: Rig) -> None:
    Path("state/acks.json").unlink()
    Path("state/acks.json").mkdir()
    assert (find("FP-5.4").status, find("FP-5.3").status) == ("ERROR", "OK")
