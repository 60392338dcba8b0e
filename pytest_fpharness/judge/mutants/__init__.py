"""Mutate a recorded timeline to show that each clause can fail."""
