"""Split the words before a number: action at the start, noun, verb at the end."""

import re
from typing import NamedTuple

from ingest.language import lexicon
from ingest.language.phrase import strip_lead, strip_tail, take_action
from ingest.language.quantities import Quantity
from ingest.verdict import base_unit

_INTENT = re.compile(
    rf"[^，]{{1,12}}?(?:计划|将|拟|力争|确保|争取)(?:年内|全年|今年|再|新)*(?={lexicon.ACTION.pattern})"
)
_SHARE = re.compile(r"(?:率|占比|比重|比例|增速)$")
_ADPOSITION = re.compile(
    rf"(?:面向|围绕|在|对|为|向|以|按照|依托|通过|针对|聚焦|结合|沿|利用|发挥|把|将|用|抢抓|坚持|瞄准|立足|借助|紧扣|根据|按)[^，。；]*?(?P<verb>{lexicon.alternation([*lexicon.CREATING, *lexicon.CHANGING])})(?P<rest>[^，。；]{{2,}})$"
)
_ACTED = re.compile(
    r"(?P<actor>.{2,}?)(?P<verb>布局建设|新建改造|新建|新增|建设|建成|打造|培育|引进|开展|举办|完成|设立|创建|争创|组建|开发|改造|获批|创成|招引|实施|发放|种植|吸纳|增设|推出|制定)(?P<rest>.{2,})$"
)
_FROM = re.compile(
    r"(?:从|由|自(?=\d))[^，；]*?(?=(?:提高|提升|增加|增长|上升|下降|降低|降|压缩|扩大|缩短|缩小|减少|增|升|调整|拓展|发展|达)(?:到|至|为))"
)
_FOOTNOTE = re.compile(r"\[\d{1,3}\]")
_TINY = 3


class Words(NamedTuple):
    """The split words of a number: the verb before it, the action, the other words before it, and the words after it."""

    left: str
    head: str
    verb: str | None
    changes: int
    action: str | None
    rest: str
    after: str

    @property
    def reached(self) -> bool:
        """Return whether a subject reaches the number (里程达到), rather than an action counting it."""
        return self.verb is not None and bool(self.head)


def take_apart(text: str, quantity: Quantity, start: int, after: str) -> Words:
    """Split the words before a number. `after` are the words after it."""
    left = _FROM.sub("", _FOOTNOTE.sub("", text[start : quantity.left]))
    left = _last_segment("" if left.endswith("、") else left)
    head, verb, changes = (left, None, 0) if re.search(r"以[上下]的?$", left) else strip_tail(left)
    if verb is None and (found := re.match(r"突破|超过|超|高于|低于|控制在", text[quantity.left : quantity.start])):
        verb = found.group()
    head = strip_lead(head)
    if found := _INTENT.match(head):
        head = head[found.end() :]
    if not head and verb and lexicon.ACTION.fullmatch(verb):
        head, verb, changes = verb, None, 0
    action, rest = _action(head, left, verb)
    words = Words(left, head, verb, changes, action, rest, after)
    return _verb_at_end(words, quantity) if after and not words.reached else words


def _last_segment(left: str) -> str:
    """Drop the list items before one that starts with its own verb (推进甲、新建乙5个)."""
    *first, last = left.split("、")
    alone = last == left or _SHARE.search(strip_tail(left)[0]) or re.match(r".{1,4}[、率]", last)
    verbs = bool(first) and lexicon.ACTION.fullmatch(first[-1]) is not None
    return left if alone or verbs or not lexicon.ACTION.match(last) or len(last) <= _TINY else last


def _action(head: str, left: str, verb: str | None) -> tuple[str | None, str]:
    """Return the action in a phrase, also after 为… or 支持…, and the rest of the phrase."""
    action, rest = take_action(head)
    # 服务贸易增长6%, 新增装机占比达到75%: before a verb that reaches a number the first word is part of the name.
    if verb is not None and action and (action in lexicon.NOUNS_TOO or _SHARE.search(head)):
        action, rest = None, head
    if action in {"建成", "培育", "认定", "建设"} and "累计" in left:
        action = f"累计{action}"
    if action is None and (found := _ADPOSITION.match(head)):
        more, rest = take_action(found["rest"])
        action = found["verb"] + (more or "")
    if action and re.sub(r"^(?:新|再)", "", action) in lexicon.CAUSING and (found := _ACTED.match(rest)):
        action, rest = found["verb"], found["rest"]
    return action, rest


def _verb_at_end(words: Words, quantity: Quantity) -> Words:
    """Find a verb, known or unknown, directly before a number with a noun after it: 为退役军人提供5万个岗位, 选送1000场戏曲."""
    rest = words.rest
    if lexicon.PREDICATE.match(words.after) or not rest or rest.endswith("等"):
        return words
    ends = lexicon.TAIL_ACTION.search(rest)
    if ends and ends.start():
        return words._replace(action=ends.group(), rest="")
    unknown = words.action is None and len(rest) <= _TINY and rest[-1] not in "的额率量值"
    return words._replace(action=rest, rest="") if unknown and base_unit(quantity.unit) == quantity.unit else words
