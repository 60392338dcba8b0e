"""The command-line options ``--fp-*`` and ini settings ``fp_*``, and the settings they result in."""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import pytest

from pytest_fpharness.confinement.access import NO_ACCESS, Access
from pytest_fpharness.extensions import NO_EXTENSIONS, Extensions

T = TypeVar("T")

DEFAULT_REPORT: Final = "fp-report"
#: Every ini setting; a directory with one of them is a project.
INI: Final = (
    "fp_target",
    "fp_only",
    "fp_scenarios",
    "fp_tests",
    "fp_catalog",
    "fp_disable",
    "fp_extensions",
    "fp_readable",
    "fp_environment",
    "fp_report",
    "fp_document",
    "fp_gaps",
    "fp_max_age",
    "fp_seed",
    "fp_wall",
)


def add_options(parser: pytest.Parser) -> None:
    """Declare all options. Help texts start with a capital and have no full stop."""
    group = parser.getgroup("fpharness", "failure points (pytest-fpharness)")
    option = group.addoption
    option("--fp", action="store_const", const=True, dest="fp", help="Run the catalog")
    option("--no-fp", action="store_const", const=False, dest="fp", help="Do not run the catalog")
    option("--fp-target", metavar="NAME", help="Bot under test: module:attribute or path.py:attr")
    option(
        "--fp-only",
        metavar="IDS",
        action="append",
        help="Run only these failure points or variants: FP-1.3,FP-1.1/zombie",
    )
    option(
        "--fp-scenarios",
        metavar="PATH",
        action="append",
        help="File or directory of scenarios to add to the shipped ones",
    )
    option(
        "--fp-tests",
        metavar="PATH",
        action="append",
        help="File or directory of your own tests to run with the catalog",
    )
    option(
        "--fp-report", metavar="DIR", help=f"Directory of the report (default: {DEFAULT_REPORT})"
    )
    option(
        "--fp-document",
        metavar="PATH",
        help="Markdown document; each of its headings FP-x.y needs a scenario",
    )
    option("--fp-gaps", metavar="FILE", help="Accepted gaps, as printed by `fpharness gaps`")
    option("--fp-seed", metavar="N", help="Seed of every run (default: 0)")
    option("--fp-wall", metavar="SECONDS", help="Processor time of one run (default: 20)")
    _add_ini(parser)


def _add_ini(parser: pytest.Parser) -> None:
    ini = parser.addini
    ini("fp_target", "Bot under test, relative to the root directory")
    ini("fp_only", "Run only these failure points or variants", type="args")
    ini("fp_scenarios", "Scenarios to add to the shipped ones", type="paths")
    ini("fp_tests", "Your own tests to run with the catalog", type="paths")
    ini("fp_catalog", "none: without shipped failure points; a version: do not judge newer ones")
    ini("fp_disable", "Failure points or variants to leave out", type="args")
    ini("fp_extensions", "Modules that add faults, signals, invariants, hosts, codecs", type="args")
    ini("fp_readable", "Files and directories that the bot may read besides its own", type="paths")
    ini("fp_environment", "Environment variables that the bot gets from the machine", type="args")
    ini("fp_report", "Directory of the report, relative to the root directory")
    ini("fp_document", "Markdown document, relative to the root directory")
    ini("fp_gaps", "File of accepted gaps, relative to the root directory")
    ini("fp_max_age", "How old the evidence of `fpharness gate` may be: 7d")
    ini("fp_seed", "Seed of every run")
    ini("fp_wall", "Seconds of processor time that one run may use")


@dataclass(frozen=True)
class Settings:
    """The checked values of options and ini settings."""

    only: tuple[str, ...] = ()
    scenarios: tuple[Path, ...] = ()
    tests: tuple[Path, ...] = ()
    shipped: bool = True
    accepted: str = ""  # version: shipped failure points added later are not judged (C8)
    disable: tuple[str, ...] = ()
    report: Path = Path(DEFAULT_REPORT)
    document: Path | None = None
    gaps: Path | None = None
    seed: int = 0
    wall: float = 20.0
    extensions: Extensions = NO_EXTENSIONS
    access: Access = NO_ACCESS


def read_settings(config: pytest.Config) -> Settings:
    """Read the settings; options take precedence. Raises UsageError for an invalid value."""
    from pytest_fpharness.runner.runner import DEFAULT_WALL

    _check_root(config)
    report = _path(config, "fp_report") or config.rootpath / DEFAULT_REPORT
    shipped, accepted = _shipped(config)
    return Settings(
        only=_only(config),
        scenarios=_paths(config, "fp_scenarios"),
        tests=_paths(config, "fp_tests"),
        shipped=shipped,
        accepted=accepted,
        disable=tuple(config.getini("fp_disable") or ()),
        report=report,
        document=_existing(config, "fp_document"),
        gaps=_existing(config, "fp_gaps"),
        seed=_number(config, "fp_seed", int, 0),
        wall=_number(config, "fp_wall", _seconds, DEFAULT_WALL),
        extensions=extensions_of(config),
        access=Access(
            tuple(map(str, config.getini("fp_readable") or ())),
            tuple(config.getini("fp_environment") or ()),
        ),
    )


def extensions_of(config: pytest.Config) -> Extensions:
    """The extensions that ini ``fp_extensions`` names, from the root directory."""
    try:
        modules = config.getini("fp_extensions")
    except ValueError:  # only the fixtures are loaded: nothing has declared our settings
        return NO_EXTENSIONS
    return Extensions(tuple(modules or ()), str(config.rootpath))


def _check_root(config: pytest.Config) -> None:
    """Refuse ``--fp-report DIR`` where pytest, not knowing the option yet, took DIR for a test path."""
    from pytest_fpharness.project import Project

    here = config.invocation_params.dir
    args = [str(arg) for arg in config.invocation_params.args]
    for option, value in itertools.pairwise(args):
        if not (option.startswith("--fp-") and "=" not in option and (here / value).exists()):
            continue
        if config.rootpath != Project.around(here).root:
            raise pytest.UsageError(
                f"pytest took {value} for a test path and {config.rootpath} for the root directory; "
                f"write {option}={value}"
            )


def is_project(config: pytest.Config) -> bool:
    """Whether the ini file has any ``fp_*`` setting."""
    return any(config.getini(name) for name in INI)


def asked_by_p(config: pytest.Config) -> bool:
    """Whether ``-p fpharness`` is on the command line; in addopts it only loads the plugin."""
    args = [str(arg) for arg in config.invocation_params.args]
    return "-pfpharness" in args or ("-p", "fpharness") in itertools.pairwise(args)


def option_name(ini: str) -> str:
    return "--" + ini.replace("_", "-")


def _only(config: pytest.Config) -> tuple[str, ...]:
    texts = config.getoption("fp_only", None) or config.getini("fp_only") or ()
    ids = tuple(id.strip() for text in texts for id in text.split(",") if id.strip())
    if texts and not ids:
        raise pytest.UsageError("--fp-only is empty; write --fp-only=FP-1.3,FP-1.1/zombie")
    return ids


def _paths(config: pytest.Config, name: str) -> tuple[Path, ...]:
    option = config.getoption(name, None) or ()
    paths = [config.invocation_params.dir / path for path in option]
    paths += config.getini(name) or ()
    for path in paths:
        if not path.exists():
            raise pytest.UsageError(f"{option_name(name)}: {path} does not exist")
    return tuple(Path(os.path.abspath(path)) for path in paths)


def _shipped(config: pytest.Config) -> tuple[bool, str]:
    from pytest_fpharness._version import __version__
    from pytest_fpharness.catalog.versions import read_choice

    text = str(config.getini("fp_catalog") or "")
    try:
        return read_choice(text, __version__)
    except ValueError as error:
        raise pytest.UsageError(f"fp_catalog = {text}: {error}") from None


def _path(config: pytest.Config, name: str) -> Path | None:
    if option := config.getoption(name, None):
        return Path(os.path.abspath(config.invocation_params.dir / option))
    setting = config.getini(name)
    return Path(os.path.abspath(config.rootpath / setting)) if setting else None


def _existing(config: pytest.Config, name: str) -> Path | None:
    path = _path(config, name)
    if path is not None and not path.is_file():
        raise pytest.UsageError(f"{option_name(name)}: {path} is not a file")
    return path


def _number(config: pytest.Config, name: str, read: Callable[[str], T], default: T) -> T:
    text = config.getoption(name, None) or config.getini(name)
    if text in (None, ""):
        return default
    try:
        return read(str(text))
    except ValueError as error:
        raise pytest.UsageError(f"{option_name(name)} {text}: {error}") from None


def _seconds(text: str) -> float:
    """Read seconds: a number, or a duration such as ``90s``."""
    from pytest_fpharness.model.duration import SECOND, parse_duration

    try:
        value = float(text)
    except ValueError:
        value = parse_duration(text) / SECOND
    if not math.isfinite(value) or value <= 0:
        raise ValueError("must be greater than 0")
    return value
