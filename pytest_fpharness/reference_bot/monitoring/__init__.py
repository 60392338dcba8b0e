"""The monitor: checks, healing, alerts, history."""

from __future__ import annotations
