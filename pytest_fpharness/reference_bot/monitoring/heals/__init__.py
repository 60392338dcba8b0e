"""Automatic repairs, one function per failure point."""

from __future__ import annotations
