"""The failure points that the bot monitors."""

from __future__ import annotations
