"""Search for failing examples of generated damage, with hypothesis."""
