"""Read scenario files: strict YAML, keys, predicates, problems with their places."""
