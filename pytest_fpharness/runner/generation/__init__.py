"""Search for failing examples of generated damage, with hypothesis."""

from __future__ import annotations
