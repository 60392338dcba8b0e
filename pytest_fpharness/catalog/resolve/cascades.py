"""Failure points that may show beside the one under test: consequences of it or of its faults (S25)."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_fpharness.catalog.models import Cause
from pytest_fpharness.catalog.syntax.reader import Reader
from pytest_fpharness.model.duration import format_duration
from .resolver import Resolver


def cascades(resolver: Resolver) -> dict[str, int]:
    """Each failure point that may show as well, and from when on after the injection, in ns.

    ``causes`` of ``catalog.yaml`` are transitive; ``allows`` of the scenario is not. Example: a fault
    that cuts the broker off may also show FP-6.6 (the network), which is in ``allows``. What
    follows from FP-6.6, such as stale data, is not allowed by that.
    """
    follows = closure(resolver.point.fp, resolver.defaults.causes, resolver.reader)
    allowed = {fp: (at, "catalog.yaml: causes") for fp, at in follows.items()}
    if value := resolver.scenario.values.get("allows"):
        for fp, at in resolver.reader.allows(value.node).items():
            allowed[fp] = min(allowed.get(fp, (at, value.origin)), (at, value.origin))
    allowed.pop(resolver.point.fp, None)
    for fp, (at, origin) in sorted(allowed.items()):
        text = f"from {format_duration(at)} after the injection"
        resolver.note("cascades", fp, text, origin)
    return {fp: at for fp, (at, _) in sorted(allowed.items())}


def closure(fp: str, causes: Mapping[str, tuple[Cause, ...]], reader: Reader) -> dict[str, int]:
    """``fp`` and every failure point that may follow: the least summed time until then, in ns."""
    times: dict[str, int] = {}
    queue = [(0, fp)]
    while queue:
        queue.sort()
        at, name = queue.pop(0)
        if name in times:
            continue
        times[name] = at
        for cause in causes.get(name, ()):
            queue.append((at + (reader.duration(cause.after.node) or 0), cause.fp))
    return times
