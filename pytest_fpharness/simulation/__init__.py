"""One run: scheduler, supervisor, observer, fault injector."""

from __future__ import annotations
