"""The commands of ``fpharness``, one module for each group; imported when they are called."""
