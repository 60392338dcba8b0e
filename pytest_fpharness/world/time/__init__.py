"""The clock, waits and seeded randomness."""

from __future__ import annotations
