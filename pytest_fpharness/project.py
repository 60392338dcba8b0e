"""Reads a project's ``fp_*`` settings without pytest."""

from __future__ import annotations

import configparser
import importlib
import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pytest_fpharness.confinement.access import Access
from pytest_fpharness.extensions import ExtensionError, Extensions

if TYPE_CHECKING:
    from pytest_fpharness.catalog.models import Catalog
    from pytest_fpharness.model.vocabulary import Vocabulary

#: The name of the embedded bot, and its short form.
EMBEDDED: Final = "pytest_fpharness.targets.reference:ReferenceBot"
EMBEDDED_WORD: Final = "embedded"

_FILES: Final = (
    ("pytest.toml", "pytest"),
    (".pytest.toml", "pytest"),
    ("pytest.ini", "pytest"),
    (".pytest.ini", "pytest"),
    ("pyproject.toml", "tool.pytest"),
    ("tox.ini", "pytest"),
    ("setup.cfg", "tool:pytest"),
)


@dataclass(frozen=True)
class Project:
    """The settings of the project around a directory."""

    root: Path
    values: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def around(cls, directory: Path) -> Project:
        """Read the nearest settings file at or above ``directory`` that pytest would use."""
        for folder in (directory, *directory.parents):
            for name, section in _FILES:
                values = _read(folder / name, section)
                if values is not None:
                    return cls(folder, values)
        return cls(directory)

    def text(self, name: str) -> str:
        """Return a setting as text, or ""."""
        return str(self.values.get(name) or "")

    def items(self, name: str) -> list[str]:
        """Return a setting that is a list."""
        value = self.values.get(name) or []
        return [str(item) for item in value] if isinstance(value, list) else shlex.split(str(value))

    def path(self, name: str) -> Path | None:
        """Return a setting that is a path relative to the root, or None."""
        return self.root / self.text(name) if self.text(name) else None

    @property
    def scenarios(self) -> list[Path]:
        """The project's own scenario files and directories."""
        return [self.root / name for name in self.items("fp_scenarios")]

    @property
    def extensions(self) -> Extensions:
        return Extensions(tuple(self.items("fp_extensions")), str(self.root))

    @property
    def access(self) -> Access:
        """What of the machine the target may use."""
        readable = tuple(str(self.root / name) for name in self.items("fp_readable"))
        return Access(readable, tuple(self.items("fp_environment")))

    def vocabulary(self) -> Vocabulary:
        """Return every fault and signal, including those of extensions; raises BadInput."""
        from pytest_fpharness.runner.vocabulary import vocabulary

        try:
            self.extensions.load()
        except ExtensionError as error:
            raise BadInput(str(error)) from None
        return vocabulary()

    def catalog(self, extra: list[str] | None = None) -> Catalog:
        """Load the catalog with the project's and ``extra`` files; raises CatalogError, BadInput."""
        from pytest_fpharness._version import __version__
        from pytest_fpharness.catalog.loader import load_catalog
        from pytest_fpharness.catalog.versions import read_choice

        added = [Path(os.path.abspath(name)) for name in extra or ()]
        for path in (*self.scenarios, *added):
            if not path.exists():
                raise BadInput(f"{path} does not exist")
        try:
            shipped, _ = read_choice(self.text("fp_catalog"), __version__)
        except ValueError as error:
            raise BadInput(f"fp_catalog = {self.text('fp_catalog')}: {error}") from None
        return load_catalog(
            list(dict.fromkeys([*self.scenarios, *added])),
            self.vocabulary(),
            shipped=shipped,
            disable=self.items("fp_disable"),
        )


def _read(path: Path, section: str) -> dict[str, Any] | None:
    """Return the settings of one file, or None when pytest would not use it."""
    if not path.is_file():
        return None
    if path.suffix == ".toml":
        return _toml(path, section)
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read(path, encoding="utf-8")
    except configparser.Error as error:
        raise BadInput(f"cannot read {path}: {error}") from None
    if not parser.has_section(section):
        return {} if path.name == "pytest.ini" else None
    return dict(parser[section])


def _toml(path: Path, section: str) -> dict[str, Any] | None:
    # pytest depends on tomli where the standard library has no tomllib.
    toml: Any = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        data: Any = toml.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:  # not TOML, or not UTF-8
        raise BadInput(f"cannot read {path}: {error}") from None
    for key in section.split("."):
        data = data.get(key)
        if data is None:
            return None
    return {**data, **data.get("ini_options", {})}


class BadInput(Exception):
    """Bad input; the message goes to stderr, and the exit code is 4."""
