"""Compare two states of a plan: items added, dropped and changed, and the effect on each target."""

from collections.abc import Mapping
from typing import Any

Record = Mapping[str, Any]

STAMPS = {"version", "created_at", "updated_at"}
"""Members that differ after every change, so they are not compared."""
Tolerance = tuple[float, float]
"""How far `approx` reaches by default: points for a target in %, otherwise a share of the target."""

Range = tuple[float, bool, float, bool]
"""Values that meet a target: (lower end, is it included, upper end, is it included)."""
ENDLESS = float("inf")


def compare(before: Mapping[str, Record], after: Mapping[str, Record]) -> dict[str, list[Any]]:
    """Return the ids added and dropped, and the changed members of the other items."""
    changed = []
    for key in sorted(before.keys() & after.keys()):
        members = differences(before[key], after[key])
        if members:
            changed.append({"id": key, "changes": members})
    return {
        "added": sorted(after.keys() - before.keys()),
        "dropped": sorted(before.keys() - after.keys()),
        "changed": changed,
    }


def differences(before: Record, after: Record, within: str = "") -> list[dict[str, Any]]:
    """List the members that differ; members of nested objects are dotted. `within` is the prefix of their names."""
    found = []
    for name, new in after.items():
        old = before.get(name)
        if old == new or (not within and name in STAMPS):
            continue
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            found += differences(old, new, f"{within}{name}.")
        else:
            found.append({"field": within + name, "from": old, "to": new})
    return found


def effect(before: Record, after: Record, tolerance: Tolerance) -> str:
    """Return the effect of a change on an indicator's target: tightened, relaxed, unclear or unchanged.

    A target is tightened if fewer values meet it than before, or if it is due sooner. The effect is unclear if neither
    range of values contains the other, if the units differ, if there is no number, if the value and the date moved in
    opposite ways, if the date of a limit changed, or if the kind, direction or baseline changed.
    """
    old, new = before["target"], after["target"]
    other = any(before[name] != after[name] for name in ("kind", "direction", "baseline"))
    moved = _timing(before, after)
    if old == new and not other:
        return moved
    if other or None in (old["value"], new["value"]) or not _same_measure(old, new):
        return "unclear"
    valued = _extent(_met(old, before["direction"], tolerance), _met(new, after["direction"], tolerance))
    if moved == "unchanged":
        return valued
    return moved if valued in ("unchanged", moved) else "unclear"


def _timing(before: Record, after: Record) -> str:
    """Return the effect of a new due date. Sooner is tighter; for a limit, which holds throughout, it is unclear."""
    if before["due_on"] == after["due_on"]:
        return "unchanged"
    if after["kind"] == "limit":
        return "unclear"
    return "tightened" if after["due_on"] < before["due_on"] else "relaxed"


def _same_measure(old: Record, new: Record) -> bool:
    return old["unit"] == new["unit"] or (old["base_unit"] is not None and old["base_unit"] == new["base_unit"])


def _met(target: Record, direction: str, tolerance: Tolerance) -> Range:
    """Return the range of values that meet a target, in its base unit if it has one."""
    known = target["base_unit"] is not None and target["normalized_value"] is not None
    value = target["normalized_value"] if known else target["value"]
    comparator = target["comparator"]
    if comparator == "eq" and direction != "hold":  # reached or passed, whichever way is better
        comparator = "ge" if direction == "increase" else "le"
    match comparator:
        case "ge" | "gt":
            return (value, comparator == "ge", ENDLESS, False)
        case "le" | "lt":
            return (-ENDLESS, False, value, comparator == "le")
        case "between":
            return (value, True, target["normalized_upper"] if known else target["upper"], True)
        case "approx":
            margin = _margin(target, value, tolerance)
            return (value - margin, True, value + margin, True)
        case _:
            return (value, True, value, True)


def _margin(target: Record, value: float, tolerance: Tolerance) -> float:
    if target["tolerance"] is None:
        points, share = tolerance
        return points if target["unit"] == "%" else abs(value) * share
    scale = value / target["value"] if target["value"] else 1
    margin: float = target["tolerance"] * scale
    return margin


def _extent(old: Range, new: Range) -> str:
    """Compare two ranges: the new one is tighter if the old one contains it."""
    if old == new:
        return "unchanged"
    if _holds(old, new):
        return "tightened"
    return "relaxed" if _holds(new, old) else "unclear"


def _holds(outer: Range, inner: Range) -> bool:
    from_outer, from_in, to_outer, to_in = outer
    from_inner, starts, to_inner, ends = inner
    begins = from_outer < from_inner or (from_outer == from_inner and (from_in or not starts))
    reaches = to_outer > to_inner or (to_outer == to_inner and (to_in or not ends))
    return begins and reaches
