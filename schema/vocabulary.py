"""The controlled vocabularies: every code that a field may have.

The CHECK constraints in db/schema.sql repeat the codes, so that it can be read alone. A test compares the two.
"""

from typing import NamedTuple

COMPARATOR_RULE = "Plan Indicators data rules, comparators"
STATUS_RULE = "Plan Indicators data rules, status; Yinchuan 2025 supervision rule (10 and 30 points)"
SDMX_OBS_STATUS = "SDMX Code List for Observation Status (CL_OBS_STATUS) 2.2"


class Term(NamedTuple):
    """One code of a vocabulary, with labels in Chinese and English, definition and source."""

    code: str
    label: str
    label_en: str
    definition: str
    source: str | None = None


class Unit(NamedTuple):
    """A unit as printed in a plan: its base unit and the exact number of base units in it."""

    code: str
    label: str
    label_en: str
    definition: str
    base_unit: str
    multiplier: int


COMPARATORS = (
    Term("ge", "不低于", "at least", "The value or more (以上、不少于、不低于、至少).", COMPARATOR_RULE),
    Term("gt", "超过", "more than", "More than the value (超过、突破、高于).", COMPARATOR_RULE),
    Term("le", "不超过", "at most", "The value or less (以内、不超过、不高于).", COMPARATOR_RULE),
    Term("lt", "低于", "less than", "Less than the value (低于、不足).", COMPARATOR_RULE),
    Term(
        "eq",
        "达到",
        "equal to",
        "A number without a comparator (达到); met by the value and by anything better. For direction hold: only by the value.",
        COMPARATOR_RULE,
    ),
    Term(
        "approx",
        "左右",
        "about",
        "Within the tolerance of the value (左右、约); default: 5 % of the value, or 0.5 for a unit of %.",
        COMPARATOR_RULE,
    ),
    Term("between", "介于", "between", "From value to upper, both included (5.5—6%).", COMPARATOR_RULE),
    Term(
        "relative",
        "参照其他指标",
        "relative to another figure",
        "Relative to another figure, so there is no value (与经济增长同步、高于全国平均水平).",
        COMPARATOR_RULE,
    ),
    Term(
        "assigned",
        "完成下达任务",
        "as assigned",
        "Set by a higher level of government, so there is no value (完成国家下达任务).",
        COMPARATOR_RULE,
    ),
    Term(
        "direction_only",
        "仅定方向",
        "direction only",
        "The plan gives only a direction, so there is no value (持续下降).",
        COMPARATOR_RULE,
    ),
)
"""How values are compared with the target."""

KINDS = (
    Term("level", "水平", "level", "A level to reach by the deadline."),
    Term(
        "increment",
        "增量",
        "increment",
        "A quantity built, added or produced during the plan's period; reported cumulatively (累计).",
    ),
    Term("growth_rate", "增速", "growth rate", "Change from the previous period, in %."),
    Term("share", "占比", "share", "A part of a whole, in %."),
    Term("limit", "限值", "limit", "A ceiling or floor that holds throughout the plan's period."),
    Term("duration", "时长", "duration", "A length of time."),
)

DIRECTIONS = (
    Term("increase", "越高越好", "higher is better", "Higher values are better."),
    Term("decrease", "越低越好", "lower is better", "Lower values are better."),
    Term("hold", "保持稳定", "hold", "The value should stay the same."),
)

NATURES = (
    Term(
        "binding",
        "约束性",
        "binding",
        "Binding target (约束性指标): the government is responsible for meeting it.",
        "11th Five-Year Plan (2006)",
    ),
    Term(
        "expected",
        "预期性",
        "expected",
        "Expected target (预期性指标): to be met mainly by market actors.",
        "11th Five-Year Plan (2006)",
    ),
)

COMMITMENTS = (
    Term("assured", "确保", "assured", "The plan guarantees it (确保)."),
    Term("strived", "力争", "strived for", "The plan strives for it (力争、争取)."),
)

STATUSES = (
    Term("no_data", "暂无数据", "no data", "The deadline has not passed and nothing has been reported.", STATUS_RULE),
    Term(
        "unrated",
        "不评定",
        "not rated",
        "A value has been reported, but the target has no number to compare it with.",
        STATUS_RULE,
    ),
    Term(
        "on_track",
        "正常",
        "on track",
        "The target is satisfied before the deadline, or the value is at most 10 points (default) behind schedule.",
        STATUS_RULE,
    ),
    Term(
        "behind",
        "滞后",
        "behind",
        "The value is more than 10 and at most 30 points (defaults) behind schedule, or the target is not satisfied before the deadline.",
        STATUS_RULE,
    ),
    Term(
        "far_behind",
        "严重滞后",
        "far behind",
        "The value is more than 30 points (default) behind schedule.",
        STATUS_RULE,
    ),
    Term("achieved", "完成", "achieved", "The target is met.", STATUS_RULE),
    Term("missed", "未完成", "missed", "The deadline has passed and the target is not met.", STATUS_RULE),
    Term(
        "overdue",
        "逾期未报",
        "overdue, not reported",
        "The deadline has passed and nothing has been reported.",
        STATUS_RULE,
    ),
    Term("cancelled", "已取消", "cancelled", "The milestone was cancelled.", STATUS_RULE),
)

LIGHTS = (
    Term("grey", "灰灯", "grey", "Status no_data, unrated or cancelled."),
    Term("green", "绿灯", "green", "Status on_track or achieved."),
    Term("yellow", "黄灯", "yellow", "Status behind."),
    Term("red", "红灯", "red", "Status far_behind, missed or overdue."),
)

STATUS_METHODS = (
    Term("none", "无法评定", "none", "There is nothing to compare, because the target has no number."),
    Term(
        "schedule",
        "序时进度",
        "schedule",
        "The achieved share is compared with the elapsed share of the time to the deadline.",
    ),
    Term("comparison", "直接比较", "comparison", "The latest value is compared with the target."),
)

PRECISIONS = (
    Term("day", "日", "day", "The date itself."),
    Term("month", "月", "month", "The last day of a month."),
    Term("quarter", "季度", "quarter", "The last day of a quarter."),
    Term("half", "半年", "half-year", "The last day of a half-year."),
    Term("year", "年", "year", "The last day of a year."),
)

DEADLINE_BASES = (
    Term("stated", "文中明确", "stated", "The plan states the date for the clause (全年、年内、6月底前)."),
    Term("inherited", "取规划期末", "inherited", "The plan states no date, so the end of its period applies."),
)

DEADLINE_STATES = (
    Term("upcoming", "未到期", "upcoming", "The date is more than 30 days (default) ahead."),
    Term("due_soon", "即将到期", "due soon", "The date is at most 30 days (default) ahead."),
    Term("passed", "已到期", "passed", "The date has passed."),
)

LEVELS = (
    Term("national", "国家级", "national", "The whole country.", "GB/T 2260"),
    Term("province", "省级", "province", "Province, autonomous region or municipality.", "GB/T 2260"),
    Term("city", "地级", "city", "Prefecture-level city.", "GB/T 2260"),
    Term("district", "市辖区", "district", "District of a city.", "GB/T 2260"),
    Term("county", "县级", "county", "County or county-level city.", "GB/T 2260"),
    Term("township", "乡级", "township", "Township, town or subdistrict.", "GB/T 10114"),
)

PLAN_STATUSES = (
    Term("draft", "草案", "draft", "Not yet in force."),
    Term("active", "有效", "active", "In force. The status does not change by itself when the period ends."),
    Term("completed", "已结束", "completed", "Closed by the office that supervises the plan."),
    Term("withdrawn", "已撤销", "withdrawn", "No longer in force."),
)

MILESTONE_STATES = (
    Term("planned", "未启动", "planned", "Not started, or nothing reported."),
    Term("in_progress", "进行中", "in progress", "Started."),
    Term("done", "已完成", "done", "Completed on done_on."),
    Term("cancelled", "已取消", "cancelled", "Abandoned."),
)

OBS_STATUSES = (
    Term("A", "正常", "normal value", "Normal value.", SDMX_OBS_STATUS),
    Term("B", "时间序列中断", "time series break", "Not comparable with the values before it.", SDMX_OBS_STATUS),
    Term("E", "估计值", "estimated value", "Estimated.", SDMX_OBS_STATUS),
    Term("F", "预测值", "forecast value", "Forecast; never counts for a status.", SDMX_OBS_STATUS),
    Term("I", "插补值", "imputed value", "Imputed by the receiving office.", SDMX_OBS_STATUS),
    Term("P", "初步值", "provisional value", "Provisional; a correction is expected.", SDMX_OBS_STATUS),
)

MULTIPLIERS = {
    "": 1,
    "十": 10,
    "百": 100,
    "千": 1_000,
    "万": 10_000,
    "十万": 100_000,
    "百万": 1_000_000,
    "千万": 10_000_000,
    "亿": 100_000_000,
    "十亿": 1_000_000_000,
    "百亿": 10_000_000_000,
    "千亿": 100_000_000_000,
    "万亿": 1_000_000_000_000,
}
"""Chinese multipliers before a unit, with their exact factors."""

MULTIPLIERS_EN = {
    "": "",
    "十": "10 ",
    "百": "100 ",
    "千": "thousand ",
    "万": "10 thousand ",
    "十万": "100 thousand ",
    "百万": "million ",
    "千万": "10 million ",
    "亿": "100 million ",
    "十亿": "billion ",
    "百亿": "10 billion ",
    "千亿": "100 billion ",
    "万亿": "trillion ",
}

BASE_UNITS = {
    "": "(no unit)",
    "%": "percent", "‰": "per mille", "个百分点": "percentage points", "倍": "times", "分": "points", "位": "places", "元": "yuan",
    "美元": "US dollars", "欧元": "euros", "港元": "Hong Kong dollars", "元/平方米": "yuan per square metre",
    "元/人": "yuan per person", "元/月": "yuan per month", "人": "persons", "人次": "person-times", "名": "persons",
    "户": "households", "项": "items", "个": "items", "件": "cases", "宗": "cases", "起": "incidents", "例": "cases",
    "家": "establishments", "所": "schools or institutions", "座": "facilities", "处": "sites", "支": "units",
    "条": "lines", "场": "events", "次": "times", "批": "batches", "部": "works", "种": "kinds", "类": "types",
    "套": "sets", "台": "machines", "辆": "vehicles", "艘": "vessels", "架": "aircraft", "栋": "buildings",
    "幢": "buildings", "间": "rooms", "张": "beds or cards", "床": "beds", "只": "funds or animals", "头": "head of livestock",
    "羽": "head of poultry", "尾": "fish", "株": "trees", "棵": "trees", "届": "sessions", "期": "terms",
    "班": "classes or services", "列": "trains", "标箱": "TEU", "车位": "parking spaces", "泊位": "berths", "岗位": "posts",
    "村": "villages", "社区": "communities", "街道": "subdistricts", "乡镇": "townships", "县": "counties", "片": "tracts", "级": "levels",
    "亩": "mu", "公顷": "hectares", "平方米": "square metres", "平方公里": "square kilometres", "平方千米": "square kilometres",
    "米": "metres", "公里": "kilometres", "千米": "kilometres", "立方米": "cubic metres", "升": "litres",
    "立方米/日": "cubic metres per day", "吨/日": "tonnes per day",
    "微克/立方米": "micrograms per cubic metre", "毫克/升": "milligrams per litre", "克": "grams", "公斤": "kilograms",
    "千克": "kilograms", "斤": "jin", "吨": "tonnes", "吨标准煤": "tonnes of coal equivalent", "吨标准煤/元": "tonnes of coal equivalent per yuan",
    "千瓦": "kilowatts", "千瓦时": "kilowatt-hours", "兆瓦": "megawatts", "伏": "volts", "秒": "seconds", "分钟": "minutes",
    "小时": "hours", "天": "days", "日": "days", "工作日": "working days", "个工作日": "working days", "周": "weeks", "月": "months",
    "个月": "months", "年": "years", "岁": "years of age", "兆比特/秒": "megabits per second", "字节": "bytes",
    "番": "doublings", "海里": "nautical miles", "厘米": "centimetres", "毫米": "millimetres", "寸": "inches", "英寸": "inches",
    "℃": "degrees Celsius", "摄氏度": "degrees Celsius", "度": "degrees or kilowatt-hours", "吉瓦": "gigawatts", "瓦": "watts", "千伏": "kilovolts",
    "千伏安": "kilovolt-amperes", "兆瓦时": "megawatt-hours", "吉瓦时": "gigawatt-hours", "兆伏安": "megavolt-amperes",
    "毫克": "milligrams", "微克": "micrograms", "两": "liang", "担": "dan", "千克标准煤": "kilograms of coal equivalent",
    "克标准煤/千瓦时": "grams of coal equivalent per kilowatt-hour", "吨标准煤/万元": "tonnes of coal equivalent per 10,000 yuan",
    "立方米/万元": "cubic metres per 10,000 yuan", "吨/万元": "tonnes per 10,000 yuan", "吨二氧化碳": "tonnes of carbon dioxide",
    "吨二氧化碳/万元": "tonnes of carbon dioxide per 10,000 yuan", "吨/年": "tonnes per year", "立方米/年": "cubic metres per year",
    "千瓦时/年": "kilowatt-hours per year", "吨/天": "tonnes per day", "立方米/天": "cubic metres per day", "立方米/小时": "cubic metres per hour",
    "立方米/秒": "cubic metres per second", "公里/小时": "kilometres per hour", "元/亩": "yuan per mu", "元/吨": "yuan per tonne",
    "元/年": "yuan per year", "元/天": "yuan per day", "元/小时": "yuan per hour", "元/公斤": "yuan per kilogram", "元/斤": "yuan per jin",
    "元/平方公里": "yuan per square kilometre", "元/人·年": "yuan per person per year", "元/人·月": "yuan per person per month", "元/千瓦时": "yuan per kilowatt-hour",
    "公斤/亩": "kilograms per mu", "千克/亩": "kilograms per mu", "斤/亩": "jin per mu", "毫克/立方米": "milligrams per cubic metre",
    "人/平方公里": "persons per square kilometre", "人/日": "persons per day", "人次/日": "person-times per day", "件/万人": "cases per 10,000 persons",
    "张/千人": "beds per 1,000 persons", "人/千人": "persons per 1,000 persons", "人/万人": "persons per 10,000 persons", "平方米/人": "square metres per person",
    "公里/百平方公里": "kilometres per 100 square kilometres", "公里/平方公里": "kilometres per square kilometre", "标准箱": "TEU", "TEU": "TEU", "标台": "standard vehicles",
    "比特/秒": "bits per second", "日元": "Japanese yen", "英镑": "pounds sterling", "卢布": "roubles", "人民币": "yuan", "角": "jiao",
    "人日": "person-days", "人天": "person-days", "班次": "services", "架次": "flights", "艘次": "ship calls", "车次": "trains", "列次": "trains", "辆次": "vehicle trips", "台次": "machine-times",
    "户次": "household-times", "家次": "visits to establishments", "件次": "case-times", "场次": "events", "例次": "case-times", "吨公里": "tonne-kilometres", "人公里": "passenger-kilometres",
    "课时": "class hours", "学时": "class hours", "床位": "beds", "学位": "school places", "席": "seats", "座席": "seats", "枚": "pieces", "颗": "pieces",
    "口": "wells", "眼": "wells", "盏": "lamps", "根": "poles", "面": "panels", "道": "lines", "堂": "lessons", "节": "lessons", "本": "copies", "份": "copies",
    "封": "letters", "笔": "transactions", "单": "orders", "轮": "rounds", "趟": "trips", "客": "guests", "档": "grades", "款": "models", "出": "plays", "集": "episodes",
    "幅": "pictures", "宗地": "plots", "把": "pieces", "孔": "holes", "块": "plots", "段": "sections", "站": "stations", "园": "parks", "校": "schools", "镇": "towns", "乡": "townships", "区": "districts", "市": "cities", "省": "provinces",
    "县区": "counties and districts", "县市": "counties and cities", "国": "countries", "线": "lines", "机位": "aircraft stands", "梯": "lifts", "端口": "ports", "用户": "users", "标段": "lots", "单元": "units", "层": "storeys", "环": "rings", "员": "persons", "桩": "charging points",
    "机架": "racks", "标准机架": "standard racks", "P": "petaflops", "PFLOPS": "petaflops", "EFLOPS": "exaflops", "TB": "terabytes", "PB": "petabytes", "G": "gigabits", "M": "megabits", "兆": "megabits", "KM": "kilometres", "km": "kilometres",
    "亩次": "mu-times", "剂次": "doses", "剂": "doses", "座次": "site visits", "批次": "batches", "台套": "sets", "首": "pieces", "箱": "boxes", "人份": "portions", "棵次": "trees", "册": "volumes", "篇": "papers", "对": "pairs", "组": "groups", "队": "teams", "门": "courses", "点": "points",
}  # fmt: skip
"""Base units and classifiers as plans print them, with English labels."""


def parse_unit(code: str) -> Unit | None:
    """Split a printed unit into its Chinese multiplier and base unit; return None if the unit is not in the vocabulary.

    A unit that is itself in the vocabulary is not split: 千瓦 stays 千瓦, not 1,000 瓦.
    """
    if code in BASE_UNITS:
        return Unit(code, code, BASE_UNITS[code], f"Base unit {code}" if code else "Number without a unit", code, 1)
    for prefix in sorted(MULTIPLIERS, key=len, reverse=True):
        base = code.removeprefix(prefix)
        if prefix and code.startswith(prefix) and base in BASE_UNITS:
            label_en = (MULTIPLIERS_EN[prefix] + (BASE_UNITS[base] if base else "")).strip()
            return Unit(code, code, label_en, f"{MULTIPLIERS[prefix]:,} {base}".strip(), base, MULTIPLIERS[prefix])
    return None


UNITS = tuple(
    unit
    for base in BASE_UNITS
    for prefix in ("", "万", "亿")
    if (unit := parse_unit(prefix + base)) and (base or prefix == "")
)
"""Units in the published vocabulary. parse_unit also accepts the other multipliers before a base unit."""

OPERATIONS = (
    Term("create", "新增", "created", "The item was created."),
    Term("update", "修改", "changed", "The item was changed."),
    Term("delete", "删除", "deleted", "The item was deleted."),
)

EFFECTS = (
    Term("tightened", "收紧", "tightened", "Fewer values meet the target than before, or it is due sooner."),
    Term("relaxed", "放宽", "relaxed", "More values meet the target than before, or it is due later."),
    Term(
        "unclear",
        "无法比较",
        "unclear",
        "The target changed, but the two cannot be compared, or are stricter in one way and looser in another.",
    ),
    Term("unchanged", "未变", "unchanged", "The same values meet the target as before."),
)

VOCABULARIES: dict[str, tuple[Term, ...] | tuple[Unit, ...]] = {
    "comparators": COMPARATORS,
    "kinds": KINDS,
    "directions": DIRECTIONS,
    "natures": NATURES,
    "commitments": COMMITMENTS,
    "statuses": STATUSES,
    "status-methods": STATUS_METHODS,
    "lights": LIGHTS,
    "units": UNITS,
    "precisions": PRECISIONS,
    "deadline-bases": DEADLINE_BASES,
    "deadline-states": DEADLINE_STATES,
    "levels": LEVELS,
    "plan-statuses": PLAN_STATUSES,
    "milestone-states": MILESTONE_STATES,
    "obs-statuses": OBS_STATUSES,
    "operations": OPERATIONS,
    "effects": EFFECTS,
}


def codes(terms: tuple[Term, ...]) -> tuple[str, ...]:
    """Return the codes of a vocabulary, in order."""
    return tuple(term.code for term in terms)
