"""Each start of a simulated process has its own module globals, as a real process has (S2)."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from types import ModuleType

Space = dict[str, ModuleType]


class ModuleSpaces:
    """Swaps the modules under a bot's code root in and out of ``sys.modules``."""

    def __init__(self, code_root: str, keep: Sequence[str] = ()) -> None:
        self._root = os.path.realpath(code_root) + os.sep if code_root else ""
        self._keep = set(keep)
        self._owned: set[str] = set()
        self._count = -1

    def capture(self) -> Space:
        """Take the bot's modules out of ``sys.modules``."""
        if len(sys.modules) != self._count:
            self._owned |= {n for n, m in list(sys.modules.items()) if self._is_owned(n, m)}
        space = {name: sys.modules.pop(name) for name in self._owned if name in sys.modules}
        self._count = len(sys.modules)
        return space

    def install(self, space: Space) -> None:
        """Put modules that :meth:`capture` took back."""
        sys.modules.update(space)
        self._count = len(sys.modules)

    def _is_owned(self, name: str, module: object) -> bool:
        if not self._root or name in self._keep:
            return False
        path = getattr(module, "__file__", None)
        return bool(path) and os.path.abspath(str(path)).startswith(self._root)

    def load(self, names: Sequence[str]) -> Space:
        """A fresh space with these modules imported."""
        import importlib

        before = self.capture()
        for name in names:
            importlib.import_module(name)
        space = self.capture()
        self.install(before)
        return space
