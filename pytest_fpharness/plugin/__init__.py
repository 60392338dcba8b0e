"""pytest's side: hooks, options, session, collection and selection."""
