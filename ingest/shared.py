"""Divide the subject of a list among its numbers: 城镇和农村居民收入分别增长6%、7%."""

import re

from ingest.language import lexicon

_SPLIT = re.compile(r"、|和|与|及|以及")
_HEAD_NOUN = re.compile(
    r"(?:率|额|量|值|数|收入|面积|投资|产值|比重|占比|里程|人口|规模|增加值|价格|浓度|能耗|寿命|支出|出口|税收)$"
)
_SIBLINGS = frozenset(
    ("城镇 农村 城市 乡村 进口 出口 国有 民营 公办 民办 境内 境外 省级 市级 国家级 省内 省外 工业 农业").split()
)
_THREE = re.compile(r"(?P<front>.*?)(?:第?一、?二、?三(?:次)?产业?|三次产业)(?P<tail>.*)$")
_TWO = re.compile(r"(?P<front>.*?)第?二、?(?:和|、)?三(?:次)?产业?(?P<tail>.*)$")
_FIRST_LONGEST = 6
_LAST_LONGEST = 4


def distribute(subject: str, count: int) -> list[str] | None:
    """Divide a subject into one for each number: 城镇和农村居民收入, 2 gives 城镇居民收入, 农村居民收入. None if it cannot be divided."""
    for pattern, each in ((_THREE, "一二三"), (_TWO, "二三")):
        if len(each) == count and (found := pattern.match(subject)):
            return [f"{found['front']}第{sector}产业{found['tail']}" for sector in each]
    if count == 2 and (at := subject.find("城乡居民")) >= 0:
        return [subject[:at] + each + subject[at + 2 :] for each in ("城镇", "农村")]
    parts = [part for part in _SPLIT.split(subject) if part]
    if len(parts) != count or count < 2:
        return None
    first, last = parts[0], parts[-1]
    if not _HEAD_NOUN.search(first) and len(first) <= _FIRST_LONGEST:
        if first in _SIBLINGS and len(last) > len(first) + 1:
            return [*(part + last[len(first) :] for part in parts[:-1]), last]
        if (found := lexicon.BARE_TAIL.search(last)) and found.start() > 0:
            return [*(part + found.group() for part in parts[:-1]), last]
    if len(last) <= _LAST_LONGEST and first[-1] == last[-1] and len(first) - len(last) >= 2 and _HEAD_NOUN.search(last):
        return [first, *(first[: -len(part)] + part for part in parts[1:])]
    return parts


def part(name: str, count: int, place: int) -> str:
    """Return the part of the name for the number at an index in a list of `count`; the whole name if it has another number of parts."""
    found = lexicon.GROWTH.search(name)
    suffix = found.group() if found else ""
    parts = distribute(name.removesuffix(suffix), count)
    return parts[place] + suffix if parts else name
