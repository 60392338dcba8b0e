"""The files and disk ports."""
