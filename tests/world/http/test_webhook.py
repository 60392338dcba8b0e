from __future__ import annotations

from collections.abc import Mapping

from pytest_fpharness.world.http.messages import HttpRequest
from pytest_fpharness.world.http.webhook import WebhookSink


class Bench:
    def __init__(self) -> None:
        self.facts: list[tuple[str, Mapping[str, object]]] = []
        self.sink = WebhookSink(lambda: 0, lambda k, f: self.facts.append((k, f)), ["hooks.test"])

    def post(self, body: bytes) -> int:
        request = HttpRequest("POST", "https://hooks.test/alert", {}, body)
        return self.sink.handle(request).status


def test_a_message_is_accepted_and_recorded() -> None:
    bench = Bench()
    assert bench.post(b'{"key":"FP-1.3"}') == 200
    kind, facts = bench.facts[0]
    assert (kind, facts["body"], facts["path"]) == (
        "webhook.received",
        {"key": "FP-1.3"},
        "/alert",
    )


def test_a_message_that_is_not_json_is_recorded_as_text() -> None:
    bench = Bench()
    bench.post("f\u00fcnf".encode())
    assert bench.facts[0][1]["body"] == "f\u00fcnf"


def test_a_failing_sink_takes_nothing() -> None:
    bench = Bench()
    control = bench.sink.fail(503, times=2)
    assert [bench.post(b"{}") for _ in range(3)] == [503, 503, 200]
    assert [kind for kind, _ in bench.facts] == [
        "webhook.refused",
        "webhook.refused",
        "webhook.received",
    ]
    assert control.met == 2


def test_a_failure_ends_when_lifted() -> None:
    bench = Bench()
    bench.sink.fail(500).lift()
    assert bench.post(b"{}") == 200


def test_the_sink_knows_its_hosts() -> None:
    assert Bench().sink.hosts == {"hooks.test"}
