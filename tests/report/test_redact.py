from __future__ import annotations

import base64
from urllib.parse import quote

import pytest

from pytest_fpharness.model.redact import Redactor, looks_secret


@pytest.mark.parametrize(
    "name",
    ["UW_API_KEY", "APCA-API-KEY-ID", "APCA-API-SECRET-KEY", "Authorization", "X-Auth-Token",
     "DB_PASSWORD", "password", "APIKEY", "client_secret", "accessToken"],
)  # fmt: skip
def test_names_whose_values_are_secrets(name: str) -> None:
    assert looks_secret(name)


@pytest.mark.parametrize(
    "name", ["key", "token", "MONKEY_COUNT", "author", "keyboard", "Content-Type", "symbol"]
)
def test_names_whose_values_are_not(name: str) -> None:
    assert not looks_secret(name)


def test_known_values_go_wherever_they_stand() -> None:
    redactor = Redactor(["PKTEST123456"])
    data = {"log": ["sent PKTEST123456 twice"], "nested": {"PKTEST123456": ("PKTEST123456", 3)}}
    assert redactor.plain(data) == {
        "log": ["sent [redacted] twice"],
        "nested": {"[redacted]": ["[redacted]", 3]},
    }


def test_encoded_forms_of_a_value_go_too() -> None:
    assert "s3cr" not in Redactor(["s3cr/t+ value"]).text("?q=s3cr%2Ft%2B%20value")


def test_a_value_inside_a_longer_one_leaves_nothing_behind() -> None:
    assert Redactor(["secret", "secret-longer"]).text("x secret-longer y") == "x [redacted] y"


def test_short_values_do_not_destroy_the_text() -> None:
    assert Redactor(["abc", ""]).text("abcdef") == "abcdef"


def test_values_of_key_like_names_go_without_being_known() -> None:
    output = Redactor().plain({"headers": {"APCA-API-KEY-ID": "unknown", "Accept": "json"}})
    assert output == {"headers": {"APCA-API-KEY-ID": "[redacted]", "Accept": "json"}}


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("UW_API_KEY=abc123 ok", "UW_API_KEY=[redacted] ok"),
        ("Authorization: Bearer abc.def.ghi\nnext", "Authorization: [redacted]\nnext"),
        ('{"api_key": "abc", "symbol": "AAPL"}', '{"api_key": "[redacted]", "symbol": "AAPL"}'),
        ("GET /v1?api_key=abc&limit=5", "GET /v1?api_key=[redacted]&limit=5"),
        ("GET /v1?limit=5&token=abc", "GET /v1?limit=5&token=[redacted]"),
        ("alert key=FP-1.3 token=FPH1-AB", "alert key=FP-1.3 token=FPH1-AB"),
        ("clause: late by 3s", "clause: late by 3s"),
    ],
)
def test_assignments_in_text(text: str, clean: str) -> None:
    assert Redactor().text(text) == clean


def test_an_alert_s_key_is_not_a_secret() -> None:
    alert = {"key": "FP-1.3", "kind": "fire", "token": "FPH1-ABC"}
    assert Redactor(["PKTEST123456"]).plain(alert) == alert


def test_redacting_twice_changes_nothing_more() -> None:
    redactor = Redactor(["PKTEST123456"])
    once = redactor.text("UW_API_KEY=PKTEST123456 and PKTEST123456")
    assert redactor.text(once) == once == "UW_API_KEY=[redacted] and [redacted]"


@pytest.mark.parametrize("before", ["", "x", "yz"])
def test_a_value_goes_in_any_encoding(before: str) -> None:
    secret = "PKTEST-123/456+7890"
    redactor = Redactor([secret])
    whole = (before + secret + "tail").encode()
    for text in (
        whole.hex(), whole.hex().upper(), base64.b64encode(whole).decode(),
        base64.urlsafe_b64encode(whole).decode(), before + secret[::-1], quote(before + secret, safe=""),
    ):  # fmt: skip
        assert "[redacted]" in redactor.text(text), text


def test_control_characters_do_not_reach_an_artefact() -> None:
    assert Redactor().plain({"reason": "\x1b[2Jgone"}) == {"reason": "\\x1b[2Jgone"}
