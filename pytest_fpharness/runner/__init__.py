"""Runs plans against targets and judges what happened; needs no pytest."""
