"""Targets: bots under test behind one small contract."""
