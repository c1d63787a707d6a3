"""Compose a read: a resource is data (fields, filters, sort keys), and what a caller asks of it becomes one statement.

A page is found by keyset, at the same cost however deep: the rows after a cursor are the disjoint ranges
"same first keys, next key beyond", in order, each one a search of an index.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count as numbers
from typing import Any, NamedTuple

from db import matching

Fields = Mapping[str, "str | Fields"]
"""The shape of a resource as JSON: each name is an SQL expression, or an object of the same kind."""

Bind = Callable[[Any], str]
"""Takes a value and returns the placeholder that stands for it in the statement."""

Filter = Callable[[Bind, Any], str]
"""Turns the value of a parameter into a condition."""


class Resource(NamedTuple):
    """Describe a resource: its table, the FROM clause and the key in it, and what may be asked of it.

    `stored` names the column that holds its members as JSON text without the closing brace, and the members that are
    not in it.
    """

    name: str
    source: str
    key: str
    fields: Fields
    filters: Mapping[str, Filter]
    sorts: Mapping[str, str]
    order: tuple[str, ...]
    includes: Mapping[str, "str | Fields"] = {}
    stored: tuple[str, tuple[str, ...]] | None = None


class Ask(NamedTuple):
    """Hold what a caller asks of a collection: checked names and values only."""

    filters: Mapping[str, Any] = {}
    sort: Sequence[str] = ()
    fields: Sequence[str] = ()
    include: Sequence[str] = ()
    context: Mapping[str, Any] = {}


class Statement(NamedTuple):
    """Hold the parts of a SELECT that a page, a count, an export and a summary share."""

    resource: Resource
    conditions: list[str]
    values: dict[str, Any]
    order: tuple[str, ...]
    keys: list[tuple[str, bool]]

    @property
    def where(self) -> str:
        """Join the conditions."""
        return " AND ".join(self.conditions) or "1"


def any_of(expression: str) -> Filter:
    """Match any of the values given."""
    return lambda bind, values: (
        f"{expression} = {bind(values[0])}" if len(values) == 1 else f"{expression} IN ({', '.join(map(bind, values))})"
    )


def compare(expression: str, operator: str) -> Filter:
    """Match by one comparison with the value."""
    return lambda bind, value: f"{expression} {operator} {bind(value)}"


def prefix(expression: str) -> Filter:
    """Match values that begin with any of the prefixes given (digits only, so GLOB has nothing to escape)."""
    return lambda bind, values: "(" + " OR ".join(f"{expression} GLOB {bind(f'{value}*')}" for value in values) + ")"


def within(expression: str, rows: str) -> Filter:
    """Match what is in a subquery, whose `{any}` stands for the values given."""
    return lambda bind, values: f"{expression} IN ({rows.format(any=', '.join(map(bind, values)))})"


def exists(rows: str) -> Filter:
    """Match where a subquery finds something; its `{any}` stands for the values given."""
    return lambda bind, values: f"EXISTS ({rows.format(any=', '.join(map(bind, values)))})"


def json_object(fields: Fields) -> str:
    """Write the SQL that builds a JSON object of this shape, keys in order."""
    pairs = (
        f"'{name}', {json_object(value) if isinstance(value, Mapping) else value}" for name, value in fields.items()
    )
    return f"json_object({', '.join(pairs)})"


def flat(fields: Fields, before: str = "") -> dict[str, str]:
    """Flatten a shape to columns: `target` of `value` becomes `target_value`."""
    columns: dict[str, str] = {}
    for name, value in fields.items():
        columns |= flat(value, f"{before}{name}_") if isinstance(value, Mapping) else {before + name: value}
    return columns


def paths(fields: Fields, before: str = "") -> Iterator[str]:
    """List every name that sparse `fields` may ask for, objects and their members dotted."""
    for name, value in fields.items():
        yield before + name
        if isinstance(value, Mapping):
            yield from paths(value, f"{before}{name}.")


def sparse(fields: Fields, wanted: Iterable[str]) -> Fields:
    """Keep only the wanted (dotted) names of a shape, in the shape's own order; everything if none is wanted."""
    names = set(wanted)
    if not names:
        return fields
    kept: dict[str, str | Fields] = {}
    for name, value in fields.items():
        members = {path.partition(".")[2] for path in names if path.startswith(f"{name}.")}
        if name in names:
            kept[name] = value
        elif members and isinstance(value, Mapping):
            kept[name] = sparse(value, members)
    return kept


def one(resource: Resource, key: str) -> str:
    """Write the related row of a resource whose id is the given expression, as an included object."""
    return f"json((SELECT {json_object(resource.fields)} FROM {resource.source} WHERE {resource.key}.id = {key}))"


def prepare(connection: sqlite3.Connection, resource: Resource, ask: Ask) -> Statement:
    """Turn what a caller asks into conditions, bound values and a complete order (the id breaks ties)."""
    values: dict[str, Any] = dict(ask.context)
    names = numbers()

    def bind(value: Any) -> str:
        name = f"p{next(names)}"
        values[name] = value
        return f":{name}"

    conditions = [
        _selected(connection, resource, name, resource.filters[name](bind, value), values)
        for name, value in ask.filters.items()
        if name != "q"
    ]
    sorts = dict(resource.sorts)
    order = tuple(ask.sort) or resource.order
    if "q" in ask.filters:
        condition, relevance = matching.condition(
            connection, resource.name, resource.key, bind, ask.filters["q"], past=bool(ask.context.get("as_of"))
        )
        conditions.append(condition)
        if relevance and not ask.sort:
            sorts["relevance"] = relevance
            order = ("relevance", *resource.order)
    few = "+" if FEW & ask.filters.keys() else ""  # keeps an index of the sort from being walked for a plan's few rows
    keys = [(few + sorts[name.removeprefix("-")], name.startswith("-")) for name in order]
    tie = (f"{resource.key}.id", keys[-1][1])  # in the direction of the last key, as its index runs
    return Statement(resource, conditions, values, order, [*keys, tie])


class Page(NamedTuple):
    """Hold a page: its rows as one JSON text (objects with commas between), whether more follow, and the last key."""

    members: bytes
    more: bool
    last: tuple[Any, ...]


def page(
    connection: sqlite3.Connection, statement: Statement, shape: str, limit: int, after: Sequence[Any] | None
) -> Page:
    """Return up to `limit` rows after the given key. Null sorts before every value.

    The keys are chosen first, so that only rows of the page are written. The page comes as one row of bytes: between
    any two rows SQLite lets go of Python's lock, which with many threads costs more than the row.
    """
    names = [f"k{index}" for index, _ in enumerate(statement.keys)]
    expressions = ", ".join(f"{key[0]} AS {name}" for name, key in zip(names, statement.keys, strict=True))
    order = ", ".join(f"{name}{' DESC' if key[1] else ''}" for name, key in zip(names, statement.keys, strict=True))
    values = statement.values | {"limit": limit}
    ranges: Iterable[str] = [""]
    if after is not None:
        values |= dict(zip(names, after, strict=True))
        ranges = _beyond(statement.keys, after)
    source, key = statement.resource.source, f"{statement.resource.key}.key"
    selects = [
        f"SELECT * FROM (SELECT {key} AS key, {expressions} FROM {source}"
        f" WHERE {statement.where}{span} ORDER BY {order} LIMIT :limit + 1)"
        for span in ranges
    ]
    members, found, *last = connection.execute(
        f"WITH chosen AS MATERIALIZED ({' UNION ALL '.join(selects)} LIMIT :limit + 1), written AS"
        f" (SELECT {shape} AS member FROM (SELECT key FROM chosen LIMIT :limit) shown CROSS JOIN {source}"
        f" WHERE {key} = shown.key)"
        " SELECT (SELECT CAST(group_concat(member) AS BLOB) FROM written), (SELECT count(*) FROM chosen), last.*"
        f" FROM (SELECT 1) LEFT JOIN (SELECT {', '.join(names)} FROM chosen LIMIT 1 OFFSET :limit - 1) last",
        values,
    ).fetchone()
    return Page(members or b"", found > limit, tuple(last))


def _beyond(keys: Sequence[tuple[str, bool]], after: Sequence[Any]) -> Iterator[str]:
    """Write the ranges that make up what comes after a key, nearest first."""
    for index in reversed(range(len(keys))):
        expression, down = keys[index]
        if after[index] is None and down:
            continue
        beyond = "IS NOT NULL" if after[index] is None else f"{'<' if down else '>'} :k{index}"
        same = "".join(f" AND {keys[before][0]} IS :k{before}" for before in range(index))
        yield f"{same} AND {expression} {beyond}"
        if after[index] is not None and down:
            yield f"{same} AND {expression} IS NULL"


def each(connection: sqlite3.Connection, statement: Statement, columns: Iterable[str]) -> sqlite3.Cursor:
    """Run through the whole result in order, one row at a time, from one state of the store."""
    order = ", ".join(f"{expression}{' DESC' if down else ''}" for expression, down in statement.keys)
    return connection.execute(
        f"SELECT {', '.join(columns)} FROM {statement.resource.source} WHERE {statement.where} ORDER BY {order}",
        statement.values,
    )


BETWEEN = b"\x1f"
"""What stands between the values of a line (ASCII's unit separator): no text holds a control character."""


def lines(connection: sqlite3.Connection, statement: Statement, columns: Iterable[str]) -> sqlite3.Cursor:
    """Run through the whole result as `each` does, a row as bytes: its values, BETWEEN between them, null as nothing.

    So Python makes one object of a row, not forty.
    """
    expressions = list(columns)
    form = BETWEEN.decode().join(["%s"] * len(expressions))
    return each(connection, statement, [f"CAST(printf('{form}', {', '.join(expressions)}) AS BLOB)"])


def total(connection: sqlite3.Connection, statement: Statement) -> int:
    """Count the whole result exactly."""
    number: int = connection.execute(
        f"SELECT count(*) FROM {statement.resource.source} WHERE {statement.where}", statement.values
    ).fetchone()[0]
    return number


def get(connection: sqlite3.Connection, resource: Resource, key: str, ask: Ask) -> bytes | None:
    """Return one row as JSON text, or None."""
    found = versioned(connection, resource, key, ask)
    return found[0] if found else None


def versioned(connection: sqlite3.Connection, resource: Resource, key: str, ask: Ask) -> tuple[bytes, int] | None:
    """Return one row as JSON text with its version (1 for what never changes), or None.

    A BLOB comes as the bytes that are sent; text would be decoded on the way, and encoded again.
    """
    statement = _remembered(
        ("one", resource.name, *ask.fields, "", *ask.include),
        lambda: (
            f"SELECT CAST({shape(resource, ask)} AS BLOB), {resource.fields.get('version', '1')}"
            f" FROM {resource.source} WHERE {resource.key}.id = :id"
        ),
    )
    found: tuple[bytes, int] | None = connection.execute(statement, {**ask.context, "id": key}).fetchone()
    return found


def known(connection: sqlite3.Connection, resource: Resource, key: str) -> bool:
    """Tell whether there is such a row."""
    return connection.execute(f"SELECT 1 FROM {resource.name} WHERE id = ?", (key,)).fetchone() is not None


def _written(resource: Resource, wanted: Sequence[str], extra: Fields) -> str:
    """Write a shape from the text that is stored with the row, where all of it is wanted, else from the columns."""
    if wanted or resource.stored is None:
        return json_object({**sparse(resource.fields, wanted), **extra})
    text, computed = resource.stored
    members = {**{name: resource.fields[name] for name in computed}, **extra}
    parts = (
        f""" || ',"{name}":' || {json_object(value) if isinstance(value, Mapping) else value}"""
        for name, value in members.items()
    )
    return f"{text}{''.join(parts)} || '}}'"


def shape(resource: Resource, ask: Ask) -> str:
    """Write the JSON object that a caller asks for: sparse fields and what is included."""

    def write() -> str:
        return _written(resource, ask.fields, {name: resource.includes[name] for name in ask.include})

    return _remembered(("shape", resource.name, *ask.fields, "", *ask.include), write)


_texts: dict[tuple[str, ...], str] = {}
TEXTS_MOST = 500
"""How many texts of what callers have asked for are remembered: writing one anew takes 0.1 ms."""


def _remembered(asked: tuple[str, ...], write: Callable[[], str]) -> str:
    text = _texts.get(asked)
    if text is None:
        if len(_texts) >= TEXTS_MOST:
            _texts.clear()
        text = _texts[asked] = write()
    return text


FEW = {"plan", "section", "parent", "deadline", "indicator"}
"""Filters that leave few rows, and have an index of their own."""
PROBED = {"updated_since", "recorded_since", "value_min", "value_max", "normalized_min", "normalized_max"}
"""Filters by a range that may leave few rows or nearly all, and have an index of their own."""


def _selected(
    connection: sqlite3.Connection, resource: Resource, name: str, condition: str, values: Mapping[str, Any]
) -> str:
    """Let a range that holds few rows select them, which costs one look at the index; else test it row by row."""
    if name not in PROBED:
        return condition
    rows = f"SELECT key FROM {resource.name} {resource.key} WHERE {condition}"
    found = connection.execute(f"SELECT count(*) FROM ({rows} LIMIT {matching.RANKED + 1})", values).fetchone()[0]
    return condition if found > matching.RANKED else f"{resource.key}.key IN ({rows})"
