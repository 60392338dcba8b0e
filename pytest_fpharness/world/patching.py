"""Replaced attributes with a guaranteed way back, in reverse order."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterable
from typing import Any, Final

#: Sets of ``os`` that name functions with an ability: a replaced function keeps it.
_ABILITIES: Final = (
    os.supports_dir_fd, os.supports_effective_ids, os.supports_fd, os.supports_follow_symlinks,
)  # fmt: skip


def install_switches(functions: Iterable[tuple[Any, str]]) -> None:
    """Put a function of our own in the place of each, for good; a :class:`Patcher` then directs it.

    A name that another module binds afterwards (``from os import kill``) obeys the patcher, too.
    """
    for owner, name in functions:
        real = getattr(owner, name, None)
        if real is None or _switch(real) is not None:
            continue
        if name == "__new__":
            real = _new
        setattr(owner, name, _switchable(real, owner.__name__))
        for ability in _ABILITIES:
            if real in ability:
                ability.add(getattr(owner, name))


def _new(cls: type, *args: Any, **more: Any) -> Any:
    """``object.__new__`` for a class with an ``__init__``; Python cannot put that back (bpo-25731)."""
    return object.__new__(cls)


def _switchable(real: Callable[..., Any], module: str) -> Callable[..., Any]:
    target = [real]

    @functools.wraps(real)
    def call(*args: Any, **more: Any) -> Any:
        return target[0](*args, **more)

    call.__module__ = module  # for pickle, which looks it up by name
    call.fpharness_switch = target  # type: ignore[attr-defined]
    return call


def _switch(function: Any) -> list[Any] | None:
    return getattr(function, "fpharness_switch", None)


def original(owner: Any, name: str) -> Any:
    """``owner.name`` as Python made it, below any switch."""
    value = getattr(owner, name)
    return value if _switch(value) is None else value.__wrapped__


def behind(owner: Any, name: str) -> Any:
    """What ``owner.name`` does now: the attribute, or the function that its switch leads to."""
    value = getattr(owner, name)
    switch = _switch(value)
    return value if switch is None else switch[0]


class Patcher:
    """A stack of replaced attributes."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []

    def replace(self, owner: Any, name: str, value: Any) -> None:
        """Set ``owner.name``, or direct its switch; :meth:`undo` brings the old value back."""
        old = getattr(owner, name)
        switch = _switch(old)
        if switch is not None:
            self._undo.append(functools.partial(switch.__setitem__, 0, switch[0]))
            switch[0] = value
            return
        self._undo.append(functools.partial(setattr, owner, name, old))
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
            self._undo.pop()()
