"""``fpharness``: check scenarios, repeat a run, write the report, decide about a release."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from pytest_fpharness._version import __version__

Command = Callable[[str, str, str], argparse.ArgumentParser]

#: Exit code for bad input; argparse's own 2 is a result of the gate.
BAD_INPUT = 4


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = _parser()
    # argparse would take pytest's options for its own.
    args = parser.parse_args(arguments[:1] if arguments[:1] == ["run"] else arguments)
    args.rest = arguments[1:]
    try:
        return _call(args)
    except BrokenPipeError:
        # The reader of the output has gone, as `| head` does.
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
    """argparse with exit code 4 for bad input."""

    def error(self, message: str) -> Any:
        self.print_usage(sys.stderr)
        print(f"fpharness: {message}", file=sys.stderr)
        raise SystemExit(BAD_INPUT)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="fpharness", description="Chaos tests for trading bots.")
    parser.add_argument("--version", action="version", version=f"fpharness {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, function: str, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(command=function)
        return sub

    _catalog_commands(command)
    _run_commands(command)
    _report_commands(command)
    _machine_commands(command)
    return parser


def _catalog_commands(command: Command) -> None:
    sub = command("list", "catalog:list_", "List failure points with their variants and twins")
    sub.add_argument("ids", nargs="*", metavar="ID", help="Only these failure points or variants")
    _scenarios(sub)
    sub = command("lint", "catalog:lint", "Report mistakes in scenario files; exit code 4 if any")
    sub.add_argument("paths", nargs="*", metavar="PATH", help="Only these files and directories")
    sub.add_argument("--document", metavar="PATH", help="Compare with this Markdown document")
    sub = command("explain", "catalog:explain", "Print a scenario with all defaults filled in")
    sub.add_argument("id", metavar="FP-1.3[/variant]")
    sub.add_argument("--target", default="", metavar="NAME", help="Use the facts of this bot")
    _scenarios(sub)
    sub = command(
        "schema", "catalog:schema", "Print the JSON Schema of a scenario file, for editors"
    )
    sub.add_argument("--catalog", action="store_true", help="The schema of catalog.yaml instead")
    for name in ("faults", "signals"):
        sub = command(name, f"catalog:{name}", f"List all {name}")
        sub.add_argument("--markdown", action="store_true", help="Print the reference page")
    command("extensions", "extensions:extensions", "List what each extension adds")


def _run_commands(command: Command) -> None:
    command("run", "run", "Run the catalog: pytest -p fpharness with further options of pytest")
    sub = command("replay", "replay:replay", "Repeat one run exactly, as named by its token")
    sub.add_argument("token", metavar="TOKEN", help="For example FP-1.3/age.10m01s@0#ab12cd34")
    sub.add_argument("--pdb", action="store_true", help="Run in this process, for a debugger")
    sub.add_argument("--target", default="", metavar="NAME", help="Bot under test")
    _scenarios(sub)


def _report_commands(command: Command) -> None:
    sub = command("report", "report:report", "Write the report of a journal again")
    sub.add_argument("journal", metavar="JOURNAL")
    sub.add_argument("-o", "--out", metavar="DIR", help="Directory (default: that of the journal)")
    sub = command(
        "gate",
        "report:gate",
        "Decide about a release; exit codes: 0 passed, 1 failed, 2 vacuous, 3 harness error, "
        "4 bad input, 5 incomplete",
    )
    journal = "default: fp-report/journal.jsonl"
    sub.add_argument("journal", nargs="?", metavar="JOURNAL", help=journal)
    sub = command("gaps", "report:gaps", "Print a gaps file for everything MISSING, to fill in")
    sub.add_argument("journal", nargs="?", metavar="JOURNAL", help=journal)


def _machine_commands(command: Command) -> None:
    command("doctor", "doctor:doctor", "Print versions, and what confines a bot on this machine")


def _scenarios(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--scenarios", action="append", metavar="PATH", help="Add these scenario files"
    )


def run(args: argparse.Namespace) -> int:
    """Replace this process with ``pytest -p fpharness ARGS``."""
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "pytest", "-p", "fpharness", *args.rest])


if __name__ == "__main__":
    sys.exit(main())
