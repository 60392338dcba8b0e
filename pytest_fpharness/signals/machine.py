"""Signals of the machine: processes, environment, hosts, disk and memory; the bot's claims."""

from __future__ import annotations

import os

from pytest_fpharness.world.processes.entry import CLEAN
from pytest_fpharness.world.processes.environment import RESIDENT
from pytest_fpharness.world.world import World
from .base import claim, signal


@signal(
    "process.crashes",
    "How often the process ended with a failure (neither exit code 0 nor SIGTERM).",
    "count",
    "process",
)
def process_crashes(world: World, argument: str) -> int:
    ends = world.timeline.of("process.exit")
    return sum(e.facts["process"] == argument and e.facts["code"] not in CLEAN for e in ends)


@signal("process.memory", "Resident memory of the process, in bytes.", "number", "process")
def process_memory(world: World, argument: str) -> int:
    return world.memory.process_bytes.get(argument, RESIDENT)


def _value(world: World, role: str) -> str:
    return os.environ.get(world.layout.env.get(role, role), "").strip()


@signal("env.is_set", "The environment variable is set and not blank.", "flag", "env")
def env_is_set(world: World, argument: str) -> bool:
    return bool(_value(world, argument))


@signal("env.value", "Value of the environment variable; empty for keys.", "text", "env")
def env_value(world: World, argument: str) -> str:
    return "" if argument in world.secrets else _value(world, argument)


claim("readiness", "The readiness that the bot reports.", "colour")
claim("fp.status", "The status of a failure point that the bot reports.", "status", "fp")


@signal(
    "process.alive", "The process runs: it is not dead, stopped or a zombie.", "flag", "process"
)
def process_alive(world: World, argument: str) -> bool:
    return world.processes.alive(argument)


@signal("process.count", "Running incarnations of the process.", "count", "process")
def process_count(world: World, argument: str) -> int:
    return sum(e.name == argument and e.status == "running" for e in world.processes.entries)


@signal("process.restarts", "How often the unit of the process was restarted.", "count", "process")
def process_restarts(world: World, argument: str) -> int:
    return world.processes.restarts.get(world.layout.units.get(argument, ""), 0)


@signal(
    "process.status", "Status of the process: running, stopped, zombie or dead.", "text", "process"
)
def process_status(world: World, argument: str) -> str:
    entry = world.processes.current(argument)
    return entry.status if entry else "dead"


@signal("host.reachable", "A request to the host would be answered.", "flag", "host")
def host_reachable(world: World, argument: str) -> bool:
    return world.http.reachable(argument)


@signal("disk.free", "Free bytes on the disk.", "number")
def disk_free(world: World, argument: str) -> int:
    return world.disk.free


@signal("memory.used", "Used memory of the machine, in percent.", "number")
def memory_used(world: World, argument: str) -> float:
    return world.memory.percent
