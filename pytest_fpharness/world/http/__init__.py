"""The HTTP port: hosts, requests, responses, sockets."""

from __future__ import annotations
