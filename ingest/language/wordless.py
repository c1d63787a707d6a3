"""Find commitments without a number: relative to another figure, assigned by a higher level, or a direction only."""

import re
from typing import NamedTuple

_SUBJECT = r"(?P<name>[一-鿿A-Za-z“”（）、]{3,30}?)"
_OTHER = r"(?:全国|全省|全市|全区|国家|省|市|经济|地区生产总值|GDP|东部|中西部|周边|同类)[一-鿿]{0,12}"
_PATTERNS = (
    ("relative", re.compile(rf"(?:^|，|、|；|：|是|为){_SUBJECT}(?:增长|增速)?(?P<words>(?:与|同|和|跟)[^，；。、与]{{2,16}}?(?:基本|大体|保持)*同步(?:增长)?)")),
    ("relative", re.compile(rf"(?:^|，|、|；|：|是|为){_SUBJECT}(?:增长|增速|增幅)?(?P<words>(?:高于|快于|低于|优于|好于|不低于|不高于|略高于|略快于)(?:{_OTHER}))(?=[，；。、]|$)")),
    ("assigned", re.compile(r"(?:^|，|、|；|：|是|为)(?P<words>(?:全面|确保|如期|圆满)?完成(?:国家|省|市|上级|自治区|国家和省|省市)[一-鿿]{0,4}?(?:下达|确定|规定|分解)?(?:的)?(?P<name>[一-鿿A-Za-z、]{4,30}?)(?:任务|目标|指标)(?:任务)?)(?=[，；。、]|$)")),
    ("assigned", re.compile(rf"(?:^|，|、|；|：|是|为){_SUBJECT}(?P<words>(?:控制在|达到|完成)(?:国家|省|市|上级|自治区)[一-鿿]{{0,4}}(?:下达|规定|要求)?(?:的)?(?:指标|目标|任务|控制数|范围|要求)(?:以?内)?)(?=[，；。、]|$)")),
    ("direction_only", re.compile(rf"(?:^|，|、|；|：|是|为){_SUBJECT}(?P<words>(?:持续|继续|稳步|逐步|进一步|不断|明显|只)(?:下降|改善|降低|提高|提升|上升|缩小|减少|降不升))(?=[，；。、]|$)")),
)  # fmt: skip
_GOALS = re.compile(r"目标")


class Phrase(NamedTuple):
    """A commitment without a number: `start`, `end` in the paragraph, comparator, name, and its words."""

    start: int
    end: int
    comparator: str
    name: str
    words: str


def find(text: str, start: int, end: int) -> list[Phrase]:
    """List the commitments without a number in one sentence. A direction alone counts only in a list of goals."""
    sentence = text[start:end]
    result: list[Phrase] = []
    taken: set[int] = set()
    for comparator, pattern in _PATTERNS:
        if comparator == "direction_only" and not _GOALS.search(sentence):
            continue
        for found in pattern.finditer(sentence):
            span = found.span("words")
            name = re.sub(
                r"^(?:其中|力争|确保|争取|努力|实现|使|坚决|下达|确定|的)+|(?:增长|增速|增幅)$", "", found["name"]
            ).strip("、")
            if len(name) >= 3 and taken.isdisjoint(range(*span)):
                taken.update(range(*span))
                result.append(Phrase(start + span[0], start + span[1], comparator, name, found["words"]))
    return sorted(result)
