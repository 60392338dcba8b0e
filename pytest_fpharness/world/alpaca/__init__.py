"""A stateful fake of Alpaca's trading and data APIs, as plain objects."""

from __future__ import annotations

from .fake import DATA_HOST, LIVE_HOST, PAPER_HOST, AlpacaFake

__all__ = ["DATA_HOST", "LIVE_HOST", "PAPER_HOST", "AlpacaFake"]
