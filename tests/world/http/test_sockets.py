from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from pytest_fpharness.faults import FAULTS
from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.world.world import World
from tests.support.world_bench import acting, kinds, make_world

HOST = "paper-api.alpaca.markets"


@pytest.fixture
def world() -> Iterator[World]:
    world = make_world()
    with acting(world, world.network):
        yield world


def down(world: World, how: str) -> None:
    FAULTS["network.down"](world, {"host": "broker", "how": how}).inject()


def ping() -> None:
    socket.create_connection((HOST, 443), timeout=5).close()


def test_a_host_of_the_world_answers(world: World) -> None:
    ping()
    assert kinds(world) == []


def test_its_address_belongs_to_nobody(world: World) -> None:
    address = socket.getaddrinfo(HOST, 443)[0][4][0]
    assert str(address).startswith("203.0.113.")
    assert socket.getaddrinfo(HOST, 443)[0][4][0] == address


def test_nothing_is_sent_over_a_connection(world: World) -> None:
    with (
        socket.create_connection((HOST, 443), timeout=5) as sock,
        pytest.raises(OSError, match="answers HTTP by `requests` only"),
    ):
        sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
    assert world.network.used == {HOST}


def test_a_connection_between_two_ends_here_is_left_alone(world: World) -> None:
    one, other = socket.socketpair()
    with one, other:
        one.sendall(b"x")
        assert other.recv(1) == b"x"
    assert world.network.used == set()


def test_an_unknown_name(world: World) -> None:
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("example.org", 443)


def test_no_way_to_a_real_address(world: World) -> None:
    with socket.socket() as sock, pytest.raises(ConnectionRefusedError):
        sock.connect(("93.184.216.34", 80))
    assert kinds(world) == ["escape"]


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ("refused", ConnectionRefusedError),
        ("reset", ConnectionResetError),
        ("timeout", TimeoutError),
        ("silent", TimeoutError),
        ("dns", socket.gaierror),
    ],
)
def test_ways_to_fail(world: World, how: str, error: type[Exception]) -> None:
    down(world, how)
    with pytest.raises(error):
        ping()
    assert world.clock.now == (5 * SECOND if how in ("timeout", "silent") else 0)


def test_only_a_name_fault_hides_the_name(world: World) -> None:
    down(world, "refused")
    assert socket.getaddrinfo(HOST, 443)


def test_a_bad_certificate_is_not_a_broken_connection(world: World) -> None:
    down(world, "tls")
    ping()


def test_without_an_actor_sockets_are_real(world: World) -> None:
    with world.as_actor(""), socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=5).close()


def test_sockets_are_given_back() -> None:
    before = socket.getaddrinfo, socket.socket.connect
    world = make_world()
    world.network.patch()
    world.network.unpatch()
    assert (socket.getaddrinfo, socket.socket.connect) == before
