"""From a signal to an order, and the bot's own books."""
