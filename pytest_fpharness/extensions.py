"""Extensions: modules that add faults, signals, invariants, hosts and codecs to the harness.

An installed distribution names its modules in the entry-point group ``fpharness.extensions``, a project
its own in ``fp_extensions``. Importing a module registers what its decorators define.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Final

GROUP: Final = "fpharness.extensions"


class ExtensionError(Exception):
    """An extension cannot be imported; the message names it and the cause."""


@dataclass(frozen=True)
class Extensions:
    """The extensions of a project, beside those of installed distributions.

    Args:
        modules: Names of modules to import.
        root: The directory that they may be imported from, besides the environment.
    """

    modules: tuple[str, ...] = ()
    root: str = ""

    def load(self) -> None:
        """Import every extension, those of distributions first.

        Raises:
            ExtensionError: A module cannot be imported, or two extensions use one name.
        """
        for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
            _import(point.module, _origin(point))
        # Last: a module of the project must not hide an installed one.
        if self.modules and self.root not in ("", *sys.path):
            sys.path.append(self.root)
        for name in self.modules:
            _import(name, "fp_extensions")


NO_EXTENSIONS: Final = Extensions()


def _import(name: str, origin: str) -> None:
    try:
        importlib.import_module(name)
    except Exception as error:
        cause = f"{type(error).__name__}: {error}"
        raise ExtensionError(f"cannot import extension {name} ({origin}): {cause}") from error


def _origin(point: EntryPoint) -> str:
    distribution = point.dist
    return "an entry point" if distribution is None else f"entry point of {distribution.name}"


def modules_of(extensions: Extensions) -> Iterator[str]:
    """The names of all extension modules."""
    yield from (point.module for point in entry_points(group=GROUP))
    yield from extensions.modules
