from __future__ import annotations

from tiny_project import project

__all__ = ["project"]
