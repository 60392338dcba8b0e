"""Signals of files: the cache, the bot's state, freezes and weights."""

from __future__ import annotations

from typing import Any

from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.model.shape import fits, strict
from pytest_fpharness.world.filesystem.codecs import decoded
from pytest_fpharness.world.filesystem.files import dig
from pytest_fpharness.world.world import World
from .base import signal

ANYBODY = "any process"  # an actor from which no fault hides; its reads do not count


def shown(world: World, role: str) -> bytes | None:
    """The bytes that a process of the bot would get now, without counting as a read."""
    if role not in world.files.bindings:
        return None
    path = world.files.path_of(role)
    data = world.files.raw_bytes(path)
    overlay = world.files.overlays.get(path)
    try:
        return data if overlay is None else overlay.read(data, ANYBODY)
    except OSError:
        return None


def content(world: World, role: str) -> Any:
    """The decoded bytes of :func:`shown`, or None; not to be changed."""
    data = shown(world, role)
    return decoded(world.files.bindings[role].codec, data) if data else None


def entries(world: World, role: str) -> Any:
    """The mapping of entries of a role's file, or None."""
    data = content(world, role)
    path = world.files.bindings[role].entries if role in world.files.bindings else ""
    return dig(data, path) if path else data


@signal("uw_cache.age", "Age of the cache, by the time stamp in it.", "duration")
def cache_age(world: World, argument: str) -> int | None:
    stamp = _stamp(world, "uw_cache")
    return None if stamp is None else world.clock.wall_ns_true() - round(stamp * SECOND)


def _stamp(world: World, role: str) -> float | None:
    binding = world.files.bindings.get(role)
    stamp = dig(content(world, role), binding.stamp) if binding and binding.stamp else None
    return float(stamp) if isinstance(stamp, int | float) and not isinstance(stamp, bool) else None


@signal("uw_cache.symbols", "Symbols in the cache.", "count")
def cache_symbols(world: World, argument: str) -> int:
    """Count the keys that do not start with an underscore."""
    cache = content(world, "uw_cache")
    return sum(not key.startswith("_") for key in cache) if isinstance(cache, dict) else 0


@signal("file.exists", "The file exists.", "flag", "file")
def file_exists(world: World, argument: str) -> bool:
    return shown(world, argument) is not None


@signal(
    "file.valid", "The content has the shape that the layout declares for the role.", "flag", "file"
)
def file_valid(world: World, argument: str) -> bool:
    """Decode by the codec of the role; text is always valid, other roles need at least a mapping."""
    data, binding = shown(world, argument), world.files.bindings.get(argument)
    codec = "json" if binding is None else binding.codec
    if codec == "text":
        return data is not None
    try:
        decoded = (strict if codec == "json" else world.files.codec_of(argument).decode)(
            data or b""
        )
    except ValueError:
        return False
    return fits(world.layout.shapes.get(argument, {}), decoded)


@signal("file.entries", "Entries in the file.", "count", "file")
def file_entries(world: World, argument: str) -> int:
    rows = entries(world, argument)
    return len(rows) if isinstance(rows, dict | list) else 0


@signal("file.kept", "The file has the same entries as before the first fault.", "flag", "file")
def file_kept(world: World, argument: str) -> bool | None:
    """Unknown if the signal was not read before the first fault."""
    if not world.seen["fault.inject"]:
        world.signal_state[argument] = entries(world, argument)
    known = world.signal_state.get(argument)
    return None if known is None else bool(entries(world, argument) == known)


@signal(
    "file.age", "Time since the file was last written, by the time stamp in it.", "duration", "file"
)
def file_age(world: World, argument: str) -> int | None:
    stamp = _stamp(world, argument)
    return None if stamp is None else world.clock.wall_ns_true() - round(stamp * SECOND)


@signal("monitor.age", "Time since the bot's monitor last wrote its snapshot.", "duration")
def monitor_age(world: World, argument: str) -> int | None:
    return file_age(world, "state.health")


@signal("weights.count", "Adaptive weights in the weights file.", "count")
def weights_count(world: World, argument: str) -> int:
    return file_entries(world, "state.weights")


def active_freezes(world: World) -> dict[str, str]:
    """Active freezes and their reasons; an unreadable file counts as a freeze."""
    active: dict[str, str] = {}
    if (flag := shown(world, "state.freeze_flag")) is not None:
        active["flag"] = flag.decode("utf-8", "replace").strip()
    data = shown(world, "state.freezes")
    if data is None and not file_listed_unreadable(world):
        return active
    freezes = content(world, "state.freezes")
    if not isinstance(freezes, dict):
        active["unreadable"] = "unreadable"
        return active
    for name, value in freezes.items():
        state = value.get("active") if isinstance(value, dict) else value
        if state is True or str(state).lower() == "true":
            active[name] = str(value.get("reason", name)) if isinstance(value, dict) else name
    return active


def file_listed_unreadable(world: World) -> bool:
    """Whether the freezes file is there but cannot be read."""
    if "state.freezes" not in world.files.bindings:
        return False
    path = world.files.path_of("state.freezes")
    return world.files.raw_bytes(path) is not None and shown(world, "state.freezes") is None


@signal("freeze.active", "A freeze blocks trading.", "flag")
def freeze_active(world: World, argument: str) -> bool:
    return bool(active_freezes(world))


@signal("freeze.reason", "Reasons of all active freezes.", "text")
def freeze_reason(world: World, argument: str) -> str:
    return "; ".join(active_freezes(world).values())
