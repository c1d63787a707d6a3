"""Parse one number and its unit at an offset of a text: digits, Chinese numerals, fractions, ranges."""

import re
from decimal import Decimal
from typing import NamedTuple

from ingest.language import numerals, units

_ARABIC = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?"
_CHINESE = r"[零〇一二两三四五六七八九十百千][零〇一二两三四五六七八九十百千万亿]*(?:点[零〇一二三四五六七八九]+)?"
_NUMBER = re.compile(rf"(?P<arabic>{_ARABIC})|(?P<chinese>{_CHINESE})|(?P<half>半)")
_DASH = re.compile(r"(?:—{1,2}|-{1,2}|～|至|到)")
_SPECIAL = re.compile(
    rf"(?P<percent>百分之)(?P<of100>{_CHINESE}|{_ARABIC})|(?P<below>[二两三四五六七八九十]|\d{{1,2}})分之(?P<above>[一二两三四五六七八九]|\d{{1,2}})|"
    rf"(?P<tenth>[一二两三四五六七八九1-9])成(?P<half>[一二三四五六七八九半])?(?![为了员立果功本长套效型都员交就绩熟品份千上])|"
    r"翻(?P<times>[一两二三四]|\d)?番|(?P<digits>[两二三])位数(?!字)|(?P<over>过半)(?!径)|(?P<part>一半|近半|大半)(?![岛导])|(?P<quarter>[一三])刻钟|"
    rf"(?P<hours>[一二两三四五六七八九十])个半(?P<hourunit>小时|月)"
)
_LOOSE_RANGE = re.compile(rf"(?P<low>{_CHINESE})(?:至|到|—{{1,2}}|-|～)(?P<high>{_CHINESE})(?=[^年月日])")
_IDIOMS = re.compile(
    r"一(?:对一|体|批|系列|流|般|定|致|律|直|些|起|同|方面|路|带|旦|经|再|切|向|贯|心|手|核|次性|家亲|把手|刻不|如既|以贯|门心思|道|面|盘棋|张蓝图|抓到底|老一小|线城|线职|线工|线岗|线医|线民|线干|线员|产|二三产)|"
    r"[十百千]方百|十分(?!钟)|千方|千家|百姓|千行|百业|百花|百年|万一|百货|百强|千帆|三农|三产|五保|三公|两会|两岸|两地|两山|两手|两翼|两端|四季|四方|八方|五湖|四海|七彩|九州|二手|两难|两免|三资|三保|四好|四上|四下|五险|双一|三甲|三权|五级书"
)


class Read(NamedTuple):
    """A parsed number: the ends of its digits and of its unit, value, unit, script, and what its words imply."""

    start: int
    end: int
    right: int
    value: Decimal
    unit: str
    more: bool
    script: str
    upper: Decimal | None = None
    implied: str | None = None


def _plain(figures: str) -> Decimal | None:
    if figures[0].isdigit():
        return Decimal(figures.replace(",", ""))
    return numerals.read(figures)


def _special(text: str, at: int) -> Read | None:
    found = _SPECIAL.match(text, at)
    if found is None:
        return None
    end = found.end()

    def read(value: Decimal, unit: str, implied: str | None = None) -> Read:
        return Read(at, end, end, value, unit, False, "chinese", None, implied)

    if found["percent"]:
        value = _plain(found["of100"])
        return None if value is None else read(value, "%")
    if found["below"]:
        below, above = _plain(found["below"]), _plain(found["above"])
        return (
            read((Decimal(100) * above / below).quantize(Decimal("0.01")).normalize(), "%") if below and above else None
        )
    if found["tenth"]:
        tenths = Decimal(str(_plain(found["tenth"]))) * 10
        half = found["half"]
        return read(tenths + (5 if half == "半" else Decimal(str(_plain(half))) if half else 0), "%")
    if found["digits"]:
        return read(Decimal(10) ** (int(Decimal(str(_plain(found["digits"])))) - 1), "%", "ge")
    if found["over"]:
        return read(Decimal(50), "%", "gt")
    if found["part"]:
        return read(
            Decimal(50), "%", "approx" if found["part"] == "近半" else "gt" if found["part"] == "大半" else None
        )
    if found["quarter"]:
        return read(Decimal(15) * Decimal(str(_plain(found["quarter"]))), "分钟")
    if found["hours"]:
        return read(
            Decimal(str(_plain(found["hours"]))) + Decimal("0.5"),
            {"月": "个月"}.get(found["hourunit"], found["hourunit"]),
        )
    turns = read(Decimal(str(_plain(found["times"] or "一"))), "番")
    return turns._replace(start=found.start("times"), end=found.end("times")) if found["times"] else turns


def number(text: str, at: int) -> Read | None:
    """Parse the number that starts exactly at an offset, with its unit."""
    if special := _special(text, at):
        return special
    found = _NUMBER.match(text, at)
    if found is None:
        return None
    figures, end = found.group(), found.end()
    if found["half"]:
        unit = units.match(text, end)
        known = unit and unit.code in {"小时", "年", "天", "个月"}
        return Read(at, end, unit.end, Decimal("0.5"), unit.code, False, "chinese") if unit and known else None
    if found["arabic"]:
        unit = units.match(text, end)
        value = Decimal(figures.replace(",", ""))
        if unit is None:
            return Read(at, end, end, value, "", False, "arabic")
        return Read(at, end, unit.end, value, unit.code, unit.more, "arabic")
    if _IDIOMS.match(text, at) or (at and text[at - 1] in "统唯专单同第进万初星周数几某" and len(figures) == 1):
        return None
    if loose := _LOOSE_RANGE.match(text, at):
        low, high = numerals.read(loose["low"].rstrip("万亿")), numerals.read(loose["high"].rstrip("万亿"))
        unit = units.match(text, loose.start("high") + len(loose["high"].rstrip("万亿")))
        if low is not None and high is not None and low < high and unit is not None:
            return Read(at, loose.end(), unit.end, low, unit.code, unit.more, "chinese", high)
    if len(figures) > 1 and figures[-1] == "千" and text[end : end + 1] in {"瓦", "米", "克", "伏"}:
        figures = figures[:-1]
    # 万 and 亿 at the end belong to the unit as printed: 三万人 is 3 万人.
    stem = figures.rstrip("万亿")
    whole = numerals.read(stem)
    unit = units.match(text, at + len(stem))
    if whole is None or unit is None:
        return None
    return Read(at, at + len(stem), unit.end, whole, unit.code, unit.more, "chinese")


def widen(text: str, first: Read) -> Read:
    """Extend a number to the range that it starts: 5—6%, 5%～6%, 3至5个, 五到六个."""
    dash = _DASH.match(text, first.right)
    if dash is None or first.upper is not None:
        return first
    second = number(text, dash.end())
    if (
        second is None
        or second.value <= first.value
        or not (first.unit in {"", second.unit} or second.unit.endswith(first.unit))
    ):
        return first
    if second.script != first.script or (first.unit == "" and second.unit == ""):
        return first
    return second._replace(start=first.start, value=first.value, upper=second.value)
