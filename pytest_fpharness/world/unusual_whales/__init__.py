"""A fake of the Unusual Whales API."""
