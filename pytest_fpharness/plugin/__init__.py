"""pytest's side: hooks, options, session, collection and selection."""

from __future__ import annotations
