"""The desk: the objects behind the fixtures, one per port, each written to read like prose."""

from __future__ import annotations
