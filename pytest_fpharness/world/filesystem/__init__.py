"""The files and disk ports."""

from __future__ import annotations
