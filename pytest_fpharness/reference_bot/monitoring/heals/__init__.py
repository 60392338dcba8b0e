"""Automatic repairs, one class per kind of repair."""
