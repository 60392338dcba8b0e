"""Signals of the environment that the bot's processes start with."""

from __future__ import annotations

import os

from pytest_fpharness.signals.base import signal
from pytest_fpharness.world.world import World


def _value(world: World, role: str) -> str:
    return os.environ.get(world.layout.env.get(role, role), "").strip()


@signal("env.is_set", "The environment variable is there and not blank.", "flag", "env")
def env_is_set(world: World, argument: str) -> bool:
    """By the variable's role or name."""
    return bool(_value(world, argument))


@signal("env.value", "The environment variable's text, never of a key.", "text", "env")
def env_value(world: World, argument: str) -> str:
    """By the variable's role or name; the keys of the world are not told."""
    return "" if argument in world.secrets else _value(world, argument)
