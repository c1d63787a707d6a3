"""Find the area of a document, with its GB/T 2260 code."""

import re
from collections import Counter
from functools import cache
from importlib.resources import files
from typing import NamedTuple

_SUFFIX = re.compile(r"(?:(?:壮族|回族|维吾尔)?自治区|特别行政区|[省市])$")
_TOWNSHIP = re.compile(r"[一-鿿]{2,5}(?:街道|镇|乡)(?=20\d\d|人民政府|政府|办事处|第)")
_NATIONAL = re.compile(r"国务院总理|全国人民代表大会|中华人民共和国国民经济|全国人大")


class Area(NamedTuple):
    """An area: GB/T 2260 code (six digits), name, and level of its government."""

    code: str
    name: str
    level: str


NATION = Area("100000", "中国", "national")


@cache
def _places() -> dict[str, tuple[Area, ...]]:
    """Index the areas by name; provinces and cities also by short name (辽宁, 沈阳)."""
    index: dict[str, tuple[Area, ...]] = {}
    for line in (files("ingest") / "areas.tsv").read_text("utf-8").splitlines()[1:]:
        code, name = line.split("\t")
        area = Area(code, name, _level(code, name))
        names = {name}
        if code.endswith("00") and len(short := _SUFFIX.sub("", name)) > 1:
            names.add(short)
        for each in names:
            index[each] = (*index.get(each, ()), area)
    return index


def _level(code: str, name: str) -> str:
    if code.endswith("0000"):
        return "province"
    if code.endswith("00"):
        return "city"
    return "district" if name.endswith("区") else "county"


def by_code(code: str) -> Area | None:
    """Return the area with this six-digit code; None if GB/T 2260 has no such code."""
    if code == NATION.code:
        return NATION
    return next((area for areas in _places().values() for area in areas if area.code == code), None)


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile("|".join(sorted(map(re.escape, _places()), key=len, reverse=True)))


def infer(front: str, body: str) -> Area | None:
    """Find the area: the most specific one in the front matter, otherwise the one that the body names most often.

    Areas with the same name (鼓楼区) are distinguished by the province or city in the document. None if no area is named.
    """
    if _NATIONAL.search(front):
        return NATION
    counts = Counter(_pattern().findall(front + body))
    prefixes = Counter[str]()
    for name, count in counts.items():
        for area in _places()[name]:
            if area.code.endswith("00"):
                prefixes[area.code[:2] if area.code.endswith("0000") else area.code[:4]] += count

    def weight(area: Area) -> int:
        return 2 * prefixes[area.code[:4]] + prefixes[area.code[:2]]

    named = [area for name in dict.fromkeys(_pattern().findall(front)) for area in _places()[name]]
    if not named:
        frequent = [name for name, count in counts.most_common(3) if count >= 2]
        named = [area for name in frequent[:1] for area in _places()[name]]
    if not named:
        return None
    exact = max(
        named,
        key=lambda area: (len(area.code.rstrip("0").ljust(2, "0")) if area.level != "province" else 2, weight(area)),
    )
    if _TOWNSHIP.search(front):
        return exact._replace(level="township")
    return exact
