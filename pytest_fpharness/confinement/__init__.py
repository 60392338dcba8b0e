"""Keeps what a target does inside the directory of its run.

Two layers, each usable without the other: an audit hook, which sees Python code however it names a
function, and the kernel, which sees every system call. Imports nothing else of the package.
"""
