"""``generate``: one variant whose fault takes damage that is drawn when it runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from pytest_fpharness.catalog.models import Value
from pytest_fpharness.catalog.syntax.reader import DAMAGE
from pytest_fpharness.model.damage import flow
from pytest_fpharness.model.layout import Layout
from pytest_fpharness.model.plan import Generate, Injection, Plan
from pytest_fpharness.model.suggestions import closest
from pytest_fpharness.model.vocabulary import ParamSpec
from .resolver import Resolver

#: In the text of an injection, where the damage belongs.
HERE: Final = "<damage>"
#: The least examples: a fault and a twin; more than the most is a job for a fuzzer.
LEAST, MOST = 2, 1000

Taker = tuple[int, ParamSpec]


def settle_generate(resolver: Resolver, inject: Sequence[Injection]) -> Generate | None:
    """What is generated for a scenario, or None; mistakes go to the resolver's reader."""
    value = resolver.scenario.values.get("generate")
    if value is None:
        return None
    clause = resolver.clause("generate", [value])
    name, examples = clause.get("shape", ""), clause.get("examples", 10)
    takers = list(_takers(resolver, inject))
    if mistake := _mistake(resolver, inject, name, examples, takers):
        resolver.reader.fail(value.node, mistake)
        return None
    index, param = takers[0]
    return Generate(
        shape=name,
        index=index,
        parameter=param.name,
        bytes_too=param.type == "file_damage",
        whole=clause.get("whole", True),
        examples=examples,
        own=_own(resolver, inject[index], param),
    )


def with_rule(plan: Plan, layout: Layout) -> Plan:
    """The plan with the shape that the target's layout holds under the name."""
    if plan.generate is None:
        return plan
    name = plan.generate.shape
    rule, lacks = layout.shapes.get(name), ""
    # The bytes of a file can be damaged without a shape, but an unknown name may be a typo.
    if rule is None and not (plan.generate.bytes_too and name in layout.files):
        suggestion = closest(name, layout.shapes)
        lacks = f"shape '{name}'" + (f"; did you mean '{suggestion}'?" if suggestion else "")
    return replace(plan, generate=replace(plan.generate, rule=rule, lacks=lacks))


def _takers(resolver: Resolver, inject: Sequence[Injection]) -> Iterator[Taker]:
    for index, injection in enumerate(inject):
        spec = resolver.reader.vocabulary.faults[injection.fault]
        yield from ((index, param) for param in spec.params if param.type in DAMAGE)


def _mistake(
    resolver: Resolver,
    inject: Sequence[Injection],
    name: str,
    examples: int,
    takers: Sequence[Taker],
) -> str:
    if resolver.scenario.twin:
        return "a twin cannot be generated: each generated value is labelled fault or twin automatically"
    if not name:
        return "'generate' needs the name of a shape, such as state.positions"
    if not LEAST <= examples <= MOST:
        return f"'examples' is {LEAST} to {MOST}, not {examples}"
    if len(takers) != 1:
        faults = resolver.reader.vocabulary.faults.values()
        able = sorted(f.name for f in faults if any(p.type in DAMAGE for p in f.params))
        count = "none" if not takers else str(len(takers))
        return f"'generate' needs one fault that takes damage ({', '.join(able)}); here is {count}"
    index, param = takers[0]
    if inject[index].params[param.name] is not None:
        return (
            f"'{param.name}' is generated here: leave it out of the fault, or leave 'generate' out"
        )
    return ""


def _own(resolver: Resolver, taker: Injection, param: ParamSpec) -> dict[str, str]:
    """What a variant must say to repeat an example: its own keys, and the injection."""
    values, own = resolver.scenario.values, {}
    for key in ("inject", "then"):
        if key in values:
            own[key] = _inject(resolver, values[key], taker, param)
    for key in resolver.scenario.replaces:
        if key not in ("inject", "then", "generate"):
            own[key] = flow(values[key].node.plain()) if key in values else "null"
    return own


def _inject(resolver: Resolver, inject: Value, taker: Injection, param: ParamSpec) -> str:
    spec = resolver.reader.vocabulary.faults[taker.fault]
    tree = inject.node.plain()
    for group in tree if isinstance(tree, list) else [tree]:
        if isinstance(group, dict) and taker.fault in group:
            value: Any = group[taker.fault]
            named = value if isinstance(value, dict) else {spec.params[0].name: value}
            group[taker.fault] = {**named, param.name: HERE}
    return flow(tree).replace(f'"{HERE}"', HERE)
