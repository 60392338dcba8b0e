"""Targets by name: ``module:attribute`` or ``path.py:attribute``."""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import os
import subprocess
import sys
import traceback
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pytest_fpharness.model.duration import MILLISECOND
from pytest_fpharness.model.layout import Layout, TargetInfo
from pytest_fpharness.model.shape import mistakes
from pytest_fpharness.model.suggestions import closest, did_you_mean
from pytest_fpharness.simulation.process_specs import processes_of
from pytest_fpharness.targets.contract import Process, Target, abilities_of
from pytest_fpharness.world.filesystem.codecs import CODECS
from pytest_fpharness.world.processes import programs


class TargetError(Exception):
    """The target cannot be loaded; the text says what is wrong and what to do."""


def load_target(name: str, base: str = "") -> Target:
    """The target of that name; raises TargetError. Relative paths are relative to ``base``."""
    where, _, attribute = name.rpartition(":")
    if not where or not attribute:
        raise TargetError(f"{name!r} is not a target; write module:attribute or path.py:attribute")
    module = _module(where, base)
    try:
        value: Any = getattr(module, attribute)
    except AttributeError:
        names = [n for n in vars(module) if not n.startswith("_")]
        suggestion = closest(attribute, names)
        hint = (
            f"did you mean {suggestion!r}?"
            if suggestion
            else f"it has {', '.join(names) or 'nothing'}"
        )
        raise TargetError(f"{where} has no {attribute!r}; {hint}") from None
    try:
        target = value() if isinstance(value, type) or not _is_target(value) else value
    except Exception as error:
        raise TargetError(f"{name} could not be made: {type(error).__name__}: {error}") from error
    if not _is_target(target):
        lacking = [n for n in ("name", "layout", "processes", "health") if not hasattr(target, n)]
        missing = ", ".join(f"{part}()" if part != "name" else part for part in lacking)
        raise TargetError(f"{name} is not a target: missing {missing}")
    return target  # type: ignore[no-any-return]


def _is_target(value: object) -> bool:
    return all(hasattr(value, n) for n in ("name", "layout", "processes", "health"))


def _module(where: str, base: str) -> Any:
    try:
        if not where.endswith(".py"):
            return importlib.import_module(where)
        path = os.path.join(base or os.getcwd(), where)
        name = os.path.basename(path)[:-3]
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None or not os.path.exists(path):
            raise TargetError(f"file not found: {where}")
        sys.path.insert(0, os.path.dirname(path))
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        return module
    except TargetError:
        raise
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        raise TargetError(
            f"cannot import target module {where}: {type(error).__name__}: {error}"
        ) from error


def code_root_of(target: object) -> str:
    """The directory of the target's code, or ""."""
    return str(getattr(target, "code_root", ""))


def inspect_target(target: Target, name: str, commit: str = "") -> TargetInfo:
    """What the target says of itself; raises TargetError when a run could not begin with it."""
    world: Any = NoWorld()
    try:
        layout, specs = target.layout(), processes_of(target, world)
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{os.path.basename(last.filename)}:{last.lineno}"
        raise TargetError(
            f"{name} raised {type(error).__name__} when asked for layout and processes: "
            f"{error} ({place})"
        ) from error
    if not specs:
        raise TargetError(f"{name} declares no process")
    for mistake in _mistakes(layout, specs):
        raise TargetError(f"{name}: {mistake}")
    if not any(spec.monitor for spec in specs):
        raise TargetError(
            f"{name} has no monitor: mark the process whose task checks the failure points "
            f"with monitor=True, or give the target a method check() to be called on schedule"
        )
    for role, shape in layout.shapes.items():
        for mistake in mistakes(shape):
            raise TargetError(f"{name}: the shape of {role} in its layout: {mistake}")
    for mistake in programs.mistakes(layout.commands):
        raise TargetError(f"{name}: {mistake}")
    return TargetInfo(
        name=target.name,
        commit=commit,
        layout=dataclasses.replace(layout, commands={}),  # code, which crosses no process border
        processes=tuple(spec.name for spec in specs),
        abilities=abilities_of(target),
        embedded=name.startswith("pytest_fpharness.targets.reference:"),
    )


def _mistakes(layout: Any, specs: Sequence[Any]) -> Iterator[str]:
    """Describe mistakes that would make a run hang or mix processes up."""
    if not isinstance(layout, Layout):
        yield f"layout() must return a Layout, not {type(layout).__name__}"
        return
    for role, binding in layout.files.items():
        if binding.codec not in CODECS:
            hint = did_you_mean(binding.codec, CODECS)
            yield f"file role {role!r} has an unknown codec {binding.codec!r}{hint}"
    periods = {"check of its layout": layout.check, "cycle of its layout": layout.cycle}
    names: set[str] = set()
    for spec in specs:
        if not isinstance(spec, Process):
            yield f"processes() must return Process objects, not {type(spec).__name__}"
            return
        if spec.name in names:
            yield f"two processes are named {spec.name!r}"
        names.add(spec.name)
        start: Any = spec.start
        if not callable(start):
            yield f"the start of {spec.name!r} must be a function that gives its tasks by name"
        periods |= {f"task {task.name!r} of {spec.name!r}": task.every for task in spec.tasks}
    for what, period in periods.items():
        if period < MILLISECOND:
            yield f"the {what} has a period of {period} ns; write {period} * SECOND"


class NoWorld:
    """Stands in for the world while a target is only asked for its processes."""

    root = ""
    settings: Mapping[str, Any] = types.MappingProxyType({})


def commit_of(directory: str) -> str:
    """The short commit of the checkout that holds a directory, with + when it is changed."""
    try:
        result = subprocess.run(
            ["git", "-C", directory, "describe", "--always", "--dirty=+", "--exclude=*"],
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return result.stdout.strip() if result.returncode == 0 else ""
