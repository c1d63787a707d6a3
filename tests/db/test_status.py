"""The status rule: tables worked out by hand, then random indicators against an oracle in exact arithmetic."""

import sqlite3
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db import connection, status
from db.edit import load
from db.indicators import INDICATOR
from db.milestones import MILESTONE
from schema.observation import ObservationFactsSchema
from schema.vocabulary import COMPARATORS, KINDS, codes
from tests.db import status_oracle
from tests.db.small import Row, clear, context, document, indicator, milestone, observation, parsed, put, rows

BEFORE, AT, AFTER = "2022-02-19", "2022-04-10", "2022-04-11"
"""Half of the hundred days gone; the last day; the day after."""
ENDED = "2022-01"
"""A month that has ended by all of them."""


def target(comparator: str, value: float | None = None, upper: float | None = None, **members: Any) -> Row:
    plain = {"comparator": comparator, "value": value, "upper": upper, "unit": "项", **members}
    return plain | ({"text": "如文"} if value is None else {})


def progress(
    store: sqlite3.Connection, number: int = 1, at: str = BEFORE, behind: float = 10, far_behind: float = 30
) -> Row:
    found = rows(store, INDICATOR, filters={"paragraph": [number]}, context=context(at, behind, far_behind))
    return dict(found[0]["progress"])


def judged(store: sqlite3.Connection, number: int) -> tuple[str, str, str]:
    before, at, after = (progress(store, number, day)["status"] for day in (BEFORE, AT, AFTER))
    return before, at, after


def place(number: int) -> Row:
    return {"source": {"paragraph": number}}


# Compared with the target: what has neither a baseline nor is an increment.

YES = ("on_track", "achieved", "achieved")
NO = ("behind", "behind", "missed")
ALL = ("increase", "decrease", "hold")
COMPARED = [  # comparator, value, upper, members, directions, values that meet it, values that do not
    ("ge", 80, None, {}, ALL, (80, 80.1, 1000), (79.9, 0, -80)),
    ("gt", 80, None, {}, ALL, (80.1,), (80, 79)),
    ("le", 80, None, {}, ALL, (80, 79.9, 0, -5), (80.1,)),
    ("lt", 80, None, {}, ALL, (79.9, 0), (80, 81)),
    ("eq", 80, None, {}, ("increase",), (80, 90), (79,)),
    ("eq", 5, None, {}, ("decrease",), (5, 4.5, 0), (5.1,)),
    ("eq", 80, None, {}, ("hold",), (80,), (79.9, 80.1)),
    ("approx", 80, None, {}, ALL, (80, 76, 84), (75.9, 84.1)),  # 5 % of 80 is 4
    ("approx", 80, None, {"tolerance": 1}, ALL, (79, 81), (78.9, 81.1)),
    ("approx", 80, None, {"tolerance": 0}, ALL, (80,), (79.9, 80.1)),
    ("approx", 0.3, None, {"tolerance": 0.1}, ALL, (0.2, 0.4), (0.19, 0.41)),  # 0.4 - 0.3 > 0.1 in binary fractions
    ("approx", 5.4, None, {"unit": "%"}, ALL, (4.9, 5.9), (4.89, 5.91)),  # half a point
    ("approx", -80, None, {}, ALL, (-76, -84), (-75.9, -84.1)),
    ("approx", 0, None, {}, ALL, (0,), (0.1, -0.1)),
    ("between", 5.5, 6, {}, ALL, (5.5, 5.7, 6), (5.49, 6.01)),
    ("between", -6, -5.5, {}, ALL, (-6, -5.5), (-6.1, -5.4)),
    ("ge", 0, None, {}, ALL, (0, 1), (-0.1,)),
    ("le", 0, None, {}, ALL, (0, -1), (0.1,)),
    ("eq", 0, None, {}, ("hold",), (0,), (0.1, -0.1)),
    ("ge", -4, None, {}, ALL, (-4, -3, 0), (-5,)),
    ("le", -4, None, {}, ALL, (-4, -5), (-3, 0)),
]
FLAT_KINDS = ("level", "growth_rate", "share", "limit", "duration")
COMPARED_CASES = [
    (comparator, value, upper, members, direction, kind, latest, expected)
    for comparator, value, upper, members, directions, yes, no in COMPARED
    for direction in directions
    for kind in FLAT_KINDS
    for expected, values in ((YES, yes), (NO, no))
    for latest in values
]


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Any:
    items, values = [], []
    for number, (comparator, value, upper, members, direction, kind, latest, _) in enumerate(COMPARED_CASES, 1):
        unit = members.get("unit", "项")
        asked = target(comparator, value, upper, **members)
        items.append(indicator(number, kind=kind, direction=direction, target=asked, **place(number)))
        values.append(observation(1, number, ENDED, latest, unit=unit))
    path = tmp_path_factory.mktemp("compared") / "plans.db"
    connection.create(path)
    store = connection.open_writer(path)
    put(store, indicators=items, observations=values)
    found = {
        at: {row["id"]: row["progress"] for row in rows(store, INDICATOR, context=context(at))}
        for at in (BEFORE, AT, AFTER)
    }
    store.close()
    return found


@pytest.mark.parametrize("direction", ALL)
@pytest.mark.parametrize("comparator", sorted({row[0] for row in COMPARED}))
def test_what_has_no_baseline_is_compared_with_its_target(
    compared: dict[str, dict[str, Row]], comparator: str, direction: str
) -> None:
    for number, case in enumerate(COMPARED_CASES, 1):
        if (case[0], case[4]) == (comparator, direction):
            found = [compared[at][f"p.1.{number:02}"] for at in (BEFORE, AT, AFTER)]
            assert tuple(row["status"] for row in found) == case[-1], case
            assert {(row["method"], row["achieved_share"], row["gap"]) for row in found} == {("comparison", None, None)}


def test_the_table_of_comparisons_covers_every_comparator_direction_and_kind() -> None:
    covered = {(case[0], case[4], case[5]) for case in COMPARED_CASES}
    numeric = set(codes(COMPARATORS)) - {"relative", "assigned", "direction_only"}
    assert covered == {(c, d, k) for c in numeric for d in ALL for k in codes(KINDS) if k != "increment"}


# Judged by schedule: increments, and anything with a baseline.


class Case(NamedTuple):
    """A target, the latest value, and what follows at half-time, on the last day and after it."""

    says: str
    target: Row
    latest: float
    statuses: tuple[str, str, str]
    share: float | None = None
    gap: float | None = None  # at half-time
    direction: str = "increase"
    kind: str = "increment"
    baseline: float | None = None


DONE = ("achieved", "achieved", "achieved")
AHEAD = ("on_track", "on_track", "missed")
ON = ("on_track", "far_behind", "missed")
BEHIND = ("behind", "far_behind", "missed")
FAR = ("far_behind", "far_behind", "missed")
GE, GT, LE, LT = (target(code, 100) for code in ("ge", "gt", "le", "lt"))
DOWN: Row = {"direction": "decrease", "kind": "level"}
UP: Row = {"direction": "increase", "kind": "share"}

SCHEDULED = [
    # gaps
    Case("five points behind", GE, 45, ON, 0.45, 5),
    Case("exactly ten points behind", GE, 40, ON, 0.4, 10),
    Case("a hair over ten points behind", GE, 39.99, BEHIND, 0.3999, 10.01),
    Case("exactly thirty points behind", GE, 20, BEHIND, 0.2, 30),
    Case("a hair over thirty points behind", GE, 19.99, FAR, 0.1999, 30.01),
    Case("nothing done", GE, 0, FAR, 0, 50),
    Case("less than nothing", GE, -10, FAR, -0.1, 60),
    Case("reached", GE, 100, DONE, 1, -50),
    Case("passed", GE, 120, DONE, 1.2, -70),
    Case("nearly there on the last day", GE, 95, AHEAD, 0.95, -45),
    Case("ten points short on the last day", GE, 90, AHEAD, 0.9, -40),
    Case("thirty points short on the last day", GE, 70, ("on_track", "behind", "missed"), 0.7, -20),
    # comparators of an increment
    Case("gt is not met by the value itself", GT, 100, AHEAD, 1, -50),
    Case("gt is met beyond it", GT, 100.1, DONE, 1.001, -50.1),
    Case("a bare count is met when passed", target("eq", 100), 101, DONE, 1.01, -51),
    Case("a bare count is not met below", target("eq", 100), 99, AHEAD, 0.99, -49),
    Case("held exactly", target("eq", 100), 100, DONE, 1, -50, direction="hold"),
    Case("held is not met beyond", target("eq", 100), 101, AHEAD, 1.01, -51, direction="hold"),
    Case("approx reaches 5 % down", target("approx", 100), 95, DONE, 0.95, -45),
    Case("approx reaches 5 % up", target("approx", 100), 105, DONE, 1.05, -55),
    Case("approx ends there", target("approx", 100), 94.99, AHEAD, 0.9499, -44.99),
    Case("approx is not met far beyond", target("approx", 100), 106, AHEAD, 1.06, -56),
    Case("approx with its own tolerance", target("approx", 100, tolerance=2), 98, DONE, 0.98, -48),
    Case("approx outside its own tolerance", target("approx", 100, tolerance=2), 97, AHEAD, 0.97, -47),
    Case("between at its lower end", target("between", 100, 110), 100, DONE, 1, -50),
    Case("between at its upper end", target("between", 100, 110), 110, DONE, 1.1, -60),
    Case("between from below", target("between", 100, 110), 40, ON, 0.4, 10),
    Case("between overshot", target("between", 100, 110), 111, AHEAD, 1.11, -61),
    # ceilings on what flows are held or not held
    Case("a ceiling with room", LE, 50, YES, direction="decrease"),
    Case("a ceiling reached", LE, 100, YES, direction="decrease"),
    Case("a ceiling broken", LE, 101, NO, direction="decrease"),
    Case("a strict ceiling reached", LT, 100, NO, direction="decrease"),
    Case("a strict ceiling with room", LT, 99, YES, direction="decrease"),
    Case("a bare count where less is better", target("eq", 100), 90, YES, direction="decrease"),
    Case("a bare count where less is better, passed", target("eq", 100), 101, NO, direction="decrease"),
    # with a baseline, upwards
    Case("half the way up", target("ge", 80), 78.5, ON, 0.5, 0, baseline=77, **UP),
    Case("still at the baseline", target("ge", 80), 77, FAR, 0, 50, baseline=77, **UP),
    Case("below the baseline", target("ge", 80), 76, FAR, -0.3333, 83.33, baseline=77, **UP),
    Case("at the end of the way up", target("ge", 80), 80, DONE, 1, -50, baseline=77, **UP),
    Case("an increment counts from its baseline", target("ge", 100), 60, ON, 0.5, 0, baseline=20),
    Case("a baseline of zero is one", target("ge", 100), 50, ON, 0.5, 0, baseline=0, **UP),
    # with a baseline, downwards
    Case("half the way down", target("le", 10), 15, ON, 0.5, 0, baseline=20, **DOWN),
    Case("worse than the baseline", target("le", 10), 25, FAR, -0.5, 100, baseline=20, **DOWN),
    Case("at the end of the way down", target("le", 10), 10, DONE, 1, -50, baseline=20, **DOWN),
    Case("beyond the end of the way down", target("le", 10), 5, DONE, 1.5, -100, baseline=20, **DOWN),
    Case("lt is not met by the value itself", target("lt", 10), 10, AHEAD, 1, -50, baseline=20, **DOWN),
    Case("a bare number, downwards", target("eq", 10), 9, DONE, 1.1, -60, baseline=20, **DOWN),
    Case("between from above", target("between", 90, 110), 115, ON, 0.5, 0, baseline=120, **DOWN),
    Case("between from above, reached", target("between", 90, 110), 110, DONE, 1, -50, baseline=120, **DOWN),
    Case("between from above, overshot", target("between", 90, 110), 85, AHEAD, 3.5, -300, baseline=120, **DOWN),
    # below zero
    Case("a fall as an increment", target("le", -100), -50, ON, 0.5, 0, direction="decrease"),
    Case("a fall completed", target("le", -100), -100, DONE, 1, -50, direction="decrease"),
    Case("from negative to less negative", target("ge", -5), -7.5, ON, 0.5, 0, baseline=-10, **UP),
    Case("from negative to more negative", target("le", -4), -3, ON, 0.5, 0, baseline=-2, **DOWN),
    Case("through zero", target("ge", 5), 0, ON, 0.5, 0, baseline=-5, **UP),
    # zero targets
    Case("none at all, kept", target("le", 0), 0, YES, direction="decrease"),
    Case("none at all, broken", target("le", 0), 1, NO, direction="decrease"),
    Case("down to none, half way", target("le", 0), 2, ON, 0.5, 0, baseline=4, **DOWN),
    Case("down to none, reached", target("le", 0), 0, DONE, 1, -50, baseline=4, **DOWN),
    Case("up to zero, half way", target("ge", 0), -2, ON, 0.5, 0, baseline=-4, **UP),
    Case("more than nothing, nothing yet", target("gt", 0), 0, NO),
    Case("more than nothing, something", target("gt", 0), 1, YES),
    Case("exactly nothing, held", target("eq", 0), 0, YES, direction="hold"),
    # the baseline is past the target, or at it
    Case("better at the baseline, still met", target("ge", 80), 82, YES, baseline=85, **UP),
    Case("better at the baseline, now lost", target("ge", 80), 79, NO, baseline=85, **UP),
    Case("lower at the baseline, still met", target("le", 10), 9, YES, baseline=8, **DOWN),
    Case("lower at the baseline, now lost", target("le", 10), 11, NO, baseline=8, **DOWN),
    Case("equal at the baseline", target("ge", 80), 80, YES, baseline=80, **UP),
    Case("equal at the baseline, to be passed", target("gt", 80), 80, NO, baseline=80, **UP),
    Case("within the range at the baseline", target("between", 90, 110), 91, YES, baseline=100, **UP),
    Case("within the range at the baseline, now out", target("between", 90, 110), 89, NO, baseline=100, **UP),
    Case("near enough at the baseline", target("approx", 100), 96, YES, baseline=98, **UP),
]


@pytest.fixture(scope="module")
def scheduled(tmp_path_factory: pytest.TempPathFactory) -> Any:
    items, values = [], []
    for number, case in enumerate(SCHEDULED, 1):
        facts = {"kind": case.kind, "direction": case.direction, "baseline": {"value": case.baseline}}
        items.append(indicator(number, target=case.target, **facts, **place(number)))
        values.append(observation(1, number, ENDED, case.latest))
    path = tmp_path_factory.mktemp("scheduled") / "plans.db"
    connection.create(path)
    store = connection.open_writer(path)
    put(store, indicators=items, observations=values)
    yield store
    store.close()


@pytest.mark.parametrize(
    ("number", "case"),
    [pytest.param(number, case, id=case.says.replace(" ", "-")) for number, case in enumerate(SCHEDULED, 1)],
)
def test_an_increment_or_a_baseline_is_judged_by_the_road_to_the_target(
    scheduled: sqlite3.Connection, number: int, case: Case
) -> None:
    found = progress(scheduled, number)
    assert (found["achieved_share"], found["gap"]) == (case.share, case.gap)
    assert found["method"] == ("comparison" if case.share is None else "schedule")
    assert judged(scheduled, number) == case.statuses


@pytest.mark.parametrize("comparator", ["relative", "assigned", "direction_only"])
def test_a_target_without_a_number_is_not_rated(empty: sqlite3.Connection, comparator: str) -> None:
    put(
        empty,
        indicators=[indicator(1, kind="increment", target=target(comparator), **place(1))],
        observations=[observation(1, 1, ENDED, 5)],
    )
    assert judged(empty, 1) == ("unrated", "unrated", "unrated")
    assert progress(empty)["method"] == "none"
    assert progress(empty)["light"] == "grey"


@pytest.mark.parametrize("comparator", ["ge", "relative"])
def test_without_a_value_there_is_no_data_and_after_the_deadline_it_is_overdue(
    empty: sqlite3.Connection, comparator: str
) -> None:
    value = None if comparator == "relative" else 1
    put(empty, indicators=[indicator(1, kind="increment", target=target(comparator, value), **place(1))])
    assert judged(empty, 1) == ("no_data", "no_data", "overdue")
    assert {progress(empty)[name] for name in ("latest", "achieved_share", "gap")} == {None}


@pytest.mark.parametrize(
    ("latest", "at", "light"),
    [(45, BEFORE, "green"), (100, AT, "green"), (30, BEFORE, "yellow"), (0, BEFORE, "red"), (0, AFTER, "red")],
)
def test_each_status_has_its_light(empty: sqlite3.Connection, latest: float, at: str, light: str) -> None:
    put(
        empty,
        indicators=[indicator(1, kind="increment", **place(1))],
        observations=[observation(1, 1, ENDED, latest)],
    )
    assert progress(empty, at=at)["light"] == light


def test_what_has_no_value_is_grey_and_then_red(empty: sqlite3.Connection) -> None:
    put(empty, indicators=[indicator(1, **place(1))])
    assert [progress(empty, at=at)["light"] for at in (BEFORE, AFTER)] == ["grey", "red"]


@pytest.mark.parametrize(
    ("at", "gone"),
    [
        ("2021-06-01", 0),
        ("2021-12-31", 0),
        ("2022-01-01", 0.01),
        ("2022-02-02", 0.33),
        ("2022-02-19", 0.5),
        ("2022-04-09", 0.99),
        ("2022-04-10", 1),
        ("2022-04-11", 1),
        ("2030-01-01", 1),
    ],
)
def test_the_elapsed_share_counts_days_from_the_start_of_the_plan(
    empty: sqlite3.Connection, at: str, gone: float
) -> None:
    put(empty, indicators=[indicator(1, **place(1))])
    assert progress(empty, at=at)["elapsed_share"] == gone


def test_the_elapsed_share_ends_at_the_indicators_own_deadline(empty: sqlite3.Connection) -> None:
    put(empty, indicators=[indicator(1, deadline_id="p.due-2022-02-19", **place(1))])
    assert progress(empty, at="2022-01-25")["elapsed_share"] == 0.5


@pytest.mark.parametrize(
    ("behind", "far_behind", "expected"),
    [(20, 30, "on_track"), (10, 30, "behind"), (19.99, 20, "behind"), (5, 19.99, "far_behind"), (0, 0, "far_behind")],
)
def test_the_thresholds_are_the_callers(
    empty: sqlite3.Connection, behind: float, far_behind: float, expected: str
) -> None:
    put(empty, indicators=[indicator(1, kind="increment", **place(1))], observations=[observation(1, 1, ENDED, 30)])
    found = progress(empty, behind=behind, far_behind=far_behind)
    assert found["status"] == expected
    assert found["rule"] == f"schedule-gap-1; behind > {behind}; far_behind > {far_behind}"


# Which value counts.


def latest(store: sqlite3.Connection, at: str) -> Any:
    found = progress(store, at=at)["latest"]
    return found and found["value"]


def test_the_value_of_the_last_ended_period_counts(empty: sqlite3.Connection) -> None:
    values = [observation(n, 1, f"2022-{n:02}", n) for n in (3, 1, 2)]
    put(empty, indicators=[indicator(1, **place(1))], observations=values)
    days = ("2022-01-30", "2022-01-31", "2022-02-27", "2022-02-28", "2022-03-31", "2023-01-01")
    assert [latest(empty, day) for day in days] == [None, 1, 1, 2, 3, 3]


def test_a_superseded_value_does_not_count(empty: sqlite3.Connection) -> None:
    values = [observation(1, 1, ENDED, 1), observation(2, 1, ENDED, 2, supersedes="p.1.01.o1")]
    put(empty, indicators=[indicator(1, **place(1))], observations=values)
    assert latest(empty, BEFORE) == 2


def test_a_superseded_value_does_not_count_whatever_the_order_of_rows(empty: sqlite3.Connection) -> None:
    values = [observation(1, 1, ENDED, 1), observation(2, 1, ENDED, 2, supersedes="p.1.01.o1")]
    put(empty, indicators=[indicator(1, **place(1))], observations=values)
    with connection.transaction(empty, "test"):
        empty.execute("UPDATE observation SET key = 9 WHERE id = 'p.1.01.o1'")
    assert latest(empty, BEFORE) == 2


def test_a_correction_of_an_earlier_period_does_not_displace_a_later_one(empty: sqlite3.Connection) -> None:
    values = [
        observation(1, 1, "2022-01", 1),
        observation(2, 1, "2022-02", 2),
        observation(3, 1, "2022-01", 3, supersedes="p.1.01.o1"),
    ]
    put(empty, indicators=[indicator(1, **place(1))], observations=values)
    assert latest(empty, AT) == 2


def test_of_periods_that_end_together_the_last_recorded_counts(empty: sqlite3.Connection) -> None:
    values = [observation(1, 1, "2022-03", 1), observation(2, 1, "2022-Q1", 2)]
    put(empty, indicators=[indicator(1, **place(1))], observations=values)
    assert latest(empty, AT) == 2


def test_the_latest_value_is_shown_as_reported(empty: sqlite3.Connection) -> None:
    put(empty, indicators=[indicator(1, **place(1))], observations=[observation(1, 1, "2022-01", 2.94, obs_status="P")])
    shown = {"id": "p.1.01.o1", "time_period": "2022-01", "value": 2.94, "obs_status": "P"}
    assert progress(empty)["latest"] == shown
    assert progress(empty)["as_of"] == BEFORE


# Milestones.


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"state": "planned"}, ("no_data", "no_data", "overdue")),
        ({"state": "in_progress"}, ("on_track", "on_track", "overdue")),
        ({"state": "cancelled"}, ("cancelled", "cancelled", "cancelled")),
        ({"state": "done", "done_on": "2022-02-19"}, ("achieved", "achieved", "achieved")),
        ({"state": "done", "done_on": "2022-02-20"}, ("no_data", "achieved", "achieved")),
        ({"state": "done", "done_on": "2022-04-12"}, ("no_data", "no_data", "overdue")),
    ],
)
def test_a_milestone_is_judged_by_its_state(
    empty: sqlite3.Connection, facts: Row, expected: tuple[str, str, str]
) -> None:
    put(empty, milestones=[milestone(1, **facts)])
    found = [rows(empty, MILESTONE, context=context(at))[0] for at in (BEFORE, AT, AFTER)]
    assert tuple(row["status"] for row in found) == expected
    lights = {"no_data": "grey", "cancelled": "grey", "on_track": "green", "achieved": "green", "overdue": "red"}
    assert [row["light"] for row in found] == [lights[row["status"]] for row in found]


def test_a_forecast_never_counts(empty: sqlite3.Connection) -> None:
    values = [
        observation(1, 1, "2022-01", 10),
        observation(2, 1, "2022-02", 100, obs_status="F"),
        observation(3, 2, "2022-01", 100, obs_status="F"),
    ]
    put(empty, indicators=[indicator(1, **place(1)), indicator(2, **place(2))], observations=values)
    for at in (BEFORE, "2022-03-31", AFTER):
        assert progress(empty, 1, at)["latest"]["value"] == 10
        assert progress(empty, 2, at)["latest"] is None
        for told in (progress(empty, 1, at)["status"], progress(empty, 2, at)["status"]):
            found = rows(empty, INDICATOR, filters={"status": [told]}, context=context(at))
            assert told in {row["progress"]["status"] for row in found}


# Against the oracle.

NUMBERS = st.integers(-3, 3) | st.integers(-12_000, 12_000).map(lambda n: n / 100) | st.just(0)


@st.composite
def targets(draw: st.DrawFn) -> Row:
    comparator = draw(st.sampled_from(codes(COMPARATORS)))
    if comparator in {"relative", "assigned", "direction_only"}:
        return target(comparator)
    value, upper, tolerance = draw(NUMBERS), None, None
    if comparator == "between":
        value, upper = sorted((value, draw(NUMBERS)))
    if comparator == "approx":
        tolerance = draw(st.none() | st.integers(0, 400).map(lambda n: n / 100))
    return target(comparator, value, upper, tolerance=tolerance, unit=draw(st.sampled_from(["项", "%"])))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Row, float | None]:
    members = {
        "kind": draw(st.sampled_from(codes(KINDS))),
        "direction": draw(st.sampled_from(ALL)),
        "target": draw(targets()),
        "baseline": {"value": draw(st.none() | NUMBERS)},
        "deadline_id": draw(st.sampled_from(["p.due-2022-04-10", "p.due-2022-02-19"])),
    }
    values = [NUMBERS]
    values += [st.just(end) for end in (members["target"]["value"], members["target"]["upper"]) if end is not None]
    return members, draw(st.none() | st.one_of(values))


@settings(max_examples=25)
@given(
    drawn=st.lists(cases(), min_size=20, max_size=40),
    at=st.dates(date(2021, 12, 31), date(2022, 4, 20)).map(date.isoformat),
    limits=st.sampled_from([(10, 30), (0, 0), (12.5, 40)]),
)
def test_the_store_and_the_oracle_judge_alike(
    scratch: sqlite3.Connection, drawn: list[Any], at: str, limits: tuple[float, float]
) -> None:
    items = [indicator(number, **members) for number, (members, _) in enumerate(drawn, 1)]
    # Of the month before the plan, which no plan file may hold: so that every value counts at every date drawn.
    values = [
        observation(1, number, "2021-12", value, unit=members["target"]["unit"])
        for number, (members, value) in enumerate(drawn, 1)
        if value is not None
    ]
    clear(scratch)
    stored = [{**ObservationFactsSchema().load(value), "plan_id": "p"} for value in values]
    load.insert(scratch, {**parsed(document(indicators=items)), "observations": stored}, "test")
    found = rows(scratch, INDICATOR, context=context(at, *limits))
    shown_statuses = [(row["id"], row["progress"]["status"]) for row in found]
    tested = f"SELECT i.id, {status.STATUS} FROM indicator i ORDER BY i.key"
    assert scratch.execute(tested, context(at, *limits)).fetchall() == shown_statuses
    for row, (_, value) in zip(found, drawn, strict=True):
        shown = row["progress"]
        share = None if value is None else status_oracle.achieved(row, value)
        assert rounded(shown["elapsed_share"], status_oracle.elapsed("2022-01-01", row["due_on"], at))
        assert (share is None) == (shown["achieved_share"] is None) == (shown["gap"] is None)
        if share is not None:
            assert rounded(shown["achieved_share"], share)
            assert shown["gap"] == round((shown["elapsed_share"] - shown["achieved_share"]) * 100, 2)
        assert shown["status"] == status_oracle.status(row, value, at, shown["gap"], limits), row


@pytest.mark.parametrize(
    "at", ["2021-12-31", "2022-01-01", "2022-01-31", "2022-02-15", BEFORE, AT, AFTER, "2023-01-01"]
)
def test_the_status_that_lists_test_is_the_one_that_items_show(full: sqlite3.Connection, at: str) -> None:
    shown = [(row["id"], row["progress"]["status"]) for row in rows(full, INDICATOR, context=context(at))]
    assert len(shown) == 69
    tested = f"SELECT i.id, {status.STATUS} FROM indicator i ORDER BY i.plan_id, i.position"
    assert full.execute(tested, context(at)).fetchall() == shown


def rounded(shown: float, exact: Fraction) -> bool:
    """Tell whether a figure is an exact one to four decimals; a tie may go either way."""
    return abs(Fraction(str(shown)) - exact) <= Fraction("0.00005")
