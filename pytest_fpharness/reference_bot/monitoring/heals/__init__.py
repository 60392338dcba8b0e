"""Automatic repairs, one class per kind of repair."""

from __future__ import annotations
