"""The pytest hooks. No logic, and no heavy imports: every pytest run loads this module."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .options import add_options, asked_by_p

if TYPE_CHECKING:
    from .collection import ScenarioFile

#: The fixtures, in a plugin of their own.
pytest_plugins = ["pytest_fpharness.fixtures.plugin"]

ACTIVE: pytest.StashKey[bool] = pytest.StashKey()

# ----------------------------------------------------------------------------
# Options and decisions
# ----------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options ``--fp-*`` and the ini settings ``fp_*``."""
    add_options(parser)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Add the hooks that a project may implement in its root conftest."""
    from pytest_fpharness.plugin import hookspecs

    pluginmanager.add_hookspecs(hookspecs)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Decide whether the catalog runs; a worker does what the controller decided."""
    config.addinivalue_line("markers", "fp(*ids): name the failure points that the test is about")
    assignment = getattr(config, "workerinput", {}).get("fpharness")
    if assignment:
        from .session import join_session

        join_session(config, assignment)
    config.stash[ACTIVE] = bool(assignment) or (
        not is_worker(config) and should_run_catalog(config)
    )


def should_run_catalog(config: pytest.Config) -> bool:
    """Whether scenarios run: with ``--fp`` or ``-p fpharness``, or when a scenario file is named."""
    forced: bool | None = config.getoption("fp", None)
    if forced is not None:
        return forced
    return asked_by_p(config) or any(is_scenario_file(config, arg) for arg in config.args)


def is_scenario_file(config: pytest.Config, arg: str) -> bool:
    """Whether a command-line argument names a YAML file with a failure point."""
    name = arg.partition("::")[0]
    if not name.endswith((".yaml", ".yml")):
        return False
    path = config.invocation_params.dir / name
    try:
        return any(line.startswith("fp:") for line in path.read_text("utf-8").splitlines())
    except (OSError, UnicodeDecodeError):
        return False


def is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


# ----------------------------------------------------------------------------
# Session
# ----------------------------------------------------------------------------


def pytest_sessionstart(session: pytest.Session) -> None:
    """Plan the session before xdist starts its workers; raises UsageError for bad input."""
    if session.config.stash[ACTIVE] and not is_worker(session.config):
        from .session import begin_session

        begin_session(session.config)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """End the warm processes of this pytest process."""
    if config.stash.get(ACTIVE, False):
        from .session import leave_session

        leave_session(config)


# ----------------------------------------------------------------------------
# Items
# ----------------------------------------------------------------------------


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Ignore other files when the catalog alone runs."""
    if not config.stash.get(ACTIVE, False):
        return None
    from .collection import ignore

    return ignore(collection_path, config)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> ScenarioFile | None:
    """Collect a scenario file that is part of the session."""
    if file_path.suffix not in (".yaml", ".yml") or not parent.config.stash.get(ACTIVE, False):
        return None
    from .collection import collect_file

    return collect_file(file_path, parent)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Remember the marked tests that are left after every other selection."""
    if config.stash.get(ACTIVE, False):
        from .marked_tests import select

        select(config, items)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail a test whose mark names an unknown failure point."""
    if item.config.stash.get(ACTIVE, False):
        from .marked_tests import check

        check(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Attach records and outcomes to the reports."""
    report = yield
    if item.config.stash.get(ACTIVE, False):
        from pytest_fpharness.plugin import collection, marked_tests

        collection.attach(item, report)
        marked_tests.attach(item, report)
    return report


def pytest_report_header(config: pytest.Config) -> str | None:
    """Explain why the catalog does not run when the plugin was named."""
    loaded = "fpharness" in (config.getoption("plugins", None) or ())
    listed = "fpharness" in os.environ.get("PYTEST_PLUGINS", "").split(",")
    if config.stash[ACTIVE] or not (loaded or listed) or config.getoption("fp", None) is False:
        return None
    return "fpharness: fixtures only; the catalog runs with --fp or -p fpharness"
