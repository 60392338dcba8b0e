"""Plans a session from options and arguments: catalog, target, files, plans, gaps."""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from pytest_fpharness.catalog.document.parse import read_document
from pytest_fpharness.catalog.expand import expand, filter_plans
from pytest_fpharness.catalog.loader import load_catalog, shipped_path
from pytest_fpharness.catalog.models import Catalog
from pytest_fpharness.catalog.syntax.problems import CatalogError
from pytest_fpharness.catalog.versions import newer_than
from pytest_fpharness.extensions import ExtensionError
from pytest_fpharness.model.layout import TargetInfo
from pytest_fpharness.model.plan import Plan
from pytest_fpharness.model.text import pluralize
from pytest_fpharness.report.texts import target_words
from pytest_fpharness.runner.runner import HarnessFailed, Runner, TargetFailed
from pytest_fpharness.runner.vocabulary import vocabulary
from .collection import Assignment, RunCache
from .gaps import read_gaps
from .options import Settings, asked_by_p, read_settings
from .selection import (
    Request,
    Selection,
    files_of,
    files_to_add,
    names_a_scenario,
    pytest_argument,
    select,
    unknown_variant,
)
from .target_choice import DEMO, TargetChoice, choose_target

#: More warm processes than this gain nothing: each pays its own start.
MOST_PROCESSES: Final = 4


@dataclass(frozen=True)
class Known:
    catalog: Catalog
    info: TargetInfo
    choice: TargetChoice
    settings: Settings
    everything: tuple[str, ...]  # ids of the whole catalog
    confinement: Mapping[str, str] = field(default_factory=dict)  # layer -> "" or why it is missing


class SessionPlan(NamedTuple):
    """A planned session: what it is about, what to run, and what runs it."""

    known: Known
    assignment: Assignment
    runs: RunCache


@dataclass
class _Gaps:
    """Texts by the id of a plan or a requirement."""

    accepted: dict[str, str] = field(default_factory=dict)
    expired: dict[str, str] = field(default_factory=dict)


def plan_session(config: pytest.Config) -> SessionPlan | None:
    """Plan the session; None when only ordinary tests are named. Raises UsageError."""
    settings = read_settings(config)
    try:
        settings.extensions.load()
        return _plan(config, settings)
    except ExtensionError as error:
        raise pytest.UsageError(str(error)) from None
    except CatalogError as error:
        count = pluralize(len(error.problems), "mistake")
        raise pytest.UsageError(f"fpharness found {count}:\n{error}") from None


def _plan(config: pytest.Config, settings: Settings) -> SessionPlan | None:
    requests = _requests(config)
    tops = ([shipped_path()] if settings.shipped else []) + list(settings.scenarios)
    catalog = load_catalog(
        [*settings.scenarios, *files_to_add(requests, tops)],
        vocabulary(),
        shipped=settings.shipped,
        disable=settings.disable,
    )
    headings = _headings(settings)
    if not _has_scenarios(config, requests, catalog):
        return None
    choice = choose_target(config)
    _check_writable(settings.report)
    runner, info = _started(settings, choice)
    try:
        everything = expand(catalog, info)
        files = files_of(catalog, _only(settings, everything))
        selection = _selection(config, settings, requests, files, tops)
        gaps = _gaps(settings, catalog, everything)
    except BaseException:
        runner.close()
        raise
    assignment = Assignment(
        target=choice.name,
        base=choice.base,
        seed=settings.seed,
        wall=settings.wall,
        extensions=settings.extensions,
        access=settings.access,
        args=tuple(pytest_argument(arg, config.invocation_params.dir) for arg in selection.args),
        exclusive=not requests,
        files=selection.files,
        gaps=gaps.accepted,
        expired=gaps.expired,
        points=tuple(dict.fromkeys([*(p.fp for p in catalog.failure_points), *headings])),
        tests=tuple(map(os.path.realpath, settings.tests)),
        only=settings.only,
        new=newer_than(catalog.failure_points, settings.accepted, headings),
        target_label=target_words(info.name, info.commit, DEMO if choice.embedded else ""),
    )
    layers = {layer.name: "" if layer.in_force else layer.why for layer in runner.layers}
    known = Known(catalog, info, choice, settings, tuple(plan.id for plan in everything), layers)
    return SessionPlan(known, assignment, RunCache(assignment, runner))


def _requests(config: pytest.Config) -> list[Request]:
    """Return what the command line names; nothing means the catalog alone."""
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        return []
    return [Request.of(arg, config.invocation_params.dir) for arg in config.args]


def _has_scenarios(config: pytest.Config, requests: Sequence[Request], catalog: Catalog) -> bool:
    paths = [os.path.realpath(point.path) for point in catalog.failure_points]
    if requests:
        return names_a_scenario(requests, paths, folders=_whole_folders(config))
    if not paths:
        raise pytest.UsageError("no scenarios to run; pass --fp-scenarios=PATH")
    return True


def _whole_folders(config: pytest.Config) -> bool:
    """Whether a named directory means the scenarios in it: only where the catalog was asked for."""
    return bool(config.getoption("fp", None)) or asked_by_p(config)


def _only(settings: Settings, plans: list[Plan]) -> list[Plan]:
    for id in settings.only:
        if id in settings.disable or id.partition("/")[0] in settings.disable:
            raise pytest.UsageError(f"--fp-only names {id}, which fp_disable leaves out")
    return filter_plans(plans, settings.only)


def _selection(
    config: pytest.Config,
    settings: Settings,
    requests: Sequence[Request],
    files: dict[str, tuple[Plan, ...]],
    tops: Sequence[Path],
) -> Selection:
    if not requests:
        return Selection([str(path) for path in (*tops, *settings.tests)], files)
    if message := unknown_variant(requests, files):
        raise pytest.UsageError(message)
    folders = _whole_folders(config)
    return select(requests, files, tops=tops, root=config.rootpath, folders=folders)


def _check_writable(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            pass
    except OSError as error:
        raise pytest.UsageError(
            f"cannot write to the report directory {directory}: {error.strerror}; "
            f"name another with --fp-report"
        ) from None


def _started(settings: Settings, choice: TargetChoice) -> tuple[Runner, TargetInfo]:
    try:
        runner = Runner(
            choice.name,
            base=choice.base,
            seed=settings.seed,
            wall=settings.wall,
            extensions=settings.extensions,
            access=settings.access,
            processes=max(1, min(os.cpu_count() or 1, MOST_PROCESSES)),
        )
        return runner, runner.info
    except (TargetFailed, HarnessFailed) as error:
        raise pytest.UsageError(f"cannot use the target: {error}") from None


def _headings(settings: Settings) -> list[str]:
    """Return the failure points of the owner's document."""
    if settings.document is None:
        return []
    try:
        return [heading.fp for heading in read_document(settings.document)]
    except (OSError, UnicodeDecodeError) as error:
        message = f"cannot read --fp-document {settings.document}: {error}"
        raise pytest.UsageError(message) from None


def _gaps(settings: Settings, catalog: Catalog, plans: Sequence[Plan]) -> _Gaps:
    gaps = _Gaps()
    if settings.gaps is None:
        return gaps
    today = dt.date.today()
    for gap in read_gaps(settings.gaps, plans, catalog.document.requirement_ids()):
        ids = [gap.id, *(plan.id for plan in plans if gap.matches(plan))]
        if gap.expired(today):
            message = f"the accepted gap expired on {gap.until} ({gap.place})"
            gaps.expired |= dict.fromkeys(ids, message)
        else:
            gaps.accepted |= dict.fromkeys(ids, gap.text())
    return gaps
