"""Split the words around a number: verbs and adverbs before it, the counted noun after it."""

import re
from bisect import bisect_right

from ingest.language import lexicon
from ingest.language.quantities import Quantity

DATE_LEAD = re.compile(
    r"(?:(?:力争|确保|争取)?(?:到|至|在|于)?(?:20\d\d|二[〇零][〇零一二三四五六七八九]{2})年(?:年)?(?:底|末|中)?(?:之)?(?:以?前)?|(?:到|在)?\d{1,2}月(?:\d{1,2}日)?(?:份|底|末|中旬|上旬|下旬)?(?:之?前)?|[一二三四]季度(?:末|底)?(?:前)?|"
    r"(?:到)?“?十[一-九]五”?(?:时期|期间|末|期末)?|(?:上|下)半年|年底前|(?:到)?年(?:底|末)(?:前)?|五年内?|三年内?|(?:未来|今后)[三五]年|“[七八十]一”前|“?五一”?前|(?:用|在)[一二三四五]年(?:左右)?(?:的)?(?:时间)?)[，内]?"
)
_THAN = re.compile(
    r"(?:比|较|与)(?:20\d\d年|上年|去年|同期|基期|“?十[一-九]五”?末)(?:相比)?$|在(?:20\d\d年|上年|去年|现有|目前)?的?基础上$"
)
_CHAINED = frozenset(
    (
        "建设 改造 新建 改建 扩建 储备 壮大 引进 培育 提升 整治 修复 实施 投用 开工 落地 开展 举办 "
        "创建 打造 签约 建成 认定 入库 更新 投运 修缮 推广 投产 完成 新增 达产 绿化 亮化 复工 建立 "
        "布局 升级 设立"
    ).split()
)
_LINKS = re.compile(r"^(?:[一二三四五六七八九十]{1,3}(?:是|要)|[，、；：。和与及并]+|以及)|^(?:其中|包括)[，：]?")
_AREAS = re.compile(r"面积|造林|绿化|整治|土地|工程|保有量|红线$|项目$|农田$")
_NOT_PREDICATE = re.compile(r"[率性型式类园区站]|项目|工程|企业|面积|中心|基地|平台|能力|服务站|服务中心")


_LINKING_VERBS = frozenset({"新", "为", "是", "在", "有", "力争", "确保", "争取"})
_REALISING = frozenset({"实现", "突破", "达到", "超过", "到", "至"})
"""Verbs after a noun of change (增长突破10%)."""


def strip_tail(left: str) -> tuple[str, str | None, int]:
    """Split the verb and its adverbs from the end of the words before a number; return its change (1 up, -1 down)."""
    verb, changes = None, 0
    while left:
        found = lexicon.TAIL_VERB.search(left)
        acting = lexicon.TAIL_ACTION.search(left)
        if acting and (found is None or len(acting.group()) > len(found.group())):
            break
        word = found.group() if found else ""
        if word in _LINKING_VERBS:
            pass
        elif word and (verb is None or (changes == 0 and verb in _REALISING and word in lexicon.CHANGES)):
            verb, changes = word, lexicon.CHANGES.get(word, 0)
        elif word not in lexicon.REACHING or changes:
            found = None
        found = found or lexicon.TAIL_ADVERB.search(left) or _THAN.search(left)
        if found is None:
            break
        left = left[: found.start()]
    return left, verb, changes


def strip_lead(head: str) -> str:
    """Remove conjunctions, dates and words of intent from the start of a phrase (力争到2025年, 全面)."""
    while head:
        found = _LINKS.match(head) or DATE_LEAD.match(head) or _lead(head)
        if not found or not found.end():
            return head
        head = head[found.end() :]
    return head


def _lead(head: str) -> re.Match[str] | None:
    found = lexicon.LEAD.match(head)
    # 保障性住房: a leading word that goes on as a noun is no leading word.
    if found is not None and not re.match(r"[性型化率度]", head[found.end() :]):
        action = lexicon.ACTION.match(head)
        return None if action and action.end() > found.end() else found
    # 重点实验室 keeps its first word, 重点建设实验室 does not.
    found = lexicon.MANNER.match(head)
    if found is not None and (lexicon.ACTION.match(head, found.end()) or lexicon.MANNER.match(head, found.end())):
        return found
    return None


def take_action(head: str) -> tuple[str | None, str]:
    """Split one or several verbs from the start of a phrase: 布局建设智能工厂 gives 布局建设, 智能工厂."""
    at = 0
    verbs: list[tuple[int, int]] = []
    while found := lexicon.ACTION.match(head, at):
        if verbs and found.group() not in _CHAINED:
            break
        if re.match(r"[率量额数性型者化类][^，]{0,3}$|[率额性型者]", head[found.end() :]):
            break
        verbs.append((at, found.end()))
        at = found.end()
        if link := re.match(r"、|和|并|及", head[at:]):
            if not lexicon.ACTION.match(head, at + link.end()):
                break
            at += link.end()
    while verbs:
        rest = head[verbs[-1][1] :]
        # 实施改造项目30个 counts 改造项目: a general noun needs the word before it.
        if len(verbs) > 1 and (rest in lexicon.GENERIC or len(rest) == 1):
            verbs.pop()
            continue
        return head[: verbs[-1][1]], rest
    return None, head


def counted(right: str) -> tuple[str, str]:
    """Split the words after a unit into the counted noun and its predicate: 企业 + 进入报辅程序."""
    right = re.sub(r"^的|（[^）]*）|(?:共|共计|总长)$", "", right)
    right = re.split(r"[，。；：！？（]", right)[0]
    for found in lexicon.PREDICATE.finditer(right, 2):
        if (
            right[: found.start()].count("“") == right[: found.start()].count("”")
            and right[found.start() - 1] != "、"
            and found.end() <= len(right)
            and not _NOT_PREDICATE.match(right, found.end())
        ):
            return right[: found.start()], right[found.start() :]
    return right, ""


def right_of(text: str, quantity: Quantity, others: list[Quantity], stop: int) -> str:
    """Return the words after a number that can belong to it: up to the end of the clause, or of the list item if numbers follow."""
    following = bisect_right(others, quantity.right, key=lambda other: other.left)
    if following == len(others) or others[following].left >= stop:
        right = text[quantity.right : stop]
    else:
        left = others[following].left
        right = re.sub(r"(?:和|与|及|以及)$", "", text[quantity.right : left])
        if len(right) < left - quantity.right:
            return right
        cuts = [found.start() for found in re.finditer(r"、|，|和(?=[新建培打引])|以及|及(?=[新建培打引])", right)]
        if cuts:
            right = right[: cuts[-1]]
    return right


def suffix(name: str, changes: int, quantity: Quantity, verb: str | None, yearly: str = "") -> str:
    """Add to a name that the number is a change: 营业收入, 增长 gives 营业收入增速."""
    if not changes or quantity.unit not in {"%", "个百分点", "倍", "‰"} or lexicon.RATE_OF_CHANGE.search(name):
        return name
    return (
        name
        + yearly
        + ("增速" if changes > 0 and verb in {"增长", "递增", "增"} else "降幅" if changes < 0 else "增幅")
    )


def dress(name: str, action: str | None, bare: bool, quantity: Quantity) -> str:
    """Add the verb if the thing alone would mean something else, and 面积 if land or floor space is counted."""
    stem = re.sub(r"^(?:再|共|拟|并|力争)", "", action or "")
    if (
        stem
        and not bare
        and not name.startswith(stem)
        and (
            stem.startswith("新") or any(stem.endswith(verb) or stem.startswith(verb) for verb in lexicon.CHANGING_SET)
        )
    ):
        name = stem + name
    if quantity.unit.endswith(("平方米", "亩", "公顷")) and "/" not in quantity.unit and not _AREAS.search(name):
        name += "面积"
    return name
