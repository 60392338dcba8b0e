from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from pytest_fpharness.cli import main
from pytest_fpharness.commands.replay import Token
from pytest_fpharness.project import BadInput
from tests.support.scenario_texts import damaged_weights

pytestmark = [pytest.mark.acceptance, pytest.mark.usefixtures("fragile_bot")]

SCRIPT = """
import sys
from pytest_fpharness.api import Runner

with Runner("bot.py:Bot") as runner:
    for record in runner.run_all(runner.plans(["fp"], shipped=False)):
        print(record.id, record.verdict)
assert "pytest" not in sys.modules
"""


def fpharness(*args: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest_fpharness.cli", *args]
    return subprocess.run(command, input=typed, capture_output=True, text=True, check=False)


def test_replay_prints_clauses_and_timeline(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "FP-9.1/main@7"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("FP-9.1/main FAIL  (fragile bot, FP-9.1/main@7#")
    assert "FAIL     detect: " in out
    assert "fault file.unreadable" in out
    assert "PermissionError" in out


def test_replay_warns_when_the_scenario_has_changed(capsys: pytest.CaptureFixture[str]) -> None:
    main(["replay", "FP-9.1/main@0#00000000"])
    assert "warning: the scenario has changed since (was 00000000" in capsys.readouterr().err


def test_replay_of_an_unknown_id_names_the_likely_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "FP-9.1/man@0#00000000"]) == 4
    assert "did you mean 'FP-9.1/main'?" in capsys.readouterr().err


def test_replay_with_pdb_stops_where_the_bot_broke() -> None:
    done = fpharness("replay", "FP-9.1/main", "--pdb", typed="p 'stopped ' + 'here'\nq\n")
    assert "stopped here" in done.stdout
    assert "PermissionError" in done.stderr
    assert "FP-9.1/main FAIL" in done.stdout


@pytest.mark.acceptance
def test_run_is_pytest_with_the_plugin() -> None:
    done = fpharness("run", "--collect-only", "-q")
    assert "fp/FP-9.1.yaml::main" in done.stdout
    assert done.returncode == 0


def test_a_plain_script_runs_a_catalog_without_pytest() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False
    )
    assert done.stdout == "FP-9.1/main FAIL\n", done.stderr


EXAMPLE = 'FP-9.2/damaged@0~[{"keep":0}]'


@pytest.fixture
def generated(fragile_bot: Path) -> None:
    (fragile_bot / "fp/FP-9.2.yaml").write_text(damaged_weights("FP-9.2"))


@pytest.mark.usefixtures("generated")
def test_replay_of_an_example_runs_it_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", EXAMPLE]) == 1
    out = capsys.readouterr().out
    assert out.startswith("FP-9.2/damaged FAIL")
    assert "fault: file.damaged (file state.weights, damage [{keep: 0}])" in out
    assert "example, a fault" not in out


@pytest.mark.usefixtures("generated")
def test_the_token_of_a_failure_replays_its_smallest_example(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["replay", "FP-9.2/damaged"]) == 1
    out = capsys.readouterr().out
    assert out.count("example, a fault") >= 7
    assert "smallest failing example, as a variant:\n    variants:" in out
    token = out.partition("(fragile bot, ")[2].partition(")\n")[0]
    assert main(["replay", token]) == 1
    again = capsys.readouterr()
    assert "warning" not in again.err
    assert again.out.partition("fault: ")[2].partition("\n")[0] in out


@pytest.mark.usefixtures("generated")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["FP-9.2/damaged", "--pdb"], "has many examples; add one after ~"),
        (["FP-9.2/damaged~[{"], "expected a JSON list of edits after ~"),
        (['FP-9.2/damaged~[{"keep":100}]'], "'keep' needs a whole number of percent, 0 to 99"),
        (['FP-9.1/main~[{"keep":1}]'], "is not generated"),
    ],
)
def test_an_example_that_cannot_be_replayed(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    sleep = time.sleep
    assert main(["replay", *arguments]) == 4
    assert message in capsys.readouterr().err
    assert time.sleep is sleep  # a clock that was frozen for it goes on


@pytest.mark.parametrize("text", ["", "FP-1.3/a b", "FP-1.3/a@x", "FP-1.3/a@0#xyz"])
def test_an_invalid_token_is_bad_input(text: str) -> None:
    with pytest.raises(BadInput, match="is not a token"):
        Token.parse(text)


def test_a_token_may_be_short() -> None:
    assert Token.parse("FP-1.3/a@4#ab12") == Token("FP-1.3/a", 4, "ab12")
    assert Token.parse("FP-1.3/a") == Token("FP-1.3/a", 0, "")
