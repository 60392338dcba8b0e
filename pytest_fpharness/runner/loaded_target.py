"""Loads a target, and everything that all of its runs share."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_fpharness.extensions import NO_EXTENSIONS, Extensions, modules_of
from pytest_fpharness.faults.base import READER
from pytest_fpharness.model.layout import Layout, TargetInfo
from pytest_fpharness.model.timeline import Event
from pytest_fpharness.simulation.module_spaces import ModuleSpaces, Space
from pytest_fpharness.simulation.process_specs import processes_of
from pytest_fpharness.targets.contract import Target
from pytest_fpharness.world.time.clock import Clock
from pytest_fpharness.world.world import start_of
from .area import RunArea
from .escapes import EscapeLog, Surroundings
from .snapshot import Snapshot
from .target_loader import NoWorld, TargetError, inspect_target, load_target


@dataclass(frozen=True)
class LoadedTarget:
    """The target and everything that all of its runs share."""

    target: Target
    info: TargetInfo
    area: RunArea
    seed: int
    wall: float
    clock: Clock  # holds the freeze
    spaces: ModuleSpaces
    prepared: Mapping[str, Space]
    surroundings: Surroundings
    imported: Snapshot  # the files that were made while it was imported
    escapes: tuple[Event, ...]  # while it was imported
    own_files: frozenset[str]  # of the adapter and the extensions, which are not the bot


def load(
    name: str,
    base: str,
    area: str,
    *,
    seed: int,
    wall: float,
    extensions: Extensions = NO_EXTENSIONS,
    surroundings: Surroundings | None = None,
) -> LoadedTarget:
    """Load a target into this process and freeze its clock.

    Args:
        name: ``module:attribute`` or ``path.py:attribute``.
        base: The directory that relative paths start from.
        area: The directory of its runs, inside one that belongs to this process alone.
        seed: The seed of every run.
        wall: Seconds of processor time that one run may use.
        extensions: The extensions of the project.
        surroundings: What confines this process; by default nothing does.

    Raises:
        TargetError: The target cannot be loaded.
        ExtensionError: An extension cannot be loaded.
    """
    place = RunArea(area)
    place.enter()
    around = surroundings or Surroundings(EscapeLog())
    clock = Clock(start_of({}))
    with around.importing(place.run, Layout(), clock) as first:
        extensions.load()
        target = load_target(name, base)
        info = inspect_target(target, name)
    try:
        with around.importing(place.run, info.layout, clock) as second:
            spaces, prepared = _modules(target, clock, modules_of(extensions))
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        raise TargetError(f"the modules of {name} do not import: {what}") from error
    escapes = (*first, *second)
    with around.harness_works():
        imported = place.snapshot()
    own = {type(target).__module__, *modules_of(extensions)}
    files = frozenset(str(getattr(sys.modules.get(name), "__file__", "")) for name in own)
    return LoadedTarget(
        target,
        info,
        place,
        seed,
        wall,
        clock,
        spaces,
        prepared,
        around,
        imported,
        escapes,
        files,
    )


def _modules(
    target: Target, clock: Clock, extensions: Iterable[str]
) -> tuple[ModuleSpaces, dict[str, Any]]:
    """Each process's modules, imported before the first run so that a fork need not.

    All are imported once before the clock is frozen, and forgotten: extension modules of libraries
    (pandas) take the frozen classes for their own and crash. The libraries stay.
    """
    adapter = sys.modules.get(type(target).__module__)
    keep = [name for name, module in sys.modules.items() if module is adapter]
    keep += extensions  # a fork must find what they registered
    spaces = ModuleSpaces(str(getattr(target, "code_root", "")), keep)
    names = {spec.name: spec.modules for spec in processes_of(target, NoWorld()) if spec.modules}
    names[READER] = getattr(target, "reader_modules", ())
    spaces.load([module for modules in names.values() for module in modules])
    clock.freeze(ignore=())
    prepared = {name: spaces.load(modules) for name, modules in names.items()}
    return spaces, prepared
