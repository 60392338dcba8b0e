"""Plain data that all other packages share. Standard library only."""

from __future__ import annotations
