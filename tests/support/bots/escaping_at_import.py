"""A bot that is imported while it acts outside."""

from __future__ import annotations

import contextlib
import os
import subprocess
from pathlib import Path

from tests.support.bots.tiny import TinyBot

OUTSIDE = Path(__file__).with_name("escaped_at_import")

with contextlib.suppress(OSError):
    os.mkdir(OUTSIDE)
with contextlib.suppress(Exception):
    subprocess.run(["touch", str(OUTSIDE)], check=False)


class Bot(TinyBot):
    """Behaves well after that."""
