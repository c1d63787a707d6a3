"""Find the topic of a heading or of a clause without a number: the owner of a bare 产值 or 参保率 after it."""

import re

from ingest.language.phrase import strip_lead, take_action

_TOPIC = re.compile(
    r"^(?:[一二三四五六七八九十]是|（?[一二三四五六七八九十\d]+）?[、.]?)?(?:(?:大力|着力|加快|全力|持续|深入|聚力|坚持|做强|做优|做大|做精|壮大|发展|培育|推进|推动|提升|打造|建设|实施|聚焦|突出|强化|加强|抓好|做实|优化|扩大|促进|构建|深化|完善|健全|全面|积极|巩固|提高|以|壮大提升|激活|释放|挖掘|稳定|升级)+)?(?P<topic>[^，。；：、]{2,14}?)(?:提质增效|提质升级|发展壮大|发展|建设|工程|行动|集群化|高质量|做大做强|扩容|提升|上台阶|攻坚|倍增|增效)*$"
)
_SHORT, _LONG = 12, 20
_REACH = 400


def of_title(title: str) -> str:
    """Return the noun in a heading (做强精细化工产业: 精细化工产业)."""
    found = _TOPIC.match(re.split("[，。]", title)[0])
    return found["topic"] if found else ""


def about(text: str, start: int) -> str:
    """Return the object of the clause before an offset, in the same sentence: 完成城乡居民医保征缴，参保率…."""
    clause = re.split(r"[。；！？：|]", text[max(0, start - _REACH) : max(0, start - 1)])[-1].split("，")[-1]
    if text[max(0, start - 1) : start] != "，" or re.search(r"[\d、]", clause):
        return ""
    action, rest = take_action(strip_lead(clause))
    rest = re.sub(r"^(?:做[强优大精]|壮大)+", "", re.sub(r"(?:工作|建设|征缴|行动|管理)$", "", rest))
    strong = re.match(r"做[强优大精]|壮大", clause) is not None
    return rest if (strong and 1 < len(rest) <= _LONG) or (action and 1 < len(rest) <= _SHORT) else ""
