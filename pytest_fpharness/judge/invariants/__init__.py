"""Always-true lines: what must hold in every run."""

from __future__ import annotations
