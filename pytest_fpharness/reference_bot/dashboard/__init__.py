"""The dashboard: HTML pages and a JSON API."""

from __future__ import annotations
