from __future__ import annotations

from pathlib import Path

import pytest

from pytest_fpharness.catalog.document.parse import parse_document
from pytest_fpharness.catalog.lint import lint
from pytest_fpharness.catalog.loader import load_catalog
from tests.support.vocabulary import VOCABULARY

HEAD = """fp: FP-9.1
title: A thing breaks
severity: critical
location: there
impact: none
detection: {d1: seen}
healing: {h1: mended}
dashboard: a lamp
test: break it
manual_steps: [mend it]
"""
BODY = """inject: {process.kill: bot}
heal: {restart: bot}
covers: [d1, h1]
twins: {t: {inject: {process.restart: bot}}}
"""
DOCUMENT = """# Failures
### FP-9.1: A thing breaks
**Location:** there
**Detection:**
- seen

**Self-Healing:**
- mended
- mended by hand

**Test:** break it

## Other
- not a bullet of it
"""


def messages(folder: Path, text: str, document: str = "") -> list[str]:
    (folder / "FP-9.1_x.yaml").write_text(text)
    catalog = load_catalog([folder / "FP-9.1_x.yaml"], VOCABULARY, shipped=False)
    path = folder / "doc.md"
    path.write_text(document)
    result = lint(catalog, VOCABULARY, path if document else None)
    return [str(problem).removeprefix(f"{folder}/") for problem in result]


def test_a_whole_file_is_clean(tmp_path: Path) -> None:
    assert messages(tmp_path, HEAD + BODY) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("impact: none\n", "", "FP-9.1: 'impact' is missing or empty"),
        ("dashboard: a lamp", "dashboard: ' '", "FP-9.1: 'dashboard' is missing or empty"),
        ("[mend it]", "[]", "FP-9.1: 'manual_steps' is missing or empty"),
        ("twins: {t: {inject: {process.restart: bot}}}\n", "", "FP-9.1 has no twin"),
        ("inject: {process.kill: bot}\n", "", "FP-9.1 has no variant with a fault"),
        ("covers: [d1, h1]", "covers: [d1]", "no variant covers bullet 'h1'"),
        ("covers: [d1, h1]", "covers: [d1, h1, h2]", "covers 'h2', which is not a bullet"),
        ("h1: mended", "h1: {says: mended, untestable: x}", "is covered, but marked untestable"),
    ],
)
def test_what_a_file_lacks(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in HEAD + BODY
    assert any(message in line for line in messages(tmp_path, (HEAD + BODY).replace(old, new)))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("detect: {within: 1m, not_before: 2m}", "detect.not_before is later than detect.within"),
        ("escalate: 10s", "is due before the alert"),
        ("heal: retry\nlift: 30s", "lifted before detect.within, and heal is retry"),
        ("heal: manual", "with heal: manual, lift is needed"),
        ("heal: {restart: bot, gives_up: true}\nescalate: none", "gives up without a page"),
        ("heal: {restart: bot, attempts: {min: 4}}", "attempts.min is greater than attempts.max"),
        ("readiness: GREEN", "readiness stays GREEN although the severity is critical"),
        ("readiness: {after: RED}", "readiness.after is RED"),
        ("detect: OK", "the expected status is OK"),
        ("detect: WARN", "readiness is RED, but the expected status is only WARN"),
        ("limit: {gate: g, blocks: A, until: 1m}", "a limit needs detect: {gate: ...}"),
        (
            "detect: {gate: f}\nlimit: {gate: g, blocks: A, until: 1m}",
            "limit.gate is 'g', detect.gate 'f'",
        ),
        ("again: 59s", "again comes sooner than two checks"),
        (
            "again: 2m\nlong: true\nholds: bot.cycles increases",
            "again cannot be combined with",
        ),
        ("again: 2m\nlong: true\nreadiness: {after: YELLOW}", "readiness.after GREEN, not YELLOW"),
        (
            "heal: {restart: bot, gives_up: true}\nagain: 2m\nlong: true",
            "again needs an end of the fault",
        ),
        ("again: 2m", "lasts 22m of virtual time; add long: true"),
        ("lift: 20m", "lasts 25m of virtual time; add long: true"),
    ],
)
def test_contradictions_in_a_scenario(tmp_path: Path, more: str, message: str) -> None:
    body = BODY.replace("heal: {restart: bot}\n", "") if more.startswith("heal") else BODY
    assert any(message in line for line in messages(tmp_path, f"{HEAD}{body}{more}\n"))


def test_a_problem_has_the_place_of_its_clause(tmp_path: Path) -> None:
    result = messages(tmp_path, HEAD + BODY + "readiness: GREEN\n")
    assert result == [
        "FP-9.1_x.yaml:15:12: 'main': readiness stays GREEN although the severity is critical"
    ]


def test_the_document_counts_bullets_and_names_them(tmp_path: Path) -> None:
    assert messages(tmp_path, HEAD + BODY, DOCUMENT) == [
        "FP-9.1_x.yaml:7:1: FP-9.1: 1 healing bullets (h1), the document 2 (mended; mended by hand)"
    ]


def test_the_document_is_the_denominator(tmp_path: Path) -> None:
    document = DOCUMENT.replace("FP-9.1", "FP-9.2")
    assert messages(tmp_path, HEAD + BODY, document) == ["doc.md:2:1: no file for FP-9.2"]


def test_a_document_without_headings_or_without_a_file_is_reported(tmp_path: Path) -> None:
    assert "doc.md:1:1: no heading" in messages(tmp_path, HEAD + BODY, "# Nothing\n")[0]
    catalog = load_catalog([tmp_path / "FP-9.1_x.yaml"], VOCABULARY, shipped=False)
    (problem,) = lint(catalog, VOCABULARY, tmp_path / "gone.md")
    assert "cannot be read" in problem.message


def test_headings_and_bullets_of_a_document() -> None:
    (heading,) = parse_document(DOCUMENT)
    assert (heading.fp, heading.title, heading.line) == ("FP-9.1", "A thing breaks", 2)
    assert (heading.detection, heading.healing) == (("seen",), ("mended", "mended by hand"))


# -- requirements ---------------------------------------------------------------------------------

CHAPTER = """
### M-2: Alerting System
**Status:** Critical failures must:
- Alert immediately
- Escalate if not resolved
- Log all alerts

### Test-1: Signal Injection Test
**Steps:**
1. Create fake cluster with known score
2. Inject into `decide_and_execute()`
3. Trace through all gates
4. Verify execution path
5. Check for any blocking points

## Next
- no bullet of it
"""


@pytest.mark.parametrize(
    ("old", "new", "problems"),
    [
        ("", "", []),
        (
            "- Log all alerts",
            "- Log all alerts\n- Sing",
            ["doc.md:20:1: M-2: no counterpart for 'Sing'"],
        ),
        (
            "- Log all alerts\n",
            "",
            ["doc.md:15:1: M-2: b3 ('log all') is not a bullet of the document"],
        ),
        (
            "M-2",
            "M-9",
            ["doc.md:15:1: no requirement M-9 is known; did you mean 'M-3'?"],
        ),
        (
            "2. Inject into",
            "2. Put it into",
            [
                "doc.md:21:1: TEST-1: b2 ('inject into') is not a bullet of the document",
                "doc.md:24:1: TEST-1: no counterpart for 'Put it into `decide_and_execute()`'",
            ],
        ),
    ],
)
def test_every_bullet_of_a_requirement_has_its_counterpart(
    tmp_path: Path, old: str, new: str, problems: list[str]
) -> None:
    document = DOCUMENT.replace("- mended by hand\n", "") + CHAPTER.replace(old, new, 1)
    assert messages(tmp_path, HEAD + BODY, document) == problems


def test_the_clauses_of_the_requirements_exist_in_the_judge() -> None:
    judge = Path(lint.__code__.co_filename).parent.parent / "judge"
    source = "".join(path.read_text() for path in judge.rglob("*.py"))
    names = {
        name
        for requirement in load_catalog([], VOCABULARY, shipped=False).document.requirements
        for demand in requirement.demands
        for item in demand.clauses
        for name in item.split("|")
        if not name.startswith(("always.", "log."))
    }
    assert {name for name in names if f'"{name}"' not in source} == set()
