"""Invariant of files: a monitor that heals writes only files that the fault broke."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_fpharness.judge.case import Case
from pytest_fpharness.judge.evidence import Evidence
from pytest_fpharness.model.events import Kind
from .registry import Violations

Users = Mapping[str, Mapping[str, set[str]]]


def file_users(control: Evidence) -> Users:
    """Readers and writers of each file in a run without faults, cached for all plans of its world."""
    if "file_users" not in control.memory:
        by_role: dict[str, dict[str, set[str]]] = {}
        for kind in ("file.read", "file.write"):
            for event in control.of(kind):
                role = str(event.facts.get("role") or "log.")
                if event.actor and not role.startswith("log."):  # one more log line does no harm
                    by_role.setdefault(role, {}).setdefault(kind, set()).add(event.actor)
        control.memory["file_users"] = by_role
    known: Users = control.memory["file_users"]
    return known


def files_of_others(case: Case) -> dict[str, str]:
    """Files that a monitor must not write, each with a process that uses it.

    In the control run a process that is not a monitor reads or writes them, and no monitor writes
    them; neither the fault nor its healing names them.
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


def others_files_kept(case: Case) -> Violations:
    """No monitor writes or deletes an intact file that only other processes use."""
    kept, monitors, begin = files_of_others(case), case.monitors, case.marks.get("injected", 0)
    end = case.control.end if case.control else 0  # nothing is known about later writes
    changes: Mapping[Kind, str] = {"file.write": "wrote", "file.delete": "deleted"}
    for kind, did in changes.items():
        for event in case.evidence.of(kind, begin, end):
            role = event.facts.get("role")
            if role in kept and event.actor in monitors:
                subject = f"{event.actor} {did} {role}, which {kept[role]} uses"
                yield event.at, f"{subject} and which was not broken"
