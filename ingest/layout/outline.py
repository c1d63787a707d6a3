"""Find the headings of a document, and the section that each paragraph belongs to."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from ingest.layout.headings import DATED, FURNITURE, TITLE_LONGEST, is_plain, number, numbered_title, run_in
from ingest.layout.text import Paragraph

_TOC_LINE = re.compile(r".{2,60}?(?:\.{3,}|…{1,}|·{3,}|—{4,})\s*\d{1,3}$")
_SPLIT = re.compile(r"(?<=[。；！])(?=（[一二三四五六七八九十]{1,3}）[^，。；]{4,})")
_ORDER = re.compile(r"[一二三四五六七八九十]{1,2}(?:是|要)")
_ITEM = re.compile(
    r"(?:（\d{1,2}）|\d{1,2}[.、．](?=\D|\d{1,2}月|20\d\d[年届])|[①-⑳]|（[一二三四五六七八九十]{1,3}）|[一二三四五六七八九十]{1,3}、)"
)
_CONTEXT = re.compile(r"^(?:核心提示|导语|编者按|摘要|前言|引言|序言|内容提要|提要|开篇)$")


class Section(NamedTuple):
    """One heading: its level from 1, its words without the number, and their place (paragraph, start, end)."""

    title: str
    level: int
    paragraph: int
    start: int
    end: int
    style: str


class Outline(NamedTuple):
    """The sections. `homes[i]` is the index of the section of paragraph i, or -1; `bodies[i]` is the start of its body text.

    `roles[i]` is `body`, `heading`, `contents` (a line of a table of contents), `table` or `furniture`.
    """

    sections: tuple[Section, ...]
    homes: tuple[int, ...]
    bodies: tuple[int, ...]
    roles: tuple[str, ...]


def split(found: list[Paragraph]) -> list[Paragraph]:
    """Split paragraphs with several （一） headings, so that each heading starts a paragraph."""
    result: list[Paragraph] = []
    for item in found:
        at = 0
        for cut in [*(match.start() for match in _SPLIT.finditer(item.text)), len(item.text)]:
            result.append(Paragraph(item.text[at:cut], item.offsets[at:cut], item.parted and at == 0))
            at = cut
    return result


def read(found: list[Paragraph]) -> Outline:
    """Find the outline of paragraphs: numbered, unnumbered and run-in headings, annexes, tables of contents, tables."""
    toc = _contents(found)
    roles, titles = ["body"] * len(found), {}
    seen_body = False
    for at, item in enumerate(found):
        text = item.text
        if at in toc:
            roles[at] = "contents"
        elif text.startswith("|"):
            roles[at] = "table"
        elif numbered := number(text):
            end = numbered_title(text, numbered[1], numbered[0])
            if end is not None and not _ORDER.match(text):
                titles[at] = (numbered[0], numbered[1], end)
                roles[at] = "heading" if end >= len(text) - 1 else "body"
        elif is_plain(found, at, seen_body):
            titles[at] = ("plain", 0, len(text))
            roles[at] = "heading"
        elif (
            len(text) <= TITLE_LONGEST and (FURNITURE.search(text) or DATED.search(text)) and text[-1] not in "。；"
        ) or (not seen_body and "furniture" not in roles[:at] and at == 0 and text[-1] not in "。；：，"):
            roles[at] = "furniture"
        seen_body = seen_body or (roles[at] == "body" and len(text) > TITLE_LONGEST)
    _drop_front(found, roles, titles)
    _add_run_ins(found, roles, titles)
    return _nest(found, roles, titles)


def _contents(found: list[Paragraph]) -> set[int]:
    lines = {at for at, item in enumerate(found) if _TOC_LINE.fullmatch(item.text)}
    for at, item in enumerate(found):
        if item.text == "目录":
            lines.add(at)
            # Without page numbers the contents end where the first title comes again.
            place = at + 1
            seen: set[str] = set()
            while (
                place < len(found)
                and len(found[place].text) <= TITLE_LONGEST
                and found[place].text not in seen
                and (found[place].text in {other.text for other in found[place + 1 :]} or place in lines)
            ):
                seen.add(found[place].text)
                lines.add(place)
                place += 1
    return lines


def _drop_front(found: list[Paragraph], roles: list[str], titles: dict[int, tuple[str, int, int]]) -> None:
    """Remove the heading mark of the document title: an unnumbered line before the body, followed by another front line."""
    for at in range(min(8, len(found))):
        if roles[at] == "body" and len(found[at].text) > TITLE_LONGEST:
            return
        following = roles[at + 1] if at + 1 < len(found) else "body"
        if at in titles and titles[at][0] in {"plain", "mark1"} and (following != "body" or at == 0):
            del titles[at]
            roles[at] = "furniture"


def _add_run_ins(found: list[Paragraph], roles: list[str], titles: dict[int, tuple[str, int, int]]) -> None:
    """Mark run-in headings if at least half of the longer paragraphs of a section have one."""
    groups: dict[int, list[int]] = {}
    home = -1
    for at, item in enumerate(found):
        if at in titles:
            home = at
            # A heading with body text on its line owns that text; a further run-in there would be a second heading.
            continue
        if roles[at] == "body" and len(item.text) > TITLE_LONGEST:
            groups.setdefault(home, []).append(at)
    for home, members in groups.items():
        if home < 0 or _CONTEXT.match(found[home].text):
            continue
        ends = {at: end for at in members if (end := run_in(found[at].text, 0)) is not None}
        if 2 * len(ends) >= len(members):
            titles.update({at: ("run_in", 0, end) for at, end in ends.items()})


def _nest(found: list[Paragraph], roles: list[str], titles: dict[int, tuple[str, int, int]]) -> Outline:
    sections: list[Section] = []
    homes: list[int] = []
    bodies: list[int] = []
    stack: list[str] = []
    for at, item in enumerate(found):
        if at in titles:
            style, start, end = titles[at]
            if style in stack:
                del stack[stack.index(style) + 1 :]
            elif style == "annex":
                stack = [style]
            else:
                stack = [*(name for name in stack if name != "run_in"), style]
            sections.append(Section(item.text[start:end].strip("：:"), len(stack), at, start, end, style))
            bodies.append(min(end + 1, len(item.text)) if end < len(item.text) else len(item.text))
        else:
            item_number = _ITEM.match(item.text)
            bodies.append(item_number.end() if item_number else 0)
        homes.append(len(sections) - 1)
    return Outline(tuple(sections), tuple(homes), tuple(bodies), tuple(roles))


def above(sections: Sequence[Section], home: int) -> list[int]:
    """List the indices of a section and of the headings above it, innermost first."""
    found, level = [], 10**6
    for at in range(home, -1, -1):
        if sections[at].level < level:
            found.append(at)
            level = sections[at].level
    return found


def path(outline: Outline, home: int) -> list[Section]:
    """List the headings above a section, outermost first, itself last."""
    return [outline.sections[at] for at in reversed(above(outline.sections, home))]


def is_context(title: str) -> bool:
    """Return whether a heading is that of an introduction."""
    return bool(_CONTEXT.match(title))
