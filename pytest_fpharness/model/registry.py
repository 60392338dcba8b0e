"""Registries of named things that extensions may add to: faults, signals, invariants, hosts, codecs."""

from __future__ import annotations

from typing import Final, TypeVar

from .suggestions import did_you_mean

T = TypeVar("T")

PACKAGE: Final = "pytest_fpharness."


class DuplicateName(ValueError):
    """Two definitions claim one name."""


class UnknownName(LookupError):
    """Nothing is registered under this name in this process."""


class Registry(dict[str, T]):
    """Entries by name; each remembers where it was defined."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind
        self._origins: dict[str, tuple[str, str]] = {}

    def add(self, name: str, entry: T, origin: object) -> None:
        """Register ``entry``, which the class or function ``origin`` defines.

        A module that is imported again replaces its own entries. Raises DuplicateName for an entry
        of the same name from elsewhere.
        """
        place = (origin.__module__, getattr(origin, "__qualname__", ""))
        known = self._origins.setdefault(name, place)
        if known != place:
            raise DuplicateName(
                f"two {self.kind}s are named '{name}': {'.'.join(known)} and {'.'.join(place)}; "
                f"rename one of them"
            )
        self[name] = entry

    def named(self, name: str) -> T:
        """The entry of that name; raises UnknownName with the closest known one."""
        if name not in self:
            raise UnknownName(
                f"no {self.kind} is named '{name}'{did_you_mean(name, self)} "
                f"(a {self.kind} of your own needs its module in fp_extensions)"
            )
        return self[name]

    def module_of(self, name: str) -> str:
        return self._origins[name][0]

    def is_shipped(self, name: str) -> bool:
        """Whether the entry comes with this package."""
        return self.module_of(name).startswith(PACKAGE)

    def added(self) -> dict[str, T]:
        """The entries of extensions, sorted by name."""
        return {name: self[name] for name in sorted(self) if not self.is_shipped(name)}
