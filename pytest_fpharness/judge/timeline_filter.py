"""Filter a timeline for the record: drop reads, writes, answered calls and unchanged samples.

The digest covers the whole timeline; ``fpharness replay`` reproduces it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

_CHATTER: Final = frozenset(
    {"webhook.received", "processes.read", "file.read", "file.write", "books", "check"}
)


def compact_timeline(rows: Iterable[list[Any]]) -> tuple[Any, ...]:
    """Return the rows that a record keeps; of samples, those in which a claim changed."""
    kept: list[Any] = []
    shown: dict[str, Any] = {}
    for row in rows:
        at, kind, actor, facts = row
        if kind in _CHATTER or (kind == "http" and _answered(facts)):
            continue
        if kind == "pages":
            facts = {name: _without_documents(page) for name, page in facts.items()}
            kept.append([at, kind, actor, facts])
            continue
        if kind != "sample":
            kept.append(row)
            continue
        claims = _claims(facts)
        if claims != shown.get(actor):
            shown[actor] = claims
            kept.append([at, kind, actor, {**claims, "checked_at": facts["checked_at"]}])
    return tuple(kept)


def _without_documents(page: Any) -> Any:
    """Drop the texts that the catalog has as well."""
    documented = ("documentation", "manual_steps")
    return (
        {n: v for n, v in page.items() if n not in documented} if isinstance(page, dict) else page
    )


def _answered(facts: Mapping[str, Any]) -> bool:
    return "error" not in facts and int(facts.get("status", 0)) < 400


def _claims(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The claims whose change a person would notice; without ``last_check``."""
    row = (facts["dashboard"] or {}).get("row")
    if row is not None:
        row = {name: value for name, value in row.items() if name != "last_check"}
    healing = {
        fp: {name: value for name, value in claim.items() if name != "manual_steps"}
        for fp, claim in facts["healing"].items()
    }
    return {
        "readiness": facts["readiness"],
        "status": facts["status"],
        "healing": healing,
        "dashboard": {"row": row},
    }
