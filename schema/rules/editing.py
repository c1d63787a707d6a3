"""Edit the facts of a plan: merge a patch into an item, derive the id of a new item, insert it in document order."""

from collections.abc import Collection
from typing import Any

Facts = dict[str, Any]


DEEPEST = 20
"""Maximum nesting depth of a patch. The facts of an item have three levels at most."""


def too_deep(patch: Any, levels: int = DEEPEST) -> bool:
    """Return whether objects are nested more than `levels` deep."""
    if not isinstance(patch, dict):
        return False
    return levels == 0 or any(too_deep(member, levels - 1) for member in patch.values())


def merge(target: Any, patch: Any) -> Any:
    """Apply a JSON merge patch (RFC 7396): null removes a member, objects merge, everything else replaces."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), value)
    return merged


def patched(facts: Facts, part: str, item: Facts, patch: Facts) -> Any:
    """Apply a patch to an item, and drop derived members that the patch makes stale (beyond_period, target.text)."""
    merged = merge(item, patch)
    if part == "deadlines" and "beyond_period" not in patch:
        merged["beyond_period"] = item["beyond_period"] and str(merged.get("due_on")) > facts["plan"]["period_end"]
    target = patch.get("target")
    if isinstance(target, dict) and target.get("value") is not None and "text" not in target:
        merged["target"].pop("text", None)
    return merged


def items(facts: Facts, part: str) -> list[Facts]:
    """Return the items of a part of a plan; the part `plan` has one item, the header."""
    found: list[Facts] = [facts["plan"]] if part == "plan" else facts[part]
    return found


def find(facts: Facts, part: str, key: str) -> Facts | None:
    """Return the item with this id, or None."""
    return next((item for item in items(facts, part) if item["id"] == key), None)


def without(facts: Facts, part: str, key: str) -> Facts:
    """Return the plan without an item."""
    return {**facts, part: [item for item in facts[part] if item["id"] != key]}


def put(facts: Facts, part: str, item: Facts) -> Facts:
    """Return the plan with an item added or replaced.

    An item whose section and parent are unchanged keeps its place. Otherwise it moves, with everything below it, to the
    end of its new section or parent.
    """
    if part == "plan":  # a deadline that the new period includes is no longer beyond it
        beyond = [each["beyond_period"] and each["due_on"] > item["period_end"] for each in facts["deadlines"]]
        deadlines = [{**each, "beyond_period": still} for each, still in zip(facts["deadlines"], beyond, strict=True)]
        return {**facts, "plan": item, "deadlines": deadlines}
    held, old = facts[part], find(facts, part, item["id"])
    if old is not None and all(old.get(name) == item.get(name) for name in ("section_id", "parent_id")):
        return {**facts, part: [item if other is old else other for other in held]}
    moved = _family(held, item["id"])
    rest = [other for other in held if other["id"] not in moved]
    below = [other for other in held if other["id"] in moved and other is not old]
    place = _place(facts, part, rest, item)
    return {**facts, part: [*rest[:place], item, *below, *rest[place:]]}


def _family(held: list[Facts], key: str) -> set[str]:
    """Return the ids of an item and of everything below it. Parents come before their children."""
    found = {key}
    for item in held:
        if item.get("parent_id") in found:
            found.add(item["id"])
    return found


def _place(facts: Facts, part: str, rest: list[Facts], item: Facts) -> int:
    """Return the index at which to insert an item: after its siblings, in document order."""
    if part == "deadlines":
        return len(rest)
    parent = item["parent_id"] if part != "milestones" else None
    after = [index for index, other in enumerate(rest) if parent and other["id"] in _family(rest, parent)]
    if part == "sections":
        return after[-1] + 1 if after else len(rest)
    rank = {section["id"]: index for index, section in enumerate(facts["sections"])}
    own = rank.get(item["section_id"], len(rank))
    before = [index for index, other in enumerate(rest) if rank[other["section_id"]] <= own]
    return max([*before, *after], default=-1) + 1


def named(facts: Facts, part: str, item: Facts, taken: Collection[str]) -> Facts:
    """Return a new item with id, and number or code, derived where they are missing. `taken` are the ids ever used."""
    plan = facts["plan"]["id"]
    if part == "deadlines":
        return {"id": _free(f"{plan}.due-{item.get('due_on')}", taken)} | item
    if part == "sections":
        parent = find(facts, "sections", item.get("parent_id") or "")
        stem = f"{parent['number']}." if parent else ""
        numbers = {section["number"] for section in facts["sections"]}
        used = {*taken, *(f"{plan}.{number}" for number in numbers)}
        derived = {"number": f"{stem}{_next(f'{plan}.{stem}', used)}"} | item
        return {"id": f"{plan}.{derived['number']}"} | derived
    letter = "m" if part == "milestones" else ""
    section = find(facts, "sections", item.get("section_id") or "")
    stem = section["id"] if section else plan
    key = item.get("id") or f"{stem}.{letter}{_next(f'{stem}.{letter}', taken):02}"
    number = section["number"] if section else ""
    return {"code": f"{number}.{letter}{_next(f'{stem}.{letter}', taken):02}"} | item | {"id": key}


def _next(stem: str, taken: Collection[str]) -> int:
    """Return the highest number ever used after this stem, plus 1."""
    ends = [key.removeprefix(stem) for key in taken if key.startswith(stem)]
    return max((int(end) for end in ends if end.isdecimal()), default=0) + 1


def _free(key: str, taken: Collection[str]) -> str:
    """Return the id, or, if it was ever used, the first free one of the form {id}-{number}."""
    tries = (key if number == 1 else f"{key}-{number}" for number in range(1, len(taken) + 2))
    return next(candidate for candidate in tries if candidate not in taken)
