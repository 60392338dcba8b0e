"""What came of it: the journal, coverage derived from it, the report and the gate."""
