"""Plain data that all other packages share. Standard library only."""
