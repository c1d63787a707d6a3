"""Describe a resource as data: its table, its members as JSON, what it can be filtered and sorted by."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from db import schema
from db.shapes import Fields, json_object

Bind = Callable[[Any], str]
"""Takes a value and returns the placeholder that stands for it in the statement."""

Condition = Callable[[Bind, Any], str]
"""Turns the value of a parameter into SQL."""


class Filter(NamedTuple):
    """Describe a filter: its condition on a row.

    A filter that leaves few rows names the index that they are `found_by`; the first one given is used, so the narrower
    ones stand first. Of one that `selects`, the condition is a SELECT, from another table, of the keys of all rows that
    match.
    """

    condition: Condition
    found_by: str = ""
    selects: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Resource:
    """Describe a resource by its table, the `alias` that stands for it, and what may be asked of it.

    `record` are the members that are stored, `fields` all of them. `joined` follows the table in FROM where a row is
    shown. Each of `sorts` has an index TABLE_by_SORT, unless the resource is `unindexed`. `order` are the sorts of a
    list without one. Members may be `counted` from the other rows of the plan (api/copied_past.py).
    """

    name: str
    alias: str
    record: Fields
    fields: Fields
    filters: Mapping[str, Filter]
    sorts: Mapping[str, str]
    order: tuple[str, ...]
    table: str = ""
    joined: str = ""
    includes: Fields = field(default_factory=dict)
    counted: bool = False
    unindexed: bool = False

    @property
    def own(self) -> str:
        """Return the table with its alias."""
        return f"{self.table or self.name} {self.alias}"

    @property
    def source(self) -> str:
        """Return the FROM clause of a row with all that is shown of it."""
        return f"{self.own} {self.joined}"

    def related(self, key: str) -> str:
        """Write the row whose id is the given expression as an included object."""
        return f"json((SELECT {json_object(self.fields)} FROM {self.source} WHERE {self.alias}.id = {key}))"


class Ask(NamedTuple):
    """Hold what a caller asks of a collection: checked names and values only."""

    filters: Mapping[str, Any] = {}
    sort: Sequence[str] = ()
    fields: Sequence[str] = ()
    include: Sequence[str] = ()
    context: Mapping[str, Any] = {}

    @property
    def past(self) -> bool:
        """Tell whether it asks for the store as it stood."""
        return bool(self.context.get("as_of"))


STAMPS = ("version", "created_at", "updated_at")
OBJECTS = ("target", "baseline", "source")
"""Members that are objects: the columns of each have its name before theirs."""
UNSHOWN = {"key", "term_id", *schema.DERIVED}
"""Columns that no answer shows."""
UNSHOWN_OF = {"indicator": {"position"}, "milestone": {"position"}, "observation": {"period_end"}}
"""The same of one table: the order of a list shows the position of an item, and a time period its end."""


def record(table: str, row: str) -> Fields:
    """Return the members of a resource that are stored: those columns of its table that are shown, in order."""
    shown: dict[str, Any] = {}
    for column in schema.columns(table):
        group, _, member = column.partition("_")
        if column in UNSHOWN or column in UNSHOWN_OF.get(table, ()):
            continue
        if group in OBJECTS:
            shown.setdefault(group, {})[member] = f"{row}.{column}"
        else:
            shown[column] = f"json({row}.departments)" if column == "departments" else f"{row}.{column}"
    return shown


def members(record: Fields, computed: Fields) -> Fields:
    """Return the members of a resource: its record, with what is computed before the stamps."""
    stamps = {name: record[name] for name in STAMPS}
    return {**{name: record[name] for name in record if name not in stamps}, **computed, **stamps}


def any_of(expression: str) -> Condition:
    """Match any of the values given."""
    return lambda bind, values: (
        f"{expression} = {bind(values[0])}" if len(values) == 1 else f"{expression} IN ({', '.join(map(bind, values))})"
    )


def compare(expression: str, operator: str) -> Condition:
    """Match by one comparison with the value."""
    return lambda bind, value: f"{expression} {operator} {bind(value)}"


def prefix(expression: str) -> Condition:
    """Match values that begin with any of the prefixes given (of digits: the colon follows 9)."""
    return lambda bind, values: (
        "(" + " OR ".join(f"{expression} BETWEEN {bind(value)} AND {bind(f'{value}:')}" for value in values) + ")"
    )


def within(expression: str, rows: str) -> Condition:
    """Match what is in a subquery, whose `{any}` stands for the values given."""
    return lambda bind, values: f"{expression} IN ({selected(rows)(bind, values)})"


def selected(rows: str) -> Condition:
    """Select the keys of what matches; the `{any}` of the statement stands for the values given."""
    return lambda bind, values: rows.format(any=", ".join(map(bind, values)))
