"""What came of it: the journal, coverage derived from it, the report and the gate."""

from __future__ import annotations
