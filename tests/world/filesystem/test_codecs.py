from __future__ import annotations

from typing import Any

import pytest

from pytest_fpharness.world.filesystem.codecs import CODECS, decoded

CONTENTS: dict[str, Any] = {"json": {"a": [1, None]}, "jsonl": [{"a": 1}, {"a": 2}], "text": "a\n"}


@pytest.mark.parametrize("name", CONTENTS)
def test_what_a_codec_encodes_it_decodes(name: str) -> None:
    codec = CODECS.named(name).codec
    assert codec.decode(codec.encode(CONTENTS[name])) == CONTENTS[name]


@pytest.mark.parametrize("name", ["json", "jsonl"])
def test_bytes_of_another_encoding_are_a_value_error(name: str) -> None:
    with pytest.raises(ValueError):
        CODECS.named(name).codec.decode(b'{"a": 1}\n{"a"')
    assert decoded(name, b'{"a"') is None


def test_only_json_must_be_whole_whenever_it_is_read() -> None:
    assert [name for name, spec in CODECS.items() if spec.whole] == ["json"]
