"""The owner's document: its failure points and requirements."""
