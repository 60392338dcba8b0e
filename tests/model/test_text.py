from __future__ import annotations

import pytest

from pytest_fpharness.model.text import and_more, harmless, pluralize


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\n\ttext \u00e9", "plain\n\ttext \u00e9"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("over\rwritten\x07", "over\\x0dwritten\\x07"),
        ("\x9b2J", "\\x9b2J"),
        ("abc\u202edef", "abc\\x202edef"),
        ("::error::the gate\n", "\\::error::the gate\n"),
        ("a\n  ::set-output name=x::1", "a\n  \\::set-output name=x::1"),
        ("##[error] x", "\\##[error] x"),
        ("a::b", "a::b"),
    ],
)
def test_no_text_is_a_command_of_a_terminal_or_a_ci_log(text: str, shown: str) -> None:
    assert harmless(text) == shown


def test_counts_and_lists_for_people() -> None:
    assert [pluralize(n, "run") for n in (0, 1, 2)] == ["0 runs", "1 run", "2 runs"]
    assert and_more(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"
