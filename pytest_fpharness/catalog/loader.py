"""Load catalogs: read every file strictly and report all mistakes at once."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pytest_fpharness.catalog import defaults as catalog_yaml
from pytest_fpharness.catalog.syntax.problems import CatalogError, Problem
from pytest_fpharness.catalog.syntax.reader import Reader
from pytest_fpharness.catalog.syntax.strict_yaml import Node, read_yaml
from pytest_fpharness.model.layout import TargetInfo
from pytest_fpharness.model.suggestions import closest
from pytest_fpharness.model.vocabulary import Vocabulary
from .description import describe
from .expand import scenarios_of, settle_all
from .models import Catalog, Defaults, FailurePoint
from .versions import is_version


def shipped_path() -> Path:
    """The shipped catalog: inside an installed wheel, or beside the package in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "scenarios"
    return inside if inside.is_dir() else package.parent / "scenarios"


def load_catalog(
    paths: Sequence[Path],
    vocabulary: Vocabulary,
    *,
    shipped: bool = True,
    disable: Collection[str] = (),
) -> Catalog:
    """The shipped catalog with the project's files or folders added to it (C8).

    ``shipped=False`` drops the shipped failure points and causes; the defaults of its
    ``catalog.yaml`` stay. ``disable`` holds ids of failure points or of variants
    (``FP-1.3/age.10m``). Raises CatalogError with every mistake of every file.
    """
    loading = _Loading(vocabulary)
    own = loading.folder([shipped_path()], True, only_defaults=not shipped)
    if not shipped:
        loading.defaults = replace(loading.defaults, causes={})
    theirs = loading.folder(paths, False)
    points = loading.merge(own, theirs)
    finished = [loading.finish(point) for point in points]
    disabled = loading.disabled(finished, disable)
    if loading.problems:
        raise CatalogError(loading.problems)
    return Catalog(
        failure_points=tuple(point for point in finished if point.fp not in disabled),
        defaults=loading.defaults,
        vocabulary=vocabulary,
        digest=loading.digest.hexdigest(),
        disabled=disabled,
    )


def scenario_files(path: Path) -> list[Path]:
    """The YAML files of a folder and its subfolders in a stable order, or the file itself."""
    if not path.is_dir():
        return [path]
    files = [*path.rglob("*.yaml"), *path.rglob("*.yml")]
    hidden = (p for p in files if any(part.startswith(".") for part in p.relative_to(path).parts))
    return sorted(set(files) - set(hidden))


@dataclass
class _Loading:
    vocabulary: Vocabulary
    defaults: Defaults = field(default_factory=Defaults)
    problems: list[Problem] = field(default_factory=list)
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)

    def reader(self) -> Reader:
        return Reader(self.vocabulary, problems=self.problems)

    def folder(
        self, paths: Iterable[Path], shipped: bool, only_defaults: bool = False
    ) -> list[FailurePoint]:
        """The described failure points of one catalog; the same id twice is a problem."""
        files = list(dict.fromkeys(file for path in paths for file in scenario_files(path)))
        for file in files:
            if file.name == catalog_yaml.NAME and (root := self.tree(file)) is not None:
                self.defaults = catalog_yaml.read_defaults(root, self.defaults, self.reader())
        points: dict[str, FailurePoint] = {}
        for file in files:
            if file.name == catalog_yaml.NAME or only_defaults:
                continue
            point = self.point(file)
            if point is None:
                continue
            self.dated(point, shipped)
            first = points.setdefault(point.fp, replace(point, shipped=shipped))
            if first.path != point.path:
                where = f"{first.path}:{first.line}"
                self.problems.append(_at_fp(point, f"{point.fp} is already described in {where}"))
        return list(points.values())

    def tree(self, file: Path) -> Node | None:
        try:
            data = file.read_bytes()
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            column = error.start - data.rfind(b"\n", 0, error.start)
            self.problems.append(Problem(str(file), line, column, "not UTF-8; save it as UTF-8"))
            return None
        except OSError as error:
            self.problems.append(Problem(str(file), 0, 0, f"cannot be read: {error.strerror}"))
            return None
        self.digest.update(file.name.encode() + b"\0" + data + b"\0")
        return read_yaml(text, str(file), self.problems)

    def point(self, file: Path) -> FailurePoint | None:
        root = self.tree(file)
        if root is None:
            return None
        if not root.is_map:
            self.problems.append(root.problem("a scenario file must contain a mapping"))
            return None
        point = describe(root, file.name, self.reader())
        return point if point is not None and point.fp else None

    def dated(self, point: FailurePoint, shipped: bool) -> None:
        """Only the shipped catalog has versions that a project accepts."""
        node = point.source.get("since")
        if node is None:
            return
        if not shipped:
            message = "only the shipped catalog has 'since': a project's own are always judged"
            self.problems.append(point.source.key_problem("since", message))
        elif not is_version(point.since):
            self.problems.append(node.problem('a version is written in quotes: "0.2"'))

    def merge(self, own: list[FailurePoint], theirs: list[FailurePoint]) -> list[FailurePoint]:
        """The project's failure points over the shipped ones (C8)."""
        merged = {point.fp: point for point in own}
        for point in theirs:
            replaces = point.source.get("replaces")
            before = merged.get(point.fp)
            if before is not None and replaces is None:
                where = f"{before.path}:{before.line}"
                message = (
                    f"{point.fp} is also in the shipped catalog, {where}; add replaces: shipped"
                )
                self.problems.append(_at_fp(point, message))
            if before is None and replaces is not None:
                message = f"the shipped catalog has no {point.fp} to replace"
                self.problems.append(replaces.problem(message))
            merged[point.fp] = point
        return sorted(merged.values(), key=lambda point: (point.order, point.fp))

    def finish(self, point: FailurePoint) -> FailurePoint:
        """The point with its scenarios; resolves each once, so that every mistake shows."""
        nominal = TargetInfo("")
        point = replace(point, scenarios=scenarios_of(point, self.vocabulary, self.problems))
        settle_all(point, self.defaults, self.vocabulary, nominal, self.problems)
        return point

    def disabled(self, points: list[FailurePoint], disable: Collection[str]) -> tuple[str, ...]:
        known = [point.fp for point in points]
        known += [f"{point.fp}/{scenario.id}" for point in points for scenario in point.scenarios]
        for id in disable:
            if id not in known:
                message = f"'{id}' cannot be disabled: it is not in the catalog"
                self.problems.append(Problem("disable", 0, 0, message, closest(id, known)))
        return tuple(disable)


def _at_fp(point: FailurePoint, message: str) -> Problem:
    return point.source.key_problem("fp", message)
