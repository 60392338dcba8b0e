"""``fp_logs``: what the code under test wrote to its logs, in files and through ``logging``."""

from __future__ import annotations

import difflib
import logging
import os
from typing import Final

#: The least level of the records that are kept.
LEVEL: Final = logging.INFO


class _Keeper(logging.Handler):
    def __init__(self) -> None:
        super().__init__(LEVEL)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


class LogsDesk:
    """The files under ``logs/`` and the records of Python's logging, from INFO up."""

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self._root = os.path.join(root, "logs")
        self._keeper = _Keeper()

    def start(self) -> None:
        """Keep records from now on; a stricter root logger lets INFO through meanwhile."""
        root = logging.getLogger()
        self._level = root.level
        if root.level > LEVEL:
            root.setLevel(LEVEL)
        root.addHandler(self._keeper)

    def stop(self) -> None:
        """Stop keeping."""
        root = logging.getLogger()
        root.removeHandler(self._keeper)
        if root.level == LEVEL:
            root.setLevel(self._level)

    # -- files ------------------------------------------------------------------------------------

    def files(self) -> list[str]:
        """The files under ``logs/``, as paths from there."""
        found = [
            os.path.relpath(os.path.join(folder, name), self._root)
            for folder, _, names in os.walk(self._root)
            for name in names
        ]
        return sorted(found)

    def lines(self, name: str) -> list[str]:
        """The lines of a log: ``bot`` is ``logs/bot.log``, ``logs/bot.jsonl`` or ``logs/bot``.

        None yet is an empty list; raises ValueError when the name looks like that of another log.
        """
        files = self.files()
        for path in (f"{name}.log", f"{name}.jsonl", name):
            if path in files:
                return self._read(path)
        near = difflib.get_close_matches(name, [os.path.splitext(f)[0] for f in files], 1, 0.7)
        if near:
            raise ValueError(f"there is no log {name!r}; did you mean {near[0]!r}?")
        return []

    def _read(self, path: str) -> list[str]:
        with open(os.path.join(self._root, path), encoding="utf-8", errors="replace") as file:
            return file.read().splitlines()

    # -- logging ----------------------------------------------------------------------------------

    def records(self, logger: str = "", level: int | str = LEVEL) -> list[logging.LogRecord]:
        """Records of a logger and those below it, from a level up: ``records("bot", "ERROR")``."""
        least = logging.getLevelName(level.upper()) if isinstance(level, str) else level
        if not isinstance(least, int):
            raise ValueError(f"{level!r} is not a level; write INFO, WARNING or ERROR")
        return [
            record
            for record in self._keeper.records
            if record.levelno >= least
            and (not logger or f"{record.name}.".startswith(f"{logger}."))
        ]

    def contains(self, text: str) -> bool:
        """Whether a text stands anywhere: in a file under ``logs/`` or in a record."""
        return any(text in record.getMessage() for record in self._keeper.records) or any(
            text in line for path in self.files() for line in self._read(path)
        )
