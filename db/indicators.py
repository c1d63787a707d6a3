"""Indicators: the quantities a plan commits to, with target, baseline, deadline and progress."""

from typing import Any

from db import tallies
from db.deadlines import DEADLINE
from db.lookups import Entry, Filter, Lookup
from db.migrations.m0005_lookups import FACETS, MERGED
from db.migrations.m0009_zones import ZONED
from db.migrations.m0010_shown import TESTED, WIDE
from db.observations import OBSERVATION
from db.plans import OWNERS, PLAN, linked, owned, place, responsible, stamps
from db.query import Resource, any_of, compare, json_object, one, within
from db.sections import SECTION, TREE
from db.signature import signature
from db.status import (
    ENTRY_PROGRESS,
    ENTRY_SHOWN,
    ENTRY_SOURCE,
    ENTRY_STATUS,
    LATEST,
    OWN_SOURCE,
    PROGRESS,
    PROGRESS_TEXT,
    SOURCE,
    STANDINGS,
    STATUS,
)
from db.zones import BETWEEN

OBSERVATIONS = f"""json((SELECT json_group_array(json(item)) FROM (
  SELECT {json_object(OBSERVATION.fields)} AS item FROM {OBSERVATION.source}
  WHERE o.indicator_id = i.id AND NOT EXISTS (SELECT 1 FROM observation newer WHERE newer.supersedes = o.id)
  ORDER BY o.period_end DESC, o.key DESC LIMIT 100)))"""
"""The latest hundred periods, newest first; the whole series has its own URL."""

RANGES: dict[str, dict[str, Filter]] = {
    "value": {"value_min": compare("e.value", ">="), "value_max": compare("e.value", "<=")},
    "normalized_value": {
        "normalized_min": compare("e.normalized_value", ">="),
        "normalized_max": compare("e.normalized_value", "<="),
    },
    "due_on": {"due_from": compare("e.due_on", ">="), "due_to": compare("e.due_on", "<=")},
    "updated_at": {"updated_since": compare("e.updated_at", ">=")},
    "paragraph": {"paragraph": any_of("e.paragraph")},
}
"""Filters of the entries, by the column that they test, which has an index."""


def _standing(_: Any, statuses: list[str]) -> str:
    """Match facets that may hold a status: by their standing, or because a value of theirs lies beyond the date."""
    standings = {standing for status in statuses for standing in STANDINGS[status]}
    names = ", ".join(f"'{standing}'" for standing in sorted(standings))
    return (
        f"(f.standing IN ({names})"
        " OR f.id IN (SELECT later.facet_id FROM indicator_entry later WHERE later.latest_end > :status_at))"
    )


LEAST = "-9e999"
"""What no number lies below (SQLite reads it as minus infinity)."""
VALUELESS = {"no_data", "overdue", "unrated"}
"""Statuses of targets without a value, among others."""
PAST_DUE, NOT_YET = {"missed", "overdue"}, {"no_data", "on_track", "behind", "far_behind"}


def _due_of(_: Any, statuses: list[str]) -> str:
    """Match the deadlines that a status can have."""
    if PAST_DUE.issuperset(statuses):
        return "e.due_on < :status_at"
    return "e.due_on >= :status_at" if NOT_YET.issuperset(statuses) else "1"


def _valued(_: Any, statuses: list[str]) -> str:
    """Match targets with a value, where no status asked for can be of one without."""
    return "1" if VALUELESS & set(statuses) else f"e.value >= {LEAST}"


def _not_below(bind: Any, least: float) -> str:
    """Match what a value may be if the normalized one is not below some: no multiplier is below 1."""
    return f"e.value >= {bind(min(least, 0))}"


def _not_above(bind: Any, most: float) -> str:
    """Match what a value may be if the normalized one is not above some: no multiplier is below 1."""
    return f"e.value <= {bind(max(most, 0))}"


def _responsible(bind: Any, names: list[str]) -> str:
    return f"e.departments & {bind(signature(names))} AND {linked('indicator_department', 'e')(bind, names)}"


def _by(index: str) -> str:
    return f"SELECT e.key FROM indicator_entry e INDEXED BY indicator_entry_{index} WHERE 1"


def _within(index: str) -> str:
    return f"SELECT e.key FROM indicator_entry e INDEXED BY indicator_entry_{index} WHERE e.facet_id IN ({{facets}})"


def _units(bind: Any, zones: list[str]) -> str:
    """Match rows whose unit lies in one of some zones (db.zones), by the facet, which each index has."""
    fitting = f"f.unit IS NULL OR instr({bind(''.join(zones))}, char({ord(BETWEEN)}) || substr(f.unit, 1, 2))"
    return f"e.facet_id IN (SELECT f.id FROM facet f WHERE {fitting})"


BY_FACET = frozenset(
    [
        *("facets", "plan", "plans", "department", "indicator_entry_plan", *TESTED),
        *(name for column, tests in RANGES.items() if column in TESTED for name in tests),
    ]
)
"""Filters, sorts and walks whose columns the indexes by facet and sort hold."""

ENTRY = Entry(
    source=ENTRY_SOURCE,
    alone="indicator_entry e {by}",
    row="e",
    filters={
        **owned("e"),
        **{name: any_of("(SELECT f.{name} FROM facet f WHERE f.id = e.facet_id)") for name in FACETS},
        **{name: test for tests in RANGES.values() for name, test in tests.items()},
        "status": any_of(f"({ENTRY_STATUS})"),
        "department": _responsible,
    },
    sorts={
        "plan": "e.plan_id",
        "position": "e.position",
        "name": "e.name",
        "value": "e.value",
        "normalized_value": "e.normalized_value",
        "due_on": "e.due_on",
        "updated_at": "e.updated_at",
    },
    facets={**{name: any_of(f"f.{name}") for name in FACETS}, "status": _standing},
    inexact=frozenset(["status"]),
    faceted=_within("facet_plan"),
    merged={name: f"indicator_entry_facet_{name}" for name in MERGED},
    units=_units,
    zoned={f"indicator_entry_{name}": name for name in ZONED},
    shown=ENTRY_SHOWN,
    tested=BY_FACET | {"status", "updated_since", "updated_at"},
    tested_by_facet=BY_FACET,
    tallied=tallies.counting,
)

IMPLIED: dict[str, dict[str, Filter]] = {
    "value": {"normalized_min": _not_below, "normalized_max": _not_above, "status": _valued},
}
"""What follows for a column from other filters."""

LOOKUPS = (
    *(
        Lookup(
            tests if column != "due_on" else {**tests, "status": _due_of},
            _by(column),
            _within(f"facet_{column}") if column in MERGED else "",
            wide=column in WIDE,
            implied=IMPLIED.get(column, {}),
        )
        for column, tests in RANGES.items()
    ),
    Lookup(
        {"department": any_of("x.department")},
        "SELECT x.key FROM indicator_department x WHERE 1",
        "SELECT x.key FROM indicator_department x WHERE x.facet_id IN ({facets})",
    ),
)

INDICATOR = Resource(
    name="indicator",
    source=SOURCE,
    key="i",
    fields={
        "id": "i.id",
        "plan_id": "i.plan_id",
        "section_id": "i.section_id",
        "parent_id": "i.parent_id",
        "code": "i.code",
        "name": "i.name",
        "name_en": "i.name_en",
        "action": "i.action",
        "kind": "i.kind",
        "direction": "i.direction",
        "nature": "i.nature",
        "commitment": "i.commitment",
        "target": {
            "comparator": "i.comparator",
            "value": "i.value",
            "upper": "i.upper",
            "tolerance": "i.tolerance",
            "unit": "i.unit",
            "normalized_value": "i.normalized_value",
            "normalized_upper": "i.normalized_upper",
            "base_unit": "i.base_unit",
            "text": "i.target_text",
        },
        "baseline": {"value": "i.baseline_value", "period": "i.baseline_period"},
        "deadline_id": "i.deadline_id",
        "due_on": "i.due_on",
        "due_precision": "i.due_precision",
        "deadline_basis": "i.deadline_basis",
        "lead_department": "i.lead_department",
        "departments": "json(i.departments)",
        "source": place("i"),
        **stamps("i"),
        "progress": PROGRESS,
    },
    stored=("i.facts", {"progress": json_object(PROGRESS)}),
    filters={
        **owned("i"),
        "section": within("i.section_id", TREE),
        "kind": any_of("i.kind"),
        "comparator": any_of("i.comparator"),
        "unit": any_of("i.unit"),
        "base_unit": any_of("i.base_unit"),
        "direction": any_of("i.direction"),
        "nature": any_of("i.nature"),
        "commitment": any_of("i.commitment"),
        "status": any_of(f"(SELECT {STATUS} FROM plan owner {LATEST} WHERE owner.id = i.plan_id)"),
        "deadline": any_of("i.deadline_id"),
        "department": responsible("i"),
        "value_min": compare("i.value", ">="),
        "value_max": compare("i.value", "<="),
        "normalized_min": compare("i.normalized_value", ">="),
        "normalized_max": compare("i.normalized_value", "<="),
        "due_from": compare("i.due_on", ">="),
        "due_to": compare("i.due_on", "<="),
        "updated_since": compare("i.updated_at", ">="),
        "paragraph": any_of("i.source_paragraph"),
    },
    sorts={
        "plan": "i.plan_id",
        "position": "i.position",
        "name": "i.name",
        "value": "i.value",
        "normalized_value": "i.normalized_value",
        "due_on": "i.due_on",
        "updated_at": "i.updated_at",
    },
    order=("plan", "position"),
    includes={
        "plan": one(PLAN, "i.plan_id"),
        "section": one(SECTION, "i.section_id"),
        "deadline": one(DEADLINE, "i.deadline_id"),
        "observations": OBSERVATIONS,
    },
    walks={name: f"indicator_entry_{name}" for name in ENTRY.sorts},
    lookups=LOOKUPS,
    owners=OWNERS,
    entry=ENTRY,
    alone="indicator i",
)
INDICATOR = INDICATOR._replace(
    present=INDICATOR._replace(
        source=OWN_SOURCE,
        fields={**INDICATOR.fields, "progress": ENTRY_PROGRESS},
        stored=("e.facts", {"progress": PROGRESS_TEXT}),
    )
)
