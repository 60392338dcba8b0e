"""The world: everything outside the bot, one package per port."""

from __future__ import annotations
