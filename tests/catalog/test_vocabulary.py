from __future__ import annotations

from tests.support.vocabulary import FAULTS, SIGNALS, VOCABULARY


def test_every_fault_and_signal_has_a_spec() -> None:
    assert len(VOCABULARY.faults) == len(FAULTS)
    assert len(VOCABULARY.signals) == sum(len(words.split()) for words in SIGNALS.values())
