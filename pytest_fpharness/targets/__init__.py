"""Targets: bots under test behind one small contract."""

from __future__ import annotations
