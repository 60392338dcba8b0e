from __future__ import annotations

import requests

from pytest_fpharness.reference_bot.sessions import MOST, Session, broker_session

URL = "https://broker.test/v2/clock"


def get(url: str = URL, **params: str) -> requests.Request:
    return requests.Request("GET", url, params=params)


def test_the_same_get_is_prepared_once() -> None:
    session = broker_session("key", "secret")
    assert session.prepare_request(get()) is session.prepare_request(get())


def test_another_query_is_another_request() -> None:
    session = Session({})
    first, second = (session.prepare_request(get(after=day)) for day in ("1", "2"))
    assert (first.url, second.url) == (f"{URL}?after=1", f"{URL}?after=2")


def test_an_order_is_never_one_that_was_sent_before() -> None:
    session = Session({})
    order = requests.Request("POST", URL, json={"qty": "1"})
    assert session.prepare_request(order) is not session.prepare_request(order)


def test_it_remembers_a_few_only() -> None:
    session = Session({})
    first = session.prepare_request(get())
    for number in range(MOST):
        session.prepare_request(get(after=str(number)))
    assert session.prepare_request(get()) is not first


def test_it_sends_the_keys_and_asks_nothing_of_the_machine() -> None:
    session = broker_session("key", "secret")
    headers = session.prepare_request(get()).headers
    assert (headers["APCA-API-KEY-ID"], headers["APCA-API-SECRET-KEY"]) == ("key", "secret")
    assert not session.trust_env
