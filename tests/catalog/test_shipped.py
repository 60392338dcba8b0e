"""The shipped catalog and the page that documents its format."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pytest_fpharness.catalog.expand import expand
from pytest_fpharness.catalog.lint import lint
from pytest_fpharness.catalog.loader import load_catalog, shipped_path
from pytest_fpharness.catalog.models import Catalog
from pytest_fpharness.catalog.syntax import keys
from pytest_fpharness.catalog.syntax.problems import Problem
from pytest_fpharness.catalog.syntax.schema import catalog_schema, json_schema
from pytest_fpharness.catalog.syntax.strict_yaml import read_yaml
from pytest_fpharness.model.layout import TargetInfo
from pytest_fpharness.model.plain import from_plain, to_plain
from pytest_fpharness.model.plan import Plan
from tests.support.vocabulary import VOCABULARY

PAGE = Path(__file__).parents[2] / "docs" / "scenarios.md"
TARGET = TargetInfo("bot")
EXAMPLE = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[0]


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog([], VOCABULARY)


def test_the_shipped_catalog_has_no_problem(catalog: Catalog) -> None:
    assert lint(catalog, VOCABULARY, None) == []


def test_each_shipped_file_bears_its_id(catalog: Catalog) -> None:
    for point in catalog.failure_points:
        assert point.file.startswith(f"{point.fp}_")
        assert Path(point.path).is_relative_to(shipped_path())


def test_plans_survive_the_border_of_a_process(catalog: Catalog) -> None:
    for plan in expand(catalog, TARGET):
        assert from_plain(Plan, json.loads(json.dumps(to_plain(plan)))) == plan


def test_two_expansions_agree(catalog: Catalog) -> None:
    again = load_catalog([], VOCABULARY)
    assert again.digest == catalog.digest
    assert expand(again, TARGET) == expand(catalog, TARGET)


def test_the_example_of_the_page_loads_and_lints_clean(tmp_path: Path) -> None:
    path = tmp_path / "FP-9.1_example.yaml"
    path.write_text(EXAMPLE)
    catalog = load_catalog([path], VOCABULARY, shipped=False)
    assert lint(catalog, VOCABULARY, None) == []
    message = re.search(r"It expands to (.*?)\.\n\n", PAGE.read_text(), re.DOTALL)
    assert message is not None
    ids = [plan.variant for plan in expand(catalog, TARGET)]
    assert re.findall(r"`(?:FP-9.1/)?(.*?)`", message[1]) == ids


@pytest.mark.parametrize("key", [*keys.FILE, *keys.SCENARIO, *keys.AXIS, *keys.CATALOG])
def test_the_page_names_every_key(key: str) -> None:
    assert re.search(rf"\b{key}\b", PAGE.read_text(encoding="utf-8"))


def fits(schema: Any, value: Any, root: Any) -> bool:
    """A small validator of the parts of JSON Schema that are used."""
    if "$ref" in schema:
        return fits(root["$defs"][schema["$ref"].rpartition("/")[2]], value, root)
    if "anyOf" in schema and not any(fits(form, value, root) for form in schema["anyOf"]):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if "const" in schema and value is not schema["const"]:
        return False
    kinds: dict[str, Any] = {"string": str, "number": int | float, "integer": int}
    kinds |= {"boolean": bool, "object": dict, "array": list, "null": type(None)}
    names = schema.get("type", [])
    names = [names] if isinstance(names, str) else names
    if names and not any(isinstance(value, kinds[name]) for name in names):
        return False
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        return False
    if isinstance(value, list):
        return all(fits(schema.get("items", {}), item, root) for item in value)
    return not isinstance(value, dict) or _fits_object(schema, value, root)


def _fits_object(schema: Any, value: dict[str, Any], root: Any) -> bool:
    properties, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    patterns = schema.get("patternProperties", {})
    for name, item in value.items():
        result = properties.get(name)
        result = result or next((s for p, s in patterns.items() if re.search(p, name)), None)
        if result is None and (others is False or not re.search(_names(schema), name)):
            return False
        form = result if result is not None else others if isinstance(others, dict) else {}
        if not fits(form, item, root):
            return False
    return set(schema.get("required", [])) <= set(value)


def _names(schema: Any) -> str:
    return str(schema.get("propertyNames", {}).get("pattern", ""))


def test_every_shipped_file_fits_the_schema(catalog: Catalog) -> None:
    schema = json_schema(VOCABULARY)
    for point in catalog.failure_points:
        assert fits(schema, point.source.plain(), schema), point.path


@pytest.mark.parametrize(
    "change",
    [
        {"injekt": {}},
        {"severity": "grave"},
        {"inject": {"process.kil": "bot"}},
        {"inject": {"process.kill": {"proces": "bot"}}},
        {"detect": {"status": "ERROR", "when": "1m"}},
        {"alert": {"within": 30}},
        {"variants": {"Bad Name": {}}},
        {"variants": {"x": {"title": "no scenario key"}}},
    ],
)
def test_the_schema_is_closed(catalog: Catalog, change: dict[str, Any]) -> None:
    schema = json_schema(VOCABULARY)
    source = {**catalog.failure_points[0].source.plain(), **change}
    assert not fits(schema, source, schema)


def shipped_settings() -> Any:
    problems: list[Problem] = []
    path = shipped_path() / "catalog.yaml"
    root = read_yaml(path.read_text(encoding="utf-8"), str(path), problems)
    assert root is not None
    assert problems == []
    return root.plain()


def test_the_shipped_catalog_yaml_fits_its_schema() -> None:
    schema = catalog_schema(VOCABULARY)
    assert fits(schema, shipped_settings(), schema)


@pytest.mark.parametrize(
    "change",
    [
        {"requirments": "none"},
        {"checklist": "all"},
        {"checklist": [{"text": "a", "check": "detect"}]},
        {"requirements": {"M-1": {"title": "a", "bullets": [{"says": "b"}]}}},
        {"rules": {"max_age": "5m"}},
        {"severities": {"grave": {}}},
    ],
)
def test_the_schema_of_catalog_yaml_is_closed(change: dict[str, Any]) -> None:
    schema = catalog_schema(VOCABULARY)
    assert not fits(schema, {**shipped_settings(), **change}, schema)
