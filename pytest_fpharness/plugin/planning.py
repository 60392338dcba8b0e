"""From options and arguments to the assignment of a session: catalog, target, files, plans."""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from pytest_fpharness.catalog.document.parse import read_document
from pytest_fpharness.catalog.expand import expand, those
from pytest_fpharness.catalog.loader import load_catalog, shipped_path
from pytest_fpharness.catalog.models import Catalog
from pytest_fpharness.catalog.syntax.problems import CatalogError
from pytest_fpharness.catalog.versions import news
from pytest_fpharness.extensions import ExtensionError
from pytest_fpharness.model.layout import TargetInfo
from pytest_fpharness.model.plan import Plan
from pytest_fpharness.plugin.collection import Assignment, Runs
from pytest_fpharness.plugin.gaps import read_gaps
from pytest_fpharness.plugin.options import Settings, asked_by_p, read_settings
from pytest_fpharness.plugin.selection import (
    Request,
    Selection,
    files_of,
    own_files,
    select,
    spelled,
    touches,
    unknown_variant,
)
from pytest_fpharness.plugin.target_choice import DEMO, TargetChoice, choose_target
from pytest_fpharness.report.texts import pluralize, target_words
from pytest_fpharness.runner.runner import HarnessFailed, Runner, TargetFailed
from pytest_fpharness.runner.vocabulary import vocabulary

#: More warm processes than this gain nothing: each pays its own start.
MOST_PROCESSES: Final = 4


@dataclass(frozen=True)
class Known:
    """What a session is about."""

    catalog: Catalog
    info: TargetInfo
    choice: TargetChoice
    settings: Settings
    everything: tuple[str, ...]  # ids of the whole catalog


def plan_session(config: pytest.Config) -> tuple[Known, Assignment, Runs] | None:
    """What the session runs, or None when only ordinary tests are named; raises UsageError."""
    settings = read_settings(config)
    try:
        settings.extensions.load()
        return _planned(config, settings)
    except ExtensionError as error:
        raise pytest.UsageError(str(error)) from None
    except CatalogError as error:
        count = pluralize(len(error.problems), "mistake")
        raise pytest.UsageError(f"{count} in what was given to fpharness:\n{error}") from None


def _planned(config: pytest.Config, settings: Settings) -> tuple[Known, Assignment, Runs] | None:
    exclusive = config.args_source is not pytest.Config.ArgsSource.ARGS
    requests = [] if exclusive else _requests(config)
    tops = ([shipped_path()] if settings.shipped else []) + list(settings.scenarios)
    catalog = _catalog(settings, own_files(requests, tops))
    asked = _headings(settings)
    paths = [os.path.realpath(point.path) for point in catalog.failure_points]
    if exclusive and not paths:
        raise pytest.UsageError("there is no scenario: name some with --fp-scenarios")
    if not exclusive and not touches(requests, paths, folders=_asked(config)):
        return None
    choice = choose_target(config)
    _check_writable(settings.report)
    runner, info = _started(settings, choice)
    try:
        everything = expand(catalog, info)
        files = files_of(catalog, those(everything, settings.only))
        selection = Selection([str(top) for top in tops], files)
        tests = [str(path) for path in settings.tests]
        if exclusive:
            selection.args += tests
        else:
            selection = _select(config, requests, files, tops)
        accepted, expired = _gaps(settings, everything)
    except BaseException:
        runner.close()
        raise
    assignment = Assignment(
        target=choice.name,
        base=choice.base,
        seed=settings.seed,
        wall=settings.wall,
        extensions=settings.extensions,
        args=tuple(spelled(arg, config.invocation_params.dir) for arg in selection.args),
        exclusive=exclusive,
        files=selection.files,
        gaps=accepted,
        expired=expired,
        points=tuple(dict.fromkeys([*(p.fp for p in catalog.failure_points), *asked])),
        tests=tuple(map(os.path.realpath, tests)),
        only=settings.only,
        new=news(catalog.failure_points, settings.accepted, asked),
        named=target_words(info.name, info.commit, DEMO if choice.embedded else ""),
    )
    known = Known(catalog, info, choice, settings, tuple(plan.id for plan in everything))
    return known, assignment, Runs(assignment, runner)


def _catalog(settings: Settings, named: Sequence[Path]) -> Catalog:
    return load_catalog(
        [*settings.scenarios, *named],
        vocabulary(),
        shipped=settings.shipped,
        disable=settings.disable,
    )


def _select(
    config: pytest.Config,
    requests: Sequence[Request],
    files: Mapping[str, tuple[Plan, ...]],
    tops: Sequence[Path],
) -> Selection:
    said = unknown_variant(requests, files)
    if said:
        raise pytest.UsageError(said)
    return select(requests, files, tops=tops, root=config.rootpath, folders=_asked(config))


def _check_writable(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            pass
    except OSError as error:
        raise pytest.UsageError(
            f"the report directory {directory} is not writable: {error.strerror}; "
            f"name another with --fp-report"
        ) from None


def _requests(config: pytest.Config) -> list[Request]:
    return [Request.of(arg, config.invocation_params.dir) for arg in config.args]


def _asked(config: pytest.Config) -> bool:
    """Whether scenarios were asked for, rather than only named one by one."""
    return bool(config.getoption("fp", None)) or asked_by_p(config)


def _started(settings: Settings, choice: TargetChoice) -> tuple[Runner, TargetInfo]:
    try:
        runner = Runner(
            choice.name,
            base=choice.base,
            seed=settings.seed,
            wall=settings.wall,
            extensions=settings.extensions,
            processes=max(1, min(os.cpu_count() or 1, MOST_PROCESSES)),
        )
        return runner, runner.info
    except (TargetFailed, HarnessFailed) as error:
        raise pytest.UsageError(f"the target cannot be used: {error}") from None


def _headings(settings: Settings) -> list[str]:
    """Failure points of the owner's document."""
    if settings.document is None:
        return []
    try:
        return [heading.fp for heading in read_document(settings.document)]
    except (OSError, UnicodeDecodeError) as error:
        said = f"--fp-document {settings.document} cannot be read: {error}"
        raise pytest.UsageError(said) from None


def _gaps(settings: Settings, plans: Sequence[Plan]) -> tuple[dict[str, str], dict[str, str]]:
    """Accepted and expired gaps, by the id of a plan or a requirement."""
    accepted: dict[str, str] = {}
    expired: dict[str, str] = {}
    if settings.gaps is None:
        return accepted, expired
    today = dt.date.today()
    for gap in read_gaps(settings.gaps, plans):
        late = f"the accepted gap expired on {gap.until} ({gap.place})"
        told, text = (expired, late) if gap.expired(today) else (accepted, gap.text())
        told |= dict.fromkeys([gap.of, *(plan.id for plan in plans if gap.matches(plan))], text)
    return accepted, expired
