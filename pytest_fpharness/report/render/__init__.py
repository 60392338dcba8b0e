"""Render a coverage as HTML, Markdown and SVG."""
