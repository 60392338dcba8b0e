"""``extensions``: what each extension adds."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytest_fpharness.project import Project


def extensions(args: argparse.Namespace) -> int:
    """Print the faults, signals, invariants, hosts and codecs of every extension."""
    from pytest_fpharness.faults import FAULTS
    from pytest_fpharness.judge.invariants import INVARIANTS
    from pytest_fpharness.model.registry import Registry
    from pytest_fpharness.signals import SIGNALS
    from pytest_fpharness.world.filesystem.codecs import CODECS
    from pytest_fpharness.world.http.hosts import HOSTS

    Project.around(Path.cwd()).vocabulary()
    registries: tuple[Registry[Any], ...] = (FAULTS, SIGNALS, INVARIANTS, HOSTS, CODECS)
    by_module: dict[str, list[str]] = {}
    for registry in registries:
        added: Mapping[str, Any] = registry.added()
        for name, entry in added.items():
            doc = getattr(entry, "spec", entry).doc
            line = f"  {registry.kind:9}  {name}  {doc}".rstrip()
            by_module.setdefault(registry.module_of(name), []).append(line)
    for module, lines in sorted(by_module.items()):
        print(module)
        print("\n".join(lines))
    if not by_module:
        print("no extensions; see fp_extensions and the entry-point group fpharness.extensions")
    return 0
