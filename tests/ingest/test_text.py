import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.layout import text


@given(st.text(max_size=60))
def test_folding_keeps_the_length(words: str) -> None:
    assert len(text.fold(words)) == len(words)


@given(st.text(st.sampled_from("增长5%，。、\n \t一Ab(（|#。"), max_size=120))
def test_each_character_of_a_paragraph_comes_from_its_place(source: str) -> None:
    folded = text.fold(source)
    for paragraph in text.paragraphs(source):
        assert [folded[at] if not folded[at].isspace() else " " for at in paragraph.offsets] == list(paragraph.text)
        assert list(paragraph.offsets) == sorted(set(paragraph.offsets))


@pytest.mark.parametrize(
    ("raw", "folded"),
    [
        ("１００％", "100%"), ("(5%)", "（5%）"), ("1,200亿元,增长", "1,200亿元，增长"), ("5家,3家", "5家，3家"), ("「藍天」", "“蓝天”"),
        ("2.3∶1", "2.3:1"), ("目标:5%", "目标：5%"), ("萬噸", "万吨"), ("5~6%", "5～6%"), ("…", "…"), ("㎡", "㎡"), ("鿿", "鿿"), ("豈", "岂"),
    ],
)  # fmt: skip
def test_width_script_and_punctuation_are_one(raw: str, folded: str) -> None:
    assert text.fold(raw) == folded


def joined(source: str) -> list[str]:
    return [paragraph.text for paragraph in text.paragraphs(source)]


def test_a_number_broken_from_its_word_is_joined() -> None:
    assert joined("水环境质量创最好水平。PM\n2.5\n年平均浓度保持在20微克左右。") == [
        "水环境质量创最好水平。PM2.5",
        "年平均浓度保持在20微克左右。",
    ]


def test_a_phrase_set_in_bold_is_joined() -> None:
    assert joined("今年经济社会发展的\n主要目标\n是：增长5%。") == ["今年经济社会发展的", "主要目标是：增长5%。"]
    assert joined("做好（\n一）工作，\n再接再厉") == ["做好（一）工作，再接再厉"]
    assert joined("工作，\n再接再厉") == ["工作，再接再厉"]


def test_lines_cut_by_a_page_are_joined_and_paragraphs_are_not() -> None:
    words = "推动全市经济社会高质量发展取得新的更大成效各项事业都要迈上新的台阶" * 6
    lines = [words[at : at + 40] for at in range(0, len(words) - 10, 40)]
    lines[2] = lines[2][:20] + "。"
    lines += ["一、重点工作", *lines[:4]]
    found = joined("\n".join(lines))
    assert "一、重点工作" in found
    assert found[0] == "".join(lines[:3])


def test_a_long_line_that_ends_in_a_figure_goes_on() -> None:
    long = "推动全市经济社会高质量发展取得新的更大成效各项事业都要迈上新的台阶新的高度新增企业12"
    assert joined(long + "\n家以上。") == [long + "家以上。"]


def test_spaces_stay_between_latin_words_only() -> None:
    assert joined("建设 Smart City 项目 5 个") == ["建设Smart City项目5个"]


def test_a_blank_line_parts_paragraphs() -> None:
    first, second = text.paragraphs("增长5%，\n\n下降3%")
    assert (first.parted, second.parted) == (False, True)


def test_headings_and_tables_are_not_joined() -> None:
    assert joined("| 甲，\n| 乙 |\n# 题，\n丙") == ["|甲，", "|乙|", "#题，", "丙"]
