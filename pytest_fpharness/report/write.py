"""Write the report of a journal: ``index.html``, ``coverage.json`` and ``summary.md``."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from pytest_fpharness.report.render.html import render
from pytest_fpharness.report.render.markdown import markdown
from .coverage import Coverage, coverage, to_json
from .gate import GateResult, gate
from .journal import read_journal


def write_report(journal_path: str | os.PathLike[str], out_dir: str | os.PathLike[str]) -> Coverage:
    """Write all three files, each of them atomically, and return the coverage.

    Raises JournalError for a malformed journal, OSError when ``out_dir`` is not writable.
    """
    covered = coverage(read_journal(journal_path))
    decision = gate(covered)
    pages = {
        "index.html": render(covered, decision),
        "coverage.json": json.dumps(_with_gate(covered, decision), indent=1, default=str) + "\n",
        "summary.md": markdown(covered, decision),
    }
    directory = Path(out_dir)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name, text in pages.items():
            _replace(directory / name, text)
    except OSError as error:
        message = f"the report cannot be written to {directory}: {error.strerror or error}"
        raise OSError(error.errno, message) from error
    return covered


def _with_gate(covered: Coverage, result: GateResult) -> dict[str, Any]:
    decision = {
        "code": result.code,
        "colour": result.colour.value,
        "sentence": result.sentence,
        "reasons": list(result.reasons),
        "live": result.live,
    }
    return {**to_json(covered), "gate": decision}


def _replace(path: Path, text: str) -> None:
    """Replace the file atomically: a reader sees the old file or the new one."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(temporary, 0o644)  # mkstemp makes it private; a CI server must read it
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
