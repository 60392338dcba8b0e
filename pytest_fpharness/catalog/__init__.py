"""What should happen: scenario files, read strictly, checked for meaning and settled into plans."""

from __future__ import annotations
