"""A plan file is checked as a whole: every rule says what is wrong, and where."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from marshmallow import Schema, ValidationError

from schema.fields import FAULTS_MOST
from schema.rules import plan_file
from tests.db.small import document, indicator, milestone, observation

Edit = Callable[[dict[str, Any]], object]


def plan() -> dict[str, Any]:
    """Return a plan without a fault: two indicators, a milestone, two values and a correction."""
    return document(
        sections=[
            {"id": "p.1", "number": "1", "title": "上"},
            {"id": "p.1.1", "parent_id": "p.1", "number": "1.1", "title": "下"},
        ],
        indicators=[indicator(1), indicator(2, target={"comparator": "relative", "text": "如文"})],
        milestones=[milestone(1)],
        observations=[
            observation(1, 1, "2022-01", 5),
            observation(2, 1, "2022-02", 6),
            observation(3, 1, "2022-01", 7, supersedes="p.1.01.o1"),
        ],
    )


def faults(content: bytes) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as caught:
        plan_file.parse(content)
    return caught.value.messages_dict


def edited(edit: Edit) -> bytes:
    given = plan()
    edit(given)
    return json.dumps(given).encode()


def test_a_plan_without_a_fault_is_taken() -> None:
    facts = plan_file.parse(json.dumps(plan()).encode())
    assert [len(facts[part]) for part in plan_file.PARTS] == [2, 2, 2, 1, 3]


def test_a_byte_order_mark_is_no_fault() -> None:
    assert plan_file.parse(b"\xef\xbb\xbf" + json.dumps(plan()).encode())


def test_what_is_left_out_is_null_or_empty() -> None:
    given = document()
    facts = plan_file.parse(json.dumps(given).encode())
    assert facts["plan"]["status"] == "active"
    assert facts["plan"]["source"] == dict.fromkeys(("title", "publisher", "published_on", "url", "sha256"))
    assert facts["indicators"] == facts["milestones"] == facts["observations"] == []


def test_what_follows_from_the_facts_is_derived() -> None:
    facts = plan_file.parse(json.dumps(plan()).encode())
    assert facts["indicators"][0]["target"]["text"] == "≥ 100 项"
    assert facts["indicators"][0]["source"] == {"paragraph": None, "start": None, "end": None}
    assert facts["observations"][0]["period_end"] == "2022-01-31"
    assert facts["observations"][0]["obs_status"] == "A"
    assert facts["milestones"][0]["state"] == "planned"


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ({"comparator": "ge", "value": 78, "unit": "亿元"}, "≥ 78 亿元"),
        ({"comparator": "gt", "value": 1.5, "unit": "%"}, "> 1.5 %"),
        ({"comparator": "le", "value": 5, "unit": "分钟"}, "≤ 5 分钟"),
        ({"comparator": "lt", "value": 0, "unit": "起"}, "< 0 起"),
        ({"comparator": "eq", "value": 2.0, "unit": "家"}, "2 家"),
        ({"comparator": "approx", "value": -3, "unit": "%"}, "≈ -3 %"),
        ({"comparator": "between", "value": 5.5, "upper": 6, "unit": "%"}, "5.5–6 %"),
        ({"comparator": "assigned", "text": "完成国家下达任务"}, "完成国家下达任务"),
        ({"comparator": "eq", "value": 2, "unit": "家", "text": "2 家"}, "2 家"),
    ],
)
def test_a_target_is_written_as_text(target: dict[str, Any], text: str) -> None:
    facts = plan_file.parse(edited(lambda p: p["indicators"][0].update(target=target) or p.update(observations=[])))
    assert facts["indicators"][0]["target"]["text"] == text


def at(path: str, value: Any) -> Edit:
    """Set the member at a dotted path."""

    def edit(given: Any) -> None:
        *steps, last = path.split(".")
        for step in steps:
            given = given[int(step) if step.isdigit() else step]
        given[int(last) if last.isdigit() else last] = value

    return edit


def target(**members: Any) -> Edit:
    return at("indicators.0.target", {"comparator": "ge", "value": 1, "unit": "项", **members})


def add(part: str, item: dict[str, Any]) -> Edit:
    return lambda given: given[part].append(item)


def deep(levels: int) -> Edit:
    def edit(given: dict[str, Any]) -> None:
        for level in range(2, levels + 1):
            given["sections"].append(
                {
                    "id": f"p.s{level}",
                    "parent_id": "p.1" if level == 2 else f"p.s{level - 1}",
                    "number": f"9.{level}",
                    "title": "深",
                }
            )

    return edit


UNIT = "Is required if there is a value."
WORDS = "relative, assigned, direction_only"
PLACE = {"paragraph": 1, "start": 5, "end": 4}
RULES: list[tuple[Edit, str, str]] = [
    # the document
    (at("format", "other"), "$.format", "Must be one of: plan-indicators."),
    (at("format_version", 2), "$.format_version", "Must be 1. A file with a higher version needs a newer program."),
    (at("format_version", "1"), "$.format_version", "Not a valid integer."),
    (at("format_version", True), "$.format_version", "Not a valid integer."),
    (at("other", 1), "$.other", "Unknown field."),
    (at("an other", 1), '$["an other"]', "Unknown field."),
    (at("\ud800\x1b", 1), '$["\\ud800\\u001b"]', "Unknown field."),
    (lambda p: p.pop("plan"), "$.plan", "Missing data for required field."),
    (at("indicators", {}), "$.indicators", "Not a valid list."),
    (at("indicators", None), "$.indicators", "Field may not be null."),
    (at("sections.0", 5), "$.sections[0]", "Invalid input type."),
    # the plan
    (at("plan.id", "a.b"), "$.plan.id", "Must match ^[a-z0-9][a-z0-9-]*$."),
    (at("plan.title", "a\nb"), "$.plan.title", "Must not contain control characters."),
    (at("plan.area_code", "21011"), "$.plan.area_code", "Must match ^[0-9]{6}$."),
    (
        at("plan.level", "shire"),
        "$.plan.level",
        "Must be one of: national, province, city, district, county, township.",
    ),
    (at("plan.status", "old"), "$.plan.status", "Must be one of: draft, active, completed, withdrawn."),
    (at("plan.period_end", "2021-12-31"), "$.plan.period_end", "Must not be before period_start."),
    (at("plan.period_start", "2022-02-30"), "$.plan.period_start", "Not a valid date."),
    (at("plan.source", {"sha256": "A" * 64}), "$.plan.source.sha256", "Must match ^[0-9a-f]{64}$."),
    (at("plan.source", {"url": "ftp://a.example/"}), "$.plan.source.url", "Not a valid URL."),
    (
        at("plan.source", {"url": "https://a.example/\ud800"}),
        "$.plan.source.url",
        "Must not contain half of a surrogate pair.",
    ),
    # deadlines
    (
        add("deadlines", {"id": "p.due-x", "due_on": "2021-12-31", "precision": "day", "label": "过"}),
        "$.deadlines[2].due_on",
        "Must not be before the plan's period, which starts on 2022-01-01.",
    ),
    (
        at("deadlines.0.precision", "week"),
        "$.deadlines[0].precision",
        "Must be one of: day, month, quarter, half, year.",
    ),
    (
        add("deadlines", {"id": "p.due-x", "due_on": "2022-02-19", "precision": "day", "label": "期中"}),
        "$.deadlines[2].label",
        "Must be unique among deadlines with this date and precision.",
    ),
    (
        at("deadlines.0.beyond_period", True),
        "$.deadlines[0].beyond_period",
        "Must be false because due_on is in the plan's period, which ends on 2022-04-10.",
    ),
    # lists
    *(
        (lambda p, part=part: p.pop(part), f"$.{part}", "Is required. Use an empty list if there are none.")
        for part in ("deadlines", "sections", "indicators", "milestones")
    ),
    # ids and references
    (at("indicators.1.id", "p.1.01"), "$.indicators[1].id", "Must be unique."),
    (at("indicators.1.code", "1.01"), "$.indicators[1].code", "Must be unique within the plan."),
    (at("sections.1.number", "1"), "$.sections[0].number", "Must be unique within the plan."),
    (
        at("observations.1.id", "p.1.02.o2"),
        "$.observations[1].id",
        "Must start with p.1.01. (the id of the indicator, then a dot).",
    ),
    (
        at("observations.1.id", "p.1.012"),
        "$.observations[1].id",
        "Must start with p.1.01. (the id of the indicator, then a dot).",
    ),
    (at("sections.1.id", "q.1.1"), "$.sections[1].id", "Must start with the id of the plan and a dot, p."),
    (at("milestones.0.id", "pp.1"), "$.milestones[0].id", "Must start with the id of the plan and a dot, p."),
    (at("indicators.0.section_id", "p.9"), "$.indicators[0].section_id", "Must be the id of one of the sections."),
    (at("milestones.0.section_id", "p.9"), "$.milestones[0].section_id", "Must be the id of one of the sections."),
    (at("indicators.0.deadline_id", "p.9"), "$.indicators[0].deadline_id", "Must be the id of one of the deadlines."),
    (at("milestones.0.deadline_id", "p.9"), "$.milestones[0].deadline_id", "Must be the id of one of the deadlines."),
    (
        at("observations.1.indicator_id", "p.9"),
        "$.observations[1].indicator_id",
        "Must be the id of one of the indicators.",
    ),
    (
        at("sections.0.parent_id", "p.1.1"),
        "$.sections[0].parent_id",
        "Must be the id of one of the sections before it.",
    ),
    (at("sections.0.parent_id", "p.1"), "$.sections[0].parent_id", "Must be the id of one of the sections before it."),
    (
        at("indicators.0.parent_id", "p.1.02"),
        "$.indicators[0].parent_id",
        "Must be the id of one of the indicators before it.",
    ),
    (at("sections.0.number", "1."), "$.sections[0].number", r"Must match ^[0-9]{1,3}(\.[0-9]{1,3}){0,8}$."),
    (deep(10), "$.sections[10].parent_id", "Must not nest sections more than 9 levels deep."),
    # targets
    (
        target(comparator="about"),
        "$.indicators[0].target.comparator",
        "Must be one of: ge, gt, le, lt, eq, approx, between, relative, assigned, direction_only.",
    ),
    (
        target(value=None),
        "$.indicators[0].target.value",
        f"Must be null if comparator is one of: {WORDS}; required otherwise.",
    ),
    (
        target(comparator="relative", text="如"),
        "$.indicators[0].target.value",
        f"Must be null if comparator is one of: {WORDS}; required otherwise.",
    ),
    (target(value="1"), "$.indicators[0].target.value", "Must be a number."),
    (target(value=10**15), "$.indicators[0].target.value", "Must be between -999999999999999 and 999999999999999."),
    (
        target(value=99_999_999, unit="亿元"),
        "$.indicators[0].target.value",
        "In base units: Must be between -999999999999999 and 999999999999999.",
    ),
    (
        target(comparator="between", value=1, upper=99_999_999, unit="亿元"),
        "$.indicators[0].target.upper",
        "In base units: Must be between -999999999999999 and 999999999999999.",
    ),
    (target(upper=2), "$.indicators[0].target.upper", "Is required if comparator is between; must be null otherwise."),
    (
        target(comparator="between"),
        "$.indicators[0].target.upper",
        "Is required if comparator is between; must be null otherwise.",
    ),
    (target(comparator="between", upper=0), "$.indicators[0].target.upper", "Must not be below value."),
    (
        target(tolerance=1),
        "$.indicators[0].target.tolerance",
        "Must be 0 or more, and null unless comparator is approx.",
    ),
    (
        target(comparator="approx", tolerance=-1),
        "$.indicators[0].target.tolerance",
        "Must be 0 or more, and null unless comparator is approx.",
    ),
    (target(unit=None), "$.indicators[0].target.unit", UNIT),
    (target(unit="光年"), "$.indicators[0].target.unit", "Must be a unit of the vocabulary units."),
    (
        at("indicators.1.target", {"comparator": "assigned"}),
        "$.indicators[1].target.text",
        "Is required if there is no value.",
    ),
    (
        target(text="hello"),
        "$.indicators[0].target.text",
        "Is derived from the value, as ≥ 1 项. Leave it out.",
    ),
    # the rest of an item
    (
        at("indicators.0.kind", "other"),
        "$.indicators[0].kind",
        "Must be one of: level, increment, growth_rate, share, limit, duration.",
    ),
    (at("indicators.0.direction", "up"), "$.indicators[0].direction", "Must be one of: increase, decrease, hold."),
    (at("indicators.0.nature", "x"), "$.indicators[0].nature", "Must be one of: binding, expected."),
    (at("indicators.0.commitment", "x"), "$.indicators[0].commitment", "Must be one of: assured, strived."),
    (at("indicators.0.deadline_basis", "x"), "$.indicators[0].deadline_basis", "Must be one of: stated, inherited."),
    (
        at("indicators.0.code", "x"),
        "$.indicators[0].code",
        r"Must match ^[0-9]{1,3}(\.[0-9]{1,3}){0,8}\.m?[0-9]{1,4}$.",
    ),
    (at("indicators.0.baseline", {"value": "1"}), "$.indicators[0].baseline.value", "Must be a number."),
    (
        at("indicators.0.baseline", {"period": "2021-13"}),
        "$.indicators[0].baseline.period",
        "Must match ^[0-9]{4}(-(0[1-9]|1[0-2])|-Q[1-4]|-S[12])?$.",
    ),
    (
        at("indicators.0.departments", ["甲", " 乙"]),
        "$.indicators[0].departments[1]",
        "Must not start or end with white space.",
    ),
    (at("indicators.0.departments", ["甲"] * 51), "$.indicators[0].departments", "Longer than maximum length 50."),
    (
        at("indicators.0.departments", ["甲", "乙", "甲"]),
        "$.indicators[0].departments",
        "Must not contain a value twice.",
    ),
    (at("indicators.0.departments", "甲"), "$.indicators[0].departments", "Not a valid list."),
    (at("indicators.0.source", PLACE), "$.indicators[0].source.end", "Must not be before start."),
    (at("indicators.0.source", {"paragraph": 1.0}), "$.indicators[0].source.paragraph", "Not a valid integer."),
    (
        at("indicators.0.source", {"paragraph": 0}),
        "$.indicators[0].source.paragraph",
        "Must be greater than or equal to 1 and less than or equal to 1000000.",
    ),
    (
        at("milestones.0.state", "done"),
        "$.milestones[0].done_on",
        "Is required if state is done; must be null otherwise.",
    ),
    (
        at("milestones.0.done_on", "2022-01-01"),
        "$.milestones[0].done_on",
        "Is required if state is done; must be null otherwise.",
    ),
    (
        lambda p: p["milestones"][0].update(state="done", done_on="2011-12-31"),
        "$.milestones[0].done_on",
        "Must not be more than 10 years before the plan's period, which starts on 2022-01-01.",
    ),
    (
        lambda p: p["milestones"][0].update(state="done", done_on="2990-01-01"),
        "$.milestones[0].done_on",
        f"Must not be after today, {date.today()}.",
    ),
    # observations
    (
        at("observations.1.time_period", "2021-12"),
        "$.observations[1].time_period",
        "Must not end before the plan's period, which starts on 2022-01-01.",
    ),
    (
        at("observations.1.time_period", "2022-05"),
        "$.observations[1].time_period",
        "Must not start after 2022-04-10, the later of the plan's end and the deadline.",
    ),
    (at("observations.0.unit", "个"), "$.observations[0].unit", "Must be the unit of the target, 项."),
    (
        add("observations", observation(9, 2, "2022-01", 5)),
        "$.observations[3].unit",
        "Must be the unit of the target, null.",
    ),
    (
        at("observations.0.time_period", "2022-13"),
        "$.observations[0].time_period",
        "Must match ^[0-9]{4}(-(0[1-9]|1[0-2])|-Q[1-4]|-S[12])?$.",
    ),
    (
        at("observations.0.time_period", "0000"),
        "$.observations[0].time_period",
        "Must be a year, half-year, quarter or month: 2021, 2021-S1, 2021-Q2, 2021-06.",
    ),
    (at("observations.0.value", None), "$.observations[0].value", "Field may not be null."),
    (at("observations.0.obs_status", "Z"), "$.observations[0].obs_status", "Must be one of: A, B, E, F, I, P."),
    (
        at("observations.0.recorded_at", "0001-01-01T00:00:00+08:00"),
        "$.observations[0].recorded_at",
        "Must be in the years 1 to 9999 in UTC.",
    ),
    (
        at("observations.1.time_period", "2022-01"),
        "$.observations[1].time_period",
        "Already has a value. To correct it, give its id in supersedes.",
    ),
    (
        at("observations.0.supersedes", "p.1.01.o3"),
        "$.observations[0].supersedes",
        "Must be the id of one of the observations before it.",
    ),
    (
        at("observations.2.supersedes", "p.1.01.o2"),
        "$.observations[2].supersedes",
        "Must be an observation of the same indicator and time period.",
    ),
    (
        add("observations", observation(4, 1, "2022-01", 8, supersedes="p.1.01.o1")),
        "$.observations[3].supersedes",
        "Must not be superseded by two observations.",
    ),
]


@pytest.mark.parametrize(
    ("edit", "place", "message"), RULES, ids=[f"{place} {message[:30]}" for _, place, message in RULES]
)
def test_a_fault_is_told_with_its_place(edit: Edit, place: str, message: str) -> None:
    found = faults(edited(edit))
    assert message in found[place]
    assert all(path.startswith("$") for path in found)


def test_nine_levels_of_sections_are_taken() -> None:
    assert plan_file.parse(edited(deep(9)))


def test_every_fault_is_told_at_once() -> None:
    def edit(given: dict[str, Any]) -> None:
        given["plan"]["level"] = "shire"
        given["indicators"][0]["kind"] = "other"
        given["indicators"][1]["target"] = {"comparator": "ge", "value": "x"}
        given["milestones"][0]["due_precision"] = "week"

    assert set(faults(edited(edit))) == {
        "$.plan.level",
        "$.indicators[0].kind",
        "$.indicators[1].target.value",
        "$.milestones[0].due_precision",
    }


@pytest.mark.parametrize("time_period", ["2022", "2022-S1", "2022-Q1", "2022-Q2", "2022-01", "2022-04"])
def test_a_value_may_be_of_any_period_in_the_life_of_its_promise(time_period: str) -> None:
    assert plan_file.parse(edited(lambda p: p.update(observations=[observation(1, 1, time_period, 5)])))


@pytest.mark.parametrize("time_period", ["2021", "2021-S2", "2021-Q4", "2022-S2", "2022-Q3", "2022-05", "2023"])
def test_a_value_of_another_time_is_refused(time_period: str) -> None:
    found = faults(edited(lambda p: p.update(observations=[observation(1, 1, time_period, 5)])))
    assert found.keys() == {"$.observations[0].time_period"}


def test_a_promise_beyond_the_plan_lives_until_its_deadline() -> None:
    def edit(given: dict[str, Any]) -> None:
        later = {"id": "p.due-x", "due_on": "2023-06-30", "precision": "half", "label": "上半年", "beyond_period": True}
        given["deadlines"].append(later)
        given["indicators"][0]["deadline_id"] = "p.due-x"
        given["observations"] = [observation(1, 1, "2023-06", 5), observation(2, 1, "2023-07", 5)]

    assert faults(edited(edit)) == {
        "$.observations[1].time_period": [
            "Must not start after 2023-06-30, the later of the plan's end and the deadline."
        ]
    }


def test_what_is_still_to_come_is_no_fact_but_may_be_forecast() -> None:
    content = edited(lambda p: p["milestones"][0].update(state="done", done_on="2022-02-01"))
    with pytest.raises(ValidationError) as caught:
        plan_file.parse(content, "2022-01-31")
    assert caught.value.messages_dict == {
        "$.milestones[0].done_on": ["Must not be after today, 2022-01-31."],
        "$.observations[1].time_period": ["Must not start after today, 2022-01-31, unless obs_status is F (forecast)."],
    }
    assert plan_file.parse(content, "2022-02-01")
    forecast = edited(at("observations.1.obs_status", "F"))
    assert plan_file.parse(forecast, "2022-01-31")["observations"][1]["obs_status"] == "F"


def test_work_may_precede_its_plan() -> None:
    assert plan_file.parse(edited(lambda p: p["milestones"][0].update(state="done", done_on="2012-01-01")))


def test_of_very_many_faults_only_the_first_are_looked_for() -> None:
    wrong = [{"x": number} for number in range(3 * FAULTS_MOST)]
    found = faults(edited(at("indicators", wrong)))
    assert {place for place in found if place.endswith(".x")} == {
        f"$.indicators[{index}].x" for index in range(FAULTS_MOST + 1)
    }
    twice = [milestone(1) for _ in range(3 * FAULTS_MOST)]
    assert sum(map(len, faults(edited(at("milestones", twice))).values())) == FAULTS_MOST + 1


def test_the_length_of_a_list_is_looked_at_before_anything_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Schema, "load", lambda *_, **__: pytest.fail("an item has been looked at"))
    with pytest.raises(ValidationError) as caught:
        plan_file.PlanFileSchema().fields["indicators"].deserialize([{}] * (plan_file.ITEMS + 1))
    assert caught.value.messages == ["Longer than maximum length 100000."]


def test_every_fault_between_parts_is_told_at_once() -> None:
    def edit(given: dict[str, Any]) -> None:
        given["indicators"][0]["section_id"] = given["indicators"][0]["deadline_id"] = "p.9"
        given["sections"][1]["id"] = "p.1"
        given["deadlines"][1]["due_on"] = "2021-01-01"

    assert set(faults(edited(edit))) == {
        "$.indicators[0].section_id",
        "$.indicators[0].deadline_id",
        "$.sections[0].id",
        "$.sections[1].id",
        "$.deadlines[1].due_on",
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "Is not valid JSON in UTF-8: Expecting value"),
        (b"\x00\xff\xfe garbage", "Is not valid JSON in UTF-8: 'utf-8' codec can't decode"),
        ('{"format": "x"}'.encode("utf-16"), "Is not valid JSON in UTF-8"),
        (b'{"plan": 1, "plan": 2}', "the member 'plan' occurs twice in one object"),
        (b'{"\\ud800": 1, "\\ud800": 2}', "the member '\\ud800' occurs twice in one object"),
        (b"[" * 100_000, "Is not valid JSON in UTF-8: it is nested too deeply."),
        (b'{"a":' * 100_000, "Is not valid JSON in UTF-8"),
        (b'{"plan": NaN}', "NaN is not a JSON number"),
        (b'{"plan": -Infinity}', "-Infinity is not a JSON number"),
        (b'{"plan": 1e99999999999999999999}', "1e99999999999999999999 is out of range"),
        (b'{"plan": ' + b"9" * 5000 + b"}", "9… is too long"),
        (b"[]", "Invalid input type."),
        (b"null", "Invalid input type."),
        (b'"plan"', "Invalid input type."),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_is_no_plan_file_at_all_is_refused(content: bytes, message: str) -> None:
    [found] = faults(content)["$"]
    assert message in found


@pytest.mark.parametrize("number", ["1e999", "1E+400", "-1e999", "123456789012345678901234567890"])
def test_a_huge_number_is_a_fault_at_its_place(number: str) -> None:
    content = edited(target(value=987654321)).replace(b"987654321", number.encode())
    assert faults(content) == {
        "$.indicators[0].target.value": ["Must be between -999999999999999 and 999999999999999."]
    }


def test_a_file_beyond_the_largest_size_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_file, "LARGEST_BYTES", 10)
    assert faults(b" " * 11) == {"$": ["Must have at most 10 bytes."]}


def test_a_plan_may_promise_beyond_its_period() -> None:
    later = {"id": "p.due-x", "due_on": "2030-12-31", "precision": "year", "label": "2030年底"}
    assert "beyond_period is true" in faults(edited(add("deadlines", later)))["$.deadlines[2].due_on"][0]
    facts = plan_file.parse(edited(add("deadlines", later | {"beyond_period": True})))
    assert facts["deadlines"][-1]["due_on"] == "2030-12-31"
    for other in (1, "true", None):
        assert "$.deadlines[2].beyond_period" in faults(edited(add("deadlines", later | {"beyond_period": other})))
