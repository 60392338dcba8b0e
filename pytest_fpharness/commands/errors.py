"""What the command line says when it was asked for something that makes no sense."""

from __future__ import annotations


class BadInput(Exception):
    """Bad input: its text goes to stderr, the exit code is 4."""
