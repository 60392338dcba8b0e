"""``list``, ``lint``, ``explain``, ``schema``, ``faults`` and ``signals``: questions to the catalog."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterable
from pathlib import Path

from pytest_fpharness.catalog.models import Catalog
from pytest_fpharness.catalog.syntax.problems import CatalogError, Problem
from pytest_fpharness.model.layout import TargetInfo
from pytest_fpharness.model.text import pluralize
from pytest_fpharness.model.vocabulary import ParamSpec
from pytest_fpharness.project import Project


def list_(args: argparse.Namespace) -> int:
    """Print every failure point with its variants and twins."""
    from pytest_fpharness.catalog.expand import expand

    catalog = Project.around(Path.cwd()).catalog(args.scenarios)
    plans = expand(catalog, TargetInfo(""), only=args.ids)
    shown: set[str] = set()
    for plan in plans:
        if plan.fp not in shown:
            shown.add(plan.fp)
            print(f"{plan.fp}  {plan.title} ({plan.severity})")
        generated = f"  ({plan.generate.examples} generated examples)" if plan.generate else ""
        print(f"    {plan.id}{generated}")
    print(f"{pluralize(len(plans), 'run')} of {pluralize(len(shown), 'failure point')}")
    return 0


def lint(args: argparse.Namespace) -> int:
    """Print every mistake in every file; return 4 when there is one."""
    from pytest_fpharness.catalog.lint import beyond
    from pytest_fpharness.catalog.lint import lint as lint_catalog

    project = Project.around(Path.cwd())
    try:
        catalog = project.catalog(_added(args.paths, project))
        document = Path(args.document) if args.document else project.path("fp_document")
        problems: Iterable[Problem] = lint_catalog(catalog, catalog.vocabulary, document)
    except CatalogError as error:
        problems = error.problems
    shown = [p for p in problems if not args.paths or _is_about(p, args.paths, args.document)]
    for problem in shown:
        print(problem)
    if shown:
        print(pluralize(len(shown), "mistake"))
        return 4
    print(f"no mistakes in {_count(args.paths, catalog)}")
    if document is not None and (more := beyond(catalog, document)):
        print(f"not in {document.name}: {', '.join(more)}")
    return 0


def _added(paths: list[str], project: Project) -> list[str]:
    """Return the named files that are not in the catalog yet."""
    from pytest_fpharness.catalog.loader import shipped_path

    tops = [os.path.realpath(top) for top in (*project.scenarios, shipped_path())]
    return [path for path in paths if not _under(os.path.realpath(path), tops)]


def _under(path: str, tops: Iterable[str]) -> bool:
    return any(path == top or path.startswith(top + os.sep) for top in tops)


def _is_about(problem: Problem, paths: list[str], document: str | None) -> bool:
    """Whether a problem is in one of the named files, or in no file."""
    named = [os.path.realpath(path) for path in (*paths, *([document] if document else ()))]
    return not problem.line or _under(os.path.realpath(problem.file), named)


def _count(paths: list[str], catalog: Catalog) -> str:
    named = [os.path.realpath(path) for path in paths]
    points = [
        p for p in catalog.failure_points if not named or _under(os.path.realpath(p.path), named)
    ]
    runs = sum(len(point.scenarios) for point in points)
    return f"{pluralize(len(points), 'failure point')}, {pluralize(runs, 'run')}"


def explain(args: argparse.Namespace) -> int:
    """Print the whole effective scenario, each value with its source."""
    from pytest_fpharness.catalog.explain import explain as text_of
    from .replay import target_info

    project = Project.around(Path.cwd())
    catalog = project.catalog(args.scenarios)
    info = target_info(args.target, project) if args.target else TargetInfo("")
    print(text_of(catalog, args.id, info), end="")
    return 0


def schema(args: argparse.Namespace) -> int:
    """Print the JSON Schema of a scenario file."""
    from pytest_fpharness.catalog.syntax.schema import catalog_schema, json_schema

    schema_of = catalog_schema if args.catalog else json_schema
    print(json.dumps(schema_of(Project.around(Path.cwd()).vocabulary()), indent=2))
    return 0


def faults(args: argparse.Namespace) -> int:
    """Print every fault with its parameters; ``--markdown`` prints the reference page."""
    vocabulary = Project.around(Path.cwd()).vocabulary()
    if args.markdown:
        from .reference_pages import fault_page

        print(fault_page(), end="")
        return 0
    for spec in sorted(vocabulary.faults.values(), key=lambda spec: (spec.port, spec.name)):
        print(f"{spec.name}  [{spec.port}; {spec.persistence}, ended by {spec.cleared_by}]")
        print(f"    {spec.doc}")
        for line in map(_param, spec.params):
            print(f"      {line}")
    return 0


def _param(param: ParamSpec) -> str:
    kind = "|".join(param.choices) if param.choices else param.type
    default = "" if param.required else f" = {param.default!r}" if param.default != "" else ""
    required = " (required)" if param.required else ""
    return f"{param.name}: {kind}{default}{required}  {param.doc}".rstrip()


def signals(args: argparse.Namespace) -> int:
    """Print every signal with its type; ``--markdown`` prints the reference page."""
    vocabulary = Project.around(Path.cwd()).vocabulary()
    if args.markdown:
        from .reference_pages import signal_page

        print(signal_page(), end="")
        return 0
    for spec in sorted(vocabulary.signals.values(), key=lambda spec: spec.name):
        name = f"{spec.name}({spec.argument})" if spec.argument else spec.name
        print(f"{name}: {spec.type}  {spec.doc}")
    return 0
