"""Composing reads: pages by keyset are the whole result in order, whatever the sort; shapes; agreement with schema."""

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db import items, lists, search, sections, status, summaries
from db.deadlines import DEADLINE
from db.indicators import INDICATOR
from db.milestones import MILESTONE
from db.observations import OBSERVATION
from db.plans import PLAN
from db.resource import Ask, Resource
from db.sections import SECTION
from db.shapes import flat, paths, sparse
from schema import deadline as deadline_schema
from schema import indicator as indicator_schema
from schema import milestone as milestone_schema
from schema import observation as observation_schema
from schema import plan as plan_schema
from schema import section as section_schema
from schema import vocabulary
from schema.answers.search import SEARCHED
from schema.query import names
from tests.db.small import clear, context, ids, indicator, observation, put, rows

RESOURCES: dict[str, tuple[Resource, Any]] = {
    "plan": (PLAN, plan_schema),
    "section": (SECTION, section_schema),
    "indicator": (INDICATOR, indicator_schema),
    "milestone": (MILESTONE, milestone_schema),
    "deadline": (DEADLINE, deadline_schema),
    "observation": (OBSERVATION, observation_schema),
}
each_resource = pytest.mark.parametrize("name", RESOURCES)
SHAPING = {"sort", "fields", "include", "limit", "after", "count", "status_at", "bom"}


# The two rooms agree


def schema_of(name: str, kind: str = "") -> Any:
    return getattr(RESOURCES[name][1], f"{name.title()}{kind}Schema")


@each_resource
def test_the_fields_of_a_resource_are_the_members_of_its_schema(name: str) -> None:
    members, declared = set(paths(RESOURCES[name][0].fields)), set(names(schema_of(name)))
    assert (members - declared, declared - members) == (set(), set()), "columns without a member, and the other way"


@each_resource
def test_the_sort_keys_of_a_resource_are_those_of_its_schema(name: str) -> None:
    resource, schema = RESOURCES[name]
    assert set(resource.sorts) == set(getattr(schema, f"{name.upper()}_SORTS"))
    assert set(resource.order) <= set(resource.sorts)


@each_resource
@pytest.mark.parametrize("kind", ["Query", "ExportQuery"])
def test_the_filters_of_a_resource_are_the_parameters_of_its_schema(name: str, kind: str) -> None:
    parameters = set(schema_of(name, kind)().fields)
    searched = {"q"} if name in search.SEARCHED else set()
    wanted, filters = parameters - SHAPING - {"as_of"}, set(RESOURCES[name][0].filters) | searched
    assert (filters - wanted, wanted - filters) == (set(), set()), "filters without a parameter, and the other way"


@each_resource
def test_what_a_resource_includes_is_what_its_schema_embeds(name: str) -> None:
    embedded = {n for n, f in schema_of(name)._declared_fields.items() if f.metadata.get("x-included")}
    assert set(RESOURCES[name][0].includes) == embedded


def test_the_groups_of_a_summary_are_those_of_the_schema() -> None:
    assert tuple(summaries.GROUPS) == indicator_schema.INDICATOR_GROUPS


def test_the_statuses_of_the_rule_are_those_of_the_vocabulary() -> None:
    assert vocabulary.codes(vocabulary.STATUSES) == status.STATUSES


def test_search_covers_what_the_schema_says_in_that_order() -> None:
    assert tuple(search.SEARCHED) == SEARCHED


# Shapes

SHAPE = {"id": "x.id", "target": {"value": "x.v", "range": {"low": "x.l"}}, "name": "x.n"}


def test_a_shape_is_flattened_with_underscores() -> None:
    assert flat(SHAPE) == {"id": "x.id", "target_value": "x.v", "target_range_low": "x.l", "name": "x.n"}


def test_the_paths_of_a_shape_are_dotted() -> None:
    assert list(paths(SHAPE)) == ["id", "target", "target.value", "target.range", "target.range.low", "name"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ([], SHAPE),
        (["name", "id"], {"id": "x.id", "name": "x.n"}),
        (["target"], {"target": SHAPE["target"]}),
        (["target.value"], {"target": {"value": "x.v"}}),
        (["target.range.low"], {"target": {"range": {"low": "x.l"}}}),
        (["target.value", "target"], {"target": SHAPE["target"]}),
        (["id.other"], {}),
    ],
)
def test_sparse_keeps_what_is_wanted_in_the_shapes_own_order(wanted: list[str], expected: Any) -> None:
    kept = sparse(SHAPE, wanted)
    assert kept == expected
    assert list(kept) == list(expected)


@each_resource
def test_every_path_can_be_asked_for_alone(writer: sqlite3.Connection, name: str) -> None:
    resource = RESOURCES[name][0]
    for path in paths(resource.fields):
        found = rows(writer, resource, fields=[path])
        for row in found[:1]:
            for step in path.split("."):
                assert list(row) == [step]
                row = row[step]  # noqa: PLW2901


@each_resource
def test_flat_columns_hold_what_the_objects_hold(writer: sqlite3.Connection, name: str) -> None:
    resource = RESOURCES[name][0]
    statement = lists.prepare(writer, resource, Ask(context=context()))
    columns = flat(resource.fields)
    for row, item in zip(lists.each(writer, statement, list(columns.values())), rows(writer, resource), strict=True):
        assert dict(zip(columns, row, strict=True)) == flattened(item)


def flattened(item: dict[str, Any], before: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in item.items():
        if isinstance(value, dict) and name not in {"statuses", "latest"}:
            found |= flattened(value, f"{before}{name}_")
        else:
            packed = isinstance(value, list | dict | bool)
            text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
            found[before + name] = text if packed else value
    return found


# Pages


def pages(store: sqlite3.Connection, resource: Resource, ask: Ask, limit: int) -> list[str]:
    """Follow the pages to the end."""
    statement = lists.prepare(store, resource, ask)
    found: list[str] = []
    after: Sequence[Any] | None = None
    while True:
        page = lists.page(store, statement, f"json_quote({resource.alias}.id)", limit, after)
        found += json.loads(b"[%b]" % page.members)
        assert len(found) < 1000, "the pages never end"
        if not page.more:
            return found
        after = page.last


def ordered(items: list[dict[str, Any]], sort: Sequence[str], key: Any) -> list[str]:
    """Sort in Python: by the id as by the last key, then stably by each key from the last; null before every value."""
    items = sorted(items, key=lambda item: item["id"], reverse=sort[-1].startswith("-"))
    for name in reversed(sort):
        column = name.removeprefix("-")
        items.sort(
            key=lambda item: (key(item, column) is not None, key(item, column)),
            reverse=name.startswith("-"),
        )
    return ids(items)


def indicator_key(item: dict[str, Any], column: str) -> Any:
    if column in {"value", "normalized_value"}:
        return item["target"][column]
    return int(item["id"].split(".")[-1]) if column == "position" else item["plan_id" if column == "plan" else column]


SORTS = st.lists(
    st.sampled_from([sign + name for name in INDICATOR.sorts for sign in ("", "-")]), max_size=3, unique=True
)
VALUES = st.none() | st.sampled_from([0, 1, 1.5, -2, 100, 1.1])


@settings(max_examples=60)
@given(
    drawn=st.lists(
        st.tuples(VALUES, st.sampled_from("甲乙Aa"), st.sampled_from(["项", "万项"]), st.booleans()), max_size=14
    ),
    sort=SORTS,
    limit=st.integers(1, 5),
)
def test_the_pages_of_any_sort_are_the_whole_result(
    scratch: sqlite3.Connection, drawn: list[Any], sort: list[str], limit: int
) -> None:
    items = [
        indicator(
            number,
            name=name,
            target={"comparator": "ge", "value": value, "unit": unit}
            if value is not None
            else {"comparator": "relative", "text": "如文"},
            deadline_id="p.due-2022-02-19" if early else "p.due-2022-04-10",
        )
        for number, (value, name, unit, early) in enumerate(drawn, 1)
    ]
    clear(scratch)
    put(scratch, indicators=items)
    ask = Ask(sort=sort, context=context())
    found = rows(scratch, INDICATOR, sort=sort)
    assert pages(scratch, INDICATOR, ask, limit) == ids(found)
    assert ids(found) == ordered(found, sort or ("plan", "position"), indicator_key)
    assert lists.total(scratch, lists.prepare(scratch, INDICATOR, ask)) == len(drawn)


@each_resource
def test_every_sort_key_of_every_resource_pages_completely_both_ways(full: sqlite3.Connection, name: str) -> None:
    resource = RESOURCES[name][0]
    assert rows(full, resource)
    for key, sign, limit in product(resource.sorts, ("", "-"), (1, 2)):
        ask = Ask(sort=[sign + key], context=context())
        assert pages(full, resource, ask, limit) == ids(rows(full, resource, sort=[sign + key]))
    assert pages(full, resource, Ask(context=context()), 1) == ids(rows(full, resource))


def test_the_pages_of_a_search_are_the_whole_result(full: sqlite3.Connection) -> None:
    ask = Ask(filters={"q": "指标"}, context=context())
    assert pages(full, INDICATOR, ask, 2) == ids(rows(full, INDICATOR, filters={"q": "指标"}))


# One, known, included


def test_one_row_is_found_by_its_id(full: sqlite3.Connection) -> None:
    found = items.get(full, INDICATOR, "p.1.01", Ask(fields=["id", "target.value"], context=context()))
    assert found == b'{"id":"p.1.01","target":{"value":100}}'


def test_no_row_is_found_by_another_id(full: sqlite3.Connection) -> None:
    assert items.get(full, INDICATOR, "p.1.99", Ask(context=context())) is None


@pytest.mark.parametrize(("key", "expected"), [("p.1.01", True), ("p.1.99", False)])
def test_a_row_is_known_or_not(full: sqlite3.Connection, key: str, expected: bool) -> None:
    assert items.known(full, INDICATOR, key) is expected


@each_resource
def test_what_is_included_is_the_related_row_itself(full: sqlite3.Connection, name: str) -> None:
    resource = RESOURCES[name][0]
    for related in resource.includes:
        for row in rows(full, resource, include=[related]):
            if related != "observations":
                [itself] = [item for item in rows(full, RESOURCES[related][0]) if item["id"] == row[f"{related}_id"]]
                assert row[related] == itself


def test_included_observations_are_those_that_count_newest_first(empty: sqlite3.Connection) -> None:
    values = [
        observation(1, 1, "2022-01", 1),
        observation(2, 1, "2022-02", 2),
        observation(3, 1, "2022-01", 3, supersedes="p.1.01.o1"),
    ]
    put(empty, indicators=[indicator(1)], observations=values)
    [found] = rows(empty, INDICATOR, include=["observations"])
    assert ids(found["observations"]) == ["p.1.01.o2", "p.1.01.o3"]
    assert set(found["observations"][0]) == set(names(observation_schema.ObservationSchema))


def test_a_superseded_observation_names_its_correction(full: sqlite3.Connection) -> None:
    found = {row["id"]: row["superseded_by"] for row in rows(full, OBSERVATION)}
    assert found == {"p.1.01.o1": "p.1.01.o2", "p.1.01.o2": None, "p.1.03.o3": None}


# Summary, outline, deadlines


@pytest.mark.parametrize("by", summaries.GROUPS)
def test_a_summary_counts_every_indicator_once(full: sqlite3.Connection, by: str) -> None:
    statement = lists.prepare(full, INDICATOR, Ask(context=context("2021-06-30")))
    data, groups, total = summaries.summary(full, statement, by, 1000)
    assert (groups, total) == (len(data), 69)
    assert sum(group["count"] for group in data) == 69
    assert all(sum(group["statuses"].values()) == group["count"] for group in data)
    assert [group["count"] for group in data] == sorted((group["count"] for group in data), reverse=True)
    assert len({group["key"] for group in data}) == groups


@pytest.mark.parametrize("by", summaries.GROUPS)
def test_a_summary_counts_what_filters_leave(full: sqlite3.Connection, by: str) -> None:
    ask = Ask({"kind": ["increment"]}, context=context("2021-06-30"))
    statement = lists.prepare(full, INDICATOR, ask)
    data, _, total = summaries.summary(full, statement, by, 1000)
    shown = rows(full, INDICATOR, filters=ask.filters, context=ask.context)
    assert total == sum(group["count"] for group in data) == len(shown) > 1
    plans = {row["id"]: row for row in rows(full, PLAN)}
    of = {
        "area": lambda row: plans[row["plan_id"]]["area_code"],
        "level": lambda row: plans[row["plan_id"]]["level"],
        "department": lambda row: row["lead_department"],
        "status": lambda row: row["progress"]["status"],
        **{name: lambda row: row[f"{by}_id"] for name in ("plan", "section", "deadline")},
        **{name: lambda row: row["target"][by] for name in ("comparator", "unit", "base_unit")},
    }.get(by, lambda row: row[by])
    assert {group["key"]: group["count"] for group in data} == Counter(map(of, shown))


def test_a_summary_groups_by_the_value_that_the_indicators_show(full: sqlite3.Connection) -> None:
    statement = lists.prepare(full, INDICATOR, Ask(filters={"plan": ["p"]}, context=context()))
    data, _, _ = summaries.summary(full, statement, "status", 10)
    assert {group["key"]: group["count"] for group in data} == {"far_behind": 1, "no_data": 2}
    assert all(group["statuses"][group["key"]] == group["count"] for group in data)


def test_a_summary_gives_the_largest_groups_and_says_how_many_there_are(full: sqlite3.Connection) -> None:
    statement = lists.prepare(full, INDICATOR, Ask(context=context()))
    data, groups, total = summaries.summary(full, statement, "unit", 1)
    assert (len(data), groups > 1, total) == (1, True, 69)


def test_a_summary_of_nothing_is_empty(full: sqlite3.Connection) -> None:
    statement = lists.prepare(full, INDICATOR, Ask(filters={"plan": ["none"]}, context=context()))
    assert summaries.summary(full, statement, "kind", 10) == ([], 0, 0)


def test_an_outline_counts_and_tallies_all_below_a_node(full: sqlite3.Connection) -> None:
    include = {"indicators": INDICATOR, "milestones": MILESTONE}
    [top], whole_plan = sections.outline(full, "p", context(), include)
    [below] = top["sections"]
    assert top["counts"] == {"sections": 1, "indicators": 3, "milestones": 2}
    assert below["counts"] == {"sections": 0, "indicators": 1, "milestones": 1}
    assert ids(top["indicators"]) == ["p.1.01", "p.1.03"]
    assert top["indicators"][0] == rows(full, INDICATOR, filters={"plan": ["p"]})[0]
    assert ids(below["milestones"]) == ["p.1.m02"]
    assert {name: number for name, number in below["statuses"].items() if number} == {"no_data": 1, "achieved": 1}
    assert whole_plan == top["statuses"]
    assert {name: number for name, number in whole_plan.items() if number} == {
        "no_data": 3,
        "achieved": 1,
        "far_behind": 1,
    }


def test_the_counts_of_a_section_are_those_of_the_outline(full: sqlite3.Connection) -> None:
    def walk(nodes: list[Any]) -> dict[str, Any]:
        return {n["id"]: n["counts"] for n in nodes} | {k: v for n in nodes for k, v in walk(n["sections"]).items()}

    for plan in ("p", "hunnan-2021"):
        tree, _ = sections.outline(full, plan, context(), {})
        found = rows(full, SECTION, filters={"plan": [plan]})
        assert {row["id"]: row["counts"] for row in found} == walk(tree)


@pytest.mark.parametrize(
    ("at", "days", "state"),
    [
        ("2022-01-01", 99, "upcoming"),
        ("2022-03-10", 31, "upcoming"),
        ("2022-03-11", 30, "due_soon"),
        ("2022-04-10", 0, "due_soon"),
        ("2022-04-11", -1, "passed"),
    ],
)
def test_a_deadline_says_how_far_away_it_is(full: sqlite3.Connection, at: str, days: int, state: str) -> None:
    found = rows(full, DEADLINE, context=context(at), filters={"due_from": "2022-04-10"})
    assert [(row["days_left"], row["state"]) for row in found] == [(days, state)]


def test_a_deadline_counts_and_tallies_what_is_due_by_it(full: sqlite3.Connection) -> None:
    early, late = rows(full, DEADLINE, filters={"plan": ["p"]})
    assert (early["counts"], late["counts"]) == ({"indicators": 1, "milestones": 1}, {"indicators": 2, "milestones": 1})
    assert {name: number for name, number in early["statuses"].items() if number} == {"no_data": 1, "achieved": 1}
    assert {name: number for name, number in late["statuses"].items() if number} == {"no_data": 2, "far_behind": 1}


# Search over all


def test_a_hit_names_the_section_it_stands_in(full: sqlite3.Connection) -> None:
    statements = search.statements(
        full, ["section", "indicator", "milestone"], Ask(filters={"q": "1"}, context=context())
    )
    found = [
        hit
        for statement in statements
        for hit in json.loads(b"[%b]" % lists.page(full, statement, search.hit(statement.resource), 5, None).members)
        if hit["id"].startswith("p.1")
    ]
    assert [(hit["resource"], hit["id"], hit["section_id"]) for hit in found] == [
        ("indicator", "p.1.01", "p.1"),
        ("milestone", "p.1.m01", "p.1"),
    ]
    assert found[0]["lead_department"] == "甲局"


def test_only_the_wanted_resources_are_searched(full: sqlite3.Connection) -> None:
    [statement] = search.statements(full, ["section"], Ask(filters={"q": "下"}, context=context()))
    page = lists.page(full, statement, search.hit(statement.resource), 5, None)
    assert json.loads(page.members) == {
        "resource": "section",
        "id": "p.1.1",
        "plan_id": "p",
        "section_id": "p.1.1",
        "name": "下",
        "name_en": None,
        "lead_department": None,
    }


def test_a_plan_counts_its_parts(full: sqlite3.Connection) -> None:
    found = {row["id"]: row["counts"] for row in rows(full, PLAN)}
    assert found == {
        "p": {"sections": 2, "indicators": 3, "milestones": 2, "deadlines": 2},
        "hunnan-2021": {"sections": 21, "indicators": 66, "milestones": 44, "deadlines": 1},
    }
