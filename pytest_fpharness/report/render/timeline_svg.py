"""A record's timeline as one static SVG: no script, no font, no link.

Shapes carry classes (``ok``, ``bad``, ...), coloured by ``templates/timeline.css``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from html import escape
from importlib.resources import files
from typing import Final

from pytest_fpharness.model.duration import HOUR, MINUTE, SECOND
from pytest_fpharness.model.record import Clause
from pytest_fpharness.model.verdict import Verdict
from .lanes import Lane, Span, Tick, brackets, lanes_of
from .timeline_view import TimelineView

WIDTH: Final = 1000
_LEFT, _RIGHT = 132, 984  # of the plot; lane names stand to the left
_LANE, _BRACKET = 28, 19  # heights
_CHAR: Final = 6.7  # width of a character at 12 px, on the wide side
_NEAR: Final = 4.0  # ticks of one kind nearer than this are drawn as one
_STEPS: Final = tuple(
    SECOND * s for s in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)
)
_VERDICTS: Final = {
    Verdict.PASS: ("ok", "\u2713"),
    Verdict.FAIL: ("bad", "\u2717"),
    Verdict.ERROR: ("bad", "!"),
}


@lru_cache(4096)  # many instants of a run are in its picture and in both its tables
def clock(ns: int) -> str:
    """``m:ss`` or ``h:mm:ss`` of a virtual instant; parts of a second only when there are any."""
    sign, ns = ("-", -ns) if ns < 0 else ("", ns)
    hours, rest = divmod(ns, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    seconds, part = divmod(rest, SECOND)
    tail = f"{seconds:02d}" + (f".{part // 10**6:03d}" if part >= 10**6 else "")
    return f"{sign}{hours}:{minutes:02d}:{tail}" if hours else f"{sign}{minutes}:{tail}"


def timeline_svg(view: TimelineView, *, standalone: bool = False) -> str:
    """The picture of one run, at most 1000 wide; "" without a timeline.

    ``standalone`` puts the style sheet inside, for a file of its own.
    """
    record = view.record
    if not view.events:
        return ""
    picture = _Picture(view)
    style = f"<style>{style_sheet()}</style>" if standalone else ""
    body = "".join(picture.parts())
    title = escape(f"Timeline of {record.id}: {record.verdict}")
    return (
        f'<svg class="tl" xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{title}" '
        f'viewBox="0 0 {WIDTH} {picture.height}">{style}{body}</svg>'
    )


def style_sheet() -> str:
    """The style sheet of the picture, which the page holds once."""
    return (files(__package__) / "templates" / "timeline.css").read_text(encoding="utf-8")


class _Picture:
    def __init__(self, view: TimelineView) -> None:
        self.begin, self.end = view.begin, view.end
        self.lanes = lanes_of(view)
        self.brackets = brackets(view.record)
        self.marks = _labels(view.marks, self.x)
        self.top = 15 * (1 + max((row for *_, row in self.marks), default=0)) + 8
        self.axis = self.top + _LANE * len(self.lanes) + 4
        self.height = self.axis + 24 + _BRACKET * len(self.brackets) + (6 if self.brackets else 0)

    def x(self, at: int) -> float:
        """The x position of an instant; instants outside the view are drawn on its edge."""
        share = (min(max(at, self.begin), self.end) - self.begin) / (self.end - self.begin)
        return round(_LEFT + share * (_RIGHT - _LEFT), 1)

    def parts(self) -> Iterator[str]:
        """All shapes, back to front."""
        yield from self._axis()
        for number, lane in enumerate(self.lanes):
            yield from self._lane(lane, self.top + number * _LANE)
        yield from self._mark_lines()
        for number, clause in enumerate(self.brackets):
            yield from self._bracket(clause, self.axis + 34 + number * _BRACKET)

    def _axis(self) -> Iterator[str]:
        y = self.axis
        yield f'<path class="axis" d="M{_LEFT} {y}H{_RIGHT}"/>'
        yield _text(_LEFT - 8, y + 15, "virtual clock", "lane", "end")
        step = next((s for s in _STEPS if (self.end - self.begin) / s <= 12), 24 * HOUR)
        at = -(-self.begin // step) * step
        while at <= self.end:
            x = self.x(at)
            yield f'<path class="grid" d="M{x} {self.top}V{y + 4}"/>'
            yield _text(x, y + 15, clock(at), "num", "middle")
            at += step

    def _lane(self, lane: Lane, y: int) -> Iterator[str]:
        yield f'<path class="rule" d="M0 {y + _LANE}H{_RIGHT}"/>'
        yield _text(_LEFT - 8, y + 18, lane.name[:20], "lane", "end")
        for span in lane.spans:
            if span.end > self.begin:
                yield self._span(span, y, last=span is lane.spans[-1])
        yield from self._ticks(lane.ticks, y)

    def _span(self, span: Span, y: int, *, last: bool) -> str:
        left, right = self.x(span.begin), self.x(span.end)
        width = max(2.0, round(right - left, 1))
        room, whole = int((width - 8) / _CHAR), len(span.label)
        if whole > room and last and right + 8 + whole * _CHAR <= WIDTH:
            text = _text(right + 6, y + 18, span.label, "t", "start")  # beside it, not cut
        elif room >= 2:
            label = span.label if whole <= room else span.label[: room - 1] + "\u2026"
            text = _text(left + 5, y + 18, label, "t", "start")
        else:
            text = ""
        tip = f"{span.tip or span.label}, {clock(span.begin)} to {clock(span.end)}"
        rect = f'<rect class="{span.tone}" x="{left}" y="{y + 4}" width="{width}" height="20"/>'
        return f"<g>{_tip(tip)}{rect}{text}</g>"

    def _ticks(self, ticks: Iterable[Tick], y: int) -> Iterator[str]:
        groups = list(_grouped((self.x(tick.at), tick) for tick in ticks if tick.at >= self.begin))
        limits = [*(x for x, _ in groups[1:]), WIDTH]
        free = 0.0  # where the last label ends
        for (x, group), limit in zip(groups, limits, strict=False):  # no group has no limit
            first = group[0]
            yield f"<g>{_tip(_group_tip(group))}{_shape(first, x, y)}"
            width = len(first.label) * _CHAR + 8
            if first.label and x > free and x + width <= limit:
                yield _text(x + 8, y + 18, first.label, f"t {first.tone}", "start")
                free = x + width
            yield "</g>"

    def _mark_lines(self) -> Iterator[str]:
        for name, at, label, left, row in self.marks:
            x, y = self.x(at), 12 + 15 * row
            yield f'<path class="mark m-{name}" d="M{x} {y - 10}V{self.axis}"/>'
            yield _text(left, y, label, f"mark m-{name}", "start")

    def _bracket(self, clause: Clause, y: int) -> Iterator[str]:
        tone, sign = _VERDICTS.get(clause.verdict, ("unknown", "?"))
        left, right = self.x(clause.begin or 0), self.x(clause.end or 0)
        right = max(right, left + 2)
        tip = f"{clause.name}: {clause.verdict} {clause.reason}"
        yield f'<g class="{tone}">{_tip(tip)}'
        # A window that reaches beyond the run has no end here.
        close = f"M{right} {y - 5}v10" if (clause.end or 0) <= self.end else ""
        yield f'<path class="br" d="M{left} {y - 5}v10M{left} {y}H{right}{close}"/>'
        if clause.at is not None:
            yield f'<circle class="dot" cx="{self.x(clause.at)}" cy="{y}" r="3.5"/>'
        yield _beside(f"{sign} {clause.name}", left, right, y + 4)
        yield "</g>"


def _labels(
    marks: Mapping[str, int], place: Callable[[int], float]
) -> list[tuple[str, int, str, float, int]]:
    """Marks as (name, at, label, left edge, row), each label to the right of its line.

    A mark takes the highest row from which its line crosses no earlier label.
    """
    start = marks.get("injected")
    edges: list[float] = []  # where each row's last label ends
    labels = []
    for name, at in marks.items():
        since = f" +{clock(at - start)}" if start is not None and at > start else f" {clock(at)}"
        width = len(name + since) * _CHAR + 10
        left = place(at) + 4
        left = left if left + width <= WIDTH else place(at) - width
        row = len(edges)
        while row and edges[row - 1] <= left:
            row -= 1
        edges[row:] = [*edges[row:], 0.0] if row == len(edges) else edges[row:]
        edges[row] = left + width
        labels.append((name, at, name + since, round(left, 1), row))
    return labels


def _grouped(ticks: Iterable[tuple[float, Tick]]) -> Iterator[tuple[float, list[Tick]]]:
    """Groups of equal ticks that would overlap, each at the position of its first one."""
    start, group = 0.0, list[Tick]()
    for x, tick in ticks:
        if group and _alike(tick, group[0]) and x - start < _NEAR:
            group.append(tick)
            continue
        if group:
            yield start, group
        start, group = x, [tick]
    if group:
        yield start, group


def _alike(one: Tick, other: Tick) -> bool:
    return (one.shape, one.tone, one.label) == (other.shape, other.tone, other.label)


def _group_tip(group: list[Tick]) -> str:
    first, last = group[0], group[-1]
    what = first.tip or first.label
    if len(group) == 1:
        return f"{clock(first.at)} {what}"
    return f"{len(group)} from {clock(first.at)} to {clock(last.at)}: {what}"


def _shape(tick: Tick, x: float, y: int) -> str:
    return f'<path class="s-{tick.shape} {tick.tone}" d="{_PATHS[tick.shape](x, y)}"/>'


_PATHS: Final[Mapping[str, Callable[[float, int], str]]] = {
    "tick": lambda x, y: f"M{x} {y + 7}v14",
    "up": lambda x, y: f"M{x} {y + 7}l5 11h-10z",
    "down": lambda x, y: f"M{x} {y + 20}l5 -11h-10z",
    "cross": lambda x, y: f"M{x - 4} {y + 10}l8 8m0 -8l-8 8",
    "ring": lambda x, y: f"M{x - 4} {y + 14}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0",
    "flag": lambda x, y: f"M{x} {y + 23}V{y + 5}l7 4l-7 4",
}


def _beside(label: str, left: float, right: float, y: float) -> str:
    """A bracket's name: after it, before it, or above its middle, wherever there is room."""
    width = len(label) * _CHAR
    if right + 8 + width <= WIDTH:
        return _text(right + 8, y, label, "t", "start")
    if left - 8 - width >= 0:
        return _text(left - 8, y, label, "t", "end")
    return _text(4, y, label, "t", "start")


def _text(x: float, y: float, text: str, css: str, anchor: str) -> str:
    side = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text x="{round(x, 1)}" y="{y}" class="{css}"{side}>{escape(text)}</text>'


def _tip(text: str) -> str:
    return f"<title>{escape(text[:200])}</title>"
