"""Plain data that every other room shares. Standard library only."""

from __future__ import annotations
