"""Name what a number counts: a noun phrase as in a table of indicators, with its verb."""

import re
from collections import Counter
from typing import NamedTuple

from ingest import shared
from ingest.language import lexicon
from ingest.language import topic as topics
from ingest.language.phrase import counted, dress, right_of, suffix
from ingest.language.quantities import Quantity
from ingest.language.words import Words, take_apart

_SCOPE = re.compile(r"(?:全[省市县区镇州旗国盟乡]|我[省市县区镇州旗])(?=[^市区域省面体员力程国])")
_MODIFIER = re.compile(r"(?:[质级型化性式新]|[的式]|高标准|重点|重大|示范|特色|标准|规模以上|规上)$")
_RECIPIENT = re.compile(r"(?:为|向|对|让|使|给|面向)?(?:全[市区县省镇])?")
_RANK = re.compile(r"(?:国家|省|市|区|县|世界|国际)级(?:以上)?|[^，]{1,8}以上的?")
_TIME = frozenset({"分钟", "小时", "天", "个工作日", "工作日", "日"})
_GROUPED = frozenset("、和及与")


class Name(NamedTuple):
    """What a number counts: `name`, the `action` on it, and the `verb` before the number (增长, 达到, 控制在).

    `changes` is 1 or -1 if the verb expresses a change; `shape` tells where the name stood (`after` the verb, `before` its
    noun, `elided`); `end` is where the words of this number end in the paragraph; `noun` is the name as the clause has it.
    """

    name: str
    action: str | None
    verb: str | None
    changes: int
    shape: str
    end: int = 0
    noun: str = ""


class Context(NamedTuple):
    """Context from earlier text: the last subject, counted noun and action of the sentence, and the topic of the heading.

    `before` is the topic of the previous clause if that has no number.
    """

    subject: str = ""
    noun: str = ""
    action: str | None = None
    topic: str = ""
    before: str = ""
    changes: int = 0


def _own(name: str, context: Context) -> str:
    """Restore the owner of a bare head noun from the sentence or the heading."""
    subject = context.subject
    if name.startswith("占") and subject:
        return subject + name
    if name in lexicon.BARE_SET or (
        len(name) <= 4 and context.noun and re.search(r"[率额量]$", name) and context.action
    ):
        owner = lexicon.BARE_TAIL.sub("", subject)
        if (owner and name != "总额") or (owner and owner != subject):
            return owner + name
        owner = context.before or context.topic
        if owner and owner not in name and not subject:
            return owner + name
    if len(name) <= 4 and name[-1:] in "率额量值数" and subject[-1:] == name[-1:] and len(subject) > len(name) + 2:
        return subject[: -len(name)] + name
    return name


def find(text: str, quantity: Quantity, start: int, stop: int, others: list[Quantity], context: Context) -> Name:
    """Name one number. Its words start at `start` (of the clause, or after the previous number); its clause ends at `stop`."""
    words = take_apart(text, quantity, start, right_of(text, quantity, others, stop))
    if words.left.endswith("的") and re.search(r"\d|[百千]", words.rest) and words.after:
        words = words._replace(rest="")
    named = (
        _timed(words, quantity)
        or _behind(words, quantity, context if _listed(text, start) else None)
        or _elided(words, quantity, context)
    )
    named = named or _before(text, start, words, quantity, context)
    return named._replace(name="每年" + named.name) if "每年" in words.left else named


def _timed(words: Words, quantity: Quantity) -> Name | None:
    """Name a duration by what takes that long: 30分钟上高速, 15分钟便民生活圈."""
    whole = re.sub(r"^(?:以?内|之内|的)", "", words.after)
    if (
        quantity.unit not in _TIME
        or not whole
        or lexicon.PREDICATE.fullmatch(words.after)
        or (words.rest and words.reached)
    ):
        return None
    end = quantity.right + len(words.after)
    return Name(words.rest + whole, words.action, words.verb, 0, "before", end, whole)


def _listed(text: str, start: int) -> bool:
    """Return whether a number continues the list of the previous one."""
    return text[start : start + 1] in _GROUPED and start > 0


def _behind(words: Words, quantity: Quantity, listed: Context | None) -> Name | None:
    """Name a number by the noun behind it: 培育20个省级智慧农场, 确保5家企业进入报辅程序."""
    rest, action = words.rest, words.action
    noun, doing = counted(words.after)
    noun = noun.strip("、的")
    end = quantity.right + len(noun) + len(doing)
    if (
        action
        and not words.reached
        and _MODIFIER.search(rest)
        and words.after
        and not lexicon.PREDICATE.match(words.after)
    ):
        return Name(
            dress(rest + noun, action, False, quantity), action, words.verb, words.changes, "before", end, rest + noun
        )
    empty = not rest.strip("、的") or (rest.endswith("等") and not words.reached) or _RECIPIENT.fullmatch(rest)
    if not empty or not noun:
        return None
    # 完成36家化工企业搬迁改造: a verb without an object belongs to the thing done.
    done = lexicon.ACTED.fullmatch(doing) is not None
    # 新增2家养老院、1个食堂: the verb carries on through the list.
    carried = action or (listed.action if listed is not None else None)
    name = noun + doing if done or not doing else f"{doing}的{noun}"
    found = lexicon.PREDICATE.match(doing)
    action = carried or (found.group() if found else None)
    return Name(
        dress(name, carried, bool(doing), quantity),
        action,
        words.verb,
        0 if doing else words.changes,
        "before",
        end,
        noun,
    )


def _elided(words: Words, quantity: Quantity, context: Context) -> Name | None:
    """Name a number without a noun from the sentence before it: 开工项目45个、竣工30个; 达到50亿元、增长15%."""
    rest, action, verb, changes = words.rest.removesuffix("等"), words.action, words.verb, words.changes
    if rest.strip("、的"):
        return None
    if action:
        again = action.removeprefix("再") in lexicon.CREATING and context.subject
        thing = action + (context.noun or "项目") if action in lexicon.INTRANSITIVE else action
        return Name(context.subject if again else thing, action, verb, changes, "after", quantity.right, context.noun)
    if verb is None and context.changes and quantity.unit == "%":
        verb, changes = ("增长", 1) if context.changes > 0 else ("下降", -1)
    subject = context.subject or context.before or context.topic
    return Name(suffix(subject, changes, quantity, verb), verb, verb, changes, "elided", quantity.right, context.noun)


def _before(text: str, start: int, words: Words, quantity: Quantity, context: Context) -> Name:
    """Name a number by the noun before it: 里程达到620公里, 新增幼儿园15所."""
    action, verb, changes = words.action, words.verb, words.changes
    noun = words.rest.strip("、的，")
    if _RANK.fullmatch(noun) and context.noun:
        noun += re.sub(r"^(?:国家|省|市)级(?:以上)?", "", context.noun)
    name = _own(noun, context)
    scope = _SCOPE.match(context.subject)
    if words.reached and text[start : start + 1] in "、和" and scope and not _SCOPE.match(name) and not action:
        name = scope.group() + name
    # 新增甲5家、乙3家: the verb carries on through the list, and into 其中.
    listed = (
        text[start : start + 1] in _GROUPED
        or "其中" in re.split("[。；]", text[max(0, quantity.left - 400) : quantity.left])[-1]
    )
    if not action and verb is None and context.action and listed:
        action = context.action
    if action is None or changes:
        name = suffix(name, changes, quantity, verb, "年均" if "年均" in words.left else "")
    bare = words.reached and verb != "完成"
    return Name(dress(name, action, bare, quantity), action or verb, verb, changes, "after", quantity.right, noun)


def sentence(text: str, numbers: list[tuple[Quantity, int, int]], topic: str) -> list[Name]:
    """Name the targets of one sentence, in order. Each is given with the start and the end of its clause.

    `topic` is the topic of the heading. Numbers of a list share one subject (分别增长6%、5%和7%) or divide it.
    """
    result: list[Name] = []
    context = Context(topic=topic, before=topics.about(text, numbers[0][1]) if numbers else "")
    quantities = [quantity for quantity, _, _ in numbers]
    for at, (quantity, start, stop) in enumerate(numbers):
        if at and quantity.group >= 0 and quantity.group == quantities[at - 1].group:
            result.append(result[-1]._replace(end=quantity.right))
            continue
        begin = max(
            [start, *(one.end for one in result[-1:]), *(other.right for other in quantities[max(0, at - 1) : at])]
        )
        named = find(text, quantity, begin, stop, quantities, context)
        result.append(named)
        context = _after(named, context, topic)
    return _share_names(_share_nouns(result), quantities)


def _after(named: Name, context: Context, topic: str) -> Context:
    """Remember the words that later numbers may leave out."""
    acts = named.action is not None and named.action != named.verb and lexicon.ACTION.match(named.action)
    action = named.action if acts else context.action
    return Context(lexicon.GROWTH.sub("", named.name), named.noun or context.noun, action, topic, "", named.changes)


def _share_nouns(names: list[Name]) -> list[Name]:
    """Give every number of a list the noun at the end of the list: 培育6个世界级、7个国家级产业集群."""
    result = list(names)
    for at in range(len(result) - 2, -1, -1):
        one, other = result[at], result[at + 1]
        if one.shape == other.shape == "before" and one.noun.endswith("级") and "级" in other.noun:
            tail = other.noun.partition("级")[2]
            result[at] = one._replace(name=one.name + tail, noun=one.noun + tail)
    return result


def _share_names(names: list[Name], quantities: list[Quantity]) -> list[Name]:
    """Divide the subject of each list among its numbers."""
    groups = [quantity.group for quantity in quantities]
    counts = Counter(groups)
    firsts = {group: at for at, group in reversed(list(enumerate(groups)))}
    return [
        named if group < 0 else named._replace(name=shared.part(named.name, counts[group], at - firsts[group]))
        for at, (named, group) in enumerate(zip(names, groups, strict=True))
    ]
