"""The bot at work with neither keys nor network, for whoever wants to see its dashboard live."""
