"""The world: everything that is true outside the bot, one module per port."""

from __future__ import annotations
