"""From one scenario to its plan, clause by clause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pytest_fpharness.catalog.models import Scenario
from pytest_fpharness.catalog.syntax.keys import RULES
from pytest_fpharness.catalog.syntax.strict_yaml import Node
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
    Rules,
)
from .cascades import cascades
from .displays import settle_logs, settle_shows
from .generation import settle_generate
from .injections import roles_of, settle_injections
from .resolver import BUILT_IN, ClauseLayers, Resolver, format_value, plain_lines


def build_plan(resolver: Resolver) -> Plan:
    """The settled plan of the resolver's scenario; mistakes go to its reader's problems."""
    point, scenario, simple = resolver.point, resolver.scenario, resolver.simple
    world = _world(resolver)
    plan = Plan(
        fp=point.fp,
        variant=scenario.id,
        title=point.title,
        severity=point.severity,
        twin=scenario.twin,
        source=point.file,
        line=scenario.line,
        covers=_covers(resolver),
        world=world,
        inject=settle_injections(resolver),
        phase=simple("phase", "middle"),
        lift=simple("lift", None),
        detect=_detect(resolver),
        steady=_steady(resolver, world.get("market") == "closed"),
        long=simple("long", False),
    )
    plan = replace(plan, generate=settle_generate(resolver, plan.inject))
    plan = _expect_nothing(resolver, plan) if scenario.twin else _expectations(resolver, plan)
    return replace(plan, needs=_needs(resolver, plan), rules=_rules(resolver))


def _rules(resolver: Resolver) -> Rules:
    """The rules of ``catalog.yaml``, as far as they concern the failure point."""
    fp, values = resolver.point.fp, {}
    for key, value in resolver.defaults.rules.items():
        if value.node.data is None or key not in RULES.keys:
            continue
        result = resolver.reader.read(RULES.keys[key], value.node)
        if key == "exits_continue":
            result = any(fp == id or fp.startswith(f"{id}.") for id in result or ())
        if result:
            values[key] = result
            resolver.note("rules", key, format_value(result, RULES.keys[key].type), value.origin)
    return Rules(**values)


def _expect_nothing(resolver: Resolver, plan: Plan) -> Plan:
    """A twin expects nothing, save a colour that it states itself (S24)."""
    during, after = "GREEN", "GREEN"
    if "readiness" in _own(resolver.scenario):
        during, after = _readiness(resolver)
    return replace(plan, readiness=during, readiness_after=after, recover=0)


def _expectations(resolver: Resolver, plan: Plan) -> Plan:
    during, after = _readiness(resolver)
    alert, severity = _alert(resolver)
    return replace(
        plan,
        readiness=during,
        readiness_after=after,
        alert=alert,
        escalate=_escalate(resolver, severity),
        heal=_heal(resolver),
        recover=resolver.simple("recover", 5 * MINUTE),
        watch=resolver.simple("watch", 0),
        again=resolver.simple("again", None),
        limit=_limit(resolver),
        invariants=_holds(resolver),
        flow=_flow(resolver),
        shows=tuple(settle_shows(resolver)),
        logs=tuple(settle_logs(resolver)),
        allowed=cascades(resolver),
    )


def _own(scenario: Scenario) -> tuple[str, ...]:
    return scenario.replaces


def _covers(resolver: Resolver) -> tuple[str, ...]:
    if resolver.scenario.twin and "covers" not in _own(resolver.scenario):
        return ()
    covers: tuple[str, ...] = resolver.simple("covers", ())
    return covers


def _world(resolver: Resolver) -> Mapping[str, Any]:
    """The default world; a file or variant replaces single keys of it."""
    world: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for key, value in resolver.defaults.world.items():
        world[key], origins[key] = resolver.reader.tree(value.node), value.origin
    own = resolver.scenario.values.get("world")
    if own is not None and not own.node.is_map:
        resolver.reader.fail(own.node, "'world' needs a mapping")
    elif own is not None:
        for key, node in own.node.data.items():
            world[key] = resolver.reader.tree(node)
            origins[key] = f"{resolver.point.file}:{node.line}"
    for name, text in plain_lines(world):
        resolver.note("world", name, text, origins[name.split(".")[0]])
    return world


def _steady(resolver: Resolver, closed: bool) -> tuple[Predicate, ...]:
    """The default lines, but for orders where the world's market is closed, then the file's own."""
    lines: list[Predicate] = []
    own = resolver.scenario.values.get("steady")
    for value in (resolver.defaults.steady, own):
        if value is not None:
            predicates = resolver.reader.predicates(value.node)
            if closed and value is not own:
                predicates = tuple(
                    line for line in predicates if not line.signal.startswith("orders.")
                )
            lines += predicates
            for line in predicates:
                resolver.note("steady", "", line.text, value.origin)
    return tuple(lines)


def _detect(resolver: Resolver) -> Detect:
    clause = resolver.clause("detect")
    gate = clause.get("gate", "") if clause.has("gate") else ""
    # A limit that works is never a colour: the status stays OK unless the file says otherwise.
    status = "OK" if gate and not clause.has("status") else clause.get("status", "ERROR")
    within = clause.get("within", MINUTE)
    early = clause.get("not_before", 0, note=clause.has("not_before"))
    return Detect(status, within, early, "gate" if gate else "health", gate)


def _readiness(resolver: Resolver) -> tuple[str, str]:
    clause = resolver.clause("readiness")
    during = clause.get("during", {"critical": "RED"}.get(resolver.point.severity, "GREEN"))
    return during, clause.get("after", "GREEN")


def _alert(resolver: Resolver) -> tuple[AlertRule | None, str]:
    """The alert and the severity whose defaults hold for the page as well."""
    own = resolver.scenario.values.get("alert")
    severity = resolver.point.severity
    if own is not None:
        named = own.node.data if own.node.is_scalar else _text(own.node.get("severity"))
        severity = named if named in ("critical", "warning") else severity
    clause = resolver.clause("alert", resolver.layers("alert", severity))
    if clause.off:
        _none(resolver, "alert", severity)
        return None, severity
    rule = AlertRule(
        severity=clause.get("severity", severity),
        within=clause.get("within", resolver.reader.check),
        repeat=clause.get("repeat", 0),
        resolved=clause.get("resolved", True),
        contains=clause.get("contains", ()),
    )
    return rule, severity


def _escalate(resolver: Resolver, severity: str) -> EscalateRule | None:
    clause = resolver.clause("escalate", resolver.layers("escalate", severity))
    if clause.off:
        _none(resolver, "escalate", severity)
        return None
    return EscalateRule(clause.get("after", 15 * MINUTE), clause.get("contains", ()))


def _none(resolver: Resolver, key: str, severity: str) -> None:
    layers = resolver.layers(key, severity)
    resolver.note(key, "", "none", layers[0].origin if layers else BUILT_IN)


def _text(node: Node | None) -> Any:
    return node.data if node is not None and node.is_scalar else None


def _heal(resolver: Resolver) -> HealRule:
    layers = resolver.layers("heal")
    if layers and layers[0].node.data == "escalate" and "heal" in resolver.point.values:
        # What is tried stands in the file; the variant only says that it must give up.
        layers.insert(1, resolver.point.values["heal"])
    clause = resolver.clause("heal", layers)
    if clause.word == "none":
        resolver.note("heal", "kind", "none", layers[0].origin)
        return HealRule()
    gives_up = clause.get("gives_up", clause.word == "escalate", note=False)
    if gives_up:
        resolver.note("heal", "gives_up", "true", layers[0].origin)
    kind = _kind(clause)
    rule = HealRule(kind=kind, verify=_verify(clause), gives_up=gives_up)
    if kind not in ("none", "manual"):
        rule = replace(rule, within=clause.get("within", 5 * MINUTE))
    if kind in ("auto", "declared"):
        return _auto(resolver, clause, rule)
    if kind == "retry" and clause.has("retries"):
        return replace(rule, retries=clause.get("retries", None))
    if kind == "fallback":
        others = clause.get("others", "") == "trade"
        return replace(rule, retries=clause.get("retries", None), others_trade=others)
    return rule


def _kind(clause: ClauseLayers) -> str:
    implied = "auto" if clause.has("restart", "rewrite") else ""
    if clause.has("retries", "others"):
        implied = "fallback"
    if implied and not clause.has("kind"):
        clause.resolver.note("heal", "kind", implied, clause.maps[0][1])
        return implied
    kind: str = clause.get("kind", "none")
    return kind


def _verify(clause: ClauseLayers) -> tuple[Predicate, ...]:
    lines: tuple[Predicate, ...] = clause.get("verify", (), note=False)
    for line in lines:
        clause.resolver.note("heal", "verify", line.text, clause.maps[0][1])
    return lines


def _auto(resolver: Resolver, clause: ClauseLayers, rule: HealRule) -> HealRule:
    restart, rewrite = clause.get("restart", ""), clause.get("rewrite", "")
    if bool(restart) == bool(rewrite):
        node = clause.maps[0][0]
        resolver.reader.fail(node, "heal needs either restart: a process, or rewrite: a file role")
    least, most = clause.get("attempts", (None, None), note=False)
    least, most = 1 if least is None else least, 3 if most is None else most
    resolver.note("heal", "attempts", f"{least} to {most}", _origin(clause, "attempts"))
    spacing = clause.get("spacing", 0)
    return replace(
        rule,
        restart=restart,
        rewrite=rewrite,
        min_attempts=least,
        max_attempts=most,
        spacing=spacing,
    )


def _origin(clause: ClauseLayers, key: str) -> str:
    origins = (origin for node, origin in clause.maps if node.get(key) is not None)
    return next(origins, BUILT_IN)


def _limit(resolver: Resolver) -> LimitRule | None:
    value = resolver.scenario.values.get("limit")
    if value is None:
        return None
    clause = resolver.clause("limit", [value])
    for key in ("gate", "blocks", "until"):
        if not clause.has(key):
            resolver.reader.fail(value.node, f"'limit' needs '{key}'")
    parts = (clause.get(key, default) for key, default in _LIMIT)
    return LimitRule(*parts)


def _holds(resolver: Resolver) -> tuple[Predicate, ...]:
    value = resolver.scenario.values.get("holds")
    lines = resolver.reader.predicates(value.node) if value is not None else []
    for line in lines:
        resolver.note("holds", "", line.text, value.origin if value is not None else BUILT_IN)
    return tuple(lines)


def _flow(resolver: Resolver) -> FlowRule | None:
    value = resolver.scenario.values.get("flow")
    if value is None:
        return None
    clause = resolver.clause("flow", [value])
    if not clause.has("symbol"):
        resolver.reader.fail(value.node, "'flow' needs 'symbol'")
    score = float(clause.get("score", 0)) if clause.has("score") else None
    ends, side = clause.get("ends", "order"), clause.get("side", "buy")
    return FlowRule(clause.get("symbol", ""), score, ends, side)


_LIMIT = (("gate", ""), ("blocks", ""), ("until", 0), ("frees", ""))


def _needs(resolver: Resolver, plan: Plan) -> tuple[str, ...]:
    """The file's own ``needs``, then the roles that its faults, healing and logs name."""
    named: tuple[str, ...] = resolver.simple("needs", ())
    roles = list(named) + roles_of(plan, resolver.reader.vocabulary)
    roles += [plan.heal.restart, plan.heal.rewrite, "decisions" if plan.detect.by == "gate" else ""]
    needs = tuple(dict.fromkeys(role for role in roles if role))
    if needs:
        resolver.note("needs", "", format_value(needs), "the clauses above")
    return needs
