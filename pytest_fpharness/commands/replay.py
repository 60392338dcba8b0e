"""``replay``: repeat one run exactly; with ``--pdb`` in this process."""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pytest_fpharness.extensions import ExtensionError
from pytest_fpharness.model.damage import ABSENT, flow
from pytest_fpharness.model.duration import format_duration
from pytest_fpharness.model.layout import TargetInfo
from pytest_fpharness.model.plan import MAIN, Plan, PlannedRun
from pytest_fpharness.model.record import Clause, Record
from pytest_fpharness.model.suggestions import did_you_mean
from pytest_fpharness.model.verdict import Verdict
from pytest_fpharness.project import EMBEDDED, EMBEDDED_WORD, BadInput, Project

_TOKEN: Final = re.compile(
    r"(?P<id>[^@#~\s]+)(@(?P<seed>\d+))?(#(?P<digest>[0-9a-f]+))?(~(?P<damage>\[.*))?"
)

#: Real seconds; a day is as good as no limit for a person at a debugger.
DEBUG_WALL: Final = 86400.0


@dataclass(frozen=True)
class Token:
    """``FP-1.3/age.10m01s@0#ab12cd34``: the id of a plan, the seed, and a digest of the plan.

    ``~[{"drop":"SPY/qty"}]`` at the end is one example of a generated plan.
    """

    id: str
    seed: int = 0
    digest: str = ""
    damage: tuple[Any, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Token:
        """Parse a token; seed and digest are optional. Raises BadInput."""
        match = _TOKEN.fullmatch(text)
        if match is None:
            raise BadInput(f"{text!r} is not a token; write FP-1.3/age.10m01s@0#ab12cd34")
        try:
            damage = tuple(json.loads(match["damage"] or "[]"))
        except ValueError:
            raise BadInput(f"expected a JSON list of edits after ~: {match['damage']}") from None
        return cls(match["id"], int(match["seed"] or 0), match["digest"] or "", damage)


def replay(args: argparse.Namespace) -> int:
    """Run one plan again; return 0 when it passes, else 1."""
    token = Token.parse(args.token)
    project = Project.around(Path.cwd())
    name, base = target_name(args.target, project)
    run = _debug if args.pdb else _run
    record = run(token, args, project, name, base)
    for line in format_record(record):
        print(line)
    return 0 if record.verdict is Verdict.PASS else 1


def target_name(option: str, project: Project) -> tuple[str, str]:
    """Return the target and the directory its path starts from: option, ini file or embedded bot."""
    if option and option != EMBEDDED_WORD:
        return option, os.getcwd()
    setting = "" if option else project.text("fp_target")
    return (EMBEDDED if setting in ("", EMBEDDED_WORD) else setting), str(project.root)


def target_info(option: str, project: Project) -> TargetInfo:
    """Load a target and return what is known of it; raises BadInput."""
    from pytest_fpharness.runner.target_loader import TargetError, inspect_target, load_target

    name, base = target_name(option, project)
    sys.path.insert(0, base)
    try:
        return inspect_target(load_target(name, base), name)
    except TargetError as error:
        raise BadInput(str(error)) from None


def _run(token: Token, args: argparse.Namespace, project: Project, name: str, base: str) -> Record:
    from pytest_fpharness.runner.runner import HarnessFailed, Runner, TargetFailed

    try:
        with Runner(
            name, base=base, seed=token.seed, extensions=project.extensions, access=project.access
        ) as runner:
            return runner.run(plan_of(token, args, project, runner.info))
    except (TargetFailed, HarnessFailed) as error:
        raise BadInput(f"cannot use the target: {error}") from None


def plan_of(token: Token, args: argparse.Namespace, project: Project, info: TargetInfo) -> Plan:
    """Return the plan that the token names; warn when it has changed since."""
    from pytest_fpharness.catalog.expand import expand
    from pytest_fpharness.judge.record_builder import plan_digest

    plans = expand(project.catalog(args.scenarios), info)
    plan = next((plan for plan in plans if plan.id == token.id), None)
    if plan is None:
        hint = did_you_mean(token.id, [plan.id for plan in plans])
        raise BadInput(f"the catalog has no '{token.id}'{hint}")
    plan = _example(plan, token, one_run=bool(args.pdb))
    now = plan_digest(plan)
    if token.digest and token.digest != now:
        changed = f"the scenario has changed since (was {token.digest}, is {now})"
        print(f"warning: {changed}; this is not the recorded run", file=sys.stderr)
    return plan


def _example(plan: Plan, token: Token, *, one_run: bool) -> Plan:
    """Return the plan, or the example of it that the token names; raises BadInput."""
    from pytest_fpharness.model.damage import problem_of
    from pytest_fpharness.runner.generation.examples import example_plan

    if plan.generate is None:
        if token.damage:
            raise BadInput(f"{plan.id} is not generated; remove the part after ~")
        return plan
    for edit in token.damage:
        if problem := problem_of(edit, bytes_too=plan.generate.bytes_too):
            raise BadInput(f"{flow(edit)}: {problem}")
    if token.damage:
        return example_plan(plan, token.damage)
    if one_run:
        raise BadInput(f"{plan.id} has many examples; add one after ~, as its failure prints it")
    return plan


def _debug(
    token: Token, args: argparse.Namespace, project: Project, name: str, base: str
) -> Record:
    """Run the plan in this process, without a fork, so that a debugger works."""
    from pytest_fpharness.judge.record_builder import build_record
    from pytest_fpharness.runner.loaded_target import load
    from pytest_fpharness.runner.target_loader import TargetError
    from pytest_fpharness.runner.world_process import WorldProcess

    here = os.getcwd()
    sys.path.insert(0, base)
    root = os.path.join(tempfile.mkdtemp(prefix="fpharness-"), "area")
    try:
        loaded = load(
            name, base, root, seed=token.seed, wall=DEBUG_WALL, extensions=project.extensions
        )
    except (TargetError, ExtensionError) as error:
        raise BadInput(f"cannot use the target: {error}") from None
    os.chdir(here)
    try:
        plan = plan_of(token, args, project, loaded.info)
    except BadInput:
        loaded.clock.thaw()
        shutil.rmtree(os.path.dirname(root))
        raise
    os.chdir(loaded.area.run)
    process = WorldProcess(loaded, plan, on_crash=_post_mortem)
    outcome = process.run.carry_on(PlannedRun(MAIN, plan))
    timeline = process.run.world.timeline
    outcome.rows, outcome.digest = timeline.to_rows(), timeline.digest()
    process.run.supervisor.unpatch()
    process.run.world.deactivate()
    loaded.clock.thaw()
    os.chdir(here)
    shutil.rmtree(os.path.dirname(root))
    return build_record(plan, outcome, loaded.info, seed=token.seed)


def _post_mortem(process: str, error: BaseException) -> None:
    """Open a debugger where an exception left one of the bot's processes."""
    import pdb

    pdb.post_mortem(error.__traceback__)


def format_record(record: Record) -> Iterator[str]:
    """Yield the lines of a record: the verdict, every clause, and a compact timeline."""
    yield f"{record.id} {record.verdict}  ({record.target}, {record.token})"
    yield f"  fault: {record.fault or 'none'}"
    for clause in record.clauses:
        yield _clause(clause)
    for companion in record.companions:
        yield f"  {companion.verdict:8} companion {companion.name}" + "".join(
            f"\n           {r}" for r in companion.reasons
        )
    for example in record.examples:
        reason = f": {example.reason}" if example.reason else ""
        kind = ABSENT if example.label == ABSENT else f"a {example.label}"
        yield f"  {example.verdict:8} example, {kind}: {example.damage}{reason}"
    if record.suggestion:
        yield "  smallest failing example, as a variant:"
        yield from (f"    {line}" for line in record.suggestion.splitlines())
    if not record.clauses:
        yield from (f"  {reason}" for reason in record.reasons)
    yield "  timeline:"
    yield from _timeline(record)
    if record.output.strip():
        yield "  output:"
        yield from (f"    {line}" for line in record.output.rstrip().splitlines()[-20:])


def _clause(clause: Clause) -> str:
    proof = f"  (fails under {clause.killed_by[0]})" if clause.killed_by else ""
    reason = f": {clause.reason}" if clause.reason else ""
    return f"  {clause.verdict:8} {clause.name}{reason}{proof}"


def _timeline(record: Record) -> Iterator[str]:
    from pytest_fpharness.report.render.events import events_of
    from pytest_fpharness.report.render.timeline_view import TimelineView

    shown, hidden = events_of(TimelineView(record))
    for event in shown:
        at = format_duration(event.at // 10**6 * 10**6)
        line = f"    {at:>10}  {event.actor or 'world':15} {event.kind:16} {event.text}"
        yield line[:160].rstrip()
    if hidden:
        yield f"    and {hidden} more events"
