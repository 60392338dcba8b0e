"""Each start of a simulated process has its own module globals, as a real process has (S2)."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from types import ModuleType

Space = dict[str, ModuleType]


class ModuleSpaces:
    """Which modules under a bot's code root stand in ``sys.modules``: one space at a time.

    What was imported before the first :meth:`use` is the space of the code that made this.
    """

    def __init__(self, code_root: str, keep: Sequence[str] = ()) -> None:
        self._root = os.path.realpath(code_root) + os.sep if code_root else ""
        self._keep = set(keep)
        self._owned: set[str] = set()
        self._others: set[str] = set()  # modules of a file elsewhere: looked at once
        self._count = -1
        self._current: Space = {}

    @property
    def current(self) -> Space:
        """The space in use, up to date."""
        self._note_new()
        self._current.clear()
        self._current.update((n, sys.modules[n]) for n in self._owned if n in sys.modules)
        return self._current

    def use(self, space: Space) -> Space:
        """Put the modules of ``space`` in place of those in use; returns the space they were of."""
        before = self._current
        if space is before:
            return before
        for name in self.current:
            del sys.modules[name]
        sys.modules.update(space)
        self._count, self._current = len(sys.modules), space
        return before

    def load(self, names: Sequence[str]) -> Space:
        """A fresh space with these modules imported."""
        import importlib

        space: Space = {}
        before = self.use(space)
        try:
            for name in names:
                importlib.import_module(name)
        finally:
            self.use(before)
        return space

    def _note_new(self) -> None:
        if not self._root or len(sys.modules) == self._count:
            return
        for name in sys.modules.keys() - self._owned - self._others:
            path = getattr(sys.modules[name], "__file__", None)
            if not path:
                continue
            is_target_code = name not in self._keep and os.path.abspath(str(path)).startswith(
                self._root
            )
            (self._owned if is_target_code else self._others).add(name)
        self._count = len(sys.modules)
