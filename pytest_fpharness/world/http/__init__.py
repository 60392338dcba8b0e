"""The HTTP port: hosts, requests, responses, sockets."""
