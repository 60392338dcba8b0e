"""The journal: JSON lines, appended at once, so that a crash loses at most the line it tore."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Final, TypeVar

from pytest_fpharness.model.document import CHECKS, Document
from pytest_fpharness.model.plain import from_plain, to_plain
from pytest_fpharness.model.record import Record
from pytest_fpharness.model.timeline import Packed
from pytest_fpharness.model.verdict import Verdict
from pytest_fpharness.model.wire import to_json
from .documentation import Denominator, FailurePointFacts
from .marked_tests import MarkedTest, worse

T = TypeVar("T")

#: The journal's format; a reader refuses a newer one.
FORMAT: Final = 2


class JournalError(ValueError):
    """The journal cannot be read or contradicts itself: bad input, not a result."""


@dataclass(frozen=True)
class Header:
    """The first line: provenance and everything that was planned."""

    version: int = FORMAT
    harness: str = ""  # version of pytest-fpharness
    target: str = ""
    target_commit: str = ""
    embedded: bool = False  # the target is the embedded reference bot
    demo: bool = False  # ... and it was not named: no target was configured
    catalog_digest: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    confinement: Mapping[str, str] = field(default_factory=dict)  # layer -> "" or why it is missing
    partial: bool = False
    started: str = ""  # ISO 8601, UTC
    ids: tuple[str, ...] = ()
    failure_points: tuple[FailurePointFacts, ...] = ()
    denominator: Denominator = field(default_factory=Denominator)
    document: Document = field(default_factory=Document)
    gaps: Mapping[str, str] = field(default_factory=dict)  # accepted, by requirement
    expired: Mapping[str, str] = field(default_factory=dict)  # no longer: what to say
    new: Mapping[str, str] = field(default_factory=dict)  # not judged: the version of each (C8)


@dataclass(frozen=True)
class Canary:
    """A scenario that must end in ``expected``, run by one warm process."""

    id: str
    expected: str
    got: str
    worker: str = ""

    @property
    def as_expected(self) -> bool:
        return self.expected == self.got


@dataclass(frozen=True)
class End:
    """The last line: when the session finished, and whether it was stopped before its end."""

    finished: str = ""  # ISO 8601, UTC
    wall: float = 0.0  # seconds, real
    interrupted: bool = False
    errors: tuple[str, ...] = ()  # of the harness itself


@dataclass(frozen=True)
class JournalData:
    """A journal that was read: ``records`` holds the last record of each id."""

    header: Header
    records: Mapping[str, Record] = field(default_factory=dict)
    history: Mapping[str, tuple[Verdict, ...]] = field(default_factory=dict)  # all, in order
    canaries: tuple[Canary, ...] = ()
    tests: Mapping[str, MarkedTest] = field(default_factory=dict)  # by node id, the worst result
    end: End | None = None
    torn: str = ""  # what is wrong with the last line, "" when it is whole

    def judged(self) -> JournalData:
        """The journal without new failure points, which are not judged (C8)."""
        new = self.header.new
        if not new:
            return self
        header = replace(
            self.header,
            ids=tuple(id for id in self.header.ids if id.partition("/")[0] not in new),
            failure_points=tuple(p for p in self.header.failure_points if p.fp not in new),
            denominator=self.header.denominator.without(new),
        )
        kept = {id: record for id, record in self.records.items() if record.fp not in new}
        history = {id: seen for id, seen in self.history.items() if id in kept}
        tests = {id: test for id, test in self.tests.items() if not set(test.fp) <= set(new)}
        return replace(self, header=header, records=kept, history=history, tests=tests)

    @property
    def not_run(self) -> tuple[str, ...]:
        return tuple(id for id in self.header.ids if id not in self.records)

    @property
    def changed(self) -> tuple[str, ...]:
        """Ids whose records disagree: a rerun must not hide a failure."""
        return tuple(id for id, seen in self.history.items() if len(set(seen)) > 1)


class Journal:
    """Writes a journal; each line is on the disk when the call returns.

    Opening truncates: a journal is one session. Raises OSError when the path is not writable.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("w", encoding="ascii")

    def plan(self, header: Header) -> None:
        self._append("plan", header)

    def record(self, record: Record) -> None:
        self.record_text(to_json(record))

    def record_text(self, text: str) -> None:
        """One run's result, as :func:`~pytest_fpharness.model.wire.to_json` made it elsewhere."""
        self._write(f'{{"kind": "record", {text[1:]}')

    def canary(self, canary: Canary) -> None:
        self._append("canary", canary)

    def plan_tests(self, tests: Mapping[str, Sequence[str]]) -> None:
        """The marked tests that were collected, with their failure points."""
        self._write(json.dumps({"kind": "tests", "tests": tests}))

    def test(self, test: MarkedTest) -> None:
        self._append("test", test)

    def end(self, end: End) -> None:
        """The last line; closes the journal."""
        self._append("end", end)
        self.close()

    def close(self) -> None:
        """Close the file; a journal without an end line counts as incomplete."""
        self._file.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _append(self, kind: str, value: Any) -> None:
        line = {"kind": kind, **to_plain(value)}
        if kind == "plan":
            line["version"] = FORMAT  # a default, which to_plain leaves out
        self._write(json.dumps(line, default=str))

    def _write(self, line: str) -> None:
        self._file.write(line + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def read_journal(path: str | os.PathLike[str]) -> JournalData:
    """Read the journal at ``path``; raises JournalError, with file and line, for a malformed one."""
    torn: list[str] = []
    lines = _lines(Path(path), torn)
    header = _header(path, next(lines, None))
    planned = set(header.ids)
    records: dict[str, Record] = {}
    history: dict[str, tuple[Verdict, ...]] = {}
    canaries: list[Canary] = []
    tests: dict[str, MarkedTest] = {}
    results: dict[str, MarkedTest] = {}
    end: End | None = None
    for number, kind, body in lines:
        where = f"{path}:{number}"
        if end is not None:
            raise JournalError(f"{where}: a line of kind {kind!r} after the end of the session")
        if kind == "record":
            rows = Packed(_rows(body.pop("timeline", []), where))
            record = _read(Record, body, where)
            if record.id not in planned:
                raise JournalError(f"{where}: record of {record.id!r}, which was not planned")
            _check_origin(record, header, where)
            records[record.id] = replace(record, timeline=rows)
            history[record.id] = (*history.get(record.id, ()), record.verdict)
        elif kind == "canary":
            canaries.append(_read(Canary, body, where))
        elif kind == "tests":
            tests |= _planned(body, where)
        elif kind == "test":
            test = _read(MarkedTest, body, where)
            results[test.id] = worse(results.get(test.id, test), test)
        elif kind == "end":
            end = _read(End, body, where)
        else:
            raise JournalError(f"{where}: a line of kind {kind!r} is not expected here")
    if end is not None and torn:
        raise JournalError(f"{path}: {torn[0]}, after the end of the session")
    return JournalData(
        header, records, history, tuple(canaries), {**tests, **results}, end, "".join(torn)
    )


def _check_origin(record: Record, header: Header, where: str) -> None:
    """A record of another target or failure point is not one of this session."""
    # A run that never began has the name by which the target was chosen.
    own = ("", header.target, header.config.get("target"))
    if header.target and record.target not in own:
        raise JournalError(
            f"{where}: record of the target {record.target!r} in a session with {header.target!r}"
        )
    if record.id != f"{record.fp}/{record.variant}":
        raise JournalError(f"{where}: {record.id!r} is not {record.variant!r} of {record.fp!r}")


_Line = tuple[int, str, dict[str, Any]]


def _lines(path: Path, torn: list[str]) -> Iterator[_Line]:
    """The complete lines, one at a time; the description of a torn last line goes to ``torn``."""
    try:
        with path.open(encoding="utf-8", newline="\n") as file:
            for n, line in enumerate(file, 1):
                if not line.strip():
                    continue
                parsed = _parse(line)
                if parsed is not None:
                    yield n, str(parsed.pop("kind")), parsed
                elif n > 1 and not line.endswith("\n"):  # only the last line can be so
                    torn.append(f"line {n} is torn: the session stopped while writing it")
                else:
                    raise JournalError(f"{path}:{n}: not a line of a journal")
    except FileNotFoundError:
        raise JournalError(f"{path} does not exist; `pytest -p fpharness` writes it") from None
    except (OSError, UnicodeDecodeError) as error:
        raise JournalError(f"{path}: the journal cannot be read: {error}") from error


def _parse(line: str) -> dict[str, Any] | None:
    try:
        data = json.loads(line)
    except json.JSONDecodeError:
        return None
    return data if isinstance(data, dict) and "kind" in data else None


def _header(path: str | os.PathLike[str], line: _Line | None) -> Header:
    if line is None or line[1] != "plan":
        raise JournalError(f"{path}: the first line is not a plan")
    number, _, body = line
    version = body.get("version")
    if version != FORMAT:
        raise JournalError(
            f"{path}:{number}: journal format {version!r}; this version reads {FORMAT}: "
            f"run the catalog again"
        )
    header = _read(Header, body, f"{path}:{number}")
    for item in header.document.checklist:
        if item.check not in CHECKS:
            raise JournalError(
                f"{path}:{number}: the checklist has an unknown check {item.check!r}"
            )
    twice = next(_twice(header.ids), None)
    if twice is not None:
        raise JournalError(f"{path}:{number}: {twice!r} is planned twice")
    return header


def _planned(body: dict[str, Any], where: str) -> dict[str, MarkedTest]:
    tests = body.get("tests")
    if not isinstance(tests, dict):
        raise JournalError(f"{where}: the planned tests are not a mapping")
    return {id: _read(MarkedTest, {"id": id, "fp": fps}, where) for id, fps in tests.items()}


def _rows(rows: Any, where: str) -> Any:
    """A timeline as it was written: time, kind, process and facts in each row."""
    if not isinstance(rows, list) or not all(map(_is_row, rows)):
        raise JournalError(f"{where}: malformed timeline row")
    return rows


def _is_row(row: Any) -> bool:
    return type(row) is list and len(row) == 4 and tuple(map(type, row)) == (int, str, str, dict)


def _twice(ids: tuple[str, ...]) -> Iterator[str]:
    seen: set[str] = set()
    for id in ids:
        if id in seen:
            yield id
        seen.add(id)


def _read(kind: type[T], body: dict[str, Any], where: str) -> T:
    if not isinstance(body.get("id", ""), str):
        raise JournalError(f"{where}: an id is text, not {body['id']!r}")
    try:
        return from_plain(kind, body)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise JournalError(f"{where}: not a {kind.__name__.lower()}: {error}") from error
