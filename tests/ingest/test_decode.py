from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import decode, pipeline
from ingest.decode import Unreadable, limits, pdf, rows, sheet
from tests.ingest import documents

TEXT = "一、2026年安排\n新增企业60家。\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_text_in_each_encoding(encoding: str) -> None:
    found = decode.decode(TEXT.encode(encoding))
    assert found == decode.Decoded(TEXT, encoding == "utf-8")


def test_line_ends_become_one() -> None:
    assert decode.decode("甲\r\n乙\r丙".encode()) == decode.Decoded("甲\n乙\n丙", False)


HTML = """<!DOCTYPE html><html><head><title>x</title><style>p{}</style></head><body>
<nav><a href="/">首页</a></nav><div><a>相关一</a> <a>相关二</a></div>
<h1>某市2026年<b>工作安排</b></h1><p>新增企业<b>60</b>家。<br>新建学校5所。</p><h2></h2>
<script>alert(1)</script><!-- 注 -->
<table><tr><td>外框<table><tr><th rowspan="2">指标</th><th colspan="2">目标</th></tr><tr><th>甲</th><th>乙</th></tr>
<tr><td>里程<br>（公里）</td><td>5</td><td colspan="x">6</td></tr></table></td></tr></table>
<table><tr><td>LONG</td></tr></table><table></table></body></html>""".replace("LONG", "长文" * 120)


def test_a_page_loses_its_furniture_and_keeps_headings_and_tables() -> None:
    assert decode.decode(HTML.encode()).text.split("\n") == [
        "# 某市2026年工作安排", "新增企业60家。", "新建学校5所。", "外框", "| 指标 | 目标 | ← |", "| ↑ | 甲 | 乙 |", "| 里程（公里） | 5 | 6 |", "长文" * 120,
    ]  # fmt: skip


def test_a_page_in_the_old_encoding() -> None:
    content = '<?xml version="1.0" encoding="gbk"?><html><meta charset="gbk"><p>新增企业60家。</p></html>'.encode("gbk")
    assert decode.decode(content, ".html").text == "新增企业60家。"


def test_a_word_document() -> None:
    content = documents.word(
        [
            "# 工作安排",
            "新增企业60家。\n新建学校5所。",
            [["指标", "单位", "目标"], ["指标", "甲", "乙"], ["里程", "公里", "5"]],
        ],
        [(0, 0, 1, 0), (0, 1, 0, 2)],
    )
    assert decode.decode(content).text.split("\n")[:3] == ["# 工作安排", "新增企业60家。", "新建学校5所。"]
    table = decode.decode(content).text.split("\n")[3:]
    assert table[0].endswith("| 单位 目标 | ← |")
    assert table[1].startswith("| ↑ |")
    assert table[2] == "| 里程 | 公里 | 5 |"


def test_a_workbook() -> None:
    content = documents.workbook(
        [
            ["指标", "单位", "2025年目标", None],
            ["指标", None, "全市", "增速"],
            ["里程", "公里", 620, 0.055],
            [True, datetime(2025, 6, 30), 2.5, None],
        ],
        ["A1:A2", "C1:D1"],
        {"D3": "0.0%"},
    )
    assert decode.decode(content).text.split("\n") == [
        "# 指标", "| 指标 | 单位 | 2025年目标 | ← |", "| ↑ |  | 全市 | 增速 |", "| 里程 | 公里 | 620 | 5.5% |", "| True | 2025年6月30日 | 2.5 |  |",
    ]  # fmt: skip


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_separated_values(mark: str) -> None:
    content = f"指标{mark}单位{mark}目标\n里程{mark}公里{mark}620\n{mark}{mark}\n".encode("gb18030")
    assert decode.decode(content, ".csv").text == "| 指标 | 单位 | 目标 |\n| 里程 | 公里 | 620 |"


def test_a_table_of_whole_texts_is_read_as_text() -> None:
    long = "推进工作。" * 50
    assert rows.lines([["某省", long + "\n\n" + long], ["←", "|"]]) == ["某省", long, long, "|"]


def test_a_pdf_without_page_numbers_and_running_heads() -> None:
    pages = [["某市规划", f"第{page}部分新增企业{page}家。", f"- {page} -"] for page in range(1, 5)]
    assert decode.decode(documents.pdf(pages)).text == "\n".join(
        f"第{page}部分新增企业{page}家。" for page in range(1, 5)
    )
    assert decode.decode(documents.pdf(pages[:1])).text == "某市规划\n第1部分新增企业1家。"


def refused(content: bytes, suffix: str = "") -> str:
    with pytest.raises(Unreadable) as caught:
        decode.decode(content, suffix)
    return str(caught.value)


def test_what_cannot_be_read_says_what_to_do() -> None:
    assert "Save it as .docx" in refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100))
    assert "neither text" in refused(bytes(range(256)) * 4)
    assert "neither text" in refused(b"\x01\x02\x03\x04")
    assert "no text" in refused(b"  \n")
    assert "neither .docx nor .xlsx" in refused(documents.archive({"a.txt": b"1"}))
    assert "damaged: BadZipFile" in refused(b"PK\x03\x04broken")
    assert "damaged" in refused(b"%PDF-1.4 broken")
    assert "password" in refused(documents.pdf([["甲"]], encrypted=True))
    assert "no text" in refused(documents.pdf([[]]))


def test_sizes_are_checked_before_anything_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "large.txt"
    with path.open("wb") as file:
        file.truncate(1024**3)
    with pytest.raises(Unreadable, match="1,024 MB; at most 64 MB"):
        decode.load(path)
    monkeypatch.setattr(decode, "LARGEST_TEXT", 3)
    assert "at most 3 are read" in refused("甲乙丙丁".encode())
    small = tmp_path / "small.txt"
    small.write_text("甲乙", "utf-8")
    assert decode.load(small).text == "甲乙"


def test_a_zip_bomb_is_refused_by_what_it_declares() -> None:
    bomb = documents.archive({"word/document.xml": bytes(limits.LARGEST_INFLATED + 1)})
    assert len(bomb) < 1024 * 1024
    assert "inflates to 128 MB" in refused(bomb)


def test_archives_of_too_many_entries_are_refused() -> None:
    assert "5,001 entries" in refused(documents.archive({f"{at}": b"" for at in range(5_001)}))


def test_entities_are_refused() -> None:
    entity = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'
    assert "entities" in refused(documents.archive({"word/document.xml": entity}))
    assert "entities" in refused(documents.archive({"xl/workbook.xml": entity.decode().encode("utf-16")}))


def test_a_protected_archive_is_refused() -> None:
    content = bytearray(documents.archive({"word/document.xml": b"<x/>"}))
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):
        content[content.index(mark) + (6 if mark == b"PK\x03\x04" else 8)] |= 1
    assert "password" in refused(bytes(content))


def test_pages_and_cells_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MOST_PAGES", 1)
    assert "2 pages" in refused(documents.pdf([["甲"], ["乙"]]))
    monkeypatch.setattr(pdf, "MOST_PAGES", 9)
    monkeypatch.setattr(pdf, "LARGEST_TEXT", 1)
    assert "more than 1 characters" in refused(documents.pdf([["甲乙"]]))
    monkeypatch.setattr(sheet, "MOST_CELLS", 3)
    assert "spans 4 cells" in refused(documents.workbook([[1, 2], [3, 4]]))


MARKS = [
    b"",
    b"%PDF-1.4\n",
    b"PK\x03\x04",
    b"<html>",
    "一、安排\n新增".encode(),
    b"\xff\xfe",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
]


@given(st.sampled_from(MARKS), st.binary(max_size=300), st.sampled_from(["", ".html", ".csv", ".md"]))
def test_any_bytes_are_read_or_refused(mark: bytes, content: bytes, suffix: str) -> None:
    try:
        found = decode.decode(mark + content, suffix)
    except Unreadable:
        return
    pipeline.read(found.text)


BODIES = [
    documents.word(["# 题", "新增60家。", [["a", "b"]]]),
    documents.workbook([["指标", 5]]),
    documents.pdf([["新增60家"]]),
    HTML.encode(),
]


@given(
    st.sampled_from(BODIES), st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=20)
)
def test_bent_documents_are_read_or_refused(content: bytes, changes: list[tuple[int, int]]) -> None:
    bent = bytearray(content)
    for place, value in changes:
        bent[place % len(bent)] = value
    try:
        found = decode.decode(bytes(bent))
    except Unreadable:
        return
    pipeline.read(found.text)


WORDS = [
    "新增",
    "建设",
    "60",
    "家",
    "%",
    "以上",
    "、",
    "，",
    "。",
    "；",
    "：",
    "|",
    "其中",
    "分别",
    "到",
    "2026年",
    "一、",
    "（一）",
    "\n",
    "力争",
    "5—6",
    "十五",
    "和",
    "由",
    "提高到",
    "每",
    "亿元",
    "的",
    "项目",
    "“",
    "”",
    "（",
    "）",
    "翻番",
    "半",
    "#",
    "←",
    "↑",
    "指标",
    "单位",
    "目标",
    "达到",
    "增长",
    "千",
    "万",
]


@given(st.lists(st.sampled_from(WORDS), max_size=40).map("".join))
def test_any_words_are_read(words: str) -> None:
    found = pipeline.read(words)
    assert all(0 <= row.start < row.end <= len(words) for row in found.findings)
