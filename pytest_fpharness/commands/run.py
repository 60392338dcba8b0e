"""``run``: the catalog through pytest, which has the items, the workers and the reports."""

from __future__ import annotations

import argparse
import os
import sys


def run(args: argparse.Namespace) -> int:
    """Become ``pytest -p fpharness ARGS``."""
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "pytest", "-p", "fpharness", *args.rest])
