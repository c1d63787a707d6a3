"""Every filter of every resource selects exactly the rows that the same condition selects in Python."""

import sqlite3
from collections.abc import Callable
from typing import Any

import pytest

from db import lists
from db.connection import transaction
from db.deadlines import DEADLINE
from db.indicators import INDICATOR
from db.milestones import MILESTONE
from db.observations import OBSERVATION
from db.plans import PLAN
from db.resource import Resource
from db.sections import SECTION
from schema.observation import period_end
from tests.db.small import context, ids, rows

Row = dict[str, Any]
World = dict[str, dict[str, Row]]
"""All rows by resource and id."""
Test = Callable[[World, Row], bool]


def owner(world: World, row: Row) -> Row:
    return world["plan"][row.get("plan_id", row["id"])]


def below(world: World, section: str, top: str) -> bool:
    above = world["section"][section]["parent_id"]
    return section == top or (above is not None and below(world, above, top))


def answers(row: Row, *departments: str) -> bool:
    return bool({row["lead_department"], *row["departments"]} & set(departments))


def due_with(world: World, row: Row, *departments: str) -> bool:
    items = (*world["indicator"].values(), *world["milestone"].values())
    return any(item["deadline_id"] == row["id"] and answers(item, *departments) for item in items)


FUTURE = "2999-01-01T00:00:00.000000Z"
OWNED: list[tuple[str, Any, Test]] = [
    ("plan", ["p"], lambda w, r: owner(w, r)["id"] == "p"),
    ("plan", ["p", "hunnan-2021"], lambda w, r: True),
    ("plan", ["none"], lambda w, r: False),
    ("area", ["21"], lambda w, r: owner(w, r)["area_code"].startswith("21")),
    ("area", ["33", "2102"], lambda w, r: owner(w, r)["area_code"].startswith(("33", "2102"))),
    ("area", ["330100"], lambda w, r: owner(w, r)["area_code"] == "330100"),
    ("level", ["district"], lambda w, r: owner(w, r)["level"] == "district"),
    ("level", ["city", "county"], lambda w, r: owner(w, r)["level"] in ("city", "county")),
]
UPDATED: list[tuple[str, Any, Test]] = [
    ("updated_since", "2000-01-01T00:00:00.000000Z", lambda w, r: True),
    ("updated_since", FUTURE, lambda w, r: r["updated_at"] >= FUTURE),
]
ITEM: list[tuple[str, Any, Test]] = [
    *OWNED,
    *UPDATED,
    ("section", ["p.1"], lambda w, r: below(w, r["section_id"], "p.1")),
    (
        "section",
        ["p.1.1", "hunnan-2021.2"],
        lambda w, r: any(below(w, r["section_id"], s) for s in ("p.1.1", "hunnan-2021.2")),
    ),
    ("deadline", ["p.due-2022-02-19"], lambda w, r: r["deadline_id"] == "p.due-2022-02-19"),
    ("department", ["乙局"], lambda w, r: answers(r, "乙局")),
    ("department", ["甲局", "丙局"], lambda w, r: answers(r, "甲局", "丙局")),
    ("due_from", "2022-02-19", lambda w, r: r["due_on"] >= "2022-02-19"),
    ("due_to", "2022-02-19", lambda w, r: r["due_on"] <= "2022-02-19"),
    ("paragraph", [7], lambda w, r: r["source"]["paragraph"] == 7),
    ("paragraph", [16, 17], lambda w, r: r["source"]["paragraph"] in (16, 17)),
]


def is_at_least(path: str, least: float, sign: int = 1) -> Test:
    return lambda w, r: r["target"][path] is not None and sign * r["target"][path] >= sign * least


CASES: dict[str, tuple[Resource, list[tuple[str, Any, Test]]]] = {
    "plan": (
        PLAN,
        [
            *OWNED,
            *UPDATED,
            ("status", ["active"], lambda w, r: r["status"] == "active"),
            ("status", ["draft", "completed"], lambda w, r: r["status"] in ("draft", "completed")),
            ("period_from", "2022-04-10", lambda w, r: r["period_end"] >= "2022-04-10"),
            ("period_from", "2022-04-11", lambda w, r: r["period_end"] >= "2022-04-11"),
            ("period_to", "2022-01-01", lambda w, r: r["period_start"] <= "2022-01-01"),
            ("period_to", "2021-12-31", lambda w, r: r["period_start"] <= "2021-12-31"),
        ],
    ),
    "section": (
        SECTION,
        [
            *OWNED,
            *UPDATED,
            ("section", ["p.1"], lambda w, r: below(w, r["id"], "p.1")),
            ("section", ["hunnan-2021.2.1", "p.1.1"], lambda w, r: r["id"] in ("hunnan-2021.2.1", "p.1.1")),
            ("parent", ["p.1"], lambda w, r: r["parent_id"] == "p.1"),
            ("depth", [1], lambda w, r: r["level"] == 1),
            ("depth", [2, 3], lambda w, r: r["level"] in (2, 3)),
        ],
    ),
    "indicator": (
        INDICATOR,
        [
            *ITEM,
            ("kind", ["increment"], lambda w, r: r["kind"] == "increment"),
            ("kind", ["level", "share"], lambda w, r: r["kind"] in ("level", "share")),
            ("comparator", ["relative"], lambda w, r: r["target"]["comparator"] == "relative"),
            ("unit", ["亿元", "项"], lambda w, r: r["target"]["unit"] in ("亿元", "项")),
            ("base_unit", ["元"], lambda w, r: r["target"]["base_unit"] == "元"),
            ("direction", ["decrease"], lambda w, r: r["direction"] == "decrease"),
            ("nature", ["binding"], lambda w, r: r["nature"] == "binding"),
            ("commitment", ["assured", "strived"], lambda w, r: r["commitment"] in ("assured", "strived")),
            ("status", ["no_data"], lambda w, r: r["progress"]["status"] == "no_data"),
            ("status", ["missed"], lambda w, r: r["progress"]["status"] == "missed"),
            ("status", ["far_behind", "overdue"], lambda w, r: r["progress"]["status"] in ("far_behind", "overdue")),
            ("value_min", 100, is_at_least("value", 100)),
            ("value_min", 99.5, is_at_least("value", 99.5)),
            ("value_max", 100, is_at_least("value", 100, -1)),
            ("normalized_min", 220_000, is_at_least("normalized_value", 220_000)),
            ("normalized_max", 220_000, is_at_least("normalized_value", 220_000, -1)),
        ],
    ),
    "milestone": (
        MILESTONE,
        [
            *ITEM,
            ("state", ["done"], lambda w, r: r["state"] == "done"),
            ("status", ["achieved", "overdue"], lambda w, r: r["status"] in ("achieved", "overdue")),
        ],
    ),
    "deadline": (
        DEADLINE,
        [
            *OWNED,
            *UPDATED,
            ("precision", ["year"], lambda w, r: r["precision"] == "year"),
            ("state", ["passed"], lambda w, r: r["state"] == "passed"),
            ("state", ["due_soon", "upcoming"], lambda w, r: r["state"] in ("due_soon", "upcoming")),
            ("department", ["甲局"], lambda w, r: due_with(w, r, "甲局")),
            ("department", ["乙局", "丙局"], lambda w, r: due_with(w, r, "乙局", "丙局")),
            ("due_from", "2022-04-10", lambda w, r: r["due_on"] >= "2022-04-10"),
            ("due_to", "2022-02-19", lambda w, r: r["due_on"] <= "2022-02-19"),
        ],
    ),
    "observation": (
        OBSERVATION,
        [
            *OWNED,
            ("indicator", ["p.1.01"], lambda w, r: r["indicator_id"] == "p.1.01"),
            ("obs_status", ["P", "E"], lambda w, r: r["obs_status"] in ("P", "E")),
            ("period_from", "2022-01-31", lambda w, r: period_end(r["time_period"]) >= "2022-01-31"),
            ("period_from", "2022-02-01", lambda w, r: period_end(r["time_period"]) >= "2022-02-01"),
            ("period_to", "2022-01-31", lambda w, r: period_end(r["time_period"]) <= "2022-01-31"),
            (
                "recorded_since",
                "2022-05-02T00:00:00.000000Z",
                lambda w, r: r["recorded_at"] >= "2022-05-02T00:00:00.000000Z",
            ),
            ("superseded", False, lambda w, r: r["superseded_by"] is None),
            ("superseded", True, lambda w, r: True),
        ],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_every_filter_is_tried(name: str) -> None:
    resource, cases = CASES[name]
    assert set(resource.filters) - {name for name, _, _ in cases} == set()


@pytest.fixture
def world(full: sqlite3.Connection) -> World:
    return {name: {row["id"]: row for row in rows(full, resource)} for name, (resource, _) in CASES.items()}


@pytest.mark.parametrize("few", [1000, 0], ids=["collected", "walked"])
@pytest.mark.parametrize("name", CASES)
def test_a_filter_selects_what_its_condition_selects(
    full: sqlite3.Connection, world: World, name: str, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "FEW", few)
    resource, cases = CASES[name]
    for parameter, value, condition in cases:
        expected = [key for key, row in world[name].items() if condition(world, row)]
        assert ids(rows(full, resource, filters={parameter: value})) == expected, (parameter, value)


@pytest.mark.parametrize("name", CASES)
def test_every_filter_selects_something_and_leaves_something(world: World, name: str) -> None:
    _, cases = CASES[name]
    shares: dict[str, set[bool]] = {}
    for parameter, _, condition in cases:
        shares.setdefault(parameter, set()).update(condition(world, row) for row in world[name].values())
    assert {parameter for parameter, seen in shares.items() if len(seen) < 2} == set()


def test_an_area_holds_every_code_that_begins_so(full: sqlite3.Connection) -> None:
    with transaction(full, "test"):
        full.execute("UPDATE plan SET area_code = '219999' WHERE id = 'p'")
    found = {area: ids(rows(full, PLAN, filters={"area": [area]})) for area in ("21", "2199", "219999", "22")}
    assert found == {"21": ["hunnan-2021", "p"], "2199": ["p"], "219999": ["p"], "22": []}


def test_filters_combine(full: sqlite3.Connection) -> None:
    asked = {"plan": ["p"], "kind": ["increment"], "due_from": "2022-04-10", "q": "指标"}
    assert ids(rows(full, INDICATOR, filters=asked)) == ["p.1.01"]


def test_a_status_is_filtered_as_of_the_date_asked_for(full: sqlite3.Connection) -> None:
    asked = {"plan": ["p"], "status": ["overdue"]}
    assert ids(rows(full, INDICATOR, filters=asked, context=context("2022-04-10"))) == []
    assert ids(rows(full, INDICATOR, filters=asked, context=context("2022-04-11"))) == ["p.1.02"]


@pytest.mark.parametrize("name", ["plan", "section", "indicator", "milestone", "deadline"])
def test_what_changed_at_the_very_moment_is_found(full: sqlite3.Connection, world: World, name: str) -> None:
    moment = world["plan"]["p"]["updated_at"]
    found = rows(full, CASES[name][0], filters={"updated_since": moment})
    assert ids(found) == [key for key, row in world[name].items() if owner(world, row)["id"] == "p"]
