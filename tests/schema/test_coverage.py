"""The proof that every number of a source text is an indicator's or excluded, on a text of four lines."""

import copy
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from schema.rules import coverage, plan_file
from tests.db.small import document, indicator, milestone

TEXT = """报头２０２２年

以创新为核心
技术合同额达到78亿元以上、增长５．５—6%，新建三所学校。
与经济增长同步；启动二期
"""
Facts = dict[str, Any]
Edit = Callable[[Facts, Facts], object]


def place(words: str) -> dict[str, int]:
    start = TEXT.index(words)
    return {"paragraph": coverage.paragraph_of(TEXT, start), "start": start, "end": start + len(words)}


def parts() -> tuple[Facts, Facts]:
    """Return the facts and the exclusions that account for the text."""
    digest = hashlib.sha256(TEXT.encode()).hexdigest()
    given = document(
        sections=[{"id": "p.1", "number": "1", "title": "以创新为核心", "source": place("以创新为核心")}],
        indicators=[
            indicator(1, target={"comparator": "ge", "value": 78, "unit": "亿元"}, source=place("78")),
            indicator(
                2, target={"comparator": "between", "value": 5.5, "upper": 6, "unit": "%"}, source=place("５．５—6")
            ),
            indicator(3, target={"comparator": "relative", "text": "与经济增长同步"}, source=place("与经济增长同步")),
        ],
        milestones=[milestone(1, source=place("启动二期"))],
    )
    given["plan"]["source"] = {"sha256": digest}
    excluded = {
        "plan_id": "p",
        "source_sha256": digest,
        "reasons": {"name": "Part of a name.", "date": "A date."},
        "exclusions": [
            {**place("２０２２"), "text": "２０２２", "reason": "date"},
            {**place("三所"), "text": "三所", "reason": "name"},
            {**place("二期"), "text": "二期", "reason": "name"},
        ],
    }
    return plan_file.parse(json.dumps(given).encode()), coverage.ExclusionsSchema().load(excluded)


def found(edit: Edit = lambda facts, excluded: None, text: str = TEXT) -> list[tuple[str, str]]:
    facts, excluded = copy.deepcopy(parts())
    edit(facts, excluded)
    return list(coverage.faults(text.encode(), facts, excluded))


def test_a_text_that_is_accounted_for_has_no_fault() -> None:
    assert found() == []


def test_another_text_is_told_by_its_digest_alone() -> None:
    [(at, message)] = found(text=TEXT + "9")
    assert at == "$.plan.source.sha256"
    assert message == f"Must be the SHA-256 of the source text, {hashlib.sha256((TEXT + '9').encode()).hexdigest()}."


def shift(item: Facts, by: int) -> None:
    item["source"]["start"] += by
    item["source"]["end"] += by


FAULTS: list[tuple[Edit, list[tuple[str, str]]]] = [
    (lambda f, e: e.update(plan_id="q"), [("exclusions: $.plan_id", "Must be p.")]),
    (
        lambda f, e: e["exclusions"].pop(0),
        [("offset 2", "'２０２２' belongs to no indicator and is not excluded.")],
    ),
    (
        lambda f, e: e["exclusions"][0].update(end=4, text="２０"),
        [("offset 2", "'２０２２' belongs to no indicator and is not excluded.")],
    ),
    (
        lambda f, e: e["exclusions"].pop(1),
        [(f"offset {TEXT.index('三所')}", "'三' belongs to no indicator and is not excluded.")],
    ),
    (
        lambda f, e: f["indicators"].pop(0),
        [
            (f"offset {TEXT.index('78')}", "'78' belongs to no indicator and is not excluded."),
            (f"offset {TEXT.index('亿')}", "'亿' belongs to no indicator and is not excluded."),
        ],
    ),
    (
        lambda f, e: f["indicators"][0]["target"].update(value=79),
        [("$.indicators[0].source", "Points to '78', but the value is 79.")],
    ),
    (
        lambda f, e: f["indicators"][1]["target"].update(upper=7),
        [("$.indicators[1].source", "Points to '５．５—6', but the value is 5.5 to 7.")],
    ),
    (
        lambda f, e: f["indicators"][0]["target"].update(unit="万元"),
        [("$.indicators[0].target.unit", "'万元' does not follow the number.")],
    ),
    (
        lambda f, e: f["indicators"][0]["source"].update(end=None),
        [
            ("$.indicators[0]", "Must have source.start and source.end."),
            (f"offset {TEXT.index('78')}", "'78' belongs to no indicator and is not excluded."),
            (f"offset {TEXT.index('亿')}", "'亿' belongs to no indicator and is not excluded."),
        ],
    ),
    (lambda f, e: f["sections"][0]["source"].update(paragraph=3), [("$.sections[0].source.paragraph", "Must be 2.")]),
    (
        lambda f, e: f["indicators"][2]["source"].update(paragraph=3),
        [("$.indicators[2].source.paragraph", "Must be 4.")],
    ),
    (
        lambda f, e: f["milestones"][0]["source"].update(paragraph=3),
        [("$.milestones[0].source.paragraph", "Must be 4.")],
    ),
    (lambda f, e: e["exclusions"][0].update(paragraph=3), [("exclusions: $.exclusions[0].paragraph", "Must be 1.")]),
    (
        lambda f, e: e["exclusions"][1].update(text="四所"),
        [("exclusions: $.exclusions[1]", f"'四所' is not at offset {TEXT.index('三所')}.")],
    ),
    (
        lambda f, e: e["exclusions"][2].update(reason="other"),
        [("exclusions: $.exclusions[2]", "The reason 'other' is not defined.")],
    ),
]


@pytest.mark.parametrize(("edit", "expected"), FAULTS)
def test_each_sort_of_fault_is_found(edit: Edit, expected: list[tuple[str, str]]) -> None:
    assert found(edit) == expected


def test_a_number_that_is_only_near_its_place_is_found() -> None:
    places = [at for at, _ in found(lambda facts, excluded: shift(facts["indicators"][0], 1))]
    assert "$.indicators[0].source" in places
    assert "$.indicators[0].target.unit" in places
    assert f"offset {TEXT.index('78')}" in places


def test_a_place_that_is_no_number_is_found() -> None:
    [(at, message), *_] = found(lambda facts, excluded: shift(facts["indicators"][0], -4))
    assert (at, message) == ("$.indicators[0].source", "Points to '同额', but the value is 78.")


def test_the_digest_of_the_exclusions_is_compared_too() -> None:
    [(at, _)] = found(lambda facts, excluded: excluded.update(source_sha256="0" * 64))
    assert at == "exclusions: $.source_sha256"


def test_an_item_without_a_place_has_no_paragraph_to_check() -> None:
    nowhere = {"paragraph": None, "start": None, "end": None}
    assert found(lambda facts, excluded: facts["milestones"][0].update(source=nowhere)) == []


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("增长5.5%", ["5.5"]),
        ("５．５", ["５．５"]),
        ("二十三家", ["二十三"]),
        ("三千万元半数", ["三千万", "半"]),
        ("两个〇", ["两", "〇"]),
        ("1.2.3", ["1.2", "3"]),
        ("无", []),
    ],
)
def test_numbers_are_digit_runs_and_runs_of_chinese_numerals(text: str, numbers: list[str]) -> None:
    assert coverage.NUMBERS.findall(text) == numbers


@pytest.mark.parametrize(("offset", "paragraph"), [(0, 1), (2, 1), (3, 2), (5, 2), (9, 3), (100, 3)])
def test_paragraphs_are_lines_that_are_not_blank(offset: int, paragraph: int) -> None:
    assert coverage.paragraph_of("一段\n二段\r\n \n三", offset) == paragraph
