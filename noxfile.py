"""Automation for contributors: run ``nox -l`` to see the sessions.

Each session has its own virtual environment under ``.nox``, which is kept between calls; ``nox -R``
also skips the installation. Arguments after ``--`` go to the tool::

    nox -s "tests-3.12(pytest9)" -- -m "not acceptance" -n 2
"""

from __future__ import annotations

from pathlib import Path

import nox

nox.needs_version = ">=2024.4.15"
nox.options.default_venv_backend = "venv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["lint", "types", "imports", "docs", "package", "tests"]

PYTHONS = ["3.10", "3.11", "3.12", "3.13"]
PYTESTS = [nox.param("8", id="pytest8"), nox.param("9", id="pytest9")]


@nox.session(python=PYTHONS)
@nox.parametrize("pytest", PYTESTS)
def tests(session: nox.Session, pytest: str) -> None:
    """Run the test suite."""
    session.install("-e", ".[dev]", f"pytest=={pytest}.*")
    session.run("pytest", *(session.posargs or ["-n", "2"]))


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and format of the code, and the shipped scenarios."""
    session.install("-e", ".[dev]")
    session.run("ruff", "check", *(session.posargs or ["."]))
    session.run("ruff", "format", "--check", *(session.posargs or ["."]))
    session.run("fpharness", "lint", "scenarios")


@nox.session
def types(session: nox.Session) -> None:
    """Check types."""
    session.install("-e", ".[dev]")
    session.run("mypy", *session.posargs)


@nox.session
def imports(session: nox.Session) -> None:
    """Check the import contracts between the layers."""
    session.install("-e", ".[dev]")
    session.run("lint-imports", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation site into ``build/site``."""
    session.install("-e", ".[docs]")
    session.run("mkdocs", "build", "--strict", "--site-dir", "build/site", *session.posargs)


@nox.session
def package(session: nox.Session) -> None:
    """Build the source distribution and the wheel into ``dist``, and check their metadata."""
    session.install("build", "twine")
    for old in Path("dist").glob("pytest_fpharness-*"):
        old.unlink()
    session.run("python", "-m", "build")
    session.run("twine", "check", "--strict", *map(str, Path("dist").glob("pytest_fpharness-*")))


@nox.session
def coverage(session: nox.Session) -> None:
    """Run the tests under coverage, print the table and write ``build/coverage``."""
    session.install("-e", ".[dev]", "coverage>=7.10")
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", *(session.posargs or ["-n", "2"]))
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "html", "--quiet")
    session.run("coverage", "report", "--skip-covered")
