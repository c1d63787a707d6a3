"""Find concrete deliverables in clauses without a number."""

import re
from typing import NamedTuple

from ingest.language import lexicon
from ingest.language.phrase import DATE_LEAD

_START = "启动 开工建设 开工 建成投用 建成 建成投运 组建 设立 支持设立 成立 创建 争创 出台 制定 编制 完成 竣工 投产 开通 揭牌 建立 构建 承接 上线 落地 解决 彻底解决 基本建成 全面建成 新建 续建 推出 印发 修订 实施 实现 推动 加快 推进 加快推进 投用 打通 搬迁"
_VERB = re.compile(f"(?:{lexicon.alternation(_START.split())})")
_STRONG = re.compile(
    r"启动|开工|建成|组建|设立|成立|创建|争创|出台|制定|编制|竣工|投产|开通|揭牌|印发|修订|投用|打通|搬迁|承接|上线"
)
_WORKS = re.compile(
    r"(?:工程|项目|搬迁|换届|计划|行动计划|试点|改造|迁建|扩建|改扩建|普查|整体搬迁|建设|落地|开放|投入使用|投用|通车|投产|上线|全覆盖|开工|竣工|对接|融合)$"
)
_THINGS = re.compile(
    r"(?:工程|项目|中心|平台|基地|园区?|示范区|度假区|开发区|保税区|实验区|试验区|先行区|制度|系统|网络|规划|条例|方案|办法|细则|清单|标准|目录|站|馆|厂|路|桥|隧道|高速|铁路|高铁|地铁|机场|医院|学校|小学|中学|大学|学院|集团|公司|法庭|审判庭|线|港|码头|水库|电站|公园|广场|场馆|体育场|驿站|小镇|县城|城市|换届|搬迁|计划|普查|试点|问题|基金|联盟|实验室|研究院|指挥部|集聚区|产业园|综合体|小区|体系|城|建设|开通|通车)$"
)
_VAGUE = re.compile(
    r"格局|环境|氛围|能力|水平|质量|理念|意识|精神|作用|优势|活力|动力|合力|步伐|力度|融合发展|一体化发展|高质量发展|产业发展|转型升级|生态|成果|关系|新高地|战略$|体制机制"
)
_LIST = re.compile(
    r"(?P<items>[^，；。]+?(?:、[^，；。]+?)+?)(?P<tail>(?:等(?:[^，；。、]{0,8}?项目)?)?(?:项目)?(?:规划)?(?:建设|落地|前期工作|开工|改造|投用)?)$"
)
_LEAD = re.compile(
    r"(?:[，、；和及与并]|力争|确保|争取|努力|年内|全年|今年|要|将|同时|持续|全面|深入|大力|积极|扎实|全力|加紧|抓紧|有序|稳步|统筹|高标准|高质量|高水平|\d{4}年|\d{1,2}月底前|年底前)+"
)


class Phrase(NamedTuple):
    """A deliverable in a clause: `start`, `end` in the paragraph, name and verb."""

    start: int
    end: int
    name: str
    action: str


def find(text: str, start: int, end: int) -> list[Phrase]:
    """List the deliverables of a clause (start, end). Slogans and general directions of work are excluded."""
    clause = text[start:end]
    at = 0
    while lead := _LEAD.match(clause, at) or DATE_LEAD.match(clause, at):
        at = lead.end()
    verb = _VERB.match(clause, at)
    if verb is None or not 4 <= end - start - at <= 45 or re.search(r"\d", clause[at:]) or _VAGUE.search(clause):
        return []
    body, action = clause[verb.end() :], verb.group()
    if len(body) < 3 or not (_THINGS if _STRONG.search(action) else _WORKS).search(body):
        return []
    if (
        not _STRONG.search(action)
        and action in {"推动", "加快", "推进", "加快推进", "实现"}
        and not re.search(r"项目|工程|园|中心|小区|生产线|工厂|全覆盖|开放|投入使用|换届|搬迁|医院|学校", body)
    ):
        return []
    found = _LIST.fullmatch(body)
    if found is None or ("“" in body.split("、")[0] and "”" not in body.split("、")[0]):
        return [Phrase(start + at, end, clause[at:], action)]
    result, place = [], start + verb.end()
    tail = found["tail"].removeprefix("等")
    for item in found["items"].split("、"):
        result.append(Phrase(place, place + len(item), action + item + ("" if item.endswith(tail) else tail), action))
        place += len(item) + 1
    return result
