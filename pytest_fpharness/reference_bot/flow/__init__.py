"""From raw flow data to a scored signal."""

from __future__ import annotations
