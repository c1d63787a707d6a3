"""Name what a number counts: the noun phrase that a clerk would write in a table, with the verb that acts on it."""

import re
from typing import NamedTuple

from ingest import lexicon
from ingest.quantities import Quantity
from ingest.verdict import base_unit

_DATE_LEAD = re.compile(
    r"(?:(?:力争|确保|争取)?(?:到|至|在|于)?(?:20\d\d|二[〇零][〇零一二三四五六七八九]{2})年(?:年)?(?:底|末|中)?(?:之)?(?:以?前)?|(?:到|在)?\d{1,2}月(?:\d{1,2}日)?(?:份|底|末|中旬|上旬|下旬)?(?:之?前)?|[一二三四]季度(?:末|底)?(?:前)?|"
    r"(?:到)?“?十[一-九]五”?(?:时期|期间|末|期末)?|(?:上|下)半年|年底前|(?:到)?年(?:底|末)(?:前)?|五年内?|三年内?|(?:未来|今后)[三五]年|“[七八十]一”前|“?五一”?前|(?:用|在)[一二三四五]年(?:左右)?(?:的)?(?:时间)?)[，内]?"
)
_SCOPE = re.compile(r"(?:全[省市县区镇州旗国盟乡]|我[省市县区镇州旗])(?=[^市区域省面体员力程国])")
_THAN = re.compile(r"(?:比|较|与)(?:20\d\d年|上年|去年|同期|基期|“?十[一-九]五”?末)(?:相比)?$")
_INTENT = re.compile(rf"[^，]{{1,12}}?(?:计划|将|拟|力争|确保|争取)(?:年内|全年|今年|再|新)*(?={lexicon.ACTION.pattern})")
_SHARE = re.compile(r"(?:率|占比|比重|比例|增速)$")
_MODIFIER = re.compile(r"(?:[质级型化性式新]|[的式]|高标准|重点|重大|示范|特色|标准|规模以上|规上)$")
_CHAINED = frozenset(
    "建设 改造 新建 改建 扩建 储备 壮大 引进 培育 提升 整治 修复 实施 投用 开工 落地 开展 举办 创建 打造 签约 建成 认定 入库 更新 投运 修缮 推广 投产 完成 新增 达产 绿化 亮化 复工 建立 布局 升级 设立".split()
)
_LINKS = re.compile(r"^(?:[一二三四五六七八九十]{1,3}(?:是|要)|[，、；：。和与及并]+|以及)|^(?:其中|包括)[，：]?")
_SPLIT = re.compile(r"、|和|与|及|以及")
_HEAD_NOUN = re.compile(r"(?:率|额|量|值|数|收入|面积|投资|产值|比重|占比|里程|人口|规模|增加值|价格|浓度|能耗|寿命|支出|出口|税收)$")
_ADPOSITION = re.compile(
    rf"(?:面向|围绕|在|对|为|向|以|按照|依托|通过|针对|聚焦|结合|沿|利用|发挥|把|将|用|抢抓|坚持|瞄准|立足|借助|紧扣|根据|按)[^，。；]*?(?P<verb>{lexicon.alternation([*lexicon.CREATING, *lexicon.CHANGING])})(?P<rest>[^，。；]{{2,}})$"
)
_ACTED = re.compile(
    r"(?P<actor>.{2,}?)(?P<verb>布局建设|新建改造|新建|新增|建设|建成|打造|培育|引进|开展|举办|完成|设立|创建|争创|组建|开发|改造|获批|创成|招引|实施|发放|种植|吸纳|增设|推出|制定)(?P<rest>.{2,})$"
)
_TOPIC = re.compile(
    r"^(?:[一二三四五六七八九十]是|（?[一二三四五六七八九十\d]+）?[、.]?)?(?:(?:大力|着力|加快|全力|持续|深入|聚力|坚持|做强|做优|做大|做精|壮大|发展|培育|推进|推动|提升|打造|建设|实施|聚焦|突出|强化|加强|抓好|做实|优化|扩大|促进|构建|深化|完善|健全|全面|积极|巩固|提高|以|壮大提升|激活|释放|挖掘|稳定|升级)+)?(?P<topic>[^，。；：、]{2,14}?)(?:提质增效|提质升级|发展壮大|发展|建设|工程|行动|集群化|高质量|做大做强|扩容|提升|上台阶|攻坚|倍增|增效)*$"
)


_SIBLINGS = frozenset("城镇 农村 城市 乡村 进口 出口 国有 民营 公办 民办 境内 境外 省级 市级 国家级 省内 省外 工业 农业".split())
_GROWTH = re.compile(r"(?:年均)?(?:增速|降幅|增幅)$")
_TIME = frozenset({"分钟", "小时", "天", "个工作日", "工作日", "日"})


class Name(NamedTuple):
    """Hold what a number counts: `name`, the `action` on it, and the `verb` before the number (增长, 达到, 控制在).

    `changes` is 1 or -1 where the verb says a change; `shape` tells where the name stood (`after` the verb, `before` its
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
    """Hold what was said before: the last subject, counted noun and action of the sentence, the heading's topic.

    `before` is what the clause before is about, where it has no number.
    """

    subject: str = ""
    noun: str = ""
    action: str | None = None
    topic: str = ""
    before: str = ""
    changes: int = 0


def topic_of(title: str) -> str:
    """Take the noun out of a heading (做强精细化工产业: 精细化工产业)."""
    found = _TOPIC.match(re.split("[，。]", title)[0])
    return found["topic"] if found else ""


def _strip_tail(left: str) -> tuple[str, str | None, int]:
    """Take the verb and its adverbs off the end of the words before a number; tell if it says a change (1 up, -1 down)."""
    verb, changes = None, 0
    while left:
        found = lexicon.TAIL_VERB.search(left)
        acting = lexicon.TAIL_ACTION.search(left)
        if acting and (found is None or len(acting.group()) > len(found.group())):
            break
        word = found.group() if found else None
        if word and verb is None and word in {"新", "为", "是", "在", "有"}:
            verb = None
        elif word and verb is None:
            verb = word
            changes = 1 if word in lexicon.GROWING else -1 if word in lexicon.FALLING else 0
        elif word and word in lexicon.REACHING and not changes:
            pass
        elif word and changes == 0 and verb in {"实现", "突破", "达到", "超过", "确保", "力争", "到", "至"} and word in {*lexicon.GROWING, *lexicon.FALLING}:
            changes = 1 if word in lexicon.GROWING else -1
            verb = word
        elif word:
            found = None
        found = found or lexicon.TAIL_ADVERB.search(left) or _THAN.search(left)
        if found is None:
            break
        left = left[: found.start()]
    return left, verb, changes


def _strip_lead(head: str) -> str:
    while head:
        found = _LINKS.match(head) or _DATE_LEAD.match(head) or _lead(head)
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


def _take_action(head: str) -> tuple[str | None, str]:
    """Take one or several verbs off the front of a phrase: 布局建设智能工厂 gives 布局建设, 智能工厂."""
    at, verbs = 0, []
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


def _counted(right: str) -> tuple[str, str]:
    """Cut the words behind a unit into the counted noun and what it does: 企业 + 进入报辅程序."""
    right = re.sub(r"^(?:的|（[^）]*）)|(?:共|共计|总长)$", "", right)
    right = re.split(r"[，。；：！？（]", right)[0]
    for found in lexicon.PREDICATE.finditer(right, 2):
        if right[: found.start()].count("“") == right[: found.start()].count("”") and right[found.start() - 1] != "、" and found.end() <= len(right) and not re.match(r"[率性型式类园区站]|项目|工程|企业|面积|中心|基地|平台|能力|服务站|服务中心", right[found.end() :]):
            return right[: found.start()], right[found.start() :]
    return right, ""


def _right_of(text: str, quantity: Quantity, others: list[Quantity], stop: int) -> str:
    """Take the words behind a number that can belong to it: up to the clause's end, or the list item's if numbers follow."""
    right = text[quantity.right : stop]
    following = [other for other in others if quantity.right < other.left < stop]
    if following:
        right = re.sub(r"(?:和|与|及|以及)$", "", text[quantity.right : following[0].left])
        if len(right) < following[0].left - quantity.right:
            return right
        cuts = [found.start() for found in re.finditer(r"、|，|和(?=[新建培打引])|以及|及(?=[新建培打引])", right)]
        if cuts:
            right = right[: cuts[-1]]
    return right


def distribute(subject: str, count: int) -> list[str] | None:
    """Give each of several numbers its own subject: 城镇和农村居民收入, 2 gives 城镇居民收入, 农村居民收入; None if it cannot."""
    if match := re.match(r"(?P<front>.*?)(?:第?一、?二、?三(?:次)?产业?|三次产业)(?P<tail>.*)$", subject):
        if count == 3:
            return [f"{match['front']}第{each}产业{match['tail']}" for each in "一二三"]
    if match := re.match(r"(?P<front>.*?)第?二、?(?:和|、)?三(?:次)?产业?(?P<tail>.*)$", subject):
        if count == 2:
            return [f"{match['front']}第{each}产业{match['tail']}" for each in "二三"]
    if count == 2 and (at := subject.find("城乡居民")) >= 0:
        return [subject[:at] + each + subject[at + 2 :] for each in ("城镇", "农村")]
    parts = [part for part in _SPLIT.split(subject) if part]
    if len(parts) != count or count < 2:
        return None
    first, last = parts[0], parts[-1]
    if not _HEAD_NOUN.search(first) and len(first) <= 6:
        if first in _SIBLINGS and len(last) > len(first) + 1:
            return [*(part + last[len(first) :] for part in parts[:-1]), last]
        if (found := lexicon.BARE_TAIL.search(last)) and found.start() > 0:
            return [*(part + found.group() for part in parts[:-1]), last]
    if len(last) <= 4 and first[-1] == last[-1] and len(first) - len(last) >= 2 and _HEAD_NOUN.search(last):
        return [first, *(first[: -len(part)] + part for part in parts[1:])]
    return parts


def _own(name: str, context: Context) -> str:
    """Restore the owner of a bare head noun from the sentence or the heading."""
    subject = context.subject
    if name.startswith("占") and subject:
        return subject + name
    if name in lexicon.BARE_SET or (len(name) <= 4 and context.noun and re.search(r"[率额量]$", name) and context.action):
        owner = lexicon.BARE_TAIL.sub("", subject)
        if owner and name != "总额" or (owner and owner != subject):
            return owner + name
        owner = context.before or context.topic
        if owner and owner not in name and not subject:
            return owner + name
    if len(name) <= 4 and name[-1:] in "率额量值数" and subject[-1:] == name[-1:] and len(subject) > len(name) + 2:
        return subject[: -len(name)] + name
    return name


def find(text: str, quantity: Quantity, start: int, stop: int, others: list[Quantity], context: Context) -> Name:
    """Name one number. `start` is where its own words begin (the clause, or behind the number before), `stop` the clause's end."""
    left = re.sub(r"\[\d{1,3}\]", "", text[start : quantity.left])
    left = re.sub(r"(?:从|由|自)[^，；]*?(?=(?:提高|提升|增加|增长|上升|下降|降低|降|压缩|扩大|缩短|缩小|减少|增|升|调整|拓展|发展|达)(?:到|至|为))", "", left)
    yearly = "每年" if "每年" in left else ""
    if left.endswith("、"):
        left = ""
    segments = re.split(r"、", left)
    if len(segments) > 1 and not _SHARE.search(_strip_tail(left)[0]) and lexicon.ACTION.match(segments[-1]) and not re.match(r".{1,4}[、率]", segments[-1]):
        left = segments[-1] if len(segments[-1]) > 3 else left
    head, verb, changes = (left, None, 0) if re.search(r"以[上下]的?$", left) else _strip_tail(left)
    comparing = text[quantity.left : quantity.start]
    if verb is None and (match := re.match(r"突破|超过|超|高于|低于|控制在", comparing)):
        verb = match.group()
    head = _strip_lead(head)
    if found := _INTENT.match(head):
        head = head[found.end() :]
    if not head and verb and lexicon.ACTION.fullmatch(verb):
        head, verb, changes = verb, None, 0
    action, rest = _take_action(head)
    # 服务贸易增长6%, 新增装机占比达到75%: before a verb that reaches a number the first word is part of the name.
    if verb is not None and action and (action in lexicon.NOUNS_TOO or _SHARE.search(head)):
        action, rest = None, head
    if action in {"建成", "培育", "认定", "建设"} and "累计" in left:
        action = f"累计{action}"
    if action is None and (found := _ADPOSITION.match(head)):
        action, rest = found["verb"], found["rest"]
        more, rest = _take_action(rest)
        action += more or ""
    if action and re.sub(r"^(?:新|再)", "", action) in lexicon.CAUSING and (found := _ACTED.match(rest)):
        action, rest = found["verb"], found["rest"]
    reached = verb is not None and bool(head)
    after = _right_of(text, quantity, others, stop)
    if after and not reached and not lexicon.PREDICATE.match(after) and rest and not rest.endswith("等"):
        ends = lexicon.TAIL_ACTION.search(rest)
        if ends and ends.end() == len(rest) and ends.start():
            action, rest = ends.group(), ""
        elif action is None and len(rest) <= 3 and rest[-1] not in "等的额率量值" and base_unit(quantity.unit) == quantity.unit:
            action, rest = rest, ""
    if left.endswith("的") and re.search(r"\d|[百千]", rest) and after and not after.startswith("，"):
        rest = ""
    if quantity.unit in _TIME and after and not re.match(r"以?内?(?:的)?$", after) and not lexicon.PREDICATE.fullmatch(after) and (not rest or not reached):
        whole = re.sub(r"^(?:以?内|之内|的)", "", after)
        if whole:
            return Name(rest + whole, action, verb, 0, "before", quantity.right + len(after), whole)
    if action and not reached and _MODIFIER.search(rest) and after and not lexicon.PREDICATE.match(after):
        noun, doing = _counted(after)
        return Name(yearly + _dress(rest + noun, action, False, quantity), action, verb, changes, "before", quantity.right + len(noun) + len(doing), rest + noun)
    if not rest.strip("、的") or (rest.endswith("等") and not reached) or (action and not rest) or re.fullmatch(r"(?:为|向|对|让|使|给|面向)?(?:全[市区县省镇])?", rest):
        noun, doing = _counted(after)
        noun = noun.strip("、的")
        if noun:
            # 完成36家化工企业搬迁改造: a verb without an object belongs to the thing done.
            done = bool(action) and lexicon.ACTED.fullmatch(doing) is not None
            name = noun + doing if done or not doing else f"{doing}的{noun}"
            return Name(yearly + _dress(name, action, bool(doing), quantity), action or _verb_of(doing), verb, 0 if doing else changes, "before", quantity.right + len(noun) + len(doing), noun)
        if rest.endswith("等"):
            rest = rest[:-1]
        if not rest and action:
            if action.removeprefix("再") in lexicon.CREATING and context.subject:
                name = context.subject
            else:
                name = action + (context.noun or "项目") if action in lexicon.INTRANSITIVE else action
            return Name(yearly + name, action, verb, changes, "after", quantity.right, context.noun)
        if not rest and verb is None and context.changes and quantity.unit == "%":
            verb, changes = ("增长", 1) if context.changes > 0 else ("下降", -1)
        if not rest:
            return Name(_suffix(context.subject or context.before or context.topic, changes, quantity, verb), verb, verb, changes, "elided", quantity.right, context.noun)
    noun = rest.strip("、的，")
    if re.fullmatch(r"(?:国家|省|市|区|县|世界|国际)级(?:以上)?|[^，]{1,8}以上的?", noun) and context.noun:
        noun += re.sub(r"^(?:国家|省|市)级(?:以上)?", "", context.noun)
    name = _own(noun, context)
    if reached and text[start : start + 1] in "、和" and (scope := _SCOPE.match(context.subject)) and not _SCOPE.match(name) and not action:
        name = scope.group() + name
    # 新增甲5家、乙3家: the verb carries on through the list, and into 其中.
    listed = text[start : start + 1] in {"、", "和", "及", "与"} or "其中" in left or "其中" in re.split("[。；]", text[:start])[-1]
    if not action and not reached and verb is None and context.action and listed:
        action = context.action
    if action is None or changes:
        name = _suffix(name, changes, quantity, verb, "年均" if "年均" in left else "")
    return Name(yearly + _dress(name, action, reached and verb not in {None, "完成"}, quantity), action or verb, verb, changes, "after", quantity.right, noun)


def sentence(text: str, numbers: list[tuple[Quantity, int, int]], topic: str) -> list[Name]:
    """Name the targets of one sentence, in order; each comes with the start and the end of its clause.

    `topic` is what the heading speaks of. Numbers of one list share a subject (分别增长6%、5%和7%) or part it.
    """
    result: list[Name] = []
    context = Context(topic=topic, before=_about(text, numbers[0][1]) if numbers else "")
    quantities = [quantity for quantity, _, _ in numbers]
    for at, (quantity, start, stop) in enumerate(numbers):
        listed = at > 0 and quantity.group >= 0 and quantity.group == quantities[at - 1].group
        if listed:
            place = at - next(first for first, other in enumerate(quantities) if other.group == quantity.group)
            result.append(result[at - place]._replace(name=_parted(result[at - place].name, quantities, quantity, place), end=quantity.right))
            continue
        begin = max([start, *(one.end for one in result[-1:]), *(other.right for other in quantities[:at])])
        named = find(text, quantity, begin, stop, quantities, context)
        result.append(named)
        subject = _GROWTH.sub("", named.name)
        context = Context(subject, named.noun or context.noun, named.action if named.action and lexicon.ACTION.match(named.action) and named.action != named.verb else context.action if quantity.group < 0 else None, topic, "", named.changes)
    for at in range(len(result) - 2, -1, -1):
        # 培育6个世界级、7个国家级产业集群: the noun stands once, at the end of the list.
        one, other = result[at], result[at + 1]
        if one.shape == other.shape == "before" and one.noun.endswith("级") and "级" in other.noun:
            tail = other.noun.partition("级")[2]
            result[at] = one._replace(name=one.name + tail, noun=one.noun + tail)
    for at, quantity in enumerate(quantities):
        if quantity.group >= 0 and (at == 0 or quantities[at - 1].group != quantity.group):
            result[at] = result[at]._replace(name=_parted(result[at].name, quantities, quantity, 0))
    return result


def _about(text: str, start: int) -> str:
    """Take the object of the clause before a place, in the same sentence: 完成城乡居民医保征缴，参保率…"""
    clause = re.split(r"[。；！？：|]", text[: max(0, start - 1)])[-1].split("，")[-1] if text[start - 1 : start] == "，" else ""
    _, rest = _take_action(_strip_lead(clause))
    rest = re.sub(r"(?:工作|建设|征缴|行动|管理)$", "", rest)
    rest = re.sub(r"^(?:做[强优大精]|壮大)+", "", rest)
    return rest if 2 <= len(rest) <= 20 and not re.search(r"[\d、]", rest) and re.match(r"做[强优大精]|壮大", clause) or lexicon.ACTION.match(_strip_lead(clause)) and 2 <= len(rest) <= 12 else ""


def _parted(name: str, quantities: list[Quantity], quantity: Quantity, place: int) -> str:
    """Take one part of the subject of a list, if it has as many parts as the list has numbers."""
    count = sum(other.group == quantity.group for other in quantities)
    found = _GROWTH.search(name)
    suffix = found.group() if found else ""
    parts = distribute(name.removesuffix(suffix), count)
    return parts[place] + suffix if parts else name


def _verb_of(doing: str) -> str | None:
    found = lexicon.PREDICATE.match(doing)
    return found.group() if found else None


def _suffix(name: str, changes: int, quantity: Quantity, verb: str | None, yearly: str = "") -> str:
    if not changes or quantity.unit not in {"%", "个百分点", "倍", "‰"} or re.search(r"(?:增速|增长率|增幅|涨幅|降幅|下降率|降低率|增长)$", name):
        return name
    return name + yearly + ("增速" if changes > 0 and verb in {"增长", "递增", "增"} else "降幅" if changes < 0 else "增幅")


def _dress(name: str, action: str | None, bare: bool, quantity: Quantity) -> str:
    """Put the verb back where the thing alone would say something else, and 面积 where land or floors are counted."""
    stem = re.sub(r"^(?:再|共|拟|并|力争)", "", action or "")
    if stem and not bare and not name.startswith(stem) and (stem.startswith("新") or any(stem.endswith(verb) or stem.startswith(verb) for verb in lexicon.CHANGING_SET)):
        name = stem + name
    if quantity.unit.endswith(("平方米", "亩", "公顷")) and "/" not in quantity.unit and not re.search(r"面积|造林|绿化|整治|土地|工程|保有量|红线$|项目$|农田$", name):
        name += "面积"
    return name
