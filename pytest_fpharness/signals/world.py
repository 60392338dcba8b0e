"""Signals of processes, hosts and the machine; and the bot's own claims."""

from __future__ import annotations

from pytest_fpharness.signals.base import claim, signal
from pytest_fpharness.world.world import World

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
    """Whoever asked."""
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
