"""Turn raw option flow into scored signals."""

from __future__ import annotations
