"""A target whose module rings and then never gets imported."""

from __future__ import annotations

from pathlib import Path

Path("rang").touch()
while True:
    pass
