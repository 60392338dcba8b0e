"""One example of a generated plan: the ordinary plan of it, its token, and its text to be kept."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Sequence
from typing import Any, Final

from pytest_fpharness.model.damage import FAULT, flow, label
from pytest_fpharness.model.plan import Plan

#: Keys of a scenario that a twin may have: what is expected of a fault is not expected of it.
_OF_TWINS: Final = (
    "inject", "then", "phase", "lift", "detect", "steady", "world", "needs", "long",
)  # fmt: skip

Damage = Sequence[Any]


def example_plan(plan: Plan, damage: Damage) -> Plan:
    """The ordinary plan of one example: a fault as the variant says, or a twin that expects nothing."""
    made = plan.generate
    assert made is not None
    injections = list(plan.inject)
    taker = injections[made.index]
    params = {**taker.params, made.parameter: list(damage)}
    injections[made.index] = dataclasses.replace(taker, params=params)
    ordinary = dataclasses.replace(plan, inject=tuple(injections), generate=None)
    return ordinary if label(damage, made.rule) == FAULT else ordinary.expecting_nothing()


def example_token(plan: Plan, damage: Damage, seed: int) -> str:
    """What ``fpharness replay`` takes to repeat one example."""
    from pytest_fpharness.judge.record_builder import token_of

    text = json.dumps(damage, separators=(",", ":"))
    return f"{token_of(example_plan(plan, damage), seed)}~{text}"


def variant_text(plan: Plan, damage: Damage) -> str:
    """An example as YAML that can be put into the scenario file as it is."""
    from pytest_fpharness.catalog.resolve.generation import HERE

    made = plan.generate
    assert made is not None
    kind, text = label(damage, made.rule), flow(damage)
    name = f"found_{hashlib.sha256(text.encode()).hexdigest()[:6]}"
    own = {k: v for k, v in made.own.items() if kind == FAULT or k in _OF_TWINS}
    lines = ["variants:" if kind == FAULT else "twins:", f"  {name}:"]
    lines += [f"    {key}: {value.replace(HERE, text)}" for key, value in own.items()]
    return "\n".join(lines)
