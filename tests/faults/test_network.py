from __future__ import annotations

from typing import Any

from pytest_fpharness.world.http.messages import HttpRequest, HttpResponse
from pytest_fpharness.world.world import World
from tests.support.fault_bench import inject

REQUEST = HttpRequest("GET", "https://paper-api.alpaca.markets/v2/clock", {}, b"")


def test_a_network_cut_affects_every_host_until_it_is_undone(world: World) -> None:
    fault = inject(world, "network.cut")
    assert not any(world.http.reachable(role) for role in ("broker", "uw_api", "webhook"))
    fault.undo()
    assert all(world.http.reachable(role) for role in ("broker", "uw_api", "webhook"))


def test_every_other_call_of_each_process_fails(world: World) -> None:
    fault: Any = inject(world, "network.cut", calls="every_other")
    for name in ("bot", "monitor"):
        with world.as_actor(name):
            assert [fault.answer(REQUEST) for _ in range(3)] == ["refused", None, "refused"]


def test_a_captive_portal_answers_with_its_own_page(world: World) -> None:
    fault: Any = inject(world, "network.cut", how="portal")
    answer = fault.answer(REQUEST)
    assert isinstance(answer, HttpResponse) and answer.status == 200
    assert answer.headers["Content-Type"] == "text/html"


def test_undoing_a_slow_network_restores_the_latency(world: World) -> None:
    before = world.http.latency
    fault = inject(world, "network.slow", latency=3 * 10**9)
    assert world.http.latency == 3 * 10**9
    fault.undo()
    assert world.http.latency == before
