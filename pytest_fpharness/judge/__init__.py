"""Judge a recorded timeline: evidence, marks, clauses, invariants, mutants and the record. Pure."""
