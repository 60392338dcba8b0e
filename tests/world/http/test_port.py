from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.world.http.messages import (
    AnswerLost,
    HttpRequest,
    HttpResponse,
    json_response,
)
from pytest_fpharness.world.http.port import LATENCY
from pytest_fpharness.world.time.clock import FOREVER
from pytest_fpharness.world.world import World
from tests.support.world_bench import acting, make_world

URL = "https://example.com/v1/things?a=1"


@pytest.fixture
def world() -> Iterator[World]:
    world = make_world()
    world.http.serve("site", ("example.com",), echo)
    with acting(world, world.http):
        yield world


def echo(request: HttpRequest) -> HttpResponse:
    body = request.body.decode()
    seen = {"method": request.method, "path": request.path, "a": request.arg("a"), "body": body}
    return json_response(200, {**seen, "key": request.header("x-key")}, {"X-Count": "7"})


class Fault:
    """Gives one answer, or fails."""

    def __init__(self, answer: HttpResponse | str | None) -> None:
        self.given = answer

    def answer(self, request: HttpRequest) -> HttpResponse | str | None:
        return self.given


def hold(world: World, answer: HttpResponse | str | None) -> None:
    world.http.faults.setdefault("site", []).append(Fault(answer))


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_a_request_reaches_its_fake(world: World, method: str) -> None:
    answer = requests.request(method, URL, data="x", headers={"X-Key": "k"}, timeout=5)
    seen = {"method": method, "path": "/v1/things", "a": "1", "body": "x", "key": "k"}
    assert (answer.status_code, answer.json()) == (200, seen)
    assert answer.headers["x-count"] == "7"
    assert answer.headers["content-type"].count("json") == 1


def test_a_call_takes_time_and_is_a_fact(world: World) -> None:
    requests.get(URL, timeout=5)
    [event] = world.timeline.of("http")
    assert world.clock.now == event.at == LATENCY
    facts = {"role": "site", "method": "GET", "path": "/v1/things", "status": 200}
    assert (event.actor, dict(event.facts)) == ("bot", facts)


def test_an_unknown_host(world: World) -> None:
    with pytest.raises(requests.ConnectionError, match=r"not known \(Layout.hosts of"):
        requests.get("https://example.org", timeout=5)
    [event] = world.timeline.of("http")
    assert event.facts["error"] == "unknown host"


def test_an_unknown_host_with_a_hint(world: World) -> None:
    world.http.hint = "serve it"
    with pytest.raises(requests.ConnectionError, match=r"\(serve it\)"):
        requests.get("https://example.org", timeout=5)


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ("refused", requests.ConnectionError),
        ("dns", requests.ConnectionError),
        ("reset", requests.ConnectionError),
        ("tls", requests.exceptions.SSLError),
        ("timeout", requests.exceptions.ReadTimeout),
        ("silent", requests.exceptions.ReadTimeout),
        ("connect_timeout", requests.exceptions.ConnectTimeout),
    ],
)
def test_ways_to_fail(world: World, how: str, error: type[Exception]) -> None:
    hold(world, how)
    with pytest.raises(error):
        requests.get(URL, timeout=5)
    assert world.http.way("site") == how and not world.http.reachable("site")


@pytest.mark.parametrize(("timeout", "wait"), [(5, 5 * SECOND), ((1, 7), 7 * SECOND)])
def test_a_silent_host_takes_the_clients_timeout(
    world: World, timeout: float | tuple[float, float], wait: int
) -> None:
    hold(world, "silent")
    with pytest.raises(requests.Timeout):
        requests.get(URL, timeout=timeout)
    assert world.clock.now == wait


def test_a_client_without_a_timeout_waits_for_ever(world: World) -> None:
    hold(world, "silent")
    with pytest.raises(requests.Timeout):
        requests.get(URL)
    assert world.clock.now == FOREVER


def test_a_fault_can_answer_or_let_pass(world: World) -> None:
    hold(world, HttpResponse(503, b"busy"))
    assert requests.get(URL, timeout=5).text == "busy"
    assert world.http.reachable("site")
    world.http.faults["site"][:] = [Fault(None)]
    assert requests.get(URL, timeout=5).status_code == 200


def test_the_newest_fault_wins(world: World) -> None:
    hold(world, HttpResponse(500))
    hold(world, HttpResponse(503))
    assert requests.get(URL, timeout=5).status_code == 503


def test_a_lost_answer_is_a_timeout_after_the_work(world: World) -> None:
    done: list[str] = []

    def work(request: HttpRequest) -> AnswerLost:
        done.append(request.method)
        return AnswerLost(json_response(200, {}))

    world.http.serve("site", ("example.com",), work)
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.post(URL, timeout=5)
    assert done == ["POST"]
    assert world.clock.now == LATENCY + 5 * SECOND


def test_requests_is_given_back() -> None:
    send = requests.adapters.HTTPAdapter.send
    world = make_world()
    world.http.patch()
    assert requests.adapters.HTTPAdapter.send is not send
    world.http.unpatch()
    assert requests.adapters.HTTPAdapter.send is send
