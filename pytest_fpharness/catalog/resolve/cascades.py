"""What else may show while a fault holds: consequences, and what the same faults provoke (S25)."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_fpharness.catalog.models import Cause
from pytest_fpharness.catalog.resolve.resolver import Resolver
from pytest_fpharness.catalog.syntax.reader import Reader
from pytest_fpharness.model.duration import format_duration


def cascades(resolver: Resolver) -> dict[str, int]:
    """Each other failure point that may show, and from when on after the injection, in ns.

    ``causes`` of ``catalog.yaml`` are closed: what follows a consequence follows as well. ``allows``
    of the scenario names single points: an alarm that the same faults raise from another side
    brings nothing further. While the broker cannot be reached the network is in doubt, too; the
    data are not, though they are where the network fails.
    """
    follows = closure(resolver.point.fp, resolver.defaults.causes, resolver.reader)
    found = {fp: (at, "catalog.yaml: causes") for fp, at in follows.items()}
    if value := resolver.scenario.values.get("allows"):
        for fp, at in resolver.reader.allows(value.node).items():
            found[fp] = min(found.get(fp, (at, value.origin)), (at, value.origin))
    found.pop(resolver.point.fp, None)
    for fp, (at, origin) in sorted(found.items()):
        text = f"from {format_duration(at)} after the injection"
        resolver.note("cascades", fp, text, origin)
    return {fp: at for fp, (at, _) in sorted(found.items())}


def closure(fp: str, causes: Mapping[str, tuple[Cause, ...]], reader: Reader) -> dict[str, int]:
    """``fp`` and every failure point that may follow: the least summed time until then, in ns."""
    found: dict[str, int] = {}
    queue = [(0, fp)]
    while queue:
        queue.sort()
        at, name = queue.pop(0)
        if name in found:
            continue
        found[name] = at
        for cause in causes.get(name, ()):
            queue.append((at + (reader.duration(cause.after.node) or 0), cause.fp))
    return found
