"""Headless Chromium for tests marked ``browser``; without one they are left out, and it is said."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
#: Seconds; a browser that takes longer has hung.
PATIENCE: Final = 60


def find_browser() -> str | None:
    """The path of an installed Chromium, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Chromium:
    """One installed browser; each call is a fresh process with a fresh profile."""

    def __init__(self, path: str, profiles: Path) -> None:
        self._path, self._profiles = path, profiles

    def dom(self, url: str) -> str:
        """The document of ``url`` after its scripts ran; no host but this one is known meanwhile."""
        profile = self._profiles / f"profile-{len(list(self._profiles.iterdir()))}"
        result = subprocess.run(
            [
                self._path,
                "--headless=new",
                "--no-sandbox",  # as root in a container there is no other way
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--no-first-run",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                f"--user-data-dir={profile}",
                "--virtual-time-budget=2000",
                "--window-size=1280,2000",
                "--dump-dom",
                url,
            ],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=True,
        )
        return result.stdout


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselected, not skipped: a skip reads as if somebody had looked."""
    if find_browser() is not None:
        return
    left_out = [item for item in items if item.get_closest_marker("browser")]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was left out, and why."""
    if find_browser() is None:
        message = f"browser tests left out: none of {', '.join(NAMES)} is installed"
        terminalreporter.write_line(message, yellow=True)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Chromium:
    """The installed browser."""
    path = find_browser()
    assert path is not None
    return Chromium(path, tmp_path_factory.mktemp("browser"))
