"""Write rows as JSON, or as columns: a shape names each member, with the SQL expression that it is."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

Fields: TypeAlias = Mapping[str, "str | Fields"]
"""A shape: each name is an SQL expression, or an object of the same kind."""


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


BETWEEN = b"\x1f"
"""What stands between the values of a line (ASCII's unit separator): no text holds a control character."""


def line(columns: Iterable[str]) -> str:
    """Write the SQL that builds a row as bytes: its values, BETWEEN between them, null as nothing.

    So Python makes one object of a row, not forty.
    """
    expressions = list(columns)
    form = BETWEEN.decode().join(["%s"] * len(expressions))
    return f"CAST(printf('{form}', {', '.join(expressions)}) AS BLOB)"
