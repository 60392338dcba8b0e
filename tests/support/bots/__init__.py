"""Small bots for tests, loaded by path: ``tiny.py:TinyBot`` in ``FOLDER``."""

from __future__ import annotations

from pathlib import Path

FOLDER = str(Path(__file__).parent)
