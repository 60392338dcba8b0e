"""The dashboard: pages for people, JSON for programs."""

from __future__ import annotations
