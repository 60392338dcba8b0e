from __future__ import annotations

import pytest

from pytest_fpharness.model.duration import MINUTE
from pytest_fpharness.model.record import Clause
from pytest_fpharness.model.verdict import Verdict
from pytest_fpharness.report.render.events import TimelineRow
from pytest_fpharness.report.render.html_rows import badges, clause_rows, clauses_of, event_rows
from tests.support.report_factory import CONTROL, failing, record


def cells(clause: Clause, companion: str = "") -> list[str]:
    row = str(clause_rows([(companion, clause)], badges()))
    return [cell.partition("</td>")[0].partition(">")[2] for cell in row.split("<td")[1:]]


def test_a_clause_is_told_in_seven_cells() -> None:
    clause = Clause(
        "detect", "detected", Verdict.FAIL, "late", 0, MINUTE, 30 * 10**9, killed_by=("a", "b")
    )
    assert cells(clause) == [
        "detected", "<code>detect</code>", badges()["FAIL"], "0:00 to 1:00", "0:30", "a, b", "late",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("clause", "companion", "proof"),
    [
        (Clause("a", "met", Verdict.PASS), "", "? unproven"),
        (Clause("a", "met", Verdict.PASS), "control", ""),
        (Clause("a", "met", Verdict.NOT_APPLICABLE), "", ""),
        (Clause("a", "met", Verdict.PASS, provable=False), "", "no mutant applies"),
    ],
)
def test_what_no_mutant_broke_says_so(clause: Clause, companion: str, proof: str) -> None:
    told = cells(clause, companion)[5]
    assert (proof in told) if proof else not told


def test_clauses_of_a_leg_come_last_and_under_its_name() -> None:
    *_, (companion, clause) = clauses_of(record(companions=(CONTROL,)))
    row = clause_rows([(companion, clause)], badges())
    assert row.startswith('<tr class="sub"><td>quiet</td><td><code>control: quiet</code>')


def test_words_from_outside_are_escaped() -> None:
    (bad,) = (c for c in failing("<b>", "met", "<i> & 'x'").clauses if c.name == "<b>")
    assert cells(bad)[1] == "<code>&lt;b&gt;</code>"
    assert cells(bad)[6] == "&lt;i&gt; &amp; &#39;x&#39;"
    told = event_rows([TimelineRow(MINUTE, "<a>", "<k>", "<t>")])
    assert "<td>1:00" in told.replace(' class="num"', "")
    assert "<td>&lt;a&gt;</td><td>&lt;k&gt;</td><td>&lt;t&gt;</td>" in told


def test_a_mark_stands_out() -> None:
    assert "<td><b>mark</b></td><td><b>healed</b></td>" in event_rows(
        [TimelineRow(0, "", "mark", "healed")]
    )
