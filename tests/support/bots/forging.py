"""Blind bots that reach into the harness to look as if they saw: none of them may pass."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping

from tests.support.bots import forgeries
from tests.support.bots.tiny import TinyBot


class Blind(TinyBot):
    """Never looks at its feed."""

    forge: Callable[[], None]

    def broken(self) -> bool:
        return False

    def start_monitor(self) -> Mapping[str, Callable[[], object]]:
        def check() -> None:
            with contextlib.suppress(Exception):
                type(self).forge()
            self.check()

        return {"check": check}


class RewritesTheJudge(Blind):
    forge = staticmethod(forgeries.rewrite_the_judge)


class ReportsItself(Blind):
    forge = staticmethod(forgeries.report_itself)


class ForgetsTheFault(Blind):
    forge = staticmethod(forgeries.forget_the_fault)
