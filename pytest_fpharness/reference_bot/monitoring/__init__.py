"""The monitor: checks, healing, alerts, history."""
