"""The clock, waits and seeded randomness."""
