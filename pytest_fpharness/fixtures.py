"""The fixtures that people use in their own tests: one per port, and all of them as ``fp_world``.

Each puts only its own port behind the process, and everything undoes itself after the test.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_fpharness.desk.bot import BotDesk
    from pytest_fpharness.desk.clock import ClockDesk
    from pytest_fpharness.desk.files import CacheDesk, StateDesk
    from pytest_fpharness.desk.hosts import AlpacaDesk, NetworkDesk, UwApiDesk
    from pytest_fpharness.desk.logs import LogsDesk
    from pytest_fpharness.desk.machine import DiskDesk, EnvDesk, MemoryDesk, ProcessesDesk
    from pytest_fpharness.desk.world import Desk

__all__ = [
    "_fp_desk",
    "fp_alpaca",
    "fp_bot",
    "fp_clock",
    "fp_disk",
    "fp_env",
    "fp_logs",
    "fp_memory",
    "fp_network",
    "fp_processes",
    "fp_state",
    "fp_uw_api",
    "fp_uw_cache",
    "fp_world",
]


def pytest_collection_finish(session: pytest.Session) -> None:
    """Load what the fixtures need before a test has a file system that lacks it (pyfakefs)."""
    if any("_fp_desk" in getattr(item, "fixturenames", ()) for item in session.items):
        import pytest_fpharness.desk.world  # noqa: F401


@pytest.fixture
def _fp_desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    """The world of this test; nothing of it is behind the process yet."""
    from pytest_fpharness.desk.world import Desk

    with _told_of_pyfakefs(request):
        desk = Desk(lambda: _home(request))
    try:
        yield desk
    finally:
        desk.close()


def _home(request: pytest.FixtureRequest) -> str:
    with _told_of_pyfakefs(request):
        return str(request.getfixturevalue("tmp_path"))


@contextlib.contextmanager
def _told_of_pyfakefs(request: pytest.FixtureRequest) -> Iterator[None]:
    try:
        yield
    except (OSError, KeyError) as error:  # KeyError: a time zone that cannot be loaded
        if "fs" not in request.fixturenames:
            raise
        raise pytest.UsageError(
            "pyfakefs hides the test's directory and the time zones: in place of its fixture fs, "
            "take what fp_disk.fake() gives"
        ) from error


@pytest.fixture
def fp_bot(request: pytest.FixtureRequest) -> BotDesk:
    """The project's bot, running in a world of its own: ``fp_bot.run("3m")``."""
    from pytest_fpharness.desk.bot import BotDesk
    from pytest_fpharness.target_choice import choose_target

    choice = choose_target(request.config)
    return BotDesk(choice.name, choice.base, str(request.getfixturevalue("tmp_path")))


@pytest.fixture
def fp_clock(_fp_desk: Desk) -> ClockDesk:
    """Virtual time: ``fp_clock.advance("5m")``; sleeping takes no time."""
    return _fp_desk.clock


@pytest.fixture
def fp_uw_cache(_fp_desk: Desk) -> CacheDesk:
    """The vendor's cache: ``fp_uw_cache.make_stale("11m")``."""
    return _fp_desk.uw_cache


@pytest.fixture
def fp_uw_api(_fp_desk: Desk) -> UwApiDesk:
    """The data vendor: ``fp_uw_api.fail(503)``."""
    return _fp_desk.uw_api


@pytest.fixture
def fp_state(_fp_desk: Desk) -> StateDesk:
    """The bot's state files: ``fp_state.corrupt("weights", how="truncated")``."""
    return _fp_desk.state


@pytest.fixture
def fp_alpaca(_fp_desk: Desk) -> AlpacaDesk:
    """The broker: ``fp_alpaca.reject_orders("sub_penny")``."""
    return _fp_desk.alpaca


@pytest.fixture
def fp_disk(_fp_desk: Desk) -> DiskDesk:
    """The disk: ``fp_disk.fill()``."""
    return _fp_desk.disk


@pytest.fixture
def fp_memory(_fp_desk: Desk) -> MemoryDesk:
    """The memory: ``fp_memory.use(95)``."""
    return _fp_desk.memory


@pytest.fixture
def fp_processes(_fp_desk: Desk) -> ProcessesDesk:
    """Processes and units: ``fp_processes.kill("uw_flow_daemon")``."""
    return _fp_desk.processes


@pytest.fixture
def fp_network(_fp_desk: Desk) -> NetworkDesk:
    """All hosts: ``fp_network.down("broker", how="timeout")``."""
    return _fp_desk.network


@pytest.fixture
def fp_env(_fp_desk: Desk) -> EnvDesk:
    """Environment variables: ``fp_env.unset("UW_API_KEY")``."""
    return _fp_desk.env


@pytest.fixture
def fp_logs(_fp_desk: Desk) -> LogsDesk:
    """Logs, in files and through ``logging``: ``fp_logs.contains("stale")``."""
    return _fp_desk.logs


@pytest.fixture
def fp_world(_fp_desk: Desk) -> Desk:
    """All of them as attributes: ``fp_world.clock``, ``fp_world.alpaca``..."""
    _fp_desk.open_all()
    return _fp_desk
