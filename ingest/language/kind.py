"""Classify an indicator: kind, direction and strength of commitment."""

import re
from functools import lru_cache

from ingest.language import lexicon
from ingest.language.name import Name
from ingest.language.quantities import Quantity
from ingest.verdict import base_unit

_TIME = frozenset({"秒", "分钟", "小时", "天", "日", "工作日", "个工作日", "周", "个月"})
_RATES = frozenset({"%", "‰"})
_PRICE = re.compile(r"消费价格|物价|CPI|价格(?:总水平|指数)")
_HELD = re.compile(r"保有量|播种面积|红线|底线|储备规模|永久基本农田|耕地面积")
_HOLDING = frozenset(
    ["保持在", "稳定在", "维持在", "保持", "稳定", "维持", "守住", "守牢", "稳住", "不低于", "继续保持在"]
)
_GROWN = re.compile(
    r"^新(?!能源|材料|兴|型|质|区|城|一代)|新增|净增|新建|新开工|增量|转移转化|交易|签约|扩招|招录|出让|加装|引才|抽检|发放|流转|接种|筛查|减负"
)
_STANDING = frozenset(["深耕", "保有", "拥有", "运营", "保留", "保持", "稳定", "巩固", "覆盖"])
_HEAD = 9
"""Number of characters at the end of a name that decide its kind (单位地区生产总值能耗降幅)."""

_STRONG = re.compile(r"确保|务必|保证|坚决(?=完成|守住)|必保")
_WISH = re.compile(r"力争|争取(?!到|中央|上级|国家|资金)|努力(?=实现|达到|完成|使|保持)|奋力(?=实现|突破)")


def kind(name: Name, quantity: Quantity) -> str:
    """Return the kind: `growth_rate`, `share`, `limit`, `duration`, `increment` or `level`, from verb, noun, unit and bound."""
    unit = base_unit(quantity.unit)
    if unit in _TIME and not re.search(r"培训|课时|志愿|日照|利用小时|供热|优良天|达标天|开放", name.name):
        return "duration"
    changing = name.changes and unit in {"%", "‰", "个百分点", "倍", "番"}
    if changing or lexicon.RATE_OF_CHANGE.search(name.name) or unit == "番" or _PRICE.search(name.name):
        return "growth_rate"
    # 缩小到2以内 is a level to reach, 控制在2以内 a ceiling to keep.
    reduced = name.verb is not None and re.search(r"(?:到|至|为)$", name.verb) is not None and name.verb != "控制到"
    controlled = name.verb in {"控制在", "控制", "控制到"} or (
        quantity.comparator in {"le", "lt"} and not reduced and unit not in {"位", "名"}
    )
    if controlled or (
        _HELD.search(name.name) and quantity.comparator in {"ge", "gt", "eq", "approx"} and not name.changes
    ):
        return "limit"
    if unit in _RATES or (unit == "" and name.name.endswith(("率", "比重", "占比"))):
        return "share"
    action = name.action or ""
    if action.startswith("累计"):
        return "level"
    if re.search(r"人均|亩均|户均|每[千万百亩]", name.name):
        return "level"
    if name.changes or _GROWN.search(name.name):
        return "increment"
    if (
        action
        and action != name.verb
        and action not in _STANDING
        and name.shape != "elided"
        and lexicon.ACTION.match(action)
    ):
        return "increment"
    if name.shape == "before" and action not in _STANDING and not re.search(r"增长|增速", name.name):
        return "increment"
    return (
        "increment"
        if lexicon.FLOWS.search(name.name) and not re.search(r"(?<!固定)资产|余额|存量|能力|总量$", name.name)
        else "level"
    )


def direction(name: Name, quantity: Quantity, kind_: str) -> str:
    """Return the direction that is better: `increase`, `decrease` or `hold`, from noun and verb, never from the bound alone."""
    if kind_ == "increment" and name.action and name.action != name.verb and lexicon.ACTION.match(name.action):
        return "increase"
    if base_unit(quantity.unit) in {"位", "名"} and quantity.comparator == "le":
        return "decrease"
    if kind_ == "duration":
        return "increase" if re.search(r"延长|寿命|开放时间|锻炼", name.name + (name.verb or "")) else "decrease"
    if _PRICE.search(name.name):
        return "decrease" if quantity.comparator in {"le", "lt"} else "hold"
    if name.changes < 0 and not lexicon.LOWER.search(name.name.removesuffix("降幅")[-_HEAD:]):
        # 淘汰、压减 as a task: the more is done the better; a fall of a thing that is good is not promised.
        return "increase" if kind_ == "increment" else "decrease"
    if lexicon.LOWER.search(name.name[-_HEAD:]):
        # 降低能耗3%: the fall is the quantity, and a larger fall is better.
        return (
            "decrease"
            if not name.name.startswith(("化解", "消除", "整治", "治理", "处置", "查处", "排查", "清理"))
            else "increase"
        )
    if name.verb in _HOLDING and quantity.comparator in {"eq", "approx", "between"}:
        return "hold"
    if kind_ == "limit" and quantity.comparator in {"le", "lt"}:
        return "decrease"
    return "increase"


def better(name: str) -> str:
    """Return the direction that is better for a commitment without a number, from its noun alone."""
    return "decrease" if lexicon.LOWER.search(name[-_HEAD:]) else "increase"


def commitment(clauses: list[tuple[str, bool]]) -> str | None:
    """Return `assured` or `strived`, from the clauses of a sentence up to the number, each with whether it has a target.

    A word applies to its own clause. If that has a target, it also applies to later clauses, up to one that starts a new topic.
    """
    governing: str | None = None
    for at, (clause, holds) in enumerate(clauses):
        strong, wish = _cues(clause)
        if strong >= 0 or wish >= 0:
            governing = "assured" if strong > wish else "strived"
        elif governing and re.match(
            r"(?:面向|围绕|通过|依托|推动|推进|加快|支持|深化|完善|优化|健全|开展|坚持|扎实|持续|大力|着力|积极)",
            clause,
        ):
            governing = None
        if governing and not holds and at < len(clauses) - 1:
            governing = None
    return governing


@lru_cache(maxsize=4096)
def _cues(clause: str) -> tuple[int, int]:
    """Find the last word of each commitment in a clause. Cached, because each number of a sentence asks again."""
    return _last(_STRONG, clause), _last(_WISH, clause)


def _last(pattern: re.Pattern[str], clause: str) -> int:
    return max((found.start() for found in pattern.finditer(clause)), default=-1)
