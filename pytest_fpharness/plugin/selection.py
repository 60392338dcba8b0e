"""Which scenario files and variants the words of a command line name."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pytest_fpharness.catalog.models import Catalog
from pytest_fpharness.model.plan import Plan
from pytest_fpharness.model.suggestions import closest

YAML: Final = (".yaml", ".yml")


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
    return [path for path in dict.fromkeys(found) if not any(within(path, top) for top in known)]


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
        inside = [real for real in files if within(Path(real), path)]
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
    if path.is_dir() or not inside or within(path, root):
        yield f"{path}::{request.variant}" if request.variant else str(path)
        return
    yield from (str(top) for top in tops if within(path, top))


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
        inside = any(within(Path(real), path) for real in paths)
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


def within(path: Path, top: Path) -> bool:
    """Whether a path is another one, or lies in it; links are followed."""
    real, above = os.path.realpath(path), os.path.realpath(top)
    return real == above or real.startswith(above + os.sep)
