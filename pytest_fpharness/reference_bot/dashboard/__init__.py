"""The dashboard: HTML pages and a JSON API."""
