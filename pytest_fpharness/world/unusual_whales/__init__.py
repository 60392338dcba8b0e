"""A fake of the Unusual Whales API."""

from __future__ import annotations
