"""The status rule once more, in exact arithmetic, written from the words of the data rules and not from the SQL.

A target is met by its comparator, taken literally; "eq" by reaching it in its direction; "approx" within a tolerance.
An increment and anything with a baseline is judged by the road from the baseline (0 if there is none) to the target,
so long as there is a road: a baseline that meets the target already, or equals it, leaves only the comparison.
"""

from datetime import date
from fractions import Fraction
from typing import Any


def exact(number: float | None) -> Fraction | None:
    return None if number is None else Fraction(str(number))


def met(target: dict[str, Any], direction: str, value: Fraction) -> bool:
    wanted, upper = exact(target["value"]), exact(target.get("upper"))
    assert wanted is not None
    default = Fraction(1, 2) if target["unit"] == "%" else abs(wanted) / 20
    tolerance = exact(target.get("tolerance"))
    reached = {"increase": value >= wanted, "decrease": value <= wanted, "hold": value == wanted}
    literally = {
        "ge": value >= wanted,
        "gt": value > wanted,
        "le": value <= wanted,
        "lt": value < wanted,
        "eq": reached[direction],
        "approx": abs(value - wanted) <= (default if tolerance is None else tolerance),
        "between": upper is not None and wanted <= value <= upper,
    }
    return literally[target["comparator"]]


def road(item: dict[str, Any]) -> tuple[Fraction, Fraction] | None:
    """Return where the road begins and ends; None if there is none."""
    target, baseline = item["target"], exact(item["baseline"]["value"])
    if target["value"] is None or (baseline is None and item["kind"] != "increment"):
        return None
    start = baseline or Fraction(0)
    ends = [end for end in (exact(target["value"]), exact(target.get("upper"))) if end is not None]
    nearest = min(ends, key=lambda end: abs(end - start))
    return None if met(target, item["direction"], start) or start == ends[0] else (start, nearest)


def achieved(item: dict[str, Any], latest: float) -> Fraction | None:
    between = road(item)
    value = exact(latest)
    assert value is not None
    return (value - between[0]) / (between[1] - between[0]) if between else None


def elapsed(start: str, due: str, at: str) -> Fraction:
    """Return the part of the days from the start to the deadline that are gone at the end of a day."""
    begin, end, today = map(date.fromisoformat, (start, due, at))
    return min(Fraction(1), max(Fraction(0), Fraction((today - begin).days + 1, (end - begin).days + 1)))


def status(item: dict[str, Any], latest: float | None, at: str, gap: float | None, limits: tuple[float, float]) -> str:
    """Judge an indicator by its latest value and the gap shown, in points."""
    after = at > item["due_on"]
    if latest is None:
        return "overdue" if after else "no_data"
    if item["target"]["value"] is None:
        return "unrated"
    value = exact(latest)
    assert value is not None
    if met(item["target"], item["direction"], value):
        return "achieved" if road(item) or at >= item["due_on"] else "on_track"
    if after:
        return "missed"
    if road(item) is None:
        return "behind"
    assert gap is not None
    behind, far_behind = limits
    return "on_track" if gap <= behind else "behind" if gap <= far_behind else "far_behind"
