"""Recognise a heading by its number, its words, or its shape."""

import re

from ingest.layout.text import Paragraph

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
FURNITURE = re.compile(
    r"首页|当前位置|字体|字号|打印|分享|来源[：:]|发布时间|发布日期|浏览次数|点击|责任编辑|责编|编辑[：:]|记者|通讯员|版权|ICP备|网站标识码|上一篇|下一篇|扫一扫|"
    r"各位代表|各位委员|^——|^时间[：:]|^来源|^作者|登录|注册|无障碍|联系我们|主办单位|技术支持|关闭窗口"
)
DATED = re.compile(r"\d{4}年\d{1,2}月(?:\d{1,2}日)?$|^（?\d{4}年\d{1,2}月\d{1,2}日")
_SENTENCE = re.compile(r"[^。]{2,60}。")
_RUN_IN_LONGEST = 32
TITLE_LONGEST = 50
_NOT_RUN_IN = re.compile(
    r"我们|各位|同时|今年|去年|过去|一年来|五年来|目前|近年|20\d\d年|这是|当前|以上|其中|为此|[一二三四五六七八九十]是"
)
_TITLED = re.compile(r"(?:目标|任务|目标任务|安排|回顾|工作|重点|打算|要求|指标|总结|措施|部署)$")


def number(text: str) -> tuple[str, int] | None:
    """Parse the number of a heading: its style, and the offset of its words."""
    if found := _ANNEX.match(text):
        return ("annex", 0 if found.end() == len(text) else found.end()) if len(text) <= TITLE_LONGEST else None
    for name, pattern in _STYLES:
        if found := pattern.match(text):
            if name == "mark":
                inner = number(text[found.end() :])
                skip = inner[1] if inner and inner[0] not in {"annex", "mark"} else 0
                return f"mark{found.end()}", found.end() + skip
            return name, found.end()
    return None


def numbered_title(text: str, start: int, kind: str) -> int | None:
    """Return the end of the words of a numbered heading; None if the paragraph is a numbered sentence."""
    if not any(end in text for end in "。；！？"):
        if kind.startswith("figure") and len(text) - start > TITLE_LONGEST:
            return None
        return len(text) if len(text) - start <= 2 * TITLE_LONGEST else None
    stop = text.find("。", start)
    if stop < 0 or stop - start > (2 * TITLE_LONGEST if kind.startswith("cn") else _RUN_IN_LONGEST):
        return None
    if stop == len(text) - 1 and stop - start > _RUN_IN_LONGEST:
        return None
    if re.search(r"\d", text[start:stop]) and not kind.startswith("cn"):
        return None
    if stop == len(text) - 1 and kind.startswith("figure"):
        return None
    return stop


def is_plain(found: list[Paragraph], at: int, seen_body: bool) -> bool:
    """Return whether a paragraph is a heading without a number: short, no full stop, before longer text."""
    text = found[at].text
    if not (2 < len(text) <= TITLE_LONGEST // 2 + 5) or (text[-1] in "。；：！？，、…”" and not text.endswith("”")):
        return False
    if any(mark in text for mark in "。；：！？|") or FURNITURE.search(text) or DATED.search(text) or text[0] in "——（":
        return False
    words = re.sub(r"\d", "", text)
    if sum("一" <= character <= "鿿" for character in words) < 0.6 * len(words) or re.search(
        r"省长|市长|区长|县长|主任$", text
    ):
        return False
    following = next((item.text for item in found[at + 1 : at + 2]), "")
    long_enough = (
        len(following) >= 40
        or number(following) is not None
        or (_TITLED.search(text) is not None and following[-1:] in "。：；")
    )
    return len(following) > len(text) and long_enough and (seen_body or found[at].parted or at > 0)


def run_in(text: str, start: int) -> int | None:
    """Return the end of a run-in heading: a short phrase before the first 。 of a longer paragraph."""
    found = _SENTENCE.match(text, start)
    if found is None or found.end() - start > _RUN_IN_LONGEST or len(text) - found.end() < 15:
        return None
    phrase = found.group()
    if _NOT_RUN_IN.match(phrase) or re.search(r"\d|[；：？！]|了", phrase) or phrase.count("，") > 1:
        return None
    return found.end() - 1
