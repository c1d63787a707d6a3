"""Find every number of a paragraph: its value, unit, comparator, and what it looks like by its form alone."""

import re
from decimal import Decimal
from typing import NamedTuple

from ingest import numerals, units
from schema.vocabulary import MULTIPLIERS

_ARABIC = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?"
_CHINESE = r"[零〇一二两三四五六七八九十百千][零〇一二两三四五六七八九十百千万亿]*(?:点[零〇一二三四五六七八九]+)?"
_NUMBER = re.compile(rf"(?P<arabic>{_ARABIC})|(?P<chinese>{_CHINESE})|(?P<half>半)")
_DASH = re.compile(r"(?:—{1,2}|-{1,2}|～|至|到)")
_YEAR = r"(?:19|20|21)\d{2}|[一二]九[〇零一二三四五六七八九]{2}|二[〇零][〇零一二三四五六七八九]{2}"
_DATE = re.compile(
    rf"(?:{_YEAR})(?:(?:年)?(?:—{{1,2}}|-|～|至|到)(?:{_YEAR}|\d{{2}}(?=年)))?(?:(?:年|学年|年度)(?:\d{{1,2}}月)?(?:\d{{1,2}}日)?|(?=[版届]))|"
    rf"(?:{_YEAR})[-./]\d{{1,2}}[-./]\d{{1,2}}|"
    r"\d{1,2}月(?:\d{1,2}日)?(?:(?:—{1,2}|-|～|至|到)(?:\d{1,2}月)?(?:\d{1,2}日)?)?|(?<![至到在过于达])\d{1,2}日(?!内|以内|之内|游|均|办|/)|"
    r"\d{1,2}(?:—{1,2}|-|～|至|到)\d{1,2}月(?!个)|[一二三四1-4]季度|[一二三四1-4](?:—{1,2}|-|～|至)[一二三四1-4]季度|\d{1,2}[:：]\d{2}(?!\d)|[十一二三四五六七八九]{1,2}月(?:底|末|份|前|初|[一二三四五六七八九十]{1,3}日)|\d{2}年代"
)
_SPECIAL = re.compile(
    rf"(?P<percent>百分之)(?P<of100>{_CHINESE}|{_ARABIC})|(?P<below>[二两三四五六七八九十]|\d{{1,2}})分之(?P<above>[一二两三四五六七八九]|\d{{1,2}})|"
    rf"(?P<tenth>[一二两三四五六七八九1-9])成(?P<half>[一二三四五六七八九半])?(?![为了员立果功本长套效型都员交就绩熟品份千上])|"
    r"翻(?P<times>[一两二三四]|\d)?番|(?P<digits>[两二三])位数(?!字)|(?P<over>过半)(?!径)|(?P<part>一半|近半|大半)(?![岛导])|(?P<quarter>[一三])刻钟|"
    rf"(?P<hours>[一二两三四五六七八九十])个半(?P<hourunit>小时|月)"
)
_PREFIX = re.compile(
    r"(?P<ge>不(?:得)?(?:低于|少于|小于|短于)|至少|最低|不下|达到或超过|下限)|(?P<le>不(?:得|再)?(?:超过|高于|大于|多于|长于|突破|超出|超)|最多|最高|至多|上限)|"
    r"(?P<gt>超过|突破|超|高于|大于|多于|逾|跨越|迈上|过)|(?P<lt>低于|少于|小于|不足|不到|不满)|(?P<approx>大约|大致|约为|约|近|接近|将近)"
)
_ANY_PREFIX = re.compile(f"(?:{_PREFIX.pattern})(?:了|至|到|为|在|达|达到)?$")
_BRIDGE = re.compile(r"(?:分别|各|均|都|总计|共计|合计|达到|达|到|在|为|至|[+＋]|[:：])+$")
_SUFFIX = re.compile(r"(?P<ge>(?:及|或|和)?(?:其)?以上|之上|以上)|(?P<le>(?:及|或)?以[内下]|之[内下]|内(?=[，。；、）]|$))|(?P<approx>左右|上下|前后|多个?百分点(?!))|(?P<gt>多|余|[+＋])")
_CONTROL = re.compile(r"控制在$")
_LATIN = re.compile(r"[A-Za-z0-9.+＋/_·#&-]")
_LIST_LINK = re.compile(r"(?:、|和|与|及|以及)")
_LOOSE_RANGE = re.compile(rf"(?P<low>{_CHINESE})(?:至|到|—{{1,2}}|-|～)(?P<high>{_CHINESE})(?=[^年月日])")
_WORDS = re.compile(r"[2-6]G(?![A-Za-z])|[0-9.]+A级|[1-9]+\+[1-9N]|[0-9]+[Xx×*][0-9]+")
_RATIO = re.compile(r"[:：]\d")
_IDIOMS = re.compile(
    r"一(?:对一|体|批|系列|流|般|定|致|律|直|些|起|同|方面|路|带|旦|经|再|切|向|贯|心|手|核|次性|家亲|把手|刻不|如既|以贯|门心思|道|面|盘棋|张蓝图|抓到底|老一小|线城|线职|线工|线岗|线医|线民|线干|线员|产|二三产)|"
    r"[十百千]方百|十分(?!钟)|千方|千家|百姓|千行|百业|百花|百年|万一|百货|百强|千帆|三农|三产|五保|三公|两会|两岸|两地|两山|两手|两翼|两端|四季|四方|八方|五湖|四海|七彩|九州|二手|两难|两免|三资|三保|四好|四上|四下|五险|双一|三甲|三权|五级书"
)


class Quantity(NamedTuple):
    """Hold one number: `start`, `end` of its figures; `left`, `right` with comparator, unit and bound; offsets in the paragraph.

    `form` is `quantity`, `date`, or `label` (no unit, or figures of a word); `bound` says where the comparator was read.
    """

    start: int
    end: int
    left: int
    right: int
    value: Decimal
    upper: Decimal | None
    unit: str
    comparator: str
    form: str
    script: str
    group: int = -1


class _Read(NamedTuple):
    start: int
    end: int
    right: int
    value: Decimal
    unit: str
    more: bool
    script: str
    upper: Decimal | None = None
    implied: str | None = None
    form: str = "quantity"


def _plain(figures: str) -> Decimal | None:
    if figures[0].isdigit():
        return Decimal(figures.replace(",", ""))
    return numerals.read(figures)


def _special(text: str, at: int) -> _Read | None:
    found = _SPECIAL.match(text, at)
    if found is None:
        return None
    end = found.end()

    def read(value: Decimal, unit: str, implied: str | None = None) -> _Read:
        return _Read(at, end, end, value, unit, False, "chinese", None, implied)

    if found["percent"]:
        value = _plain(found["of100"])
        return None if value is None else read(value, "%")
    if found["below"]:
        below, above = _plain(found["below"]), _plain(found["above"])
        return read((Decimal(100) * above / below).quantize(Decimal("0.01")).normalize(), "%") if below and above else None
    if found["tenth"]:
        tenths = Decimal(str(_plain(found["tenth"]))) * 10
        half = found["half"]
        return read(tenths + (5 if half == "半" else Decimal(str(_plain(half))) if half else 0), "%")
    if found["digits"]:
        return read(Decimal(10) ** (int(Decimal(str(_plain(found["digits"])))) - 1), "%", "ge")
    if found["over"]:
        return read(Decimal(50), "%", "gt")
    if found["part"]:
        return read(Decimal(50), "%", "approx" if found["part"] == "近半" else "gt" if found["part"] == "大半" else None)
    if found["quarter"]:
        return read(Decimal(15) * Decimal(str(_plain(found["quarter"]))), "分钟")
    if found["hours"]:
        return read(Decimal(str(_plain(found["hours"]))) + Decimal("0.5"), {"月": "个月"}.get(found["hourunit"], found["hourunit"]))
    turns = read(Decimal(str(_plain(found["times"] or "一"))), "番")
    return turns._replace(start=found.start("times"), end=found.end("times")) if found["times"] else turns


def _number(text: str, at: int) -> _Read | None:
    """Read the number that begins exactly at a place, with its unit."""
    if special := _special(text, at):
        return special
    found = _NUMBER.match(text, at)
    if found is None:
        return None
    figures, end = found.group(), found.end()
    if found["half"]:
        unit = units.match(text, end)
        known = unit and unit.code in {"小时", "年", "天", "个月"}
        return _Read(at, end, unit.end, Decimal("0.5"), unit.code, False, "chinese") if unit and known else None
    if found["arabic"]:
        unit = units.match(text, end)
        value = Decimal(figures.replace(",", ""))
        if unit is None:
            return _Read(at, end, end, value, "", False, "arabic")
        return _Read(at, end, unit.end, value, unit.code, unit.more, "arabic")
    if _IDIOMS.match(text, at) or (at and text[at - 1] in "统唯专单同第进万初星周数几某" and len(figures) == 1):
        return None
    if loose := _LOOSE_RANGE.match(text, at):
        low, high = numerals.read(loose["low"].rstrip("万亿")), numerals.read(loose["high"].rstrip("万亿"))
        unit = units.match(text, loose.start("high") + len(loose["high"].rstrip("万亿")))
        if low is not None and high is not None and low < high and unit is not None and unit.code:
            return _Read(at, loose.end(), unit.end, low, unit.code, unit.more, "chinese", high)
    if len(figures) > 1 and figures[-1] == "千" and text[end : end + 1] in {"瓦", "米", "克", "伏"}:
        figures = figures[:-1]
    # 万 and 亿 at the end belong to the unit as printed: 三万人 is 3 万人.
    stem = figures.rstrip("万亿")
    value = numerals.read(stem) if stem else None
    unit = units.match(text, at + len(stem)) if stem else None
    if value is None or unit is None or (unit.code == "" and not unit.more):
        return None
    return _Read(at, at + len(stem), unit.end, value, unit.code, unit.more, "chinese")


def _range(text: str, first: _Read) -> _Read:
    """Widen a number to the range it begins: 5—6%, 5%～6%, 3至5个, 五到六个."""
    dash = _DASH.match(text, first.right)
    if dash is None or first.upper is not None:
        return first
    second = _number(text, dash.end())
    if second is None or second.form != "quantity" or second.value <= first.value or not (first.unit in {"", second.unit} or second.unit.endswith(first.unit)):
        return first
    if second.script != first.script or (first.unit == "" and second.unit == ""):
        return first
    return second._replace(start=first.start, value=first.value, upper=second.value)


def _prefixed(text: str, start: int, floor: int) -> tuple[str | None, int]:
    """Read the comparator before a number, across 分别, 达到 and the like; with where it begins."""
    before = text[floor:start]
    bare = _BRIDGE.sub("", before)
    for stem in (before, bare):
        if found := _ANY_PREFIX.search(stem):
            code = next(name for name, value in found.groupdict().items() if value)
            if code == "gt" and found.group().startswith("过") and stem[: found.start()][-1:] in "通经不":
                continue
            return code, floor + found.start()
    return None, start


def _label(text: str, read: _Read) -> bool:
    """Tell whether the figures are part of a word: 5G, PM2.5, 12345热线, “1310”, 6+6+3."""
    before, after = text[read.start - 1 : read.start], text[read.right : read.right + 1]
    if before == "每":
        return True
    if read.script != "arabic":
        return False
    if _WORDS.match(text, read.start):
        return True
    if before == ":" or (text[read.start - 2 : read.start - 1].isdigit() and before == "："):
        return True
    if before and _LATIN.match(before) and not (before in "/." and text[read.start - 2 : read.start - 1] == ""):
        return True
    return read.unit == "" and bool(after) and bool(_LATIN.match(after))


def find(text: str, start: int = 0) -> list[Quantity]:
    """List every number of a folded paragraph in order; a unit or bound that a list shares is given to each.

    Numbers before `start` (a heading, the number of a list item) are left out.
    """
    result: list[Quantity] = []
    at, floor = start, start
    while at < len(text):
        character = text[at]
        if not (character.isdigit() or character in "零〇一二两三四五六七八九十百千半翻过大近"):
            at += 1
            continue
        date = _DATE.match(text, at) if not (at and text[at - 1] in ".+-/" and at > 1 and text[at - 2].isalnum()) else None
        if date and not (text[at - 1 : at].isascii() and text[at - 1 : at].isalnum()):
            result.append(Quantity(at, date.end(), at, date.end(), Decimal(0), None, "", "eq", "date", "arabic"))
            at = floor = date.end()
            continue
        if character == "半" and at and text[at - 1] in "上下" and text[at + 1 : at + 2] == "年":
            result.append(Quantity(at - 1, at + 2, at - 1, at + 2, Decimal(0), None, "", "eq", "date", "chinese"))
            at = floor = at + 2
            continue
        read = _number(text, at)
        if read is None:
            at += 1
            while at < len(text) and text[at] in "零〇一二两三四五六七八九十百千万亿" and text[at - 1] in "零〇一二两三四五六七八九十百千万亿":
                at += 1
            continue
        read = _range(text, read)
        comparator, left = _prefixed(text, read.start, floor)
        right = read.right
        if suffix := _SUFFIX.match(text, right):
            code = next(name for name, value in suffix.groupdict().items() if value)
            if code == "gt":
                # 10多个: the unit follows the 多.
                unit = units.match(text, suffix.end()) if read.unit == "" else None
                if read.unit == "" and unit is not None and suffix.group() in "多余":
                    read, right = read._replace(unit=unit.code), unit.end
                    comparator = comparator or "gt"
                elif read.unit.endswith(("万", "亿", "千", "百")) and suffix.group() in "多余":
                    right = suffix.end()
                    comparator = comparator or "gt"
            elif not (code == "le" and comparator in {"ge", "gt"}):
                right = suffix.end()
                # 超过80家以上 says 80 or more; 约5%以内 stays a ceiling.
                comparator = code if comparator in {None, "approx"} else comparator
        if comparator is None and read.unit in {"位", "名"} and text[read.start - 1 : read.start] == "前":
            comparator = "le"
        if comparator is None and read.more:
            comparator = "gt"
        if comparator is None and read.upper is not None:
            comparator = "between"
        form = "label" if _label(text, read) else "quantity"
        comparator = "between" if read.upper is not None else comparator or read.implied or "eq"
        result.append(Quantity(read.start, read.end, left, right, read.value, read.upper, read.unit, comparator, form, read.script))
        at = floor = max(right, read.end)
    return _share(text, result)


def _share(text: str, found: list[Quantity]) -> list[Quantity]:
    """Give each number of a bare list (6%、5%和7%左右) the unit and the bound that the list carries once."""
    result = list(found)
    group = 0
    at = 0
    while at < len(result):
        last = at
        while last + 1 < len(result) and _linked(text, result[last], result[last + 1]):
            last += 1
        if last > at:
            group += 1
            members = result[at : last + 1]
            unit, bound = members[-1].unit, members[-1].comparator
            for place, item in enumerate(members):
                own = unit if item.unit in {"", *(MULTIPLIERS if unit.startswith(item.unit) else ())} else item.unit
                comparator = item.comparator
                if comparator == "eq" and members[-1].right > members[-1].end + len(members[-1].unit) and bound not in {"between"}:
                    comparator = bound
                elif comparator == "eq" and members[0].left < members[0].start and members[0].comparator != "between":
                    comparator = members[0].comparator
                result[at + place] = item._replace(unit=own, comparator=comparator, group=group)
        at = last + 1
    return result


def _linked(text: str, one: Quantity, other: Quantity) -> bool:
    if one.form != "quantity" or other.form != "quantity":
        return False
    between = text[one.right : other.start]
    if not _LIST_LINK.fullmatch(between):
        return False
    apart = "分别" in re.split("[，。；]", text[: one.start])[-1]
    return apart or one.unit in {"", other.unit} or (one.unit in MULTIPLIERS and other.unit.startswith(one.unit))
