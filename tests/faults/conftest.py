from __future__ import annotations

from pathlib import Path

import pytest

from pytest_fpharness.world.world import World
from tests.support.fault_bench import make_world


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path)
