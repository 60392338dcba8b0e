"""Headless Chromium from the command line: the page as it is after its scripts ran."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Final

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
        """The document of ``url`` after its scripts ran; every host name is unknown meanwhile."""
        profile = self._profiles / f"profile-{len(list(self._profiles.iterdir()))}"
        found = subprocess.run(
            [
                self._path,
                "--headless=new",
                "--no-sandbox",  # as root in a container there is no other way
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--no-first-run",
                "--host-resolver-rules=MAP * ~NOTFOUND",
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
        return found.stdout
