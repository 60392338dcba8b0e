"""What should happen: scenario files, read strictly, checked for meaning and settled into plans."""
