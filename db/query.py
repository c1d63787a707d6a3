"""Compose a read: a resource is data (fields, filters, sort keys), and what is asked of it becomes one statement."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count as numbers
from typing import Any, NamedTuple

from db import access_path, matching
from db.connection import keep, learnt
from db.lookups import Entry, Filter, Listing, Lookup, Owner
from db.zones import Part

Fields = Mapping[str, "str | Fields"]
"""The shape of a resource as JSON: each name is an SQL expression, or an object of the same kind."""


class Resource(NamedTuple):
    """Describe a resource: its table, the FROM clause and the key in it, and what may be asked of it.

    `alone` is the FROM clause of its own rows, enough for filters and sorts, where `source` joins what is shown.
    `stored` names the column that holds its members as JSON text without the closing brace, and tells how the members
    that are not in it are written. `walks` names the index of each sort, `lookups` those of filters; `owners` are the
    filters of the plan that a row is a part of. `entry` describes the rows that a list of the present is found by,
    where these are not the resource's own, and `present` is the resource with them. What is shown of a row that is
    `woven` is counted from the other rows of its plan.
    """

    name: str
    source: str
    key: str
    fields: Fields
    filters: Mapping[str, Filter]
    sorts: Mapping[str, str]
    order: tuple[str, ...]
    includes: Mapping[str, "str | Fields"] = {}
    stored: tuple[str, Mapping[str, str]] | None = None
    walks: Mapping[str, str] = {}
    lookups: tuple[Lookup, ...] = ()
    owners: Mapping[str, Owner] = {}
    entry: Entry | None = None
    alone: str = ""
    present: "Resource | None" = None
    woven: bool = False


class Ask(NamedTuple):
    """Hold what a caller asks of a collection: checked names and values only."""

    filters: Mapping[str, Any] = {}
    sort: Sequence[str] = ()
    fields: Sequence[str] = ()
    include: Sequence[str] = ()
    context: Mapping[str, Any] = {}


class Statement(NamedTuple):
    """Hold the parts of a SELECT that a page, a count, an export and a summary share.

    `asked` are the conditions as the resource spells them, whatever path was chosen: what a cursor is bound to.
    `counted` is what to read from to count only, `counting` the statement that does. The keys `row`.key of a page are
    read from `chosen`, under the condition `page` where there is one, what is shown of them from `shown`, which ends
    with the key that is looked up; `parts` are the stretches of the order that can hold rows, where these are known. A
    page may take `budget` steps (0: as many as it needs), before it is found the `longer` way, as are those after it.
    The statement can be prepared `again`, to find its rows in a way that is told.
    """

    resource: Resource
    conditions: list[str]
    values: dict[str, Any]
    order: tuple[str, ...]
    keys: list[tuple[str, bool]]
    asked: str
    counted: str
    counting: str
    row: str
    chosen: str
    shown: str
    page: str = ""
    budget: int = 0
    parts: Sequence[Part] = ()
    longer: "Callable[[], Statement] | None" = None
    again: "Callable[[int], Statement] | None" = None

    @property
    def where(self) -> str:
        """Join the conditions."""
        return " AND ".join(self.conditions) or "1"

    @property
    def everything(self) -> bool:
        """Tell whether nothing was asked that leaves out a row of the present."""
        return not self.asked and self.counted != self.resource.source

    def within(self, span: str) -> str:
        """Join the conditions on the rows of one page, which lie in a span of the order."""
        order = ", ".join(f"{expression}{' DESC' if down else ''}" for expression, down in self.keys)
        return self.page.format(span=span, order=order) if self.page else f"{self.where}{span}"


def any_of(expression: str) -> Filter:
    """Match any of the values given."""
    return lambda bind, values: (
        f"{expression} = {bind(values[0])}" if len(values) == 1 else f"{expression} IN ({', '.join(map(bind, values))})"
    )


def compare(expression: str, operator: str) -> Filter:
    """Match by one comparison with the value."""
    return lambda bind, value: f"{expression} {operator} {bind(value)}"


def prefix(expression: str) -> Filter:
    """Match values that begin with any of the prefixes given (of digits: the colon follows 9)."""
    return lambda bind, values: (
        "(" + " OR ".join(f"{expression} BETWEEN {bind(value)} AND {bind(f'{value}:')}" for value in values) + ")"
    )


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


def prepare(connection: sqlite3.Connection, resource: Resource, ask: Ask, way: int = access_path.FIRST) -> Statement:
    """Turn what a caller asks into conditions, bound values and a complete order (the id breaks ties).

    The rows are the same and in the same order whatever `way` they are found (db.access_path); the very first is for
    pages only.
    """
    values: dict[str, Any] = dict(ask.context)
    names = numbers()

    def bind(value: Any) -> str:
        name = f"p{next(names)}"
        values[name] = value
        return f":{name}"

    past = bool(ask.context.get("as_of"))
    resource = _at(resource, ask)
    asked = {name: value for name, value in ask.filters.items() if name != "q"}
    plain = [resource.filters[name](bind, value) for name, value in asked.items()]
    words = None
    if "q" in ask.filters:
        words = matching.words(connection, resource.name, resource.key, bind, ask.filters["q"], past=past)
    few = bool(FEW & ask.filters.keys())
    sealed = " AND ".join([*plain, *([words.test] if words else [])])
    if past or few or not resource.walks:
        conditions = plain
        if words:
            rare = words.ranked and not past
            conditions = [*plain, f"{resource.key}.key IN ({words.rows})" if rare else words.test]
        order, keys = _order(ask.sort, resource, words, resource.key, resource.sorts, few=few)
        if _of_one_plan(ask, order):  # its index has them in this order: only as many are read as are shown
            keys = [(expression.removeprefix("+"), down) for expression, down in keys]
        alone = resource.alone or resource.source
        count = f"SELECT count(*) FROM {alone} WHERE {' AND '.join(conditions) or '1'}"
        shown = f"{resource.source} WHERE {resource.key}.key"
        if resource.entry and not past:
            shown = f"{resource.entry.showing('NOT INDEXED')} WHERE {resource.entry.row}.key"
        plainly = (resource.source, count, resource.key, alone, shown)
        return Statement(resource, conditions, values, order, keys, sealed, *plainly)
    own = f"{resource.source} {{by}}"
    entry = resource.entry or Entry(own, own, resource.key, resource.filters, resource.sorts)
    order, keys = _order(ask.sort, resource, words, entry.row, entry.sorts, few=False)
    first = order[0].removeprefix("-")
    only = first if len(order) == 1 else ""
    walk, near = resource.walks.get(first, ""), first in {resource.order[0], *LOADED}
    owned = resource.owners, resource.walks.get("plan", "")
    listing = Listing(entry, resource.lookups, asked, words, only, walk, near, *owned)
    question = ("way", resource.name, sealed, tuple(values.values()), order)
    if way == access_path.GLANCE:
        way = learnt(connection, question, way)
    path = access_path.choose(connection, listing, bind, values, way)
    found = resource._replace(source=path.source)
    how = (
        path.counted,
        path.counting,
        entry.row,
        path.chosen,
        f"{entry.showing('NOT INDEXED')} WHERE {entry.row}.key",
        path.page,
        path.budget,
        path.parts,
    )

    def longer() -> Statement:
        keep(connection, question, path.then)
        return again(path.then)

    def again(way: int) -> Statement:
        return prepare(connection, resource, ask, way)

    keys = _as_walked(keys, path.walked)
    return Statement(found, path.conditions, values, order, keys, sealed, *how, longer, again)


def _as_walked(keys: list[tuple[str, bool]], walked: str) -> list[tuple[str, bool]]:
    """Spell the keys of an order as what is walked has them, so that SQLite does not sort again, or must."""
    if walked == "words":
        return [("w.rowid", False)]
    if walked == "plans":
        return [("p.id", keys[0][1]), *keys[1:]]
    return keys if walked else [(f"+{expression}", down) for expression, down in keys]


def _of_one_plan(ask: Ask, order: Sequence[str]) -> bool:
    return order[0] == "plan" and len(ask.filters.get("plan", ())) == 1


def _order(
    sort: Sequence[str],
    resource: Resource,
    words: matching.Words | None,
    row: str,
    sorts: Mapping[str, str],
    *,
    few: bool,
) -> tuple[tuple[str, ...], list[tuple[str, bool]]]:
    """Return the names of the order and its keys; the index of the sort is not walked for few rows."""
    order = tuple(sort) or resource.order
    if words and not sort and words.ranked:
        order, sorts = ("relevance", *order), {**sorts, "relevance": words.relevance}
    elif words and not sort and not few:
        return ("arrival",), [(f"{row}.key", False)]
    sign = "+" if few else ""
    keys = [(sign + sorts[name.removeprefix("-")], name.startswith("-")) for name in order]
    return order, [*keys, (f"{row}.id", keys[-1][1])]  # the tie in the direction of the last key, as its index runs


def each(connection: sqlite3.Connection, statement: Statement, columns: Iterable[str]) -> sqlite3.Cursor:
    """Run through the whole result in order, one row at a time, from one state of the store."""
    order = ", ".join(f"{expression}{' DESC' if down else ''}" for expression, down in statement.keys)
    return connection.execute(
        f"SELECT {', '.join(columns)} FROM {statement.resource.source} WHERE {statement.where} ORDER BY {order}",
        statement.values,
    )


def as_object(resource: Resource, ask: Ask) -> list[str]:
    """Write the one column that is a row as JSON text: in bytes, which need no decoding."""
    return [f"CAST({shape(resource, ask)} AS BLOB)"]


BETWEEN = b"\x1f"
"""What stands between the values of a line (ASCII's unit separator): no text holds a control character."""


def as_line(columns: Iterable[str]) -> list[str]:
    """Write the one column that is a row as bytes: its values, BETWEEN between them, null as nothing.

    So Python makes one object of a row, not forty.
    """
    expressions = list(columns)
    form = BETWEEN.decode().join(["%s"] * len(expressions))
    return [f"CAST(printf('{form}', {', '.join(expressions)}) AS BLOB)"]


def total(connection: sqlite3.Connection, statement: Statement) -> int:
    """Count the whole result exactly."""
    if statement.again and not statement.counting:
        statement = statement.again(access_path.LAST)
    number: int = connection.execute(statement.counting, statement.values).fetchone()[0]
    return number


def get(connection: sqlite3.Connection, resource: Resource, key: str, ask: Ask) -> bytes | None:
    """Return one row as JSON text, or None."""
    found = versioned(connection, resource, key, ask)
    return found[0] if found else None


def versioned(connection: sqlite3.Connection, resource: Resource, key: str, ask: Ask) -> tuple[bytes, int] | None:
    """Return one row as JSON text with its version (1 for what never changes), or None.

    A BLOB comes as the bytes that are sent; text would be decoded on the way, and encoded again.
    """
    resource = _at(resource, ask)
    statement = remembered(
        ("one", *_asked(resource, ask)),
        lambda: (
            f"SELECT CAST({shape(resource, ask)} AS BLOB), {resource.fields.get('version', '1')}"
            f" FROM {resource.source} WHERE {resource.key}.id = :id"
        ),
    )
    found: tuple[bytes, int] | None = connection.execute(statement, {**ask.context, "id": key}).fetchone()
    return found


def several(
    connection: sqlite3.Connection, resource: Resource, keys: Sequence[str], ask: Ask, columns: Iterable[str]
) -> list[tuple[Any, ...]]:
    """Return columns of the rows with these ids, in the order of the ids."""
    resource = _at(resource, ask)
    found = connection.execute(
        f"SELECT {resource.key}.id, {', '.join(columns)} FROM {resource.source}"
        f" WHERE {resource.key}.id IN (SELECT value FROM json_each(:ids))",
        {**ask.context, "ids": json.dumps(keys)},
    )
    rows = {key: row for key, *row in found}
    return [tuple(rows[key]) for key in keys]


def known(connection: sqlite3.Connection, resource: Resource, key: str) -> bool:
    """Tell whether there is such a row."""
    return connection.execute(f"SELECT 1 FROM {resource.name} WHERE id = ?", (key,)).fetchone() is not None


def _written(resource: Resource, wanted: Sequence[str], extra: Fields) -> str:
    """Write a shape from the text that is stored with the row, where all of it is wanted, else from the columns."""
    if wanted or resource.stored is None:
        return json_object({**sparse(resource.fields, wanted), **extra})
    text, written = resource.stored
    members = {name: json_object(value) if isinstance(value, Mapping) else value for name, value in extra.items()}
    members = {**written, **members}
    form = "".join(f',"{name}":%s' for name in members)
    return f"printf('%s{form}}}', {', '.join([text, *members.values()])})"  # || would copy the text at each turn


def shape(resource: Resource, ask: Ask) -> str:
    """Write the JSON object that a caller asks for: sparse fields and what is included."""
    resource = _at(resource, ask)

    def write() -> str:
        return _written(resource, ask.fields, {name: resource.includes[name] for name in ask.include})

    return remembered(("shape", *_asked(resource, ask)), write)


def _at(resource: Resource, ask: Ask) -> Resource:
    """Return the resource as it is read of the present, or of the past, which has no entries."""
    return resource.present if resource.present and not ask.context.get("as_of") else resource


def _asked(resource: Resource, ask: Ask) -> tuple[str, ...]:
    return resource.name, resource.source, *ask.fields, "", *ask.include


_texts: dict[tuple[str, ...], str] = {}
TEXTS_MOST = 500
"""How many texts of what callers have asked for are remembered: writing one anew takes 0.1 ms."""


def remembered(asked: tuple[str, ...], write: Callable[[], str]) -> str:
    """Return a text that has been written for the same before, or write it."""
    text = _texts.get(asked)
    if text is None:
        if len(_texts) >= TEXTS_MOST:
            _texts.clear()
        text = _texts[asked] = write()
    return text


LOADED = {"updated_at", "recorded_at"}
"""Sorts in which rows mostly stand in the store: they are loaded plan by plan, and few are changed later."""

FEW = {"plan", "section", "parent", "deadline", "indicator"}
"""Filters that leave few rows, and have an index of their own."""
