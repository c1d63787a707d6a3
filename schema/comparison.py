"""Compare two states of a plan: what came, what went, what changed, and which way a target moved."""

from collections.abc import Mapping
from typing import Any

Record = Mapping[str, Any]

STAMPS = {"version", "created_at", "updated_at"}
"""They move with every change, so a difference in them says nothing."""
TOLERANCE_OF_SHARE, TOLERANCE = 0.5, 0.05
"""Of `approx` without a tolerance of its own: in points for a target in %, else a part of the target."""

Range = tuple[float, bool, float, bool]
"""The values that meet a target: from, whether it is one of them, to, whether that is."""
ENDLESS = float("inf")


def compare(before: Mapping[str, Record], after: Mapping[str, Record]) -> dict[str, list[Any]]:
    """Return the ids added and dropped, and what changed of the rest, member by member."""
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
    """List the members that differ, those of nested objects dotted."""
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


def effect(before: Record, after: Record) -> str:
    """Say whether an indicator's target was tightened or relaxed: tightened if it is met by fewer values than before.

    unclear where neither range of values holds the other (a span that moved), where the units cannot be compared, where
    there is no number, or where another direction, kind, deadline or baseline makes it another promise.
    """
    old, new = before["target"], after["target"]
    other = any(before[name] != after[name] for name in ("kind", "direction", "baseline"))
    moved = _timing(before, after)
    if old == new and not other:
        return moved
    if other or None in (old["value"], new["value"]) or not _same_measure(old, new):
        return "unclear"
    valued = _extent(_met(old, before["direction"]), _met(new, after["direction"]))
    if moved == "unchanged":
        return valued
    return moved if valued in ("unchanged", moved) else "unclear"


def _timing(before: Record, after: Record) -> str:
    """Say what another date does: sooner is harder to reach, but a limit is also to be held for longer."""
    if before["due_on"] == after["due_on"]:
        return "unchanged"
    if after["kind"] == "limit":
        return "unclear"
    return "tightened" if after["due_on"] < before["due_on"] else "relaxed"


def _same_measure(old: Record, new: Record) -> bool:
    return old["unit"] == new["unit"] or (old["base_unit"] is not None and old["base_unit"] == new["base_unit"])


def _met(target: Record, direction: str) -> Range:
    """Return the values that meet a target, in its base unit where it has one."""
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
            margin = _margin(target, value)
            return (value - margin, True, value + margin, True)
        case _:
            return (value, True, value, True)


def _margin(target: Record, value: float) -> float:
    if target["tolerance"] is None:
        return TOLERANCE_OF_SHARE if target["unit"] == "%" else abs(value) * TOLERANCE
    scale = value / target["value"] if target["value"] else 1
    margin: float = target["tolerance"] * scale
    return margin


def _extent(old: Range, new: Range) -> str:
    """Compare two ranges: the narrower one is the tighter, if the other holds it."""
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
