"""Tiny bots whose health or dashboard is wrong."""

from __future__ import annotations

import dataclasses
import os
from typing import Any

from pytest_fpharness.model.health import (
    Health,
)
from tests.support.bots.tiny import TinyBot, read_feed


class HealthRaises(TinyBot):
    """Its health reads the feed itself, and lets the error out."""

    def health(self) -> Health:
        read_feed()
        return super().health()


class HealthNeedsFile(TinyBot):
    """Its health opens a file that is not always there."""

    def broken(self) -> bool:
        return not os.path.exists("feed.json") or super().broken()

    def health(self) -> Health:
        with open("feed.json"):
            return super().health()


class HealthIsPlain(TinyBot):
    """Its health is a dictionary."""

    def health(self) -> Health:
        return {"ok": True}  # type: ignore[return-value]


class StatusIsAWord(TinyBot):
    """Its statuses are words, one of them a wrong one once the feed is bad."""

    def health(self) -> Health:
        health = super().health()
        words = {"OK": "OK"}
        points = {
            fp: dataclasses.replace(point, status=words.get(point.status.value, "BAD"))  # type: ignore[arg-type]
            for fp, point in health.failure_points.items()
        }
        return dataclasses.replace(health, failure_points=points)


class DashboardIsAList(TinyBot):
    """Its rows have no names."""

    def dashboard(self) -> Any:
        """Rows, one after the other."""
        return [{"status": "OK"}]
