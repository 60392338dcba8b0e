"""Mutate a recorded timeline to show that each clause can fail."""

from __future__ import annotations
