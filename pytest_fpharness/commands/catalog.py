"""``list``, ``lint``, ``explain``, ``schema``, ``faults`` and ``signals``: what the catalog says."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from pytest_fpharness.catalog.models import Catalog
from pytest_fpharness.catalog.syntax.problems import CatalogError, Problem
from pytest_fpharness.model.layout import TargetInfo
from pytest_fpharness.model.vocabulary import ParamSpec
from pytest_fpharness.project import Project
from pytest_fpharness.report.texts import pluralize


def list_(args: argparse.Namespace) -> int:
    """Every failure point with its variants and twins."""
    from pytest_fpharness.catalog.expand import expand

    catalog = Project.around(Path.cwd()).catalog(args.scenarios)
    plans = expand(catalog, TargetInfo(""), only=args.ids)
    shown: set[str] = set()
    for plan in plans:
        if plan.fp not in shown:
            shown.add(plan.fp)
            print(f"{plan.fp}  {plan.title} ({plan.severity})")
        made = plan.generate
        print(f"    {plan.id}" + (f"  ({made.examples} generated examples)" if made else ""))
    print(f"{pluralize(len(plans), 'run')} of {pluralize(len(shown), 'failure point')}")
    return 0


def lint(args: argparse.Namespace) -> int:
    """Every mistake of every file; 4 when there is one."""
    from pytest_fpharness.catalog.lint import beyond
    from pytest_fpharness.catalog.lint import lint as lint_catalog

    project = Project.around(Path.cwd())
    try:
        catalog = project.catalog(_added(args.paths, project))
        document = Path(args.document) if args.document else project.path("fp_document")
        problems: Iterable[Problem] = lint_catalog(catalog, catalog.vocabulary, document)
    except CatalogError as error:
        problems = error.problems
    found = [p for p in problems if not args.paths or _is_asked(p, args.paths, args.document)]
    for problem in found:
        print(problem)
    if found:
        print(pluralize(len(found), "mistake"))
        return 4
    print(f"no mistakes in {_count(args.paths, catalog)}")
    if document is not None and (more := beyond(catalog, document)):
        print(f"beyond {document.name}: {', '.join(more)}")
    return 0


def _added(paths: list[str], project: Project) -> list[str]:
    """Named files that no catalog holds yet."""
    from pytest_fpharness.catalog.loader import shipped_path

    tops = [os.path.realpath(top) for top in (*project.scenarios, shipped_path())]
    return [path for path in paths if not _under(os.path.realpath(path), tops)]


def _under(path: str, tops: Iterable[str]) -> bool:
    return any(path == top or path.startswith(top + os.sep) for top in tops)


def _is_asked(problem: Problem, paths: list[str], document: str | None) -> bool:
    """A problem of the named files, or one that has no place in any file."""
    asked = [os.path.realpath(path) for path in (*paths, *([document] if document else ()))]
    return not problem.line or _under(os.path.realpath(problem.file), asked)


def _count(paths: list[str], catalog: Catalog) -> str:
    asked = [os.path.realpath(path) for path in paths]
    points = [
        p for p in catalog.failure_points if not asked or _under(os.path.realpath(p.path), asked)
    ]
    runs = sum(len(point.scenarios) for point in points)
    return f"{pluralize(len(points), 'failure point')}, {pluralize(runs, 'run')}"


def explain(args: argparse.Namespace) -> int:
    """The whole effective scenario, each value with where it is from."""
    from pytest_fpharness.catalog.explain import explain as text_of
    from pytest_fpharness.commands.replay import target_info

    project = Project.around(Path.cwd())
    catalog = project.catalog(args.scenarios)
    info = target_info(args.target, project) if args.target else TargetInfo("")
    print(text_of(catalog, args.id, info), end="")
    return 0


def schema(args: argparse.Namespace) -> int:
    """The JSON Schema of a scenario file."""
    from pytest_fpharness.catalog.syntax.schema import json_schema

    print(json.dumps(json_schema(Project.around(Path.cwd()).vocabulary()), indent=2))
    return 0


def faults(args: argparse.Namespace) -> int:
    """Every fault with its parameters; ``--markdown`` prints the page of them."""
    vocabulary = Project.around(Path.cwd()).vocabulary()
    if args.markdown:
        from pytest_fpharness.commands.reference_pages import fault_page

        print(fault_page(), end="")
        return 0
    for spec in sorted(vocabulary.faults.values(), key=lambda spec: (spec.port, spec.name)):
        print(f"{spec.name}  [{spec.port}; {spec.hold}, ended by {spec.cleared_by}]")
        print(f"    {spec.doc}")
        for line in map(_param, spec.params):
            print(f"      {line}")
    return 0


def _param(param: ParamSpec) -> str:
    kind = "|".join(param.choices) if param.choices else param.type
    default = "" if param.required else f" = {param.default!r}" if param.default != "" else ""
    needed = " (required)" if param.required else ""
    return f"{param.name}: {kind}{default}{needed}  {param.doc}".rstrip()


def signals(args: argparse.Namespace) -> int:
    """Every signal with its type; ``--markdown`` prints the page of them."""
    vocabulary = Project.around(Path.cwd()).vocabulary()
    if args.markdown:
        from pytest_fpharness.commands.reference_pages import signal_page

        print(signal_page(), end="")
        return 0
    for line in _signal_lines(vocabulary.signals.values()):
        print(line)
    return 0


def _signal_lines(specs: Iterable[object]) -> Iterator[str]:
    from pytest_fpharness.model.vocabulary import SignalSpec

    known = sorted((s for s in specs if isinstance(s, SignalSpec)), key=lambda spec: spec.name)
    for spec in known:
        name = f"{spec.name}({spec.argument})" if spec.argument else spec.name
        yield f"{name}: {spec.type}  {spec.doc}"
