"""Invariants about files: a healer rewrites nothing but what its fault broke."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_fpharness.judge.case import Case
from pytest_fpharness.judge.evidence import Evidence
from pytest_fpharness.judge.invariants.registry import Wrong
from pytest_fpharness.model.events import Kind

Users = Mapping[str, Mapping[str, set[str]]]


def file_users(control: Evidence) -> Users:
    """Who reads and writes each file in a run without a fault; computed once for all its plans."""
    if "file_users" not in control.memory:
        by_role: dict[str, dict[str, set[str]]] = {}
        for kind in ("file.read", "file.write"):
            for event in control.of(kind):
                role = str(event.facts.get("role") or "log.")
                if event.actor and not role.startswith(
                    "log."
                ):  # an additional log line does no harm
                    by_role.setdefault(role, {}).setdefault(kind, set()).add(event.actor)
        control.memory["file_users"] = by_role
    known: Users = control.memory["file_users"]
    return known


def files_of_others(case: Case) -> dict[str, str]:
    """Files that a monitor must not write, with a process that uses each.

    Another process reads or writes them in the control run, no monitor writes them there, and
    neither the fault nor its healing is about them.
    """
    if case.control is None:
        return {}
    monitors, named = case.monitors, {case.plan.heal.rewrite}
    for injection in case.plan.inject:
        named.update(value for value in injection.params.values() if isinstance(value, str))
    owners = {}
    for role, used in file_users(case.control).items():
        others = set().union(*used.values()) - monitors
        if others and role not in named and not used.get("file.write", set()) & monitors:
            owners[role] = min(others)
    return owners


def others_files_kept(case: Case) -> Wrong:
    """No monitor writes or deletes an intact file of another process."""
    kept, monitors, begin = files_of_others(case), case.monitors, case.marks.get("injected", 0)
    end = (
        case.control.end if case.control else 0
    )  # later the control run might have written it, too
    changes: Mapping[Kind, str] = {"file.write": "wrote", "file.delete": "deleted"}
    for kind, did in changes.items():
        for event in case.evidence.of(kind, begin, end):
            role = event.facts.get("role")
            if role in kept and event.actor in monitors:
                subject = f"{event.actor} {did} {role}, which is for {kept[role]}"
                yield event.at, f"{subject} and was not broken"
