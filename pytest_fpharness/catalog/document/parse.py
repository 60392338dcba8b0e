"""The owner's document: its headings and bullets are the denominator (C10, C11)."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_HEADING: Final = re.compile(r"#{2,4}\s+(FP-\d+\.\d+):\s*(.+?)\s*")
_REQUIREMENT: Final = re.compile(r"#{2,4}\s+(([A-Z]+)-\d+):\s*(.+?)\s*", re.IGNORECASE)
_SECTION: Final = re.compile(r"\*\*([^*:]+):?\*\*:?\s*(.*)")
_BULLET: Final = re.compile(r"\s*(?:[-*]|\d+\.)\s+(.+?)\s*")


@dataclass(frozen=True)
class Heading:
    """One ``### FP-x.y: title`` of the document, with its detection and healing bullets."""

    fp: str
    title: str
    line: int
    detection: tuple[str, ...] = ()
    healing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Chapter:
    """One requirement of the document, such as ``### M-1: title``, with its bullets and steps."""

    id: str
    title: str
    line: int
    bullets: tuple[tuple[int, str], ...] = ()  # line, text


def read_requirements(path: Path, known: Iterable[str]) -> list[Chapter]:
    """The requirements of a Markdown document; raises OSError when it cannot be read.

    A heading is a requirement when its id begins as one of the ``known`` ids: ``M-4`` beside ``M-1``.
    """
    prefixes = {id.partition("-")[0] for id in known}
    lines = path.read_text(encoding="utf-8").splitlines()
    chapters = []
    for number, line in enumerate(lines, 1):
        heading = _REQUIREMENT.fullmatch(line)
        if heading is not None and heading[2].upper() in prefixes:
            body = itertools.takewhile(lambda line: not line.startswith("#"), lines[number:])
            bullets = [
                (at, item[1])
                for at, line in enumerate(body, number + 1)
                if (item := _BULLET.fullmatch(line)) is not None
            ]
            chapters.append(Chapter(heading[1].upper(), heading[3], number, tuple(bullets)))
    return chapters


def read_document(path: Path) -> list[Heading]:
    """The headings of a Markdown document in its order; raises OSError when it cannot be read."""
    return parse_document(path.read_text(encoding="utf-8"))


def parse_document(text: str) -> list[Heading]:
    """The headings of Markdown text in its order."""
    lines = text.splitlines()
    starts = [(n, heading) for n, line in enumerate(lines) if (heading := _HEADING.fullmatch(line))]
    ends = ([n for n, _ in starts] + [len(lines)])[1:]
    return [
        _heading(heading[1], heading[2], start + 1, lines[start + 1 : end])
        for (start, heading), end in zip(starts, ends, strict=True)
    ]


def _heading(fp: str, title: str, line: int, body: list[str]) -> Heading:
    bullets: dict[str, list[str]] = {"detection": [], "self-healing": []}
    for section, text in _bullets(body):
        if section in bullets:
            bullets[section].append(text)
    return Heading(fp, title, line, tuple(bullets["detection"]), tuple(bullets["self-healing"]))


def _bullets(body: list[str]) -> Iterator[tuple[str, str]]:
    section = ""
    for line in body:
        if line.startswith("#"):
            return  # the next chapter
        if (match := _SECTION.fullmatch(line)) is not None:
            section = match[1].strip().lower()
        elif (item := _BULLET.fullmatch(line)) is not None:
            yield section, item[1]
