"""Signals of crashes and of the memory of a process."""

from __future__ import annotations

import os

from pytest_fpharness.signals.base import claim, signal
from pytest_fpharness.world.processes.entry import CLEAN
from pytest_fpharness.world.processes.environment import RESIDENT
from pytest_fpharness.world.world import World


@signal("process.crashes", "How often the process ended badly.", "count", "process")
def process_crashes(world: World, argument: str) -> int:
    """By exit codes; 0 and SIGTERM are well."""
    ends = world.timeline.of("process.exit")
    return sum(e.facts["process"] == argument and e.facts["code"] not in CLEAN for e in ends)


@signal("process.memory", "Resident bytes of the process.", "number", "process")
def process_memory(world: World, argument: str) -> int:
    """As psutil shows them."""
    return world.memory.process_bytes.get(argument, RESIDENT)


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


claim("readiness", "The readiness colour that the bot shows.", "colour")
claim("fp.status", "The status of a failure point that the bot shows.", "status", "fp")


@signal("process.alive", "The process runs: neither dead, stopped nor a zombie.", "flag", "process")
def process_alive(world: World, argument: str) -> bool:
    """From the process table."""
    return world.processes.alive(argument)


@signal("process.count", "How many of the process run.", "count", "process")
def process_count(world: World, argument: str) -> int:
    """From the process table."""
    return sum(e.name == argument and e.status == "running" for e in world.processes.entries)


@signal("process.restarts", "How often its unit was restarted.", "count", "process")
def process_restarts(world: World, argument: str) -> int:
    return world.processes.restarts.get(world.layout.units.get(argument, ""), 0)


@signal("process.status", "running, stopped, zombie or dead.", "text", "process")
def process_status(world: World, argument: str) -> str:
    """Of the newest incarnation."""
    entry = world.processes.current(argument)
    return entry.status if entry else "dead"


@signal("host.reachable", "A request to the host would be answered.", "flag", "host")
def host_reachable(world: World, argument: str) -> bool:
    """From the faults held over it."""
    return world.http.reachable(argument)


@signal("disk.free", "Free bytes on the disk.", "number")
def disk_free(world: World, argument: str) -> int:
    """Of the virtual disk."""
    return world.disk.free


@signal("memory.used", "Used memory in percent.", "number")
def memory_used(world: World, argument: str) -> float:
    """Of the virtual machine."""
    return world.memory.percent
