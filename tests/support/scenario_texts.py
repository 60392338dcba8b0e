"""Scenarios that tests of more than one room write down, as text."""

from __future__ import annotations


def damaged_weights(fp: str) -> str:
    """A failure point with one generated variant, ``damaged``: the weights are damaged."""
    return f"""
fp: {fp}
title: The weights are damaged
severity: critical
heal: retry
lift: 2m
variants:
  damaged: {{generate: state.weights, inject: {{file.damaged: state.weights}}}}
"""
