"""From one scenario to its plan, clause by clause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pytest_fpharness.catalog.cascades import cascades
from pytest_fpharness.catalog.generate import settle_generate
from pytest_fpharness.catalog.injections import roles_of, settle_injections
from pytest_fpharness.catalog.models import Scenario
from pytest_fpharness.catalog.settle import BUILT_IN, Clause, Settler, plain_lines, show
from pytest_fpharness.catalog.strict_yaml import Node
from pytest_fpharness.catalog.visible import settle_logs, settle_shows
from pytest_fpharness.model.duration import MINUTE
from pytest_fpharness.model.plan import (
    AlertRule,
    Detect,
    EscalateRule,
    FlowRule,
    HealRule,
    LimitRule,
    Plan,
    Predicate,
)


def build_plan(settler: Settler) -> Plan:
    """The settled plan of the settler's scenario; mistakes go to its reader's problems."""
    point, scenario, simple = settler.point, settler.scenario, settler.simple
    world = _world(settler)
    plan = Plan(
        fp=point.fp,
        variant=scenario.id,
        title=point.title,
        severity=point.severity,
        twin=scenario.twin,
        source=point.file,
        line=scenario.line,
        covers=_covers(settler),
        world=world,
        inject=settle_injections(settler),
        phase=simple("phase", "middle"),
        lift=simple("lift", None),
        detect=_detect(settler),
        steady=_steady(settler, world.get("market") == "closed"),
        long=simple("long", False),
    )
    plan = replace(plan, generate=settle_generate(settler, plan.inject))
    plan = _quiet(settler, plan) if scenario.twin else _expectations(settler, plan)
    return replace(plan, needs=_needs(settler, plan))


def _quiet(settler: Settler, plan: Plan) -> Plan:
    """A twin expects nothing, save a colour that it states itself (S24)."""
    during, after = "GREEN", "GREEN"
    if "readiness" in _own(settler.scenario):
        during, after = _readiness(settler)
    return replace(plan, readiness=during, readiness_after=after, recover=0)


def _expectations(settler: Settler, plan: Plan) -> Plan:
    during, after = _readiness(settler)
    alert, severity = _alert(settler)
    return replace(
        plan,
        readiness=during,
        readiness_after=after,
        alert=alert,
        escalate=_escalate(settler, severity),
        heal=_heal(settler),
        recover=settler.simple("recover", 5 * MINUTE),
        watch=settler.simple("watch", 0),
        again=settler.simple("again", None),
        limit=_limit(settler),
        holds=_holds(settler),
        flow=_flow(settler),
        shows=tuple(settle_shows(settler)),
        logs=tuple(settle_logs(settler)),
        allowed=cascades(settler),
    )


def _own(scenario: Scenario) -> tuple[str, ...]:
    return scenario.replaces


def _covers(settler: Settler) -> tuple[str, ...]:
    if settler.scenario.twin and "covers" not in _own(settler.scenario):
        return ()
    covers: tuple[str, ...] = settler.simple("covers", ())
    return covers


def _world(settler: Settler) -> Mapping[str, Any]:
    """The default world; a file or variant replaces single keys of it."""
    world: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for key, value in settler.defaults.world.items():
        world[key], origins[key] = settler.reader.tree(value.node), value.origin
    mine = settler.scenario.values.get("world")
    if mine is not None and not mine.node.is_map:
        settler.reader.fail(mine.node, "'world' needs a mapping")
    elif mine is not None:
        for key, node in mine.node.data.items():
            world[key] = settler.reader.tree(node)
            origins[key] = f"{settler.point.file}:{node.line}"
    for name, text in plain_lines(world):
        settler.note("world", name, text, origins[name.split(".")[0]])
    return world


def _steady(settler: Settler, closed: bool) -> tuple[Predicate, ...]:
    """The default lines, but for orders where the world's market is closed, then the file's own."""
    lines: list[Predicate] = []
    mine = settler.scenario.values.get("steady")
    for value in (settler.defaults.steady, mine):
        if value is not None:
            found = settler.reader.predicates(value.node)
            if closed and value is not mine:
                found = tuple(line for line in found if not line.signal.startswith("orders."))
            lines += found
            for line in found:
                settler.note("steady", "", line.text, value.origin)
    return tuple(lines)


def _detect(settler: Settler) -> Detect:
    clause = settler.clause("detect")
    gate = clause.get("gate", "") if clause.has("gate") else ""
    # A limit that works is never a colour: the status stays OK unless the file says otherwise.
    status = "OK" if gate and not clause.has("status") else clause.get("status", "ERROR")
    within = clause.get("within", MINUTE)
    early = clause.get("not_before", 0, note=clause.has("not_before"))
    return Detect(status, within, early, "gate" if gate else "health", gate)


def _readiness(settler: Settler) -> tuple[str, str]:
    clause = settler.clause("readiness")
    during = clause.get("during", {"critical": "RED"}.get(settler.point.severity, "GREEN"))
    return during, clause.get("after", "GREEN")


def _alert(settler: Settler) -> tuple[AlertRule | None, str]:
    """The alert and the severity whose defaults hold for the page as well."""
    own = settler.scenario.values.get("alert")
    severity = settler.point.severity
    if own is not None:
        named = own.node.data if own.node.is_scalar else _text(own.node.get("severity"))
        severity = named if named in ("critical", "warning") else severity
    clause = settler.clause("alert", settler.layers("alert", severity))
    if clause.off:
        _none(settler, "alert", severity)
        return None, severity
    rule = AlertRule(
        severity=clause.get("severity", severity),
        within=clause.get("within", settler.reader.check),
        repeat=clause.get("repeat", 0),
        resolved=clause.get("resolved", True),
        contains=clause.get("contains", ()),
    )
    return rule, severity


def _escalate(settler: Settler, severity: str) -> EscalateRule | None:
    clause = settler.clause("escalate", settler.layers("escalate", severity))
    if clause.off:
        _none(settler, "escalate", severity)
        return None
    return EscalateRule(clause.get("after", 15 * MINUTE), clause.get("contains", ()))


def _none(settler: Settler, key: str, severity: str) -> None:
    layers = settler.layers(key, severity)
    settler.note(key, "", "none", layers[0].origin if layers else BUILT_IN)


def _text(node: Node | None) -> Any:
    return node.data if node is not None and node.is_scalar else None


def _heal(settler: Settler) -> HealRule:
    layers = settler.layers("heal")
    if layers and layers[0].node.data == "escalate" and "heal" in settler.point.values:
        # What is tried stands in the file; the variant only says that it must give up.
        layers.insert(1, settler.point.values["heal"])
    clause = settler.clause("heal", layers)
    if clause.word == "none":
        settler.note("heal", "kind", "none", layers[0].origin)
        return HealRule()
    gives_up = clause.get("gives_up", clause.word == "escalate", note=False)
    if gives_up:
        settler.note("heal", "gives_up", "true", layers[0].origin)
    kind = _kind(clause)
    rule = HealRule(kind=kind, verify=_verify(clause), gives_up=gives_up)
    if kind not in ("none", "manual"):
        rule = replace(rule, within=clause.get("within", 5 * MINUTE))
    if kind in ("auto", "declared"):
        return _auto(settler, clause, rule)
    if kind == "retry" and clause.has("retries"):
        return replace(rule, retries=clause.get("retries", None))
    if kind == "fallback":
        others = clause.get("others", "") == "trade"
        return replace(rule, retries=clause.get("retries", None), others_trade=others)
    return rule


def _kind(clause: Clause) -> str:
    implied = "auto" if clause.has("restart", "rewrite") else ""
    if clause.has("retries", "others"):
        implied = "fallback"
    if implied and not clause.has("kind"):
        clause.settler.note("heal", "kind", implied, clause.maps[0][1])
        return implied
    kind: str = clause.get("kind", "none")
    return kind


def _verify(clause: Clause) -> tuple[Predicate, ...]:
    found: tuple[Predicate, ...] = clause.get("verify", (), note=False)
    for line in found:
        clause.settler.note("heal", "verify", line.text, clause.maps[0][1])
    return found


def _auto(settler: Settler, clause: Clause, rule: HealRule) -> HealRule:
    restart, rewrite = clause.get("restart", ""), clause.get("rewrite", "")
    if bool(restart) == bool(rewrite):
        node = clause.maps[0][0]
        settler.reader.fail(node, "heal needs either restart: a process, or rewrite: a file role")
    least, most = clause.get("attempts", (None, None), note=False)
    least, most = 1 if least is None else least, 3 if most is None else most
    settler.note("heal", "attempts", f"{least} to {most}", _origin(clause, "attempts"))
    spacing = clause.get("spacing", 0)
    return replace(
        rule,
        restart=restart,
        rewrite=rewrite,
        min_attempts=least,
        max_attempts=most,
        spacing=spacing,
    )


def _origin(clause: Clause, key: str) -> str:
    found = (origin for node, origin in clause.maps if node.get(key) is not None)
    return next(found, BUILT_IN)


def _limit(settler: Settler) -> LimitRule | None:
    value = settler.scenario.values.get("limit")
    if value is None:
        return None
    clause = settler.clause("limit", [value])
    for key in ("gate", "blocks", "until"):
        if not clause.has(key):
            settler.reader.fail(value.node, f"'limit' needs '{key}'")
    parts = (clause.get(key, default) for key, default in _LIMIT)
    return LimitRule(*parts)


def _holds(settler: Settler) -> tuple[Predicate, ...]:
    value = settler.scenario.values.get("holds")
    lines = settler.reader.predicates(value.node) if value is not None else []
    for line in lines:
        settler.note("holds", "", line.text, value.origin if value is not None else BUILT_IN)
    return tuple(lines)


def _flow(settler: Settler) -> FlowRule | None:
    value = settler.scenario.values.get("flow")
    if value is None:
        return None
    clause = settler.clause("flow", [value])
    if not clause.has("symbol"):
        settler.reader.fail(value.node, "'flow' needs 'symbol'")
    score = float(clause.get("score", 0)) if clause.has("score") else None
    ends, side = clause.get("ends", "order"), clause.get("side", "buy")
    return FlowRule(clause.get("symbol", ""), score, ends, side)


_LIMIT = (("gate", ""), ("blocks", ""), ("until", 0), ("frees", ""))


def _needs(settler: Settler, plan: Plan) -> tuple[str, ...]:
    """The file's own ``needs``, then the roles that its faults, healing and logs name."""
    named: tuple[str, ...] = settler.simple("needs", ())
    found = list(named) + roles_of(plan, settler.reader.vocabulary)
    found += [plan.heal.restart, plan.heal.rewrite, "decisions" if plan.detect.by == "gate" else ""]
    needs = tuple(dict.fromkeys(role for role in found if role))
    if needs:
        settler.note("needs", "", show(needs), "the clauses above")
    return needs
