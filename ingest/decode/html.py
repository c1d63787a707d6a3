"""Decode HTML pages: headings, paragraphs and tables, without menus and other page elements."""

import re

from lxml import etree

from ingest.decode import plain
from ingest.decode.rows import LEFT, UP, lines

_DROPPED = frozenset(
    (
        "script style noscript template nav header footer aside form iframe svg button select input textarea "
        "head object embed video audio"
    ).split()
)
_BLOCKS = frozenset(
    (
        "p div li dd dt section article main blockquote center h1 h2 h3 h4 h5 h6 ul ol dl body html td th pre "
        "tbody fieldset figure figcaption"
    ).split()
)
_CHARSET = re.compile(rb"charset=[\"']?([\w-]+)", re.I)
_CHINESE = frozenset({"gb2312", "gbk", "gb18030", "x-gbk"})
_LAYOUT_CELL = 200
_LINKS = 0.6
_MOST_SPAN = 50


def _decoded(content: bytes) -> str:
    found = _CHARSET.search(content[:4096])
    name = found[1].decode("ascii").lower() if found else ""
    return content.decode("gb18030", "replace") if name in _CHINESE else plain.read(content)


def _is_furniture(node: etree._Element) -> bool:
    """Return whether a block consists of links, such as a menu or a list of other articles."""
    text = "".join(node.itertext()).strip()
    links = "".join("".join(link.itertext()) for link in node.iter("a"))
    return bool(text) and len(text) < _LAYOUT_CELL and len(links.strip()) > _LINKS * len(text)


def _table(node: etree._Element) -> list[list[str]] | None:
    """Return the rows of a table with its merged cells; None for a table used for layout."""
    if next(node.iterdescendants("table"), None) is not None:
        return None
    grid: dict[tuple[int, int], str] = {}
    rows = list(node.iter("tr"))
    for at, row in enumerate(rows):
        column = 0
        for cell in row.iter("td", "th"):
            while (at, column) in grid:
                column += 1
            text = " ".join("".join(cell.itertext()).split())
            if len(text) > _LAYOUT_CELL:
                return None
            wide, high = (min(_span(cell, name), _MOST_SPAN) for name in ("colspan", "rowspan"))
            for below in range(high):
                for beside in range(wide):
                    grid[at + below, column + beside] = LEFT if beside else UP if below else text
            column += wide
    width = max((column for _, column in grid), default=-1) + 1
    return [[grid.get((at, column), "") for column in range(width)] for at in range(len(rows))]


def _span(cell: etree._Element, name: str) -> int:
    value = cell.get(name, "1").strip()
    return int(value) if value.isascii() and value.isdigit() and value != "0" else 1


def read(content: bytes) -> str:
    """Return the text of a page, one block per line. Headings are marked with # by rank."""
    text = _decoded(content)
    # A declaration of encoding in a str would be refused; entities are never loaded from anywhere.
    root = etree.fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text), etree.HTMLParser(no_network=True))
    result: list[str] = []
    run: list[str] = []

    def close() -> None:
        whole = " ".join("".join(run).split())
        run.clear()
        if whole:
            result.append(whole)

    def walk(node: etree._Element) -> None:
        tag = node.tag if isinstance(node.tag, str) else ""
        if not tag or tag in _DROPPED or (tag in _BLOCKS and _is_furniture(node)):
            return
        table = _table(node) if tag == "table" else None
        if table is not None:
            close()
            result.extend(lines(table))
            return
        if tag in _BLOCKS or tag in {"br", "tr", "table", "hr"}:
            close()
        if re.fullmatch(r"h[1-6]", tag):
            run.append("#" * int(tag[1]) + " ")
        run.append(node.text or "")
        for child in node:
            walk(child)
            run.append(child.tail or "")
        if tag in _BLOCKS or tag in {"tr", "table"}:
            if "".join(run).strip() == "#" * len("".join(run).strip()):
                run.clear()
            close()

    walk(root)
    close()
    return "\n".join(result)
