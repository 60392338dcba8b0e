"""A demo that runs the bot without keys or network and serves its dashboard."""
