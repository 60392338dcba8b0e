"""The world: everything that is true outside the bot, one module per port.

The package can be called as well: ``with pytest_fpharness.world() as world:`` (see
``desk/world.py``). A package and a function of the same name are one attribute of their parent.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any


class _Callable(ModuleType):
    def __call__(self, *args: Any, **more: Any) -> Any:
        # By name: the ports must not know the desk that is built on them.
        return importlib.import_module("pytest_fpharness.desk.world").world(*args, **more)


sys.modules[__name__].__class__ = _Callable
