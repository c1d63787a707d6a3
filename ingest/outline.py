"""Find the headings of a document, and the section that each paragraph belongs to."""

import re
from typing import NamedTuple

from ingest.text import Paragraph

_CN = "[一二三四五六七八九十百零〇]+"
_STYLES = (
    ("part", re.compile(rf"第{_CN}(?:篇|部分|编)[：:、]?")),
    ("chapter", re.compile(rf"第(?:{_CN}|\d+)章[：:、]?")),
    ("article", re.compile(rf"第(?:{_CN}|\d+)节[：:、]?")),
    ("mark", re.compile(r"#{1,6}")),
    ("cn", re.compile(r"[一二三四五六七八九十]{1,3}[、．](?!二|三)")),
    ("cn_round", re.compile(r"（[一二三四五六七八九十]{1,3}）[、.]?")),
    ("figure", re.compile(r"\d{1,2}[.、．](?!\d)")),
    ("figure_round", re.compile(r"（\d{1,2}）|[①-⑳]")),
)  # fmt: skip
_ANNEX = re.compile(r"附[件表录](?:[一二三四五六七八九十\d]{1,2})?[：:]?")
_FURNITURE = re.compile(
    r"首页|当前位置|字体|字号|打印|分享|来源[：:]|发布时间|发布日期|浏览次数|点击|责任编辑|责编|编辑[：:]|记者|通讯员|版权|ICP备|网站标识码|上一篇|下一篇|扫一扫|"
    r"各位代表|各位委员|^——|^时间[：:]|^来源|^作者|登录|注册|无障碍|联系我们|主办单位|技术支持|关闭窗口"
)
_DATED = re.compile(r"\d{4}年\d{1,2}月(?:\d{1,2}日)?$|^（?\d{4}年\d{1,2}月\d{1,2}日")
_TOC_LINE = re.compile(r".{2,60}?(?:\.{3,}|…{1,}|·{3,}|—{4,})\s*\d{1,3}$")
_SPLIT = re.compile(r"(?<=[。；！])(?=（[一二三四五六七八九十]{1,3}）[^，。；]{4,})")
_ORDER = re.compile(r"[一二三四五六七八九十]{1,2}(?:是|要)")
_SENTENCE = re.compile(r"[^。]{2,60}。")
_ITEM = re.compile(r"(?:（\d{1,2}）|\d{1,2}[.、．](?=\D|\d{1,2}月)|[①-⑳]|（[一二三四五六七八九十]{1,3}）|[一二三四五六七八九十]{1,3}、)")
_TITLED = re.compile(r"(?:目标|任务|目标任务|安排|回顾|工作|重点|打算|要求|指标|总结|措施|部署)$")
_RUN_IN_LONGEST = 32
_TITLE_LONGEST = 50
_NOT_RUN_IN = re.compile(r"我们|各位|同时|今年|去年|过去|一年来|五年来|目前|近年|20\d\d年|这是|当前|以上|其中|为此|[一二三四五六七八九十]是")
_CONTEXT = re.compile(r"^(?:核心提示|导语|编者按|摘要|前言|引言|序言|内容提要|提要|开篇)$")


class Section(NamedTuple):
    """Hold one heading: its level from 1, its words without number, and where they stand (paragraph, start, end)."""

    title: str
    level: int
    paragraph: int
    start: int
    end: int
    style: str


class Outline(NamedTuple):
    """Hold the sections; `homes[i]` is the index of paragraph i's section or -1, `bodies[i]` where its body text begins.

    `roles[i]` is `body`, `heading`, `contents` (a line of a table of contents), `table` or `furniture`.
    """

    sections: tuple[Section, ...]
    homes: tuple[int, ...]
    bodies: tuple[int, ...]
    roles: tuple[str, ...]


def split(found: list[Paragraph]) -> list[Paragraph]:
    """Cut paragraphs that hold several （一） headings, so that each heading begins a paragraph."""
    result: list[Paragraph] = []
    for item in found:
        at = 0
        for cut in [*(match.start() for match in _SPLIT.finditer(item.text)), len(item.text)]:
            result.append(Paragraph(item.text[at:cut], item.offsets[at:cut], item.parted and at == 0))
            at = cut
    return result


def _style(text: str) -> tuple[str, int] | None:
    """Read the number of a heading: its style, and where its words begin."""
    if found := _ANNEX.match(text):
        return ("annex", 0 if found.end() == len(text) else found.end()) if len(text) <= _TITLE_LONGEST else None
    for name, pattern in _STYLES:
        if found := pattern.match(text):
            if name == "mark":
                inner = _style(text[found.end() :])
                skip = inner[1] if inner and inner[0] not in {"annex", "mark"} else 0
                return f"mark{found.end()}", found.end() + skip
            return name, found.end()
    return None


def _numbered_title(text: str, start: int, style: str) -> int | None:
    """Tell where the words of a numbered heading end; None if the paragraph is a numbered sentence, not a heading."""
    if not any(end in text for end in "。；！？"):
        if style.startswith("figure") and len(text) - start > _TITLE_LONGEST:
            return None
        return len(text) if len(text) - start <= 2 * _TITLE_LONGEST else None
    stop = text.find("。", start)
    if stop < 0 or stop - start > (2 * _TITLE_LONGEST if style.startswith("cn") else _RUN_IN_LONGEST):
        return None
    if stop == len(text) - 1 and stop - start > _RUN_IN_LONGEST:
        return None
    if re.search(r"\d", text[start:stop]) and not style.startswith("cn"):
        return None
    if stop == len(text) - 1 and style.startswith("figure"):
        return None
    return stop


def _is_plain(found: list[Paragraph], at: int, seen_body: bool) -> bool:
    """Tell whether a paragraph is a heading without a number: short, no final stop, above longer text."""
    text = found[at].text
    if not (2 < len(text) <= _TITLE_LONGEST // 2 + 5) or text[-1] in "。；：！？，、…”" and not text.endswith("”"):
        return False
    if any(mark in text for mark in "。；：！？|") or _FURNITURE.search(text) or _DATED.search(text) or text[0] in "——（":
        return False
    words = re.sub(r"\d", "", text)
    if sum("一" <= character <= "鿿" for character in words) < 0.6 * len(words) or re.search(r"省长|市长|区长|县长|主任$", text):
        return False
    following = next((item.text for item in found[at + 1 : at + 2]), "")
    long_enough = len(following) >= 40 or _style(following) is not None or (_TITLED.search(text) is not None and following[-1:] in "。：；")
    return len(following) > len(text) and long_enough and (seen_body or found[at].parted or at > 0)


def _run_in(text: str, start: int) -> int | None:
    """Tell where a run-in heading ends: the short phrase before the first 。 of a longer paragraph."""
    found = _SENTENCE.match(text, start)
    if found is None or found.end() - start > _RUN_IN_LONGEST or len(text) - found.end() < 15:
        return None
    phrase = found.group()
    if _NOT_RUN_IN.match(phrase) or re.search(r"\d|[；：？！]|了。", phrase) or phrase.count("，") > 1:
        return None
    return found.end() - 1


def read(found: list[Paragraph]) -> Outline:
    """Read the outline of paragraphs: numbered, unnumbered and run-in headings, annexes, contents, tables."""
    toc = _contents(found)
    roles, titles = ["body"] * len(found), {}
    seen_body = False
    for at, item in enumerate(found):
        text = item.text
        if at in toc:
            roles[at] = "contents"
        elif text.startswith("|"):
            roles[at] = "table"
        elif style := _style(text):
            end = _numbered_title(text, style[1], style[0])
            if end is not None and not _ORDER.match(text):
                titles[at] = (style[0], style[1], end)
                roles[at] = "heading" if end >= len(text) - 1 else "body"
        elif _is_plain(found, at, seen_body):
            titles[at] = ("plain", 0, len(text))
            roles[at] = "heading"
        elif len(text) <= _TITLE_LONGEST and (_FURNITURE.search(text) or _DATED.search(text)) and text[-1] not in "。；":
            roles[at] = "furniture"
        elif not seen_body and "furniture" not in roles[:at] and at == 0 and text[-1] not in "。；：，":
            roles[at] = "furniture"
        seen_body = seen_body or (roles[at] == "body" and len(text) > _TITLE_LONGEST)
    _drop_front(found, roles, titles)
    _add_run_ins(found, roles, titles)
    return _nest(found, roles, titles)


def _contents(found: list[Paragraph]) -> set[int]:
    lines = {at for at, item in enumerate(found) if _TOC_LINE.fullmatch(item.text)}
    for at, item in enumerate(found):
        if item.text == "目录":
            lines.add(at)
            # Without page numbers the contents end where the first title comes again.
            later = {other.text for other in found[at + 1 :]}
            place = at + 1
            seen: set[str] = set()
            while place < len(found) and len(found[place].text) <= _TITLE_LONGEST and found[place].text not in seen and (
                found[place].text in {other.text for other in found[place + 1 :]} or place in lines
            ):
                seen.add(found[place].text)
                lines.add(place)
                place += 1
            del later
    return lines


def _drop_front(found: list[Paragraph], roles: list[str], titles: dict[int, tuple[str, int, int]]) -> None:
    """Unmark the title of the document: an unnumbered line before any body, followed by another front line."""
    for at in range(min(8, len(found))):
        if roles[at] == "body" and len(found[at].text) > _TITLE_LONGEST:
            return
        following = roles[at + 1] if at + 1 < len(found) else "body"
        if at in titles and titles[at][0] in {"plain", "mark1"} and (following != "body" or at == 0):
            del titles[at]
            roles[at] = "furniture"


def _add_run_ins(found: list[Paragraph], roles: list[str], titles: dict[int, tuple[str, int, int]]) -> None:
    """Mark run-in headings, where at least half of the longer paragraphs of a section have one."""
    groups: dict[int, list[int]] = {}
    home = -1
    for at, item in enumerate(found):
        if at in titles:
            home = at
            # A heading with body text on its line owns that text; a further run-in there would be a second heading.
            continue
        if roles[at] == "body" and len(item.text) > _TITLE_LONGEST:
            groups.setdefault(home, []).append(at)
    for home, members in groups.items():
        if home < 0 or _CONTEXT.match(found[home].text):
            continue
        ends = {at: end for at in members if (end := _run_in(found[at].text, 0)) is not None}
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
            elif style == "plain" and stack and stack[-1] == "run_in":
                stack = [*stack[:-1], style]
            else:
                stack = [*(name for name in stack if name != "run_in"), style]
            sections.append(Section(item.text[start:end].strip("：:"), len(stack), at, start, end, style))
            bodies.append(min(end + 1, len(item.text)) if end < len(item.text) else len(item.text))
        else:
            number = _ITEM.match(item.text)
            bodies.append(number.end() if number else 0)
        homes.append(len(sections) - 1)
    return Outline(tuple(sections), tuple(homes), tuple(bodies), tuple(roles))


def path(outline: Outline, home: int) -> list[Section]:
    """List the headings above a section, outermost first, itself last."""
    chain: list[Section] = []
    level = 10**6
    for at in range(home, -1, -1):
        if outline.sections[at].level < level:
            chain.append(outline.sections[at])
            level = chain[-1].level
    return chain[::-1]


def is_context(title: str) -> bool:
    """Tell whether a heading announces an introduction, not a part of the plan."""
    return bool(_CONTEXT.match(title))
