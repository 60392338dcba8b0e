"""The process port: processes, units, commands, psutil, environment."""

from __future__ import annotations
