import pytest

from ingest.layout import outline, text

BODY = "深入推进各项工作，千方百计稳增长促改革调结构惠民生，着力提升发展质量和效益，不断增强人民群众的获得感幸福感安全感，推动高质量发展。"


def read(source: str) -> tuple[list[tuple[int, str]], outline.Outline]:
    found = outline.read(outline.split(text.paragraphs(source)))
    return [(section.level, section.title) for section in found.sections], found


def test_numbered_headings_nest_by_their_style() -> None:
    source = (
        f"一、总体要求\n{BODY}\n二、重点任务\n（一）做强产业\n{BODY}\n1. 扩大投资\n{BODY}\n（二）改善民生。{BODY}\n"
    )
    assert read(source)[0] == [(1, "总体要求"), (1, "重点任务"), (2, "做强产业"), (3, "扩大投资"), (2, "改善民生")]


def test_parts_chapters_and_articles_nest() -> None:
    source = f"第一篇 总论\n第一章 基础\n第一节 现状\n{BODY}\n第二章 目标\n{BODY}\n"
    assert read(source)[0] == [(1, "总论"), (2, "基础"), (3, "现状"), (2, "目标")]


def test_headings_without_numbers_and_run_in_headings() -> None:
    source = f"某市某年工作\n\n以创新为核心激发动力\n\n完善设施。{BODY}\n\n升级平台。{BODY}\n\n以开放为抓手畅通循环\n\n挖掘潜力。{BODY}\n"
    assert read(source)[0] == [
        (1, "以创新为核心激发动力"),
        (2, "完善设施"),
        (2, "升级平台"),
        (1, "以开放为抓手畅通循环"),
        (2, "挖掘潜力"),
    ]


def test_one_short_sentence_is_no_run_in_heading() -> None:
    source = f"一、重点任务\n抓好落实。{BODY}\n{BODY}\n{BODY}\n"
    assert read(source)[0] == [(1, "重点任务")]


@pytest.mark.parametrize(
    "first", ["我们要抓好落实。", "新增12家。", "取得了成绩。", "抓好，落实，推进。", "一是做强产业。"]
)
def test_what_is_a_sentence_is_no_run_in_heading(first: str) -> None:
    assert read(f"一、重点任务\n{first}{BODY}\n")[0] == [(1, "重点任务")]


def test_order_within_a_paragraph_is_no_section() -> None:
    assert read(f"一、重点任务\n一是做强产业。{BODY}二是改善民生。{BODY}\n")[0] == [(1, "重点任务")]


def test_numbered_sentences_are_items_not_headings() -> None:
    found, outlined = read(
        f"一、实事\n1.新建学校5所，新增学位一千个；{BODY}\n2.新增床位300张。\n3.{'改造老旧小区和背街小巷' * 6}\n（1）加装电梯20部；\n"
    )
    assert found == [(1, "实事")]
    assert outlined.bodies[2] == 2


def test_a_numbered_line_too_long_to_be_a_heading_is_none() -> None:
    assert read(f"（一）{'推动高质量发展' * 20}\n{BODY}")[0] == []
    assert read(f"（一）{'推动高质量发展' * 20}。{BODY}")[0] == []
    assert read(f"1.{'推动高质量发展' * 6}。\n{BODY}")[0] == []
    assert read(f"（一）{'推动高质量发展' * 6}。\n{BODY}")[0] == []
    assert read(f"1.新增12家。{BODY}")[0] == []
    assert read(f"1.抓好落实。\n{BODY}")[0] == []


def test_headings_inside_a_paragraph_are_cut_out() -> None:
    found, _ = read(f"二、主要任务\n（一）做强实体产业。{BODY}（二）改善民生事业。{BODY}\n")
    assert found == [(1, "主要任务"), (2, "做强实体产业"), (2, "改善民生事业")]


def test_contents_are_recognised_with_and_without_page_numbers() -> None:
    source = f"目录\n一、总体要求……1\n二、重点任务......12\n\n一、总体要求\n{BODY}\n二、重点任务\n{BODY}\n"
    found, outlined = read(source)
    assert list(outlined.roles[:3]) == ["contents"] * 3
    assert found == [(1, "总体要求"), (1, "重点任务")]
    plain = f"目录\n一、总体要求\n二、重点任务\n一、总体要求\n{BODY}\n二、重点任务\n{BODY}\n"
    assert read(plain)[0] == [(1, "总体要求"), (1, "重点任务")]


def test_annexes_stand_at_the_top() -> None:
    source = f"一、重点任务\n{BODY}\n附件1：名词解释\n{BODY}\n附件\n{BODY}\n附件中所列项目{'须抓紧实施' * 12}\n"
    assert read(source)[0] == [(1, "重点任务"), (1, "名词解释"), (1, "附件")]


def test_marked_headings_lose_mark_and_number() -> None:
    source = f"# 某市规划\n\n## 一、总体要求\n\n{BODY}\n\n### 做强产业\n\n{BODY}\n"
    assert read(source)[0] == [(1, "总体要求"), (2, "做强产业")]


def test_furniture_and_front_lines_are_no_headings() -> None:
    source = f"首页 > 公开\n某市政府工作报告\n来源：某日报\n2025年1月3日\n——在某会议上\n市长 某某\n\n{BODY}\n"
    found, outlined = read(source)
    assert found == []
    assert outlined.roles[0] == outlined.roles[2] == outlined.roles[3] == "furniture"


def test_a_short_opening_above_goals_is_a_heading() -> None:
    found, _ = read(f"{BODY}\n\n下一步的主要目标任务\n要努力实现以下各项主要目标任务：\n")
    assert found == [(1, "下一步的主要目标任务")]


def test_what_cannot_be_a_heading_is_none() -> None:
    for line in ("GDP 2025 (B) x", "（内部资料）", "抓好落实。", "“一网通办”", "好"):
        assert read(f"{BODY}\n\n{line}\n{BODY}\n")[0] in ([], [(1, "“一网通办”")])


def test_the_path_of_a_section_goes_up_to_the_top() -> None:
    _, outlined = read(f"一、甲部工作\n（一）乙项工作\n{BODY}\n二、丙部工作\n{BODY}\n")
    assert [section.title for section in outline.path(outlined, 1)] == ["甲部工作", "乙项工作"]
    assert [section.title for section in outline.path(outlined, 2)] == ["丙部工作"]
    assert outline.path(outlined, -1) == []
    assert outline.is_context("核心提示")
    assert not outline.is_context("重点任务")


def test_a_table_is_a_table_and_a_page_of_short_lines_has_no_heading() -> None:
    assert read("| 指标 | 单位 |\n| --- | --- |\n")[1].roles == ("table", "table")
    assert read("")[0] == []
