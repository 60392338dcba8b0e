from __future__ import annotations

from tests.support.tiny_project import project

__all__ = ["project"]
