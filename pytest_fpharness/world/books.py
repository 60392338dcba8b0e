"""Comparison of the bot's positions file with the broker's ledger."""

from __future__ import annotations

from .world import World


def books_agree(world: World, symbol: str) -> bool:
    """Whether the file role ``state.positions`` has the broker's quantity of a symbol."""
    books = world.files.json("state.positions")
    row = (books.get(symbol) if isinstance(books, dict) else None) or {}
    qty = float(row.get("qty") or 0) * (-1 if row.get("side") == "short" else 1)
    held = world.alpaca.positions.get(symbol)
    return abs(qty - (float(held.qty) if held else 0.0)) < 1e-6
