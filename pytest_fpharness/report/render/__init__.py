"""Render a coverage as HTML, Markdown and SVG."""

from __future__ import annotations
