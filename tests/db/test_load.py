"""Loading a plan is one transaction; what export writes loads to the same store; the log and the search keep up."""

import copy
import json
import sqlite3
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from marshmallow import fields

from db.connection import create, open_writer, transaction
from db.edit import load
from db.indicators import INDICATOR
from db.schema import DERIVED
from db.text.fold import phrases
from db.upkeep import integrity
from schema.rules import plan_file
from tests.db.small import Row, document, ids, indicator, milestone, observation, parsed, put, rows
from tests.second_plan import document as second_plan

TABLES = ("plan", "deadline", "section", "indicator", "milestone", "observation")
STAMPS = {"created_at", "updated_at", "facts"}
"""What differs from store to store; facts repeats the others, stamps and all."""


def dump(store: sqlite3.Connection) -> Row:
    """Return all rows of all tables, stamps left out."""
    found = {}
    for table in TABLES:
        cursor = store.execute(f"SELECT * FROM {table} ORDER BY key")
        names = [column[0] for column in cursor.description]
        found[table] = [{n: v for n, v in zip(names, row, strict=True) if n not in STAMPS} for row in cursor.fetchall()]
    return found


def everything() -> Row:
    """Return a plan with every member of every part set."""
    source = {"paragraph": 1, "start": 2, "end": 3}
    plan = document(
        indicators=[
            indicator(
                1,
                name_en="One",
                action="达到",
                nature="binding",
                commitment="strived",
                target={"comparator": "approx", "value": 2.94, "tolerance": 0, "unit": "万平方米"},
                baseline={"value": 0, "period": "2021-Q4"},
                lead_department="甲局",
                departments=["乙局", "丙局"],
                source=source,
            ),
            indicator(2, parent_id="p.1.01", target={"comparator": "relative", "text": "与经济增长同步", "unit": "%"}),
            indicator(3, target={"comparator": "between", "value": -5.5, "upper": 6, "unit": "%"}),
        ],
        milestones=[
            milestone(
                1,
                name_en="Task",
                action="启动",
                commitment="assured",
                state="done",
                done_on="2022-03-01",
                lead_department="甲局",
                departments=["乙局"],
                source=source,
            )
        ],
        observations=[
            observation(2, 1, "2022-01", 0, unit="万平方米", note="第一行\n第二行", reported_by="甲局"),
            observation(1, 1, "2022-01", 0.5, unit="万平方米", obs_status="P", supersedes="p.1.01.o2"),
        ],
    )
    plan["plan"] |= {
        "title_en": "Plan",
        "area_name_en": "Hunnan",
        "status": "completed",
        "source": {
            "title": "原文",
            "publisher": "报",
            "published_on": "2021-12-31",
            "url": "https://example.org/a?b=c",
            "sha256": "0" * 64,
        },
    }
    plan["deadlines"][0]["label_en"] = "End"
    beyond = {"id": "p.due-2030-12-31", "due_on": "2030-12-31", "precision": "year", "label": "2030年"}
    plan["deadlines"] += [{**beyond, "beyond_period": True}]
    plan["sections"] += [
        {"id": "p.1.1", "parent_id": "p.1", "number": "1.1", "title": "下级", "title_en": "Below", "source": source}
    ]
    return plan


@pytest.mark.parametrize(
    "plan",
    [everything(), document(), document(deadlines=[], sections=[]), second_plan()],
    ids=["full", "bare", "header", "second"],
)
def test_export_then_load_gives_the_same_store(empty: sqlite3.Connection, tmp_path: Any, plan: Row) -> None:
    load.insert(empty, parsed(plan), "test")
    exported = load.export(empty, plan["plan"]["id"])
    create(tmp_path / "other.db")
    other = open_writer(tmp_path / "other.db")
    load.insert(other, plan_file.parse(json.dumps(exported).encode()), "another")
    assert dump(other) == dump(empty)
    other.close()


def set_members(schema: Any, items: list[Row], before: str = "") -> Iterator[tuple[str, bool]]:
    """Yield each member of a plan file, dotted, and whether any of some items sets it."""
    for name, field in schema._declared_fields.items():
        given = [item[name] for item in items if item.get(name) is not None and item[name] not in ([], "")]
        yield before + name, bool(given)
        inner = field.inner if isinstance(field, fields.List) else field
        if isinstance(inner, fields.Nested):
            below = [each for value in given for each in (value if isinstance(value, list) else [value])]
            yield from set_members(inner.schema, below, f"{before}{name}.")


@pytest.mark.parametrize(
    "plans",
    [[everything()], [json.loads(load.BUNDLED.read_bytes()), second_plan()]],
    ids=["everything", "bundled and second"],
)
def test_the_plans_of_the_tests_set_every_member_of_every_part(plans: list[Row]) -> None:
    found = dict(set_members(plan_file.PlanFileSchema, plans))
    assert [name for name, given in found.items() if not given] == []


def test_the_document_of_the_plan_file_names_every_member() -> None:
    text = (Path(__file__).parents[2] / "docs" / "plan-file.md").read_text("utf-8")
    names = {name.rpartition(".")[2] for name, _ in set_members(plan_file.PlanFileSchema, [])}
    assert sorted(name for name in names if f"`{name}`" not in text) == []


@pytest.mark.parametrize("plan", [everything(), second_plan()], ids=["full", "second"])
def test_what_is_exported_is_what_was_loaded(empty: sqlite3.Connection, plan: Row) -> None:
    load.insert(empty, parsed(plan), "test")
    exported = load.export(empty, plan["plan"]["id"])
    assert exported is not None
    assert parsed(exported) == parsed(plan)


def test_the_bundled_plan_is_exported_byte_for_byte(writer: sqlite3.Connection) -> None:
    written = json.dumps(load.export(writer, "hunnan-2021"), ensure_ascii=False, indent=2) + "\n"
    assert written.encode() == load.BUNDLED.read_bytes()


def test_an_unknown_plan_is_not_exported(writer: sqlite3.Connection) -> None:
    assert load.export(writer, "nothing") is None
    assert not writer.in_transaction


def test_progress_counts_every_row(empty: sqlite3.Connection) -> None:
    counted: list[int] = []
    load.insert(empty, parsed(everything()), "test", counted.append)
    assert sum(counted) == sum(len(found) for found in dump(empty).values()) == 12


def test_a_plan_is_recorded_as_of_a_given_moment(empty: sqlite3.Connection) -> None:
    load.insert(empty, parsed(document()), "test", at="2022-01-01T00:00:00.000000Z")
    assert empty.execute("SELECT DISTINCT at, actor FROM change").fetchall() == [
        ("2022-01-01T00:00:00.000000Z", "test")
    ]
    assert (
        empty.execute("SELECT created_at, updated_at FROM section").fetchone() == ("2022-01-01T00:00:00.000000Z",) * 2
    )


def test_a_plan_is_not_loaded_twice(writer: sqlite3.Connection) -> None:
    before = "\n".join(writer.iterdump())
    with pytest.raises(load.PlanExistsError, match="has a plan hunnan-2021 already"):
        load.insert(writer, plan_file.parse(load.BUNDLED.read_bytes()), "test")
    assert "\n".join(writer.iterdump()) == before


PARTS = [("plan", 0), ("deadlines", 1), ("sections", 1), ("indicators", 2), ("milestones", 0), ("observations", 1)]


@pytest.mark.parametrize(("part", "row"), PARTS)
def test_nothing_is_changed_when_sqlite_refuses_any_row(empty: sqlite3.Connection, part: str, row: int) -> None:
    facts = parsed(everything())
    item = facts[part] if part == "plan" else facts[part][row]
    item["id"] = None
    before = "\n".join(empty.iterdump())
    with pytest.raises(sqlite3.IntegrityError, match="NOT NULL"):
        load.insert(empty, facts, "test")
    assert "\n".join(empty.iterdump()) == before
    load.insert(empty, parsed(everything()), "test")
    assert list(integrity.faults(empty)) == []


def test_nothing_is_changed_when_a_reference_fails_at_the_end(empty: sqlite3.Connection) -> None:
    facts = parsed(everything())
    facts["sections"][1]["parent_id"] = "p.9"
    before = "\n".join(empty.iterdump())
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        load.insert(empty, facts, "test")
    assert "\n".join(empty.iterdump()) == before


def test_nothing_is_changed_when_the_caller_breaks_off(empty: sqlite3.Connection) -> None:
    def stop(_: int) -> None:
        raise KeyboardInterrupt

    before = "\n".join(empty.iterdump())
    with pytest.raises(KeyboardInterrupt):
        load.insert(empty, parsed(everything()), "test", stop)
    assert "\n".join(empty.iterdump()) == before


def test_loading_more_rows_than_a_batch_holds_keeps_their_order(empty: sqlite3.Connection) -> None:
    put(empty, indicators=[indicator(number) for number in range(1, 351)])
    found = rows(empty, INDICATOR, fields=["id"])
    assert ids(found) == [f"p.1.{number:02}" for number in range(1, 351)]


@pytest.mark.parametrize(
    ("value", "unit", "normalized", "base_unit"),
    [
        (78, "亿元", 7_800_000_000, "元"),
        (1.1, "万人", 11_000, "人"),
        (22, "万平方米", 220_000, "平方米"),
        (2.94, "%", 2.94, "%"),
        (0.1, "亿元", 10_000_000, "元"),
        (0.000000001, "万亿元", 1000, "元"),
        (1.15, "万千瓦时", 11_500, "千瓦时"),
        (-3.3, "万人", -33_000, "人"),
        (0, "亿元", 0, "元"),
        (99999, "亿元", 9_999_900_000_000, "元"),
        (5, "万", 50_000, None),
    ],
)
def test_a_value_is_multiplied_out_exactly_and_kept_as_printed(
    empty: sqlite3.Connection, value: float, unit: str, normalized: float, base_unit: str | None
) -> None:
    put(empty, indicators=[indicator(1, target={"comparator": "eq", "value": value, "unit": unit})])
    found = rows(empty, INDICATOR)[0]["target"]
    assert (found["value"], found["normalized_value"], found["base_unit"]) == (value, normalized, base_unit)
    assert type(found["normalized_value"]) is type(normalized)
    assert found["text"] == f"{value} {unit}"


def test_the_bundled_values_are_exact(writer: sqlite3.Connection) -> None:
    targets = [row["target"] for row in rows(writer, INDICATOR)]
    factors = {
        "亿元": 10**8,
        "万元": 10**4,
        "万人": 10**4,
        "万平方米": 10**4,
        "万人次": 10**4,
        "亿": 10**8,
        "万": 10**4,
    }
    assert {"亿元", "万人", "万平方米", "%"} <= {target["unit"] for target in targets}
    for target in targets:
        factor = next((f for unit, f in factors.items() if target["unit"] == unit), 1)
        assert Decimal(str(target["normalized_value"])) == Decimal(str(target["value"])) * factor, target


# The change log and the search index


def log(store: sqlite3.Connection, after: int) -> list[tuple[Any, ...]]:
    return store.execute(
        "SELECT resource, resource_id, plan_id, operation, version, before FROM change WHERE seq > ?", (after,)
    ).fetchall()


def test_loading_records_one_creation_per_row(empty: sqlite3.Connection) -> None:
    load.insert(empty, parsed(everything()), "test")
    created = [(resource, key) for resource, key, plan, operation, version, before in log(empty, 0)]
    assert sorted(created) == sorted((table, row["id"]) for table, found in dump(empty).items() for row in found)
    assert {entry[2:] for entry in log(empty, 0)} == {("p", "create", 1, None)}


@pytest.fixture
def full(empty: sqlite3.Connection) -> sqlite3.Connection:
    load.insert(empty, parsed(everything()), "test")
    return empty


KEYS = {"plan": "p", "deadline": "p.due-2022-02-19", "section": "p.1.1", "indicator": "p.1.03", "milestone": "p.1.m01"}


def image(store: sqlite3.Connection, table: str, key: str) -> Row:
    cursor = store.execute(f"SELECT * FROM {table} WHERE id = ?", (key,))
    names = [column[0] for column in cursor.description]
    return {n: v for n, v in zip(names, cursor.fetchone(), strict=True) if n not in DERIVED}


@pytest.mark.parametrize(("table", "key"), KEYS.items())
def test_an_update_records_its_version_and_what_was_before(full: sqlite3.Connection, table: str, key: str) -> None:
    before, last = image(full, table, key), len(log(full, 0))
    with transaction(full, "test"):
        full.execute(f"UPDATE {table} SET version = 2, updated_at = 'later' WHERE id = ?", (key,))
    [(*entry, was)] = log(full, last)
    assert entry == [table, key, "p", "update", 2]
    assert json.loads(was) == before


@pytest.mark.parametrize(
    ("table", "key"),
    [("deadline", KEYS["deadline"]), ("section", "p.1.1"), ("indicator", "p.1.03"), ("milestone", "p.1.m01")],
)
def test_a_deletion_records_the_next_version_and_what_was_before(
    full: sqlite3.Connection, table: str, key: str
) -> None:
    before, last = image(full, table, key), len(log(full, 0))
    with transaction(full, "test"):
        full.execute(f"DELETE FROM {table} WHERE id = ?", (key,))
    [(*entry, was)] = log(full, last)
    assert entry == [table, key, "p", "delete", 2]
    assert json.loads(was) == before


def test_deleting_an_observation_records_what_was_before(full: sqlite3.Connection) -> None:
    before, last = image(full, "observation", "p.1.01.o1"), len(log(full, 0))
    with transaction(full, "test"):
        full.execute("DELETE FROM observation WHERE id = 'p.1.01.o1'")
    [(*entry, was)] = log(full, last)
    assert entry == ["observation", "p.1.01.o1", "p", "delete", 2]
    assert json.loads(was) == before


def matches(store: sqlite3.Connection, table: str, phrase: str) -> int:
    found = store.execute(f"SELECT count(*) FROM {table}_search WHERE {table}_search MATCH ?", (phrases(phrase),))
    return int(found.fetchone()[0])


@pytest.mark.parametrize(
    ("table", "key", "word"),
    [("section", "p.1.1", "下级"), ("indicator", "p.1.03", "指标3"), ("milestone", "p.1.m01", "任务1")],
)
def test_the_search_index_follows_updates_and_deletions(
    full: sqlite3.Connection, table: str, key: str, word: str
) -> None:
    assert matches(full, table, word) == 1
    with transaction(full, "test"):
        full.execute(f"UPDATE {table} SET tokens = ' 新 的 ' WHERE id = ?", (key,))
    assert (matches(full, table, word), matches(full, table, "新的")) == (0, 1)
    with transaction(full, "test"):
        full.execute(f"DELETE FROM {table} WHERE id = ?", (key,))
    assert matches(full, table, "新的") == 0
    assert list(integrity.faults(full)) == []


# Integrity


def test_a_sound_store_has_no_faults(writer: sqlite3.Connection) -> None:
    assert list(integrity.faults(writer)) == []


def test_a_reference_to_nothing_is_found(full: sqlite3.Connection) -> None:
    full.execute("PRAGMA foreign_keys = OFF")
    with transaction(full, "test"):
        full.execute("UPDATE observation SET indicator_id = 'nothing' WHERE id = 'p.1.01.o2'")
    assert list(integrity.faults(full)) == [("observation 1", "refers to a indicator that is not there")]


def test_a_row_that_search_does_not_know_is_found(full: sqlite3.Connection) -> None:
    full.execute("DROP TRIGGER indicator_search_insert")
    twin = copy.deepcopy(image(full, "indicator", "p.1.03")) | {"id": "p.1.04", "key": 99, "tokens": " 新 "}
    with transaction(full, "test"):
        full.execute(
            f"INSERT INTO indicator ({', '.join(twin)}) VALUES ({', '.join('?' * len(twin))})", list(twin.values())
        )
    assert list(integrity.faults(full)) == [("indicator_search", "1 rows are not in the search index")]


def test_damaged_pages_are_found(full: sqlite3.Connection) -> None:
    full.execute("PRAGMA writable_schema = ON")
    full.execute("UPDATE sqlite_master SET sql = replace(sql, 'plan_id, position, id', 'plan_id, id, position')")
    full.execute("PRAGMA writable_schema = RESET")
    assert "pages" in {place for place, _ in integrity.faults(full)}
