"""The owner's document: its failure points and requirements."""

from __future__ import annotations
