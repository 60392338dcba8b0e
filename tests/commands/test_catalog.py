from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_fpharness.cli import main

GOOD = """fp: FP-9.1
title: The weights cannot be read
severity: critical
location: weights.json
impact: trades on defaults
detection: {d1: the file is read at every check}
healing: {h1: the backup is restored}
dashboard: the number of weights
test: the file answers with EACCES
manual_steps: [restore the backup]
inject: {file.unreadable: state.weights}
heal: retry
lift: 2m
covers: [d1, h1]
twins:
  read_late: {inject: {process.run: "cat weights.json"}}
"""


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bot's repository with a catalog of its own; commands run in a folder of it."""
    ini = "[pytest]\nfp_scenarios = fp\nfp_catalog = none\n"
    (tmp_path / "pytest.ini").write_text(ini)
    (tmp_path / "fp").mkdir()
    (tmp_path / "fp/FP-9.1.yaml").write_text(GOOD)
    (tmp_path / "src").mkdir()
    monkeypatch.chdir(tmp_path / "src")
    return tmp_path


def test_list_shows_the_projects_own_catalog(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "FP-9.1  The weights cannot be read (critical)",
        "    FP-9.1/main",
        "    FP-9.1/read_late.twin",
        "2 runs of 1 failure point",
    ]


def test_list_of_an_unknown_id_names_the_likely_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "FP-9.1/man"]) == 4
    assert "did you mean 'FP-9.1/main'?" in capsys.readouterr().err


def test_lint_of_a_clean_catalog_says_how_much_it_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint"]) == 0
    assert capsys.readouterr().out == "no mistakes in 1 failure point, 2 runs\n"


def test_lint_names_place_and_likely_word(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = repository / "fp/FP-9.1.yaml"
    path.write_text(GOOD.replace("lift: 2m", "lyft: 2m"))
    assert main(["lint"]) == 4
    out = capsys.readouterr().out
    assert f"{path}:13:1: " in out
    assert "did you mean 'lift'?" in out


def test_lint_of_a_path_reads_files_outside_every_catalog(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = repository / "src/new.yaml"
    path.write_text(GOOD.replace("FP-9.1", "FP-9.2").replace("d1: the", "d3: the"))
    assert main(["lint", "new.yaml"]) == 4
    lines = capsys.readouterr().out.splitlines()
    assert any("which is not a bullet of FP-9.2" in line for line in lines)
    assert all(str(path) in line for line in lines[:-1])


def test_lint_compares_with_the_document(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "src/FP.md").write_text("### FP-9.1: Weights\n\n### FP-9.7: Unwritten\n")
    assert main(["lint", "--document", "FP.md"]) == 4
    assert "FP-9.7" in capsys.readouterr().out


def test_lint_of_a_missing_path_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", "nowhere.yaml"]) == 4
    assert "nowhere.yaml does not exist" in capsys.readouterr().err


def test_explain_says_where_each_value_is_from(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "FP-9.1"]) == 0
    out = capsys.readouterr().out
    assert "[FP-9.1.yaml:13]" in out
    assert "[catalog.yaml: critical]" in out


def test_explain_of_an_unknown_variant_names_the_likely_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["explain", "FP-9.1/read_lat.twin"]) == 4
    assert "did you mean 'read_late.twin'?" in capsys.readouterr().err


def test_schema_is_json_with_every_fault(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert "file.unreadable" in json.dumps(json.loads(capsys.readouterr().out)["$defs"]["inject"])


def test_schema_of_catalog_yaml_has_the_keys_of_the_document(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["schema", "--catalog"]) == 0
    assert {"checklist", "rules"} <= set(json.loads(capsys.readouterr().out)["properties"])


def test_faults_and_signals_list_the_vocabulary(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["faults"]) == 0
    assert "error: EACCES|EIO = 'EACCES'" in capsys.readouterr().out
    assert main(["signals"]) == 0
    assert "process.alive(process): flag" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", "[tool.pytest.ini_options]\nfp_scenarios = ['fp']\nfp_catalog = 'none'"),
        ("tox.ini", "[pytest]\nfp_scenarios = fp\nfp_catalog = none"),
        ("setup.cfg", "[tool:pytest]\nfp_scenarios = fp\nfp_catalog = none"),
    ],
)
def test_settings_are_read_from_each_of_pytests_files(
    repository: Path, capsys: pytest.CaptureFixture[str], name: str, text: str
) -> None:
    (repository / "pytest.ini").unlink()
    (repository / name).write_text(text + "\n")
    assert main(["list"]) == 0
    assert "2 runs of 1 failure point" in capsys.readouterr().out


def test_an_unknown_command_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["lnit"])
    assert stopped.value.code == 4
    assert "invalid choice: 'lnit'" in capsys.readouterr().err
