"""From a scenario file to the plan of one variant."""
