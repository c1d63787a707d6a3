from datetime import date
from decimal import Decimal

import pytest

from ingest import deadline, milestones
from ingest.language import kind, wordless
from ingest.language.name import Name
from ingest.language.quantities import Quantity
from ingest.layout.text import fold

YEAR = (date(2026, 1, 1), date(2026, 12, 31))
FIVE = (date(2026, 1, 1), date(2030, 12, 31))


def quantity(unit: str, comparator: str = "eq") -> Quantity:
    return Quantity(0, 1, 0, 1, Decimal(5), None, unit, comparator, "quantity", "arabic")


def after(
    name: str, action: str | None = None, verb: str | None = None, changes: int = 0, shape: str = "after"
) -> Name:
    return Name(name, action or verb, verb, changes, shape)


CASES = [
    # name, unit, comparator: kind, direction
    (after("营业收入增速", None, "增长", 1), "%", "ge", "growth_rate", "increase"),
    (after("能耗降幅", None, "下降", -1), "%", "eq", "growth_rate", "decrease"),
    (after("城镇化率增幅", None, "提高", 1), "个百分点", "eq", "growth_rate", "increase"),
    (after("工业增速", None, "达到"), "%", "eq", "growth_rate", "increase"),
    (after("生产总值", None, "翻"), "番", "eq", "growth_rate", "increase"),
    (after("居民消费价格涨幅"), "%", "approx", "growth_rate", "hold"),
    (after("居民消费价格涨幅", None, "控制在"), "%", "le", "growth_rate", "decrease"),
    (after("失业率", None, "控制在"), "%", "le", "limit", "decrease"),
    (after("失业率"), "%", "approx", "share", "decrease"),
    (after("用水总量", None, "控制在"), "亿立方米", "eq", "limit", "increase"),
    (after("用水总量", None, "控制在"), "亿立方米", "le", "limit", "decrease"),
    (after("耕地保有量"), "万亩", "ge", "limit", "increase"),
    (after("森林覆盖率", None, "达到"), "%", "eq", "share", "increase"),
    (after("森林覆盖率", None, "保持在"), "%", "eq", "share", "hold"),
    (after("投资占比"), "", "eq", "share", "increase"),
    (after("城乡居民收入比", None, "缩小到"), "", "le", "level", "decrease"),
    (after("重点实验室", None, "达到"), "家", "ge", "level", "increase"),
    (after("合同交易额", None, "达到"), "亿元", "ge", "increment", "increase"),
    (after("资产总额", None, "达到"), "亿元", "ge", "level", "increase"),
    (after("人均收入", None, "达到"), "万元", "ge", "level", "increase"),
    (after("新增企业", "新增"), "家", "eq", "increment", "increase"),
    (after("学校", "建设"), "所", "eq", "increment", "increase"),
    (after("处置隐患", "处置"), "处", "eq", "increment", "increase"),
    (after("产业链", "深耕"), "条", "eq", "level", "increase"),
    (after("基站", "累计建成"), "万个", "eq", "level", "increase"),
    (after("实现上市的企业", "实现", None, 0, "before"), "家", "eq", "increment", "increase"),
    (after("产值增长的企业", None, None, 0, "before"), "家", "eq", "level", "increase"),
    (after("里程", None, "增加", 1), "公里", "eq", "increment", "increase"),
    (after("从业人员", None, "减少", -1), "人", "eq", "increment", "increase"),
    (after("价格", None, "下降", -1), "%", "eq", "growth_rate", "decrease"),
    (after("办理时限", None, "压缩至"), "天", "le", "duration", "decrease"),
    (after("每日锻炼时间", None, "达到"), "小时", "ge", "duration", "increase"),
    (after("培训", "开展"), "小时", "ge", "increment", "increase"),
    (after("排名"), "位", "le", "level", "decrease"),
]


@pytest.mark.parametrize(("name", "unit", "comparator", "kind_", "direction"), CASES)
def test_kind_and_direction(name: Name, unit: str, comparator: str, kind_: str, direction: str) -> None:
    assert kind.kind(name, quantity(unit, comparator)) == kind_
    assert kind.direction(name, quantity(unit, comparator), kind_) == direction


def test_a_promise_without_a_number_has_the_direction_of_its_noun() -> None:
    assert kind.better("单位能耗") == "decrease"
    assert kind.better("居民收入") == "increase"


@pytest.mark.parametrize(
    ("clauses", "commitment"),
    [
        ([("确保新增5家", True)], "assured"),
        ([("力争新增5家", True), ("投资额6亿元", True)], "strived"),
        ([("确保项目落地", False), ("实验室达到8家", True)], None),
        ([("力争新增5家", True), ("面向企业开发产品6个", True)], None),
        ([("确保增长5%", True), ("力争6%", True)], "strived"),
        ([("力争5%", True), ("确保4%", True)], "assured"),
        ([("新增5家", True)], None),
        ([], None),
    ],
)
def test_a_word_of_commitment_governs_what_follows(clauses: list[tuple[str, bool]], commitment: str | None) -> None:
    assert kind.commitment(clauses) == commitment


@pytest.mark.parametrize(
    ("clause", "on", "precision"),
    [
        ("6月底前完成", "2026-06-30", "month"), ("二月底前", "2026-02-28", "month"), ("一季度新开工", "2026-03-31", "quarter"), ("三季度末", "2026-09-30", "quarter"),
        ("上半年完成", "2026-06-30", "half"), ("下半年", "2026-12-31", "half"), ("9月1日前", "2026-09-01", "day"), ("2026年3月5日前", "2026-03-05", "day"),
        ("“七一”前", "2026-06-30", "day"), ("元旦前", "2025-12-31", None), ("年内", "2026-12-31", "year"), ("到2030年", "2030-12-31", "year"), ("二〇三五年，", "2035-12-31", "year"),
        ("2026—2030年", "2030-12-31", "year"), ("“十五五”末", "2030-12-31", "year"), ("今后五年", "2030-12-31", "year"), ("用三年时间", "2028-12-31", "year"),
        ("比2030年", None, None), ("2025年底", None, None), ("2月30日前", None, None), ("新增", None, None),
    ],
)  # fmt: skip
def test_a_clause_sets_a_date(clause: str, on: str | None, precision: str | None) -> None:
    found = deadline.stated(clause, YEAR)
    expected = None if precision is None else (date.fromisoformat(str(on)), precision)
    assert found == expected


def test_in_a_five_year_plan_the_next_years_end_with_it() -> None:
    assert deadline.stated("今后五年", FIVE) == (date(2030, 12, 31), "year")
    assert deadline.stated("6月底前完成", FIVE) == (date(2026, 6, 30), "month")


@pytest.mark.parametrize(
    ("clauses", "opening", "titles", "on", "basis"),
    [
        (["到2028年", "新增5家"], "", [], "2028-12-31", "stated"),
        (["9月底前", "新增5家"], "", [], "2026-09-30", "stated"),
        (["10月底前完成征缴", "参保率达到"], "", [], "2026-10-31", "stated"),
        (["8月底前完成100所", "覆盖率达到"], "", [], "2026-12-31", "inherited"),
        (["新院区10月底前投用", "新增"], "", [], "2026-12-31", "inherited"),
        (["新增5家"], "到2027年的主要目标", [], "2027-12-31", "stated"),
        (["新增5家"], "2027年", [], "2026-12-31", "inherited"),
        (["新增5家"], "", ["“十五五”时期目标"], "2030-12-31", "inherited"),
        (["年均增长5%"], "", ["“十五五”目标和2026年安排", "目标"], "2026-12-31", "inherited"),
        (["年均增长5%"], "", ["“十五五”时期目标和2026年安排"], "2030-12-31", "inherited"),
        (["增长5%"], "", ["“十五五”时期目标和2026年安排"], "2026-12-31", "inherited"),
        (["增长5%"], "", [], "2026-12-31", "inherited"),
    ],
)
def test_a_deadline_is_stated_or_inherited(
    clauses: list[str], opening: str, titles: list[str], on: str, basis: str
) -> None:
    found = deadline.find(clauses, opening, titles, YEAR)
    assert (found.on, found.basis) == (date.fromisoformat(on), basis)


@pytest.mark.parametrize(
    ("clause", "names"),
    [
        ("启动中央公园提质工程", ["启动中央公园提质工程"]),
        ("启动稀土中心、细胞基地等项目建设", ["启动稀土中心项目建设", "启动细胞基地项目建设"]),
        ("加快甲园、乙园建设", ["加快甲园建设", "加快乙园建设"]),
        ("力争年内完成社区换届", ["完成社区换届"]),
        ("推动生产线落地", ["推动生产线落地"]),
        ("推动经济建设", []), ("启动乙", []), ("营造良好氛围工程", []), ("启动5个项目", []), ("启动“甲、乙”工程", ["启动“甲、乙”工程"]), ("加强管理", []), ("建立机制优势", []), ("实施全面管理", []),
    ],
)  # fmt: skip
def test_deliverables_are_concrete(clause: str, names: list[str]) -> None:
    found = milestones.find(clause, 0, len(clause))
    assert [one.name for one in found] == names
    assert all(clause[one.start : one.end] in one.name for one in found)


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("居民收入增长与经济增长基本同步，", [("relative", "居民收入", "与经济增长基本同步")]),
        ("主要目标是：工业投资增速高于全省平均水平。", [("relative", "工业投资", "高于全省平均水平")]),
        ("完成国家下达的节能减排任务。", [("assigned", "节能减排", "完成国家下达的节能减排任务")]),
        ("主要污染物排放控制在省下达目标之内，", []),
        ("主要污染物排放控制在省下达目标以内，", [("assigned", "主要污染物排放", "控制在省下达目标以内")]),
        ("主要目标是：空气质量持续改善，", [("direction_only", "空气质量", "持续改善")]),
        ("空气质量持续改善，", []),
        ("与经济增长同步，", []),
        ("确保收入与经济增长同步，", []),
    ],
)
def test_promises_without_a_number(sentence: str, found: list[tuple[str, str, str]]) -> None:
    text = fold(sentence)
    assert [(one.comparator, one.name, one.words) for one in wordless.find(text, 0, len(text))] == found
