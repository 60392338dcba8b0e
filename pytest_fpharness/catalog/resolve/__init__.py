"""From a scenario file to the plan of one variant."""

from __future__ import annotations
