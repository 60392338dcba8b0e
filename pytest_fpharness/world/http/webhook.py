"""Webhooks for alerts: they accept every message, or fail while an override is active."""

from __future__ import annotations

from collections.abc import Collection

from .messages import (
    Emit,
    HttpRequest,
    HttpResponse,
    Now,
    ResponseOverride,
    json_response,
    text_response,
)


class WebhookFailure(ResponseOverride):
    """The webhook answers with an error status."""

    def __init__(self, status: int, times: int | None) -> None:
        super().__init__(f"webhook.fail({status})", times=times)
        self.status = status


class WebhookSink:
    """Answers 200 and emits each message; only accepted messages count as sent."""

    def __init__(self, now: Now, emit: Emit, hosts: Collection[str]) -> None:
        self._emit = emit
        self.hosts = frozenset(hosts)
        self._failures: list[WebhookFailure] = []

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Take one message; emits `webhook.received`, or `webhook.refused` with the status."""
        try:
            body = request.json()
        except ValueError:
            body = request.body.decode("utf-8", "replace")
        facts = {"host": request.host, "path": request.path, "body": body}
        for failure in reversed(self._failures):
            if failure.act():
                self._emit("webhook.refused", {**facts, "status": failure.status})
                return text_response(failure.status, "error")
        self._emit("webhook.received", facts)
        return json_response(200, {"ok": True})

    def fail(self, status: int, times: int | None = None) -> ResponseOverride:
        """Answer with a status, ``times`` times or until lifted."""
        failure = WebhookFailure(status, times)
        self._failures.append(failure)
        return failure
