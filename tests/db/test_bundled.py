"""The bundled plan and its list of exclusions: complete, and consistent with each other.

The source text itself is not here (it is the newspaper's); `plan-indicators check --source` compares with it.
"""

import json
from itertools import pairwise
from typing import Any

import pytest

from db.edit.load import BUNDLED
from schema.rules import plan_file
from schema.rules.coverage import NUMBERS, ExclusionsSchema

PLAN = plan_file.parse(BUNDLED.read_bytes())
EXCLUDED: dict[str, Any] = ExclusionsSchema().load(
    json.loads(BUNDLED.with_suffix(".exclusions.json").read_text("utf-8"))
)


def test_it_has_every_section_indicator_milestone_and_deadline() -> None:
    sections = PLAN["sections"]
    assert [len(PLAN[part]) for part in ("sections", "indicators", "milestones", "deadlines")] == [21, 66, 44, 1]
    assert [sum(section["parent_id"] is None for section in sections), len(sections)] == [5, 5 + 16]


def test_everything_has_an_english_name() -> None:
    named = [
        (item["id"], item.get("name_en") or item.get("title_en"))
        for part in ("sections", "indicators", "milestones")
        for item in PLAN[part]
    ]
    named += [("plan", PLAN["plan"]["title_en"]), ("area", PLAN["plan"]["area_name_en"])]
    named += [(item["id"], item["label_en"]) for item in PLAN["deadlines"]]
    assert [key for key, name in named if not name or not name.isascii()] == []


def test_ids_follow_the_outline() -> None:
    numbers = {section["id"]: section["number"] for section in PLAN["sections"]}
    assert {f"hunnan-2021.{number}": number for number in numbers.values()} == numbers
    for part in ("indicators", "milestones"):
        for item in PLAN[part]:
            assert item["code"].startswith(f"{numbers[item['section_id']]}.")
            assert item["id"] == f"hunnan-2021.{item['code']}"


def test_codes_are_unique() -> None:
    codes = [item["code"] for part in ("indicators", "milestones") for item in PLAN[part]]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("part", ["sections", "indicators"])
def test_items_stand_in_the_order_of_the_text(part: str) -> None:
    places = [(item["source"]["paragraph"], item["source"]["start"]) for item in PLAN[part]]
    assert places == sorted(set(places))


def test_no_two_numbers_stand_in_one_place() -> None:
    spans = [(item["source"]["start"], item["source"]["end"]) for item in PLAN["indicators"]]
    spans += [(item["start"], item["end"]) for item in EXCLUDED["exclusions"]]
    assert [(one, other) for one, other in pairwise(sorted(spans)) if one[1] > other[0]] == []


def test_a_number_of_an_indicator_is_as_long_as_its_place() -> None:
    for item in PLAN["indicators"]:
        place, target = item["source"], item["target"]
        assert place["end"] - place["start"] == len(str(target["value"])), item["id"]


def test_the_exclusions_belong_to_this_plan_and_text() -> None:
    assert EXCLUDED["plan_id"] == PLAN["plan"]["id"]
    assert EXCLUDED["source_sha256"] == PLAN["plan"]["source"]["sha256"]


def test_every_exclusion_holds_a_number_at_its_place_with_a_defined_reason() -> None:
    for item in EXCLUDED["exclusions"]:
        assert len(item["text"]) == item["end"] - item["start"], item
        assert NUMBERS.search(item["text"]), item
        assert item["reason"] in EXCLUDED["reasons"], item


def test_every_reason_is_used() -> None:
    assert {item["reason"] for item in EXCLUDED["exclusions"]} == set(EXCLUDED["reasons"])


def test_offsets_rise_with_paragraphs() -> None:
    items = [item["source"] for part in ("sections", "indicators", "milestones") for item in PLAN[part]]
    ordered = sorted([*items, *EXCLUDED["exclusions"]], key=lambda place: place["start"])
    paragraphs = [place["paragraph"] for place in ordered]
    assert paragraphs == sorted(paragraphs)


def test_the_indicator_that_the_contract_shows_is_there() -> None:
    [target] = [item["target"] for item in PLAN["indicators"] if "技术合同" in item["name"]]
    assert (target["comparator"], target["value"], target["unit"]) == ("ge", 78, "亿元")
