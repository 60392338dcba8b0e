"""Secrets never reach an artefact: known values and values of key-like names are redacted."""

from __future__ import annotations

import base64
import functools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote, quote_plus

from .text import harmless

REDACTED: Final = "[redacted]"
#: Shorter values are left alone: replacing "abc" everywhere would destroy the text.
SHORTEST: Final = 6

_KIND: Final = r"(?:API|APP|ACCESS|AUTH|CLIENT|PRIVATE|REFRESH|SIGNING)"
_WORD: Final = (
    rf"(?:{_KIND}?(?:KEY|SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL)S?"
    r"|SECRETKEY|AUTH|AUTHORIZATION)"
)
_LONG_WORD: Final = re.compile(r"[^\s]{12}")
_SECRET_NAME: Final = re.compile(rf"(?:^|[_-]){_WORD}(?:$|[_-])", re.IGNORECASE)
# Plain data of this project has {"key": "FP-1.3"} for an alert and {"token": ...} for a replay.
_OWN_NAMES: Final = frozenset({"key", "token"})
# NAME=value, Name: value, "name": "value"; a scheme such as Bearer goes with its value.
_ASSIGNED: Final = re.compile(
    r"(?P<query>[?&]?)(?P<name>[A-Za-z][A-Za-z0-9_-]*)(?P<mid>[\"']?\s*[=:]\s*[\"']?)"
    r"(?P<value>(?:(?:Bearer|Basic|Token)\s+)?[^\s\"'&,;}]+)",
    re.IGNORECASE,
)


@functools.lru_cache(maxsize=4096)  # a text may have names without end
def looks_secret(name: str) -> bool:
    """Whether a header or environment name is one whose value is a secret: ``APCA-API-KEY-ID``."""
    return name.lower() not in _OWN_NAMES and _SECRET_NAME.search(name) is not None


class Redactor:
    """Replaces secrets in text and in plain data: the values of ``secrets``, wherever they occur.

    A value shorter than six characters cannot be found reliably in a text; it is redacted only
    under a name for which :func:`looks_secret` is true.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = [secret for secret in secrets if len(secret) >= SHORTEST]
        self._known = _any_of(form for secret in known for form in _forms(secret))
        self._encoded = _any_of(form for secret in known for form in _encoded(secret))
        self._short = functools.lru_cache(maxsize=4096)(self._clean)

    def text(self, text: str) -> str:
        """The text without known values and without values assigned to a key-like name."""
        # A recording repeats the same few short texts.
        return self._short(text) if len(text) < 100 else self._clean(text)

    def _clean(self, text: str) -> str:
        if self._known is not None:
            text = self._known.sub(REDACTED, text)
        # Many patterns, and few texts that could hold one.
        if self._encoded is not None and _LONG_WORD.search(text):
            text = self._encoded.sub(REDACTED, text)
        if not text.isprintable():
            text = harmless(text)
        return _ASSIGNED.sub(_without_value, text) if "=" in text or ":" in text else text

    def value(self, name: str, value: Any) -> Any:
        """The value of one header or environment name, redacted when the name is key-like."""
        if value and looks_secret(name) and not isinstance(value, Mapping | list | tuple | bool):
            return REDACTED
        return self.plain(value)

    def plain(self, data: Any) -> Any:
        """Lists, mappings and strings without secrets; anything else as it is."""
        if isinstance(data, str):
            return self.text(data)
        if isinstance(data, Mapping):
            return {self.text(str(k)): self.value(str(k), v) for k, v in data.items()}
        if isinstance(data, list | tuple):
            return [self.plain(item) for item in data]
        return data


def _any_of(forms: Iterable[str]) -> re.Pattern[str] | None:
    # Longest first: a secret that contains another one must go as a whole.
    ordered = sorted(set(forms), key=lambda form: (-len(form), form))
    return re.compile("|".join(map(re.escape, ordered))) if ordered else None


def _forms(secret: str) -> set[str]:
    """The value as it is, and in URLs and JSON."""
    return {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]}


def _encoded(secret: str) -> set[str]:
    """The value reversed, in hexadecimal and in base64."""
    data = secret.encode("utf-8", "surrogatepass")
    return {secret[::-1], data.hex(), data.hex().upper(), *_base64(data)}


def _base64(data: bytes) -> Iterator[str]:
    """What of base64 depends on the value alone, at each of three offsets in a longer text."""
    for before in range(3):
        text = base64.b64encode(bytes(before) + data).decode()
        inner = text[-(-before * 4 // 3) : len(text) - (-(len(data) + before) % 3 and 4)]
        if len(inner) >= SHORTEST:
            yield inner
            yield inner.translate(str.maketrans("+/", "-_"))


def _without_value(match: re.Match[str]) -> str:
    name, query = match["name"], match["query"]
    if not looks_secret(name) and not (query and name.lower() in _OWN_NAMES):
        return match[0]
    return f"{query}{name}{match['mid']}{REDACTED}"
