from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.process_bench import ProcessBench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[ProcessBench]:
    made = ProcessBench(tmp_path)
    yield made
    if made.supervisor is not None:
        made.supervisor.unpatch()
