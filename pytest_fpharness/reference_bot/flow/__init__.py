"""Turn raw option flow into scored signals."""
