"""From options and arguments to the assignment of a session: catalog, target, files, plans."""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from pytest_fpharness.catalog.document import read_document
from pytest_fpharness.catalog.expand import expand, those
from pytest_fpharness.catalog.loader import load_catalog, shipped_path
from pytest_fpharness.catalog.models import Catalog
from pytest_fpharness.catalog.novelty import news
from pytest_fpharness.catalog.problems import CatalogError, closest
from pytest_fpharness.collection import Assignment, Runs
from pytest_fpharness.engine.runner import HarnessFailed, Runner, TargetFailed
from pytest_fpharness.engine.vocabulary import vocabulary
from pytest_fpharness.gaps import read_gaps
from pytest_fpharness.model.layout import TargetInfo
from pytest_fpharness.model.plan import Plan
from pytest_fpharness.options import Settings, asked_by_p, read_settings
from pytest_fpharness.target_choice import DEMO, TargetChoice, choose_target
from pytest_fpharness.terminal import many, target_words

YAML: Final = (".yaml", ".yml")
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
        return _planned(config, settings)
    except CatalogError as error:
        count = many(len(error.problems), "mistake")
        raise pytest.UsageError(f"{count} in what was given to fpharness:\n{error}") from None


def _planned(config: pytest.Config, settings: Settings) -> tuple[Known, Assignment, Runs] | None:
    exclusive = config.args_source is not pytest.Config.ArgsSource.ARGS
    requests = [] if exclusive else _requests(config)
    tops = ([shipped_path()] if settings.shipped else []) + list(settings.scenarios)
    catalog = _catalog(settings, own_files(requests, tops))
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
        args=tuple(spelled(arg, config.invocation_params.dir) for arg in selection.args),
        exclusive=exclusive,
        files=selection.files,
        gaps=accepted,
        expired=expired,
        points=_points(catalog, settings),
        tests=tuple(map(os.path.realpath, tests)),
        only=settings.only,
        new=_new(catalog, settings),
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
            processes=max(1, min(os.cpu_count() or 1, MOST_PROCESSES)),
        )
        return runner, runner.info
    except (TargetFailed, HarnessFailed) as error:
        raise pytest.UsageError(f"the target cannot be used: {error}") from None


def _new(catalog: Catalog, settings: Settings) -> dict[str, str]:
    """Failure points that are shown and not judged, and the version that brought each (C8)."""
    return news(catalog.failure_points, settings.accepted, _headings(settings))


def _points(catalog: Catalog, settings: Settings) -> tuple[str, ...]:
    known = [point.fp for point in catalog.failure_points]
    return tuple(dict.fromkeys([*known, *_headings(settings)]))


def _headings(settings: Settings) -> list[str]:
    """Failure points of the owner's document."""
    if settings.document is None:
        return []
    return [heading.fp for heading in read_document(settings.document)]


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


# -- selection ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Request:
    """One command-line argument: a path that exists or not, and the part behind ``::``."""

    text: str
    path: Path
    variant: str = ""

    @property
    def names_yaml(self) -> bool:
        """Whether it names a scenario file rather than a folder or a test."""
        return self.path.suffix in YAML

    @classmethod
    def of(cls, text: str, base: Path) -> Request:
        """The request of an argument, relative to the directory of the command line."""
        name, _, variant = text.partition("::")
        return cls(text, Path(os.path.abspath(base / name)), variant)


@dataclass
class Selection:
    """What pytest is told to collect, and the plans of each scenario file in it."""

    args: list[str] = field(default_factory=list)
    files: dict[str, tuple[Plan, ...]] = field(default_factory=dict)


def own_files(requests: Iterable[Request], known: Sequence[Path]) -> list[Path]:
    """Scenario files that are named and lie in no catalog: they are added to it."""
    found = [request.path for request in requests if request.names_yaml and request.path.is_file()]
    return [path for path in dict.fromkeys(found) if not any(_within(path, top) for top in known)]


def files_of(catalog: Catalog, plans: Iterable[Plan]) -> dict[str, tuple[Plan, ...]]:
    """Plans by the real path of their file, in the order of the failure points."""
    paths = {point.fp: os.path.realpath(point.path) for point in catalog.failure_points}
    found: dict[str, tuple[Plan, ...]] = {}
    for plan in plans:
        path = paths[plan.fp]
        found[path] = (*found.get(path, ()), plan)
    return found


def select(
    requests: Sequence[Request],
    files: Mapping[str, tuple[Plan, ...]],
    *,
    tops: Sequence[Path],
    root: Path,
    folders: bool,
) -> Selection:
    """The plans that the requests name; ``folders``: also those in the folders among them.

    A file of the catalog may be named without its folders. One outside the root directory is
    collected from its catalog's folder, so that its node id does not depend on how it was named.
    """
    selection = Selection()
    for request in requests:
        path = _find(request, files)
        inside = [real for real in files if _within(Path(real), path)]
        if path.is_dir():
            for real in inside if folders else ():
                selection.files[real] = files[real]
        else:
            _choose(selection, request, files, inside)
        selection.args += _argument(request, path, inside, tops, root)
    selection.args = list(dict.fromkeys(selection.args))
    return selection


def _choose(
    selection: Selection,
    request: Request,
    files: Mapping[str, tuple[Plan, ...]],
    inside: Iterable[str],
) -> None:
    for real in inside:
        chosen = {plan.id for plan in selection.files.get(real, ())}
        chosen |= {p.id for p in files[real] if request.variant in ("", p.variant)}
        if chosen:
            selection.files[real] = tuple(p for p in files[real] if p.id in chosen)


def _argument(
    request: Request, path: Path, inside: Sequence[str], tops: Sequence[Path], root: Path
) -> Iterator[str]:
    if path.is_dir() or not inside or _within(path, root):
        yield f"{path}::{request.variant}" if request.variant else str(path)
        return
    yield from (str(top) for top in tops if _within(path, top))


def spelled(arg: str, base: Path) -> str:
    """An argument as pytest understands it: it takes a bracket for a parameter, if it can."""
    name, double, variant = arg.partition("::")
    return f"{os.path.relpath(name, base)}{double}{variant}" if "[" in name else arg


def _find(request: Request, files: Iterable[str]) -> Path:
    """The path of a request; the end of a catalog file's path will do."""
    if request.path.exists() or not request.names_yaml:
        return request.path
    wanted = Path(request.text.partition("::")[0]).parts
    ends = [real for real in files if Path(real).parts[-len(wanted) :] == wanted]
    return Path(ends[0]) if len(ends) == 1 else request.path


def touches(requests: Iterable[Request], paths: Sequence[str], *, folders: bool) -> bool:
    """Whether a request names a scenario file, or a folder that holds one."""
    for request in requests:
        path = _find(request, paths)
        inside = any(_within(Path(real), path) for real in paths)
        if inside and (folders or not path.is_dir()):
            return True
    return False


def unknown_variant(requests: Iterable[Request], files: Mapping[str, tuple[Plan, ...]]) -> str:
    """What to say when a scenario file has no variant of the name asked for, or ""."""
    for request in requests:
        real = os.path.realpath(_find(request, files))
        known = [plan.variant for plan in files.get(real, ())]
        if request.variant and known and request.variant not in known:
            near = closest(request.variant, known)
            hint = f"; did you mean '{near}'?" if near else f"; it has {', '.join(known)}"
            return f"{request.path.name} has no variant '{request.variant}'{hint}"
    return ""


def _within(path: Path, top: Path) -> bool:
    real, above = os.path.realpath(path), os.path.realpath(top)
    return real == above or real.startswith(above + os.sep)
