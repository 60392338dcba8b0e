"""Rules that the code cites by number are in the documentation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = {"S": "semantics.md", "C": "catalog.md"}
LAST = {"S": 36, "C": 15}
REQUIREMENTS = [f"{name}-{n}" for name in ("TEST", "M", "D", "SH") for n in (1, 2, 3)]


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text("utf-8")


@pytest.mark.parametrize("letter", PAGES)
def test_every_rule_has_a_heading_with_its_anchor(letter: str) -> None:
    result = re.findall(rf"^### ({letter}\d+): .* {{ #(\w+) }}$", page(PAGES[letter]), re.MULTILINE)
    assert result == [(f"{letter}{n}", f"{letter.lower()}{n}") for n in range(1, LAST[letter] + 1)]


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_every_requirement_has_an_anchor(requirement: str) -> None:
    assert f'<a id="{requirement.lower()}"></a>{requirement} |' in page("catalog.md")


def test_the_code_cites_no_other_rules() -> None:
    cited = {
        (letter, int(number))
        for path in (ROOT / "pytest_fpharness").rglob("*.py")
        for letter, number in re.findall(r"\b([SC])(\d{1,2})\b", path.read_text("utf-8"))
    }
    assert {(letter, n) for letter, n in cited if not 1 <= n <= LAST[letter]} == set()
