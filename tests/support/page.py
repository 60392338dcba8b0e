"""A parsed HTML page, for tests that check what a reader sees instead of how it is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID_TAGS = {"meta", "br", "link", "img", "hr"}
_HIDDEN = {"script", "style", "title"}


@dataclass
class Element:
    tag: str
    attrs: dict[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The visible text, with single blanks."""
        parts = (child if isinstance(child, str) else child.text for child in self.children)
        return " ".join(" ".join(parts).split()) if self.tag not in _HIDDEN else ""

    @property
    def classes(self) -> list[str]:
        return self.attrs.get("class", "").split()

    def walk(self) -> Iterator[Element]:
        """This element and all below it."""
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    def all(self, tag: str = "", *, css: str = "", id: str = "") -> list[Element]:
        """The elements below with a tag, a class or an id."""
        return [
            element
            for element in self.walk()
            if tag in ("", element.tag)
            if not css or css in element.classes
            if not id or element.attrs.get("id") == id
        ]

    def one(self, tag: str = "", *, css: str = "", id: str = "") -> Element:
        (element,) = self.all(tag, css=css, id=id)
        return element

    @property
    def ids(self) -> list[str]:
        return [element.attrs["id"] for element in self.walk() if "id" in element.attrs]

    @property
    def links(self) -> list[str]:
        names = ("href", "src")
        return [e.attrs[name] for e in self.walk() for name in names if name in e.attrs]

    @property
    def rows(self) -> list[list[str]]:
        """The texts of the cells of each table row."""
        return [[cell.text for cell in row.all("td")] for row in self.all("tr")]


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in _VOID_TAGS:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def parse(text: str) -> Element:
    """The page as one element without a tag; fails if an element is not closed."""
    parser = _Parser()
    parser.feed(text)
    assert [element.tag for element in parser.open] == [""]
    return parser.open[0]
