"""The expectations of a scenario, one module per question."""

from __future__ import annotations
