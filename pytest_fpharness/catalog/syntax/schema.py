"""JSON Schemas (draft 2020-12) of scenario files and ``catalog.yaml``, for editors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pytest_fpharness.model.damage import EDITS
from pytest_fpharness.model.vocabulary import FaultSpec, ParamSpec, Vocabulary
from .keys import (
    AXIS,
    CATALOG,
    CHECKLIST,
    CLAUSES,
    DEMAND,
    FILE,
    FP_ID,
    LOG,
    NAME,
    REQUIREMENT,
    REQUIREMENT_ID,
    RULES,
    SCENARIO,
    SEVERITIES,
    SHOW,
    Key,
    Shape,
)

_TEXT: Final = {"type": ["string", "number"]}
_SPAN: Final = {
    "type": "string",
    "pattern": r"^(-?([0-9]+(\.[0-9]+)?(ms|d|h|m|s))+|[0-9]+ (checks?|cycles?)|.* [+-] .*|"
    r".*\$\{[^}]+\}.*)$",
}
_COUNT: Final = {"anyOf": [{"type": "integer", "minimum": 0}, {"$ref": "#/$defs/reference"}]}
_NUMBER: Final = {"anyOf": [{"type": "number"}, {"$ref": "#/$defs/reference"}]}
_TEXTS: Final = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}
_PLAIN: Final[Mapping[str, Any]] = {
    "text": _TEXT,
    "role": _TEXT,
    "texts": _TEXTS,
    "predicates": _TEXTS,
    "duration": {"$ref": "#/$defs/duration"},
    "point": {"anyOf": [{"$ref": "#/$defs/duration"}, {"type": "integer"}]},
    "count": _COUNT,
    "number": _NUMBER,
    "tolerance": {"anyOf": [_NUMBER, {"$ref": "#/$defs/duration"}]},
    "flag": {"type": "boolean"},
    "world": {"type": "object"},
    "inject": {"$ref": "#/$defs/inject"},
    "variants": {
        "type": "object",
        "propertyNames": {"pattern": f"^{NAME.pattern}$"},
        "additionalProperties": {"$ref": "#/$defs/variant"},
    },
    "end": {"anyOf": [{"enum": ["twin", "fault"]}, {"$ref": "#/$defs/scenario"}]},
    "points": {"type": "array", "items": {"type": ["string", "number", "boolean", "null"]}},
}


def json_schema(vocabulary: Vocabulary) -> dict[str, Any]:
    """The schema of one scenario file, with every fault and parameter of the vocabulary."""
    properties = {**_properties(FILE), **_properties(SCENARIO)}
    properties["fp"] = {"type": "string", "pattern": f"^{FP_ID.pattern}$"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A failure point and its scenarios",
        **_closed(properties),
        "required": ["fp", "title", "severity"],
        "$defs": {
            "duration": _SPAN,
            "reference": {"type": "string", "pattern": r"^\$\{[^}]+\}$"},
            "scenario": _closed(_replacements()),
            "variant": _closed({**_replacements(), **_properties(AXIS)}),
            "inject": _inject(vocabulary),
            "damage": _edits(bytes_too=False),
            "file_damage": _edits(bytes_too=True),
        },
    }


def catalog_schema(vocabulary: Vocabulary) -> dict[str, Any]:
    id = {"type": "string", "pattern": f"^({FP_ID.pattern})$"}
    after = _named({"$ref": "#/$defs/duration"})
    cause = _closed({"fp": id, "after": {"$ref": "#/$defs/duration"}})
    demand = {**_closed(_properties(DEMAND.keys)), "required": ["says", "clauses"]}
    item = {**_closed(_properties(CHECKLIST.keys)), "required": ["text", "check"]}
    requirement = _closed(
        {**_properties(_without(REQUIREMENT.keys, "bullets")), "bullets": _list(demand)}
    )
    requirements = {
        "type": "object",
        "patternProperties": {f"^{REQUIREMENT_ID.pattern}$": requirement},
        "additionalProperties": False,
    }
    forms = {
        "fpharness": {"const": 1},
        "severities": _closed({name: {"$ref": "#/$defs/scenario"} for name in SEVERITIES}),
        "causes": _named({"anyOf": [after, _list({"anyOf": [cause, after]})]}),
        "categories": _named(_TEXT),
        "rules": _closed(_properties(RULES.keys)),
        "checklist": {"anyOf": [{"const": "none"}, _list(item)]},
        "requirements": {"anyOf": [{"const": "none"}, requirements]},
    }
    properties = {
        name: {"description": key.doc, **(forms.get(name) or _of(name, key))}
        for name, key in CATALOG.items()
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What applies to all scenario files",
        **_closed(properties),
        "required": ["fpharness"],
        "$defs": json_schema(vocabulary)["$defs"],
    }


def _without(keys: Mapping[str, Key], name: str) -> dict[str, Key]:
    return {key: value for key, value in keys.items() if key != name}


def _list(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": dict(items)}


def _closed(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), "additionalProperties": False}


def _properties(keys: Mapping[str, Key]) -> dict[str, Any]:
    return {name: {"description": key.doc, **_of(name, key)} for name, key in keys.items()}


def _replacements() -> dict[str, Any]:
    """A variant may also take a value of the file away: ``lift: null``."""
    return {
        name: {"anyOf": [form, {"type": "null"}]} for name, form in _properties(SCENARIO).items()
    }


def _of(name: str, key: Key) -> dict[str, Any]:
    if key.type == "choice":
        return {"enum": list(key.choices)}
    if key.type in CLAUSES:
        return _shape(CLAUSES[key.type])
    if key.type in _PLAIN:
        return dict(_PLAIN[key.type])
    return {
        "allows": {"anyOf": [_TEXTS, _named({"$ref": "#/$defs/duration"})]},
        "attempts": {"anyOf": [_COUNT, _closed({"min": _COUNT, "max": _COUNT})]},
        "bullets": _bullets(r"^[dh][1-9][0-9]*$"),
        "facts": _named({"anyOf": [{"type": "number"}, {"$ref": "#/$defs/duration"}]}),
        "shows": _named(_shape(SHOW)),
        "logs": _named({"anyOf": [_shape(LOG), {"type": "array", "items": _shape(LOG)}]}),
    }[key.type]


def _named(values: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": dict(values)}


def _bullets(pattern: str) -> dict[str, Any]:
    body = {**_closed({"says": _TEXT, "untestable": _TEXT}), "required": ["says"]}
    bullet = {"anyOf": [_TEXT, body]}
    return {"type": "object", "patternProperties": {pattern: bullet}, "additionalProperties": False}


def _shape(shape: Shape) -> dict[str, Any]:
    """A mapping, its short form, or one of its words alone."""
    forms: list[dict[str, Any]] = [_closed(_properties(shape.keys))]
    if shape.short:
        forms.append(_of(shape.short, shape.keys[shape.short]))
    if shape.words:
        forms.append({"enum": list(shape.words)})
    return {"anyOf": forms}


def _inject(vocabulary: Vocabulary) -> dict[str, Any]:
    faults = {name: _fault(spec) for name, spec in vocabulary.faults.items()}
    group = _closed({**faults, "at": {"$ref": "#/$defs/duration"}})
    name = {"enum": sorted(vocabulary.faults)}
    return {"anyOf": [name, group, {"type": "array", "items": {"anyOf": [name, group]}}]}


def _edits(*, bytes_too: bool) -> dict[str, Any]:
    """A list of edits; what their values must be is lint's to say."""
    forms = []
    for name, spec in EDITS.items():
        if bytes_too or not spec.of_bytes:
            form = _closed({key: {} for key in spec.keys})
            forms.append({**form, "required": [name], "description": spec.doc})
    return {"type": "array", "items": {"anyOf": forms}}


def _fault(spec: FaultSpec) -> dict[str, Any]:
    body = _closed({param.name: _param(param) for param in spec.params})
    first = [_param(spec.params[0])] if spec.params else [{"const": True}]
    return {"description": spec.doc, "anyOf": [body, *first]}


def _param(param: ParamSpec) -> dict[str, Any]:
    words = [{"enum": list(param.choices)}, {"$ref": "#/$defs/reference"}] if param.choices else []
    kinds: dict[str, Any] = {"choice": None, "text": None if words else _TEXT}
    for kind in ("duration", "count", "number", "flag"):
        kinds[kind] = _PLAIN[kind]
    for kind in ("process", "file", "host", "symbol"):
        kinds[kind] = _TEXT
    for kind in ("damage", "file_damage"):
        kinds[kind] = {"$ref": f"#/$defs/{kind}"}
    form = kinds.get(param.type, {})
    forms = [*words, *([form] if form is not None else [])]
    return {"description": param.doc, "anyOf": forms}
