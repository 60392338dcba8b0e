"""What of the machine a target may use, as a project allows it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

#: Environment variables that every target gets from the machine: none of them holds a key.
_VARIABLES: Final = (
    "COVERAGE_*", "COV_CORE_*", "DYLD_*", "LANG", "LANGUAGE", "LC_*", "LD_LIBRARY_PATH",
    "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "PATH", "PYENV_*", "PYTHON*", "TERM", "TZDIR",
    "VIRTUAL_ENV",
)  # fmt: skip


@dataclass(frozen=True)
class Access:
    """What a target may use beyond its world.

    Args:
        readable: Files and directories that it may read, besides its own and the system's libraries.
        environment: Names of environment variables that it gets, ``*`` for any characters.
    """

    readable: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()

    def environ(self) -> Mapping[str, str]:
        """The part of this process's environment that the target gets."""
        names = (*_VARIABLES, *self.environment)
        return {
            name: value
            for name, value in os.environ.items()
            if any(fnmatchcase(name, pattern) for pattern in names)
        }


NO_ACCESS: Final = Access()
