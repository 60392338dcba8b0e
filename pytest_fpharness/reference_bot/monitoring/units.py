"""Restart service units through systemd."""

from __future__ import annotations

import subprocess
from typing import Final

from .healing import HealError

RESTART_TIMEOUT: Final = 30


def restart(unit: str) -> str:
    """Restart a service unit; raises HealError if systemd refuses or does not answer."""
    try:
        done = subprocess.run(
            ["systemctl", "restart", unit],
            capture_output=True,
            text=True,
            timeout=RESTART_TIMEOUT,
            check=False,
        )
    except subprocess.SubprocessError as error:
        raise HealError(f"restart {unit}: {type(error).__name__}") from error
    if done.returncode != 0:
        raise HealError(f"restart {unit}: exit {done.returncode}: {(done.stderr or '').strip()}")
    return f"restarted {unit}"
