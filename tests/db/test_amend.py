"""Positions: the order asked for, with as few changes as it takes; and the rows of a plan that is new."""

import json
import sqlite3

from hypothesis import given
from hypothesis import strategies as st

from db.edit import load
from db.edit.amend import PARTS, parts, positions
from schema.rules import plan_file
from tests.second_plan import document

MOMENT = "2026-01-01T00:00:00.000000Z"


@given(st.lists(st.text("abc", min_size=1, max_size=2), unique=True), st.data())
def test_positions_give_the_order_asked_for_and_stay_when_asked_again(order: list[str], data: st.DataObject) -> None:
    held = {key: data.draw(st.integers(1, 5)) for key in order if data.draw(st.booleans())}
    found = positions(order, held)
    assert sorted(order, key=lambda key: (found[key], key)) == order
    assert all(position >= 1 for position in found.values())
    assert positions(order, found) == found


def test_a_new_plan_is_numbered_from_one() -> None:
    assert positions(["b", "a", "c"], {}) == {"b": 1, "a": 2, "c": 3}


def test_an_item_put_between_others_leaves_them_where_they_are() -> None:
    held = {"p.1": 1, "p.2": 2, "p.3": 3}
    assert positions(["p.1", "p.2", "p.2a", "p.3"], held) == held | {"p.2a": 2}


def test_the_rows_of_a_new_plan_are_those_that_bringing_the_store_to_it_leaves(empty: sqlite3.Connection) -> None:
    facts = plan_file.parse(json.dumps(document()).encode())
    load.insert(empty, facts, "test", at=MOMENT)
    prepared = dict(parts(facts, MOMENT))
    assert [*prepared] == [*PARTS]
    for table, rows in prepared.items():
        for row in rows:
            names = ", ".join(row)
            stored = empty.execute(f"SELECT {names} FROM {table} WHERE id = ?", (row["id"],)).fetchone()
            assert dict(zip(row, stored, strict=True)) == row
