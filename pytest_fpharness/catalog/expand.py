"""Expand a catalog for one target: every variant and twin becomes a plan."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from pytest_fpharness.catalog.resolve.build import build_plan
from pytest_fpharness.catalog.resolve.generation import with_rule
from pytest_fpharness.catalog.resolve.resolver import Resolver, TrailEntry
from pytest_fpharness.catalog.syntax.problems import CatalogError, Problem
from pytest_fpharness.catalog.syntax.reader import Reader
from pytest_fpharness.model.layout import TargetInfo
from pytest_fpharness.model.plan import HealRule, Plan
from pytest_fpharness.model.suggestions import closest
from pytest_fpharness.model.vocabulary import Vocabulary
from .description import override
from .models import Catalog, Defaults, FailurePoint, Scenario
from .variants import Expansion


def expand(catalog: Catalog, info: TargetInfo, *, only: Collection[str] = ()) -> list[Plan]:
    """The plans of the catalog, in the order of the failure points and of their files.

    ``only`` keeps some of them, as :func:`filter_plans` does. Raises CatalogError for an unknown id and
    for a fact of the target's layout that does not fit.
    """
    problems: list[Problem] = []
    plans: list[Plan] = []
    for point in bind(catalog, info, problems):
        settled = settle_all(point, catalog.defaults, catalog.vocabulary, info, problems)
        plans += [plan for plan, _ in settled]
    plans = [plan for plan in plans if plan.id not in catalog.disabled]
    if problems:
        raise CatalogError(problems)
    return filter_plans(list(_one_repetition(_one_broken_healer(plans))), only)


def filter_plans(plans: list[Plan], only: Collection[str]) -> list[Plan]:
    """Keep the plans whose id or failure-point id is in ``only``; an empty ``only`` keeps all.

    Raises CatalogError for an unknown id.
    """
    problems = list(_unknown(plans, only))
    if problems:
        raise CatalogError(problems)
    return [plan for plan in plans if not only or plan.fp in only or plan.id in only]


def _one_broken_healer(plans: list[Plan]) -> Iterator[Plan]:
    """Break each healer once: in the first variant of each heal rule, or the first that pages."""
    chosen: dict[tuple[str, HealRule], Plan] = {}
    # A generated plan is many runs: its healer is broken only where no other variant has it.
    for plan in sorted(plans, key=lambda plan: plan.generate is not None):
        first = chosen.get((plan.fp, plan.heal))
        if not plan.twin and (first is None or (plan.escalate and not first.escalate)):
            chosen[plan.fp, plan.heal] = plan
    for plan in plans:
        yield replace(plan, break_healer=chosen.get((plan.fp, plan.heal)) is plan)


def _one_repetition(plans: Iterable[Plan]) -> Iterator[Plan]:
    """Play one plan of each world twice, to compare the timelines (S33); the first that the catalog has.

    Not the first that happens to run: a plan has the same record in any order and selection.
    """
    worlds: set[str] = set()
    for plan in plans:
        repeat = plan.generate is None and plan.world_key not in worlds
        if repeat:
            worlds.add(plan.world_key)
        yield replace(plan, repeat=repeat)


def _unknown(plans: list[Plan], only: Collection[str]) -> Iterator[Problem]:
    known = list(dict.fromkeys([plan.fp for plan in plans] + [plan.id for plan in plans]))
    for id in only:
        if id not in known:
            message = f"no failure point or variant is named '{id}'"
            fp = id.partition("/")[0]
            variants = [plan.id for plan in plans if plan.fp == fp]
            yield Problem("only", 0, 0, message, closest(id, variants or known))


def bind(catalog: Catalog, info: TargetInfo, problems: list[Problem]) -> list[FailurePoint]:
    """The failure points with the facts and scenarios of the target (C3)."""
    points = {point.fp: point for point in catalog.failure_points}
    for name, text in info.layout.facts.items():
        fp = next((fp for fp in points if name.startswith(f"{fp}.")), None)
        if fp is None:
            continue  # the fact of a failure point that this catalog leaves out
        point, key = points[fp], name.removeprefix(f"{fp}.")
        if key not in point.facts:
            message = f"{fp} has no fact '{key}'"
            problems.append(Problem(_place(info), 0, 0, message, closest(key, point.facts)))
            continue
        fact = override(point.facts[key], text)
        if fact is None:
            message = f"{name} = {text!r} does not fit: the file says {point.facts[key].value}"
            problems.append(Problem(_place(info), 0, 0, message))
            continue
        points[fp] = replace(point, facts={**point.facts, key: fact})
    return [
        replace(point, scenarios=scenarios_of(point, catalog.vocabulary, problems, info))
        for point in points.values()
    ]


def _place(info: TargetInfo) -> str:
    return f"target {info.name}" if info.name else "target"


def scenarios_of(
    point: FailurePoint,
    vocabulary: Vocabulary,
    problems: list[Problem],
    info: TargetInfo | None = None,
) -> tuple[Scenario, ...]:
    """The variants and twins of a failure point with its facts; their ids may hold these."""
    layout = (info or TargetInfo("")).layout
    reader = Reader(vocabulary, point.facts, layout.check, layout.cycle, layout.trader, problems)
    return Expansion(point.source, point.file, point.values, reader).run()


def settle_all(
    point: FailurePoint,
    defaults: Defaults,
    vocabulary: Vocabulary,
    info: TargetInfo,
    problems: list[Problem],
) -> list[tuple[Plan, list[TrailEntry]]]:
    """Each scenario's plan, with the origin of each value."""
    layout = info.layout
    settled: list[tuple[Plan, list[TrailEntry]]] = []
    for scenario in point.scenarios:
        facts = {**point.facts, **scenario.sets}
        reader = Reader(vocabulary, facts, layout.check, layout.cycle, layout.trader, problems)
        resolver = Resolver(point, scenario, defaults, reader)
        plan = with_rule(build_plan(resolver), layout)
        settled.append((plan, resolver.trail))
    return settled
