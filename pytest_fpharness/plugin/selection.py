"""Selects the scenario files and variants that the arguments of a command line name."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pytest_fpharness.catalog.models import Catalog
from pytest_fpharness.model.plan import Plan
from pytest_fpharness.model.suggestions import did_you_mean

YAML: Final = (".yaml", ".yml")


@dataclass(frozen=True)
class Request:
    """One command-line argument: a path, which need not exist, and the part after ``::``."""

    text: str
    path: Path
    variant: str = ""

    @property
    def names_yaml(self) -> bool:
        """Whether it names a scenario file rather than a directory or a test."""
        return self.path.suffix in YAML

    @classmethod
    def of(cls, text: str, base: Path) -> Request:
        """Parse an argument, relative to the directory where pytest was called."""
        name, _, variant = text.partition("::")
        return cls(text, Path(os.path.abspath(base / name)), variant)


@dataclass
class Selection:
    """The arguments for pytest, and the plans of each scenario file among them."""

    args: list[str] = field(default_factory=list)
    files: dict[str, tuple[Plan, ...]] = field(default_factory=dict)


def files_to_add(requests: Iterable[Request], tops: Sequence[Path]) -> list[Path]:
    """Return the named scenario files outside of ``tops``, the directories of the catalog."""
    files = [request.path for request in requests if request.names_yaml and request.path.is_file()]
    return [path for path in dict.fromkeys(files) if not any(is_inside(path, top) for top in tops)]


def files_of(catalog: Catalog, plans: Iterable[Plan]) -> dict[str, tuple[Plan, ...]]:
    """Group plans by the real path of their file, in the order of the failure points."""
    paths = {point.fp: os.path.realpath(point.path) for point in catalog.failure_points}
    files: dict[str, tuple[Plan, ...]] = {}
    for plan in plans:
        path = paths[plan.fp]
        files[path] = (*files.get(path, ()), plan)
    return files


def select(
    requests: Sequence[Request],
    files: Mapping[str, tuple[Plan, ...]],
    *,
    tops: Sequence[Path],
    root: Path,
    folders: bool,
) -> Selection:
    """Select the plans that the requests name; with ``folders``, also those in named directories.

    A file of the catalog may be named by the end of its path. One outside the root directory is
    collected from the directory of its catalog, so that its node id is always the same.
    """
    selection = Selection()
    for request in requests:
        path = _find(request, files)
        inside = [real for real in files if is_inside(Path(real), path)]
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
    if path.is_dir() or not inside or is_inside(path, root):
        yield f"{path}::{request.variant}" if request.variant else str(path)
        return
    yield from (str(top) for top in tops if is_inside(path, top))


def pytest_argument(arg: str, base: Path) -> str:
    """Return an argument that pytest understands: in an absolute path it misreads brackets."""
    name, double, variant = arg.partition("::")
    return f"{os.path.relpath(name, base)}{double}{variant}" if "[" in name else arg


def _find(request: Request, files: Iterable[str]) -> Path:
    """Return the path of a request, which may be the end of the path of a catalog file."""
    if request.path.exists() or not request.names_yaml:
        return request.path
    wanted = Path(request.text.partition("::")[0]).parts
    ends = [real for real in files if Path(real).parts[-len(wanted) :] == wanted]
    return Path(ends[0]) if len(ends) == 1 else request.path


def names_a_scenario(requests: Iterable[Request], paths: Sequence[str], *, folders: bool) -> bool:
    """Whether a request names a scenario file or, with ``folders``, a directory that contains one."""
    for request in requests:
        path = _find(request, paths)
        inside = any(is_inside(Path(real), path) for real in paths)
        if inside and (folders or not path.is_dir()):
            return True
    return False


def unknown_variant(requests: Iterable[Request], files: Mapping[str, tuple[Plan, ...]]) -> str:
    """Return an error message for a variant that its scenario file does not have, or ""."""
    for request in requests:
        real = os.path.realpath(_find(request, files))
        variants = [plan.variant for plan in files.get(real, ())]
        if request.variant and variants and request.variant not in variants:
            hint = did_you_mean(request.variant, variants) or f"; it has {', '.join(variants)}"
            return f"{request.path.name} has no variant '{request.variant}'{hint}"
    return ""


def is_inside(path: Path, top: Path) -> bool:
    """Whether a path equals another one or is below it; links are resolved."""
    real, above = os.path.realpath(path), os.path.realpath(top)
    return real == above or real.startswith(above + os.sep)
