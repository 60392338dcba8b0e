"""``fpharness``: the catalog, one run again, the report and the gate, without pytest."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

from pytest_fpharness._version import __version__

#: Exit code for bad input, as of the gate.
BAD_INPUT = 4


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    parser = _parser()
    # argparse would take pytest's options for its own.
    args = parser.parse_args(words[:1] if words[:1] == ["run"] else words)
    args.rest = words[1:]
    try:
        return _call(args)
    except BrokenPipeError:
        # The reader of our output has gone; nothing is left to say to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _call(args: argparse.Namespace) -> int:
    from pytest_fpharness.catalog.syntax.problems import CatalogError
    from pytest_fpharness.project import BadInput

    if args.command == "run":
        return run(args)
    module, _, name = args.command.partition(":")
    function: Any = getattr(importlib.import_module(f"pytest_fpharness.commands.{module}"), name)
    try:
        return int(function(args))
    except (BadInput, CatalogError) as error:
        print(f"fpharness: {error}", file=sys.stderr)
        return BAD_INPUT


class _Parser(argparse.ArgumentParser):
    """argparse, with 4 for bad input: 2 is a verdict of the gate."""

    def error(self, message: str) -> Any:
        self.print_usage(sys.stderr)
        print(f"fpharness: {message}", file=sys.stderr)
        raise SystemExit(BAD_INPUT)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="fpharness", description=__doc__)
    parser.add_argument("--version", action="version", version=f"fpharness {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, where: str, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(command=where)
        return sub

    found = command("list", "catalog:list_", "List failure points, variants and twins")
    found.add_argument("ids", nargs="*", metavar="ID", help="Only these, exactly")
    _scenarios(found)
    found = command("lint", "catalog:lint", "Name every mistake in scenario files; 4 if any")
    found.add_argument("paths", nargs="*", metavar="PATH", help="Only these files and folders")
    found.add_argument("--document", metavar="PATH", help="Compare with the owner's document")
    found = command("explain", "catalog:explain", "Print the whole effective scenario")
    found.add_argument("id", metavar="FP-1.3[/variant]")
    found.add_argument("--target", default="", metavar="NAME", help="With this target's facts")
    _scenarios(found)
    command("schema", "catalog:schema", "Print the JSON Schema of a scenario file")
    for name, text in (("faults", "every fault and its parameters"), ("signals", "every signal")):
        found = command(name, f"catalog:{name}", f"List {text}")
        found.add_argument("--markdown", action="store_true", help="The whole page, as in docs/")
    command("extensions", "extensions:extensions", "List what each extension adds")
    _running(command)
    found = command("report", "report:report", "Write the report of a journal again")
    found.add_argument("journal", metavar="JOURNAL")
    found.add_argument("-o", "--out", metavar="DIR", help="Directory (that of the journal)")
    found = command("gate", "report:gate", "Judge a journal: 0 passed ... 5 incomplete")
    found.add_argument("journal", nargs="?", metavar="JOURNAL", help="(fp-report/journal.jsonl)")
    found = command("gaps", "report:gaps", "Print a gaps file for what is MISSING, to fill in")
    found.add_argument("journal", nargs="?", metavar="JOURNAL", help="(fp-report/journal.jsonl)")
    return parser


def _running(command: Any) -> None:
    command("run", "run", "Run the catalog: pytest -p fpharness, with its options")
    found = command("replay", "replay:replay", "Run one variant again, as its token says")
    found.add_argument("token", metavar="TOKEN", help="FP-1.3/age.10m01s@0#ab12cd34")
    found.add_argument("--pdb", action="store_true", help="In this process, with a debugger")
    found.add_argument("--target", default="", metavar="NAME", help="Bot under test")
    _scenarios(found)


def _scenarios(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--scenarios", action="append", metavar="PATH", help="Add these scenario files"
    )


def run(args: argparse.Namespace) -> int:
    """Become ``pytest -p fpharness ARGS``."""
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "pytest", "-p", "fpharness", *args.rest])


if __name__ == "__main__":
    sys.exit(main())
