"""Query parameters: strict, typed, bounded; an unknown name or a bad value is refused with what is allowed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from schema.fields import LARGEST, Date, Text, Timestamp, coded, identifier, plan_identifier
from schema.item import Strict
from schema.vocabulary import LEVELS, STATUSES

LIMIT_DEFAULT = 50
LIMIT_MOST = 1000
VALUES_MOST = 50
"""How many values one comma-separated parameter may list."""
QUERY_BYTES = 8000
"""The longest query string; gunicorn refuses a request line beyond 8,190 bytes itself."""
NUMBER = r"^-?[0-9]{1,20}(\.[0-9]{1,22})?([eE][-+]?[0-9]{1,3})?$"
AREA = r"^[0-9]{2,6}$"
CURSOR = r"^[A-Za-z0-9_-]+$"


class AnyOf(fields.List[Any]):
    """Hold comma-separated values, any of which may match."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        parts = value.split(",")
        if len(parts) > VALUES_MOST:
            raise ValidationError(f"Must not list more than {VALUES_MOST} values.")
        values: list[Any] = super()._deserialize(parts, attr, data, **kwargs)
        if len(set(values)) < len(values):
            raise ValidationError("Must not list a value twice.")
        return values


class QueryNumber(fields.Field[int | float]):
    """Hold a bound on numbers, written in ASCII digits as JSON writes numbers; finer than any stored one may be."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int | float:  # noqa: ARG002
        if not re.fullmatch(NUMBER, value):
            raise ValidationError("Must be a decimal number, such as 78 or -2.94.")
        number = Decimal(value)
        if abs(number) > LARGEST:
            raise ValidationError(f"Must be between -{LARGEST} and {LARGEST}.")
        return int(number) if number == number.to_integral_value() else float(number)


class QueryInteger(fields.Integer):
    """Hold a whole number written in ASCII digits (int() would take 1_000, ٣ and blanks too)."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not re.fullmatch(r"-?[0-9]{1,20}", value):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


def several(field: fields.Field[Any], description: str) -> AnyOf:
    """Declare a list of values."""
    return AnyOf(field, validate=validate.Length(1, VALUES_MOST), metadata={"description": description})


def any_of(field: fields.Field[Any], description: str) -> AnyOf:
    """Declare a filter by any of several values."""
    return several(field, f"{description} Comma-separated: any of them.")


def one_of(terms: Sequence[Any], description: str) -> AnyOf:
    """Declare a filter by any of several codes of a vocabulary."""
    return any_of(coded(terms), description)


def whole(least: int, most: int, description: str, **kwargs: Any) -> QueryInteger:
    """Declare a whole number within bounds."""
    return QueryInteger(validate=validate.Range(least, most), metadata={"description": description}, **kwargs)


def switch(description: str) -> fields.Boolean:
    """Declare a parameter that is true or false, by default false."""
    return fields.Boolean(truthy={"true"}, falsy={"false"}, load_default=False, metadata={"description": description})


def plan() -> AnyOf:
    """Declare the filter by plan."""
    return any_of(plan_identifier(), "Of these plans.")


def area() -> AnyOf:
    """Declare the filter by area."""
    return any_of(Text(6, pattern=AREA), "Of areas whose GB/T 2260 code begins so: 21 is the whole province.")


def level() -> AnyOf:
    """Declare the filter by issuing level."""
    return one_of(LEVELS, "Issued at these levels.")


def section() -> AnyOf:
    """Declare the filter by section."""
    return any_of(identifier(), "In these sections or below them.")


def department() -> AnyOf:
    """Declare the filter by department."""
    return any_of(Text(100), "Led by, or with the part of, these departments.")


def since(description: str) -> Timestamp:
    """Declare a lower bound in time."""
    return Timestamp(metadata={"description": description})


def day(description: str) -> Date:
    """Declare a date."""
    return Date(metadata={"description": description})


def status_at() -> Date:
    """Declare the date that statuses are computed for."""
    return day("The date that statuses, lights and days left are computed for; today by default.")


def as_of() -> Timestamp:
    """Declare the moment whose store is read."""
    return Timestamp(
        metadata={
            "description": "Answer from the store as it stood at this moment (recorded time); statuses are those of its"
            " day. Answers about the past may be kept for good."
        }
    )


def search(*, required: bool = False) -> Text:
    """Declare the text search."""
    return Text(
        100,
        required=required,
        metadata={
            "description": "Words to find, in Chinese or Latin script: all of them, each as a substring; width, case"
            " and traditional characters make no difference."
        },
    )


def number(description: str) -> QueryNumber:
    """Declare a bound on a value."""
    return QueryNumber(metadata={"description": description})


def item_filters() -> dict[str, fields.Field[Any]]:
    """List the filters that indicators and milestones share."""
    return {
        "plan": plan(),
        "area": area(),
        "level": level(),
        "section": section(),
        "status": one_of(STATUSES, "With this status at status_at."),
        "deadline": any_of(identifier(), "Due by this deadline."),
        "department": department(),
        "due_from": day("Due on this date or later."),
        "due_to": day("Due on this date or earlier."),
        "updated_since": since("Changed at this moment or later."),
        "paragraph": any_of(whole(1, 1_000_000, ""), "From this paragraph of the source text."),
        "q": search(),
        "status_at": status_at(),
    }


def names(schema: type[Schema], before: str = "") -> Iterator[str]:
    """List every member that `fields` may name, those of nested objects dotted.

    What is only included is not one, and what is given whole has no members to name.
    """
    for name, field in schema._declared_fields.items():
        if field.metadata.get("x-included"):
            continue
        yield before + name
        if isinstance(field, fields.Nested) and not field.metadata.get("whole"):
            yield from names(type(field.schema), f"{before}{name}.")


def sparse(schema: type[Schema]) -> AnyOf:
    """Declare the choice of members."""
    return several(
        fields.String(validate=validate.OneOf(tuple(names(schema)))),
        "Only these members, comma-separated, dotted for nested ones; by default all of them.",
    )


def included(schema: type[Schema]) -> dict[str, fields.Field[Any]]:
    """Declare which related objects may be embedded, if any."""
    related = tuple(name for name, field in schema._declared_fields.items() if field.metadata.get("x-included"))
    if not related:
        return {}
    return {"include": several(fields.String(validate=validate.OneOf(related)), "Embed these, comma-separated.")}


class Query(Strict):
    """Hold the parameters of a collection; a range that ends before it begins is a mistake, not an empty list."""

    @validates_schema(skip_on_field_errors=True)
    def _in_order(self, data: dict[str, Any], **_: Any) -> None:
        for name, end in data.items():
            begin = next((name.removesuffix(last) + first for last, first in ENDS.items() if name.endswith(last)), "")
            if begin in data and data[begin] > end:
                raise ValidationError(f"Is {'below' if begin.endswith('_min') else 'before'} {begin}.", name)


ENDS = {"_max": "_min", "_to": "_from"}
"""How the names of a range end: that of its end, that of its beginning."""

Parameters = Mapping[str, fields.Field[Any]]


def item_query(schema: type[Schema], *, dated: bool) -> type[Schema]:
    """Make the schema of the parameters of one item."""
    dates = {"status_at": status_at()} if dated else {}
    members = {"fields": sparse(schema), **included(schema), **dates, "as_of": as_of()}
    return Strict.from_dict(members, name="ItemQuerySchema")


def filter_query(filters: Parameters, sorts: Sequence[str], schema: type[Schema]) -> dict[str, fields.Field[Any]]:
    """List the parameters that a page and an export of a collection share."""
    keys = tuple(f"{sign}{key}" for key in sorts for sign in ("", "-"))
    return {
        **filters,
        "sort": AnyOf(
            fields.String(validate=validate.OneOf(keys)),
            validate=validate.Length(1, 3),
            metadata={
                "description": "Order by these keys, comma-separated, - for descending; null sorts before every value."
                " By default document order, or relevance with q."
            },
        ),
        "fields": sparse(schema),
        "as_of": as_of(),
    }


def page_query(filters: Parameters, sorts: Sequence[str], schema: type[Schema]) -> type[Schema]:
    """Make the schema of the parameters of a page of a collection."""
    return Query.from_dict(
        {
            **filter_query(filters, sorts, schema),
            **included(schema),
            "limit": whole(1, LIMIT_MOST, "How many at most on the page.", load_default=LIMIT_DEFAULT),
            "after": after(),
            "count": switch("Give the exact number of all matches as total."),
        },
        name="PageQuerySchema",
    )


def export_query(filters: Parameters, sorts: Sequence[str], schema: type[Schema]) -> type[Schema]:
    """Make the schema of the parameters of a whole collection as one file."""
    bom = switch("Begin a CSV file with a byte order mark, which Excel needs to see UTF-8.")
    return Query.from_dict({**filter_query(filters, sorts, schema), "bom": bom}, name="ExportQuerySchema")


def after() -> Text:
    """Declare the cursor."""
    return Text(
        4000, pattern=CURSOR, metadata={"description": "Cursor from `next` of the page before; belongs to its query."}
    )


def allowed(field: fields.Field[Any]) -> list[str]:  # noqa: PLR0911
    """Say what a parameter takes: its codes, its range, its pattern or its length."""
    codes = [choice for check in field.validators if isinstance(check, validate.OneOf) for choice in check.choices]
    if codes:
        return codes
    if isinstance(field, fields.List):
        return allowed(field.inner)
    if isinstance(field, fields.Boolean):
        return ["true", "false"]
    if isinstance(field, Timestamp):
        return ["YYYY-MM-DDThh:mm:ssZ"]
    if isinstance(field, Date):
        return ["YYYY-MM-DD"]
    if isinstance(field, QueryNumber):
        return [NUMBER]
    return [_bound(check) for check in field.validators]


def _bound(check: Any) -> str:
    """Say in words what a validator lets pass."""
    match check:
        case validate.Range():
            return f"{check.min} to {check.max}"
        case validate.URL():
            return "http:// or https:// and so on"
        case validate.Regexp():
            return str(check.regex.pattern)
        case _:
            return f"{check.min or 0} to {check.max} characters"
