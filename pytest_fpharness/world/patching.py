"""Replaced attributes with a guaranteed way back, in reverse order."""

from __future__ import annotations

import sys
from typing import Any


class Patcher:
    """A stack of replaced attributes."""

    def __init__(self) -> None:
        self._undo: list[tuple[Any, str, Any]] = []

    def replace(self, owner: Any, name: str, value: Any) -> None:
        """Set ``owner.name``; :meth:`undo` brings the old value back."""
        self._undo.append((owner, name, getattr(owner, name)))
        setattr(owner, name, value)

    def replace_names(self, real: Any, value: Any, *, skip: tuple[str, ...]) -> None:
        """Replace every module-level name bound to ``real``, outside modules starting with ``skip``."""
        for module_name, module in list(sys.modules.items()):
            names = getattr(module, "__dict__", None)
            if names is None or module_name.startswith(skip):
                continue
            for name in [name for name, bound in list(names.items()) if bound is real]:
                self.replace(module, name, value)

    def undo(self) -> None:
        while self._undo:
            owner, name, value = self._undo.pop()
            setattr(owner, name, value)
