"""``doctor``: what this machine offers to a run."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pytest_fpharness._version import __version__
from pytest_fpharness.confinement import kernel
from pytest_fpharness.confinement.boundary import boundary
from pytest_fpharness.confinement.kernel import Layer
from pytest_fpharness.model.plain import from_plain, to_plain
from pytest_fpharness.project import Project

LIBRARIES = ("pytest", "pytest-xdist", "hypothesis", "responses", "freezegun", "psutil")


def doctor(args: argparse.Namespace) -> int:
    """Print versions, and which layers would confine a bot on this machine."""
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    print(f"pytest-fpharness {__version__}, Python {platform.python_version()}, {system}")
    print("libraries: " + ", ".join(_versions()))
    root = Project.around(Path.cwd()).root
    print(f"project: {root}")
    print("a bot is confined by:")
    print("  in force  audit hook")
    for layer in layers_here(str(root)):
        state = "in force" if layer.in_force else "missing "
        print(f"  {state}  {layer.name}" + (f": {layer.why}" if layer.why else ""))
    return 0


def layers_here(project: str) -> list[Layer]:
    """Put every layer of the kernel in force in a process of its own, and tell which of them held."""
    if not hasattr(os, "fork"):
        return [Layer("kernel", False, f"{sys.platform} has no fork")]
    directory = tempfile.mkdtemp(prefix="fpharness-doctor-")
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            layers = kernel.separate(directory)
            layers += kernel.restrict(boundary(directory, [project]), directory)
            os.write(writer, json.dumps(to_plain(layers)).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        text = answer.read()
    os.waitpid(pid, 0)
    shutil.rmtree(directory, ignore_errors=True)
    return [from_plain(Layer, layer) for layer in json.loads(text or "[]")]


def _versions() -> Iterator[str]:
    for name in LIBRARIES:
        try:
            yield f"{name} {importlib.metadata.version(name)}"
        except importlib.metadata.PackageNotFoundError:
            yield f"{name} missing"
