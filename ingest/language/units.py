"""Find the unit after a number: multiplier, base unit or classifier, as spelt in the vocabulary."""

import re
from typing import NamedTuple

from schema.vocabulary import BASE_UNITS, MULTIPLIERS, parse_unit

ALIASES = {
    "㎡": "平方米", "m²": "平方米", "㎥": "立方米", "m³": "立方米", "㎞": "公里", "km²": "平方公里", "平米": "平方米", "平方": "平方米",
    "百分点": "个百分点", "μg/m³": "微克/立方米", "微克每立方米": "微克/立方米", "毫克每升": "毫克/升", "mg/L": "毫克/升",
    "元每平方米": "元/平方米", "元每吨": "元/吨", "元每人": "元/人", "元人民币": "元", "元钱": "元", "吨标煤": "吨标准煤",
    "KW": "千瓦", "kW": "千瓦", "kw": "千瓦", "MW": "兆瓦", "GW": "吉瓦", "kWh": "千瓦时", "kV": "千伏", "KV": "千伏",
    "度电": "千瓦时", "mm": "毫米", "标准集装箱": "标准箱", "钟头": "小时", "学年": "年", "周岁": "岁", "年时间": "年", "公里/时": "公里/小时",
}  # fmt: skip
"""Other spellings of units in the vocabulary."""

MEASURES = frozenset(
    (
        "元 美元 欧元 港元 亩 公顷 平方米 平方公里 平方千米 米 公里 千米 立方米 升 克 公斤 千克 斤 吨 "
        "吨标准煤 千瓦 千瓦时 兆瓦 吉瓦 伏 千伏 秒 分钟 小时 天 日 工作日 个工作日 周 月 个月 年 岁 "
        "英寸 毫米 厘米 床 床位 张 级 度 海里 人次 千伏安 P 学位 标箱 元/平方米 吨/日 吨/年 "
        "立方米/日"
    ).split()
)
"""Units that measure a size. Before a noun they describe it (10亿元以上的项目); a classifier counts it (10个项目)."""

_PER = r"(?:/|每)(?:万元|百平方公里|平方公里|平方米|立方米|千瓦时|小时|万人|千人|百人|人·年|人·月|人|日|天|年|月|亩|吨|公斤|升|秒|户|辆|床)"
_BASES = sorted({*BASE_UNITS, *ALIASES} - {""}, key=len, reverse=True)
_MULTIPLIERS = sorted(MULTIPLIERS, key=len, reverse=True)
_UNIT = re.compile(
    f"(?P<more>多|余)?(?P<multiplier>{'|'.join(_MULTIPLIERS)})(?P<more2>多|余)?(?P<base>{'|'.join(map(re.escape, _BASES))})?(?P<per>{_PER})?"
)
_GLOSS = re.compile(r"（(?:[套间台辆艘架列册座处所站园校点项个件次市区县户场条支]|、|，|标准){1,8}）次?")
_NOT_UNITS = re.compile(
    "分(?:别|布|之|类|步|批|期)|年(?:底|末|初|均|度|产|级|代|轻)|月(?:底|末|初|均)|日(?:常|均|产)|天然|期[间末]|线[上下城]|市[场域属]|"
    "省(?:级|属|际)|区(?:域|级|属|位)|国[家际]|单[位体]|出[台口资让租]|部[门委]|两[会岸地山]|人(?:均|才|民币)|级别|面[向积]|对[外口接标]|"
    "口[岸径]|度(?:假|夏)|节[能水约]|元旦|层[面级]|道路|园[区林]|县[级域]|镇[区村]|站点|集[团中聚群成约]|段落|处[理置于]|支[持撑付出柱]|家[庭园]"
)
"""Words that start like a unit but are not one. After a number without a unit they are the counted noun, or something else."""

_LATIN_UNITS = re.compile(r"[A-Za-z]")


class UnitMatch(NamedTuple):
    """A unit in a text: its code, its end, and whether it contains 多 or 余."""

    code: str
    end: int
    more: bool


def match(text: str, at: int) -> UnitMatch | None:
    """Parse the longest unit that starts at an offset of folded text; None if there is none.

    A gloss in brackets is skipped: 套（间）, 台（套）.
    """
    found = _UNIT.match(text, at)
    if found is None or not found.group():
        return None
    base, end = found["base"] or "", found.end()
    if (base and _NOT_UNITS.match(text, found.start("base")) and len(base) == 1) or (
        base
        and not found["per"]
        and _LATIN_UNITS.fullmatch(base[-1])
        and text[end : end + 1].isascii()
        and text[end : end + 1].isalpha()
    ):
        base, end = "", found.start("base")
    per = (found["per"] or "").replace("每", "/") if base else ""
    if per and parse_unit(found["multiplier"] + ALIASES.get(base, base) + per) is None:
        per, end = "", found.start("per")
    code = found["multiplier"] + ALIASES.get(base, base) + per
    if code == "" or parse_unit(code) is None:
        return None
    if gloss := _GLOSS.match(text, end):
        end = gloss.end()
        if gloss.group().endswith("次"):
            code = code if code.endswith("次") else code + "次"
            code = code if parse_unit(code) else code.removesuffix("次")
    return UnitMatch(code, end, bool(found["more"] or found["more2"]))
