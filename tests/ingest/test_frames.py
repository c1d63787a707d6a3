from datetime import date

import pytest

from ingest.language import frames

YEAR = (date(2026, 1, 1), date(2026, 12, 31))
FIVE = (date(2026, 1, 1), date(2030, 12, 31))


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("2025年工作回顾", "past"), ("过去五年工作", "past"), ("“十四五”时期发展成就", "past"), ("2026年工作安排", "plan"), ("主要目标任务", "plan"),
        ("2025年工作回顾和2026年目标", "plan"), ("2024年和2025年的目标完成情况", None), ("名词解释", "context"), ("存在的问题", "context"), ("做强产业", None),
        ("在民生改善上取得新成效", None), ("2025年财政", "past"), ("“十五五”时期财政", "plan"), ("回顾2025年目标", "past"), ("第一五", None),
    ],
)  # fmt: skip
def test_a_title_tells_what_stands_under_it(title: str, kind: str | None) -> None:
    assert frames.of_title(title, YEAR) == kind


@pytest.mark.parametrize(
    ("titles", "styles", "found"),
    [
        (["重点任务", "做强产业"], ["cn", "cn_round"], ("plan", "重点任务")),
        (["工作回顾", "重点改革"], ["cn", "cn_round"], ("past", "工作回顾")),
        (["工作回顾", "下一步打算"], ["cn", "cn_round"], ("plan", "下一步打算")),
        (["做强产业", "回顾历程"], ["cn", "run_in"], ("open", "回顾历程")),
        (["做强产业"], ["cn"], ("open", "做强产业")),
        ([], [], ("open", "")),
        (["重点任务", "重点工程"], ["cn", "run_in"], ("plan", "重点工程")),
    ],
)
def test_the_innermost_title_with_an_opinion_counts(
    titles: list[str], styles: list[str], found: tuple[str, str]
) -> None:
    assert frames.of_path(titles, YEAR, styles) == found


def kinds(
    text: str, zone: tuple[str, str] = ("open", ""), state: str | None = None, period: tuple[date, date] = YEAR
) -> list[str]:
    return [frame.kind for frame in frames.read(text, 0, zone, state, period)[0]]


@pytest.mark.parametrize(
    ("text", "zone", "found"),
    [
        ("新增企业60家。", ("plan", "任务"), ["plan"]),
        (
            "过去一年，新增60家。累计服务2万人。今年的主要目标是：增长5%。新增30家。",
            ("plan", "任务"),
            ["past", "past", "plan", "plan"],
        ),
        ("新增60家。今年将新增70家。", ("past", "回顾"), ["past", "plan"]),
        ("今年经济社会发展的主要预期目标是：增长5%。新增70家。", ("past", "回顾"), ["plan", "plan"]),
        ("我们也清醒看到，缺口达3亿元。企业仅2家。", ("plan", "任务"), ["context", "context"]),
        ("向60名代表表示衷心的感谢！", ("plan", "任务"), ["context"]),
        ("注释10条。", ("context", "名词解释"), ["context"]),
        ("力争新增60家。", ("open", ""), ["plan"]),
        ("去年新增60家。", ("open", ""), ["past"]),
        ("2025年新增60家。", ("open", ""), ["past"]),
        ("新增60家。", ("open", ""), ["open"]),
        ("新增60家。", ("open", "做强产业"), ["plan"]),
        ("获评60家。", ("open", "做强产业"), ["open"]),
        ("2025年，新增60家。2026年，新增70家。", ("open", ""), ["past", "plan"]),
        ("过去一年，新增5家。到2030年，将新增60家。", ("plan", "任务"), ["past", "plan"]),
        ("过去一年，新增5家。今年力争新增60家。", ("plan", "任务"), ["past", "plan"]),
        ("同志们，2026年是开局之年。新增60家；新增70家。", ("open", ""), ["plan", "plan", "plan"]),
        ("回顾中完成了目标，主要目标是5%。", ("past", "回顾"), ["past"]),
        ("去年，新增5家；新增学校；今年将新增6家。", ("open", ""), ["past", "past", "plan"]),
        ("目前新增5家；新增学校。", ("open", ""), ["past", "past"]),
        ("改造2000年底前建成的小区1万个。", ("open", "民生"), ["plan"]),
        ("会议强调，2026年要突出抓好以下工作：新增5家。", ("open", ""), ["plan"]),
        ("到2030年（比2020年多）新增60家。", ("open", ""), ["plan"]),
        ("“十四五”时期，新增5家。“十五五”时期，新增60家。", ("open", ""), ["past", "plan"]),
    ],
)
def test_sentences_are_framed(text: str, zone: tuple[str, str], found: list[str]) -> None:
    assert kinds(text, zone) == found


def test_half_sentences_know_where_the_sentence_opens() -> None:
    found, _ = frames.read("一是甲；二是乙。三是丙。", 0, ("plan", "任务"), None, YEAR)
    assert [frame.opens for frame in found] == [0, 0, 8]


def test_problems_end_with_their_paragraph_and_reviews_do_not() -> None:
    assert frames.read("清醒看到，缺口3亿元。", 0, ("plan", "任务"), None, YEAR)[1] is None
    assert frames.read("过去一年，新增5家。", 0, ("plan", "任务"), None, YEAR)[1] == "past"


def test_years_of_a_five_year_plan_are_its_own() -> None:
    assert kinds("2025年，新增5家。2028年，新增60家。", ("open", ""), None, FIVE) == ["past", "plan"]
