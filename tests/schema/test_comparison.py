"""Which way a target moved: a table of cases."""

from typing import Any

import pytest

from db import status
from schema.rules.comparison import compare, differences, effect


def indicator(
    comparator: str = "ge", value: Any = 78, unit: str | None = "亿元", direction: str = "increase", **more: Any
) -> dict[str, Any]:
    factor, base = {"亿元": (100_000_000, "元"), "万元": (10_000, "元"), "%": (1, "%"), "项": (1, "项")}.get(
        unit or "", (1, None)
    )
    upper = more.pop("upper", None)
    target = {
        "comparator": comparator, "value": value, "upper": upper, "tolerance": more.pop("tolerance", None),
        "unit": unit, "base_unit": base, "text": "…",
        "normalized_value": value * factor if base and value is not None else None,
        "normalized_upper": upper * factor if base and upper is not None else None,
    }  # fmt: skip
    plain = {"kind": "level", "direction": direction, "due_on": "2021-12-31", "baseline": {"value": None}}
    return {**plain, "target": target, **more}


def same(**members: Any) -> dict[str, Any]:
    return indicator(**members)


CASES = [
    # a floor raised is harder to reach, a ceiling lowered harder to keep
    (indicator("ge", 78), indicator("ge", 80), "tightened"),
    (indicator("ge", 78), indicator("ge", 70), "relaxed"),
    (indicator("gt", 78), indicator("gt", 80), "tightened"),
    (indicator("le", 30), indicator("le", 25), "tightened"),
    (indicator("le", 30), indicator("le", 35), "relaxed"),
    (indicator("lt", 5), indicator("lt", 0), "tightened"),
    (indicator("ge", -5), indicator("ge", -3), "tightened"),
    (indicator("ge", 0), indicator("ge", 1), "tightened"),
    # whatever the direction says: the comparator is taken literally
    (indicator("ge", 5, direction="decrease"), indicator("ge", 6, direction="decrease"), "tightened"),
    # the edge itself
    (indicator("ge", 78), indicator("gt", 78), "tightened"),
    (indicator("gt", 78), indicator("ge", 78), "relaxed"),
    (indicator("le", 78), indicator("lt", 78), "tightened"),
    # a bare number is met when reached or passed in its direction, or kept exactly
    (indicator("eq", 80), indicator("eq", 90), "tightened"),
    (indicator("eq", 5, direction="decrease"), indicator("eq", 4, direction="decrease"), "tightened"),
    (indicator("eq", 5, direction="decrease"), indicator("eq", 6, direction="decrease"), "relaxed"),
    (indicator("eq", 5, direction="hold"), indicator("eq", 6, direction="hold"), "unclear"),
    (indicator("eq", 80), indicator("ge", 80), "unchanged"),
    (indicator("ge", 80, direction="hold"), indicator("eq", 80, direction="hold"), "tightened"),
    # a span: narrower, wider, moved
    (indicator("between", 5, upper=7), indicator("between", 5.5, upper=6), "tightened"),
    (indicator("between", 5.5, upper=6), indicator("between", 5, upper=7), "relaxed"),
    (indicator("between", 5, upper=7), indicator("between", 6, upper=8), "unclear"),
    (indicator("ge", 5), indicator("between", 5, upper=7), "tightened"),
    (indicator("between", 5, upper=7), indicator("le", 7), "relaxed"),
    (indicator("between", 5, upper=7), indicator("le", 6), "unclear"),
    # about: 0.5 points of a share, else 5 % of the value, unless the plan says
    (indicator("approx", 5.5, "%"), indicator("eq", 5.5, "%", direction="hold"), "unclear"),
    (indicator("approx", 6, "%", tolerance=1), indicator("approx", 6, "%"), "tightened"),
    (indicator("approx", 100, "项"), indicator("between", 95, "项", upper=105), "unchanged"),
    (indicator("approx", 100, "项"), indicator("approx", 110, "项"), "unclear"),
    (indicator("approx", 100, "万元", tolerance=5), indicator("approx", 100, "万元", tolerance=10), "relaxed"),
    (indicator("approx", 0, "项", tolerance=5), indicator("approx", 0, "项", tolerance=1), "tightened"),
    # comparators that look the other way
    (indicator("ge", 78), indicator("le", 78), "unclear"),
    # the same in another unit, and in units that do not compare
    (indicator("ge", 1, "亿元"), indicator("ge", 10_000, "万元"), "unchanged"),
    (indicator("ge", 1, "亿元"), indicator("ge", 9_999, "万元"), "relaxed"),
    (indicator("between", 1, "亿元", upper=2), indicator("between", 10_000, "万元", upper=15_000), "tightened"),
    (indicator("ge", 50, "%"), indicator("ge", 60, "项"), "unclear"),
    (indicator("ge", 5, None), indicator("ge", 6, None), "tightened"),
    (indicator("between", 5, None, upper=7), indicator("between", 5, None, upper=6), "tightened"),
    # words without a number
    (indicator("relative", None), indicator("ge", 5), "unclear"),
    (indicator("ge", 5), indicator("assigned", None), "unclear"),
    # time: earlier is tighter; together with the value only if both pull the same way
    (indicator(), indicator(due_on="2021-06-30"), "tightened"),
    (indicator(), indicator(due_on="2022-12-31"), "relaxed"),
    (indicator("ge", 78), indicator("ge", 80, due_on="2021-06-30"), "tightened"),
    (indicator("ge", 78), indicator("ge", 80, due_on="2022-12-31"), "unclear"),
    (indicator("ge", 1, "亿元"), indicator("ge", 10_000, "万元", due_on="2022-12-31"), "relaxed"),
    (indicator("relative", None), indicator("relative", None, due_on="2022-12-31"), "relaxed"),
    (indicator("le", 5, kind="limit"), indicator("le", 5, kind="limit", due_on="2022-12-31"), "unclear"),
    # another promise
    (indicator("ge", 78), indicator("ge", 80, kind="increment"), "unclear"),
    (indicator(), indicator(direction="decrease"), "unclear"),
    (indicator(), indicator(baseline={"value": 3}), "unclear"),
    (indicator(), same(), "unchanged"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "expected"), CASES)
def test_a_target_moves_the_way_it_should(before: Any, after: Any, expected: str) -> None:
    assert effect(before, after, (status.POINTS, status.SHARE)) == expected


@pytest.mark.parametrize(("before", "after", "expected"), CASES)
def test_the_way_back_is_the_opposite(before: Any, after: Any, expected: str) -> None:
    opposite = {"tightened": "relaxed", "relaxed": "tightened"}.get(expected, expected)
    assert effect(after, before, (status.POINTS, status.SHARE)) == opposite


def test_things_are_added_dropped_and_changed_member_by_member() -> None:
    before = {"a": {"name": "x", "version": 1}, "b": {"name": "y", "version": 1}, "c": {"n": 1, "version": 1}}
    after = {"b": {"name": "z", "version": 2}, "c": {"n": 1, "version": 2}, "d": {"name": "w", "version": 1}}
    assert compare(before, after) == {
        "added": ["d"],
        "dropped": ["a"],
        "changed": [{"id": "b", "changes": [{"field": "name", "from": "y", "to": "z"}]}],
    }


def test_members_of_nested_objects_are_named_with_dots() -> None:
    before = {"target": {"value": 1, "unit": "项"}, "source": None, "departments": ["a"]}
    after = {"target": {"value": 2, "unit": "项"}, "source": {"start": 1}, "departments": ["a", "b"]}
    assert differences(before, after) == [
        {"field": "target.value", "from": 1, "to": 2},
        {"field": "source", "from": None, "to": {"start": 1}},
        {"field": "departments", "from": ["a"], "to": ["a", "b"]},
    ]
