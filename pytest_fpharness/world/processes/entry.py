"""An entry of the process table."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import Final

RUNNING: Final = "running"
STOPPED: Final = "stopped"
ZOMBIE: Final = "zombie"
DEAD: Final = "dead"

#: Exit codes that systemd does not count as a failure: 0 and SIGTERM (systemd.service(5)).
CLEAN: Final = (0, -int(signal.SIGTERM))


@dataclass
class Entry:
    pid: int
    name: str
    argv: tuple[str, ...]
    unit: str
    started: float  # epoch seconds
    status: str = RUNNING
    code: int | None = None
    by: str = ""  # who started it; "supervisor" for an automatic restart

    @property
    def command(self) -> str:
        """The command line as ``pgrep -f`` sees it."""
        return " ".join(self.argv)

    @property
    def failed(self) -> bool:
        """Whether it has ended with an exit code or signal that systemd counts as a failure."""
        return self.code is not None and self.code not in CLEAN

    @property
    def ending(self) -> str:
        """The journal line of the service manager about the end of this process."""
        code = self.code or 0
        how = f"exited, status={code}" if code >= 0 else f"killed, status={-code}"
        return f"{self.unit}: Main process exited, code={how}"
