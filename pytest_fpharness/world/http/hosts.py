"""Hosts that extensions add to every world."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pytest_fpharness.model.registry import Registry
from .messages import Answer, HttpRequest

Handler = Callable[[HttpRequest], Answer]
F = TypeVar("F", bound=Callable[[Any], Handler])


@dataclass(frozen=True)
class HostSpec:
    """One added host: its names, and what makes its fake in a new world."""

    role: str
    names: tuple[str, ...]
    doc: str
    make: Callable[[Any], Handler]  # called with the new world


HOSTS: Final[Registry[HostSpec]] = Registry("host")


def host(role: str, *names: str, doc: str = "") -> Callable[[F], F]:
    """Register a host that every world answers for.

    The decorated class or function is called with the new world before anything runs and returns
    the handler: a callable that takes an ``HttpRequest`` and returns an ``HttpResponse``.

    Args:
        role: The name by which scenarios refer to the host: ``network.down: quotes``.
        names: Host names, unless ``Layout.hosts`` of the target binds the role to others.
        doc: One sentence for the reference.

    Raises:
        DuplicateName: Another extension has registered the role.
    """

    def register(make: F) -> F:
        HOSTS.add(role, HostSpec(role, names, doc, make), make)
        return make

    return register
