"""The place in the bot's code that an action came from."""

from __future__ import annotations

import os
import sys
import sysconfig
import threading
from types import FrameType
from typing import Any, Final
from weakref import WeakKeyDictionary

_PACKAGE: Final = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_BOTS: Final = (_PACKAGE + "reference_bot" + os.sep, _PACKAGE + "targets" + os.sep)
_LIBRARY: Final = (sysconfig.get_paths()["stdlib"] + os.sep, "<frozen ", "<string>", "<__array_")
_started: WeakKeyDictionary[Any, str] = WeakKeyDictionary()  # thread -> where it was started


def bot_place() -> str:
    """``file.py:12`` of the innermost frame of the bot's code.

    A thread without such a frame has the place where it was started. "" if there is none.
    """
    frame: FrameType | None = sys._getframe(1)
    installed = ""
    while frame is not None:
        path = frame.f_code.co_filename
        if not _is_harness(path) and not path.startswith(_LIBRARY):
            if "-packages" + os.sep not in path:
                return f"{path}:{frame.f_lineno}"
            installed = f"{path}:{frame.f_lineno}"  # the outermost: what the bot called
        elif "-packages" + os.sep in path and not _is_harness(path):
            installed = f"{path}:{frame.f_lineno}"
        frame = frame.f_back
    return _started.get(threading.current_thread(), "") or installed


def _is_harness(path: str) -> bool:
    return path.startswith(_PACKAGE) and not path.startswith(_BOTS)


def note_thread(start: Any) -> None:
    """Remember where a thread is started; ``start`` is the function that it begins with."""
    thread = getattr(start, "__self__", None)
    if isinstance(thread, threading.Thread):
        _started[thread] = bot_place()
