"""The world: everything outside the bot, one package per port."""
