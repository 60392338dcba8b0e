"""Tiny bots whose process ends when their feed breaks."""

from __future__ import annotations

import os

from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.targets.contract import RestartPolicy
from tests.support.bots.tiny import TinyBot


class HardExit(TinyBot):
    """Ends without a word."""

    def trouble(self) -> None:
        os._exit(3)


class HardExitOfService(HardExit):
    """As above, under a service manager."""

    restart = RestartPolicy("on-failure", delay=5 * SECOND, start_limit=3, interval=600 * SECOND)


class Aborts(TinyBot):
    """Kills the whole run in a way that no port sees."""

    def trouble(self) -> None:
        os.abort()
