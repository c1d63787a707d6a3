"""Query parameters: typed and bounded. An unknown name or a bad value is refused; the fault lists what is allowed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from schema.fields import LARGEST, Date, Text, Timestamp, coded, distinct, identifier, plan_identifier
from schema.item import Strict
from schema.vocabulary import LEVELS, STATUSES

LIMIT_DEFAULT = 50
LIMIT_MOST = 1000
VALUES_MOST = 50
"""Maximum number of values in one comma-separated parameter."""
QUERY_BYTES = 8000
"""Maximum length of the query string. gunicorn itself refuses request lines over 8,190 bytes."""
NUMBER = r"^-?[0-9]{1,20}(\.[0-9]{1,22})?([eE][-+]?[0-9]{1,3})?$"
AREA = r"^[0-9]{2,6}$"
CURSOR = r"^[A-Za-z0-9_-]+$"


class AnyOf(fields.List[Any]):
    """Validate a comma-separated list of different values."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        parts = value.split(",")
        if len(parts) > VALUES_MOST:
            raise ValidationError(f"Must have at most {VALUES_MOST} values.")
        values: list[Any] = super()._deserialize(parts, attr, data, **kwargs)
        distinct(values)
        return values


class QueryNumber(fields.Field[int | float]):
    """Validate a number in JSON notation with ASCII digits. It may have more decimals than stored numbers have."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int | float:  # noqa: ARG002
        if not re.fullmatch(NUMBER, value):
            raise ValidationError("Must be a decimal number, such as 78 or -2.94.")
        number = Decimal(value)
        if abs(number) > LARGEST:
            raise ValidationError(f"Must be between -{LARGEST} and {LARGEST}.")
        return int(number) if number == number.to_integral_value() else float(number)


class QueryInteger(fields.Integer):
    """Validate a whole number in ASCII digits; int() alone would also accept 1_000, ٣ and blanks."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not re.fullmatch(r"-?[0-9]{1,20}", value):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


def several(field: fields.Field[Any], description: str) -> AnyOf:
    """Declare a comma-separated list of 1 to VALUES_MOST values."""
    return AnyOf(field, validate=validate.Length(1, VALUES_MOST), metadata={"description": description})


def any_of(field: fields.Field[Any], description: str) -> AnyOf:
    """Declare a filter that matches any of its values."""
    return several(field, f"{description} Comma-separated; any value may match.")


def one_of(terms: Sequence[Any], description: str) -> AnyOf:
    """Declare a filter that matches any of its vocabulary codes."""
    return any_of(coded(terms), description)


def whole(least: int, most: int, description: str, **kwargs: Any) -> QueryInteger:
    """Declare a whole number from `least` to `most`."""
    return QueryInteger(validate=validate.Range(least, most), metadata={"description": description}, **kwargs)


def switch(description: str) -> fields.Boolean:
    """Declare a boolean parameter, false by default."""
    return fields.Boolean(truthy={"true"}, falsy={"false"}, load_default=False, metadata={"description": description})


def plan() -> AnyOf:
    """Declare the filter by plan."""
    return any_of(plan_identifier(), "Plan ids.")


def area() -> AnyOf:
    """Declare the filter by area."""
    return any_of(
        Text(6, least=2, pattern=AREA), "First 2 to 6 digits of the GB/T 2260 area code: 21 is a whole province."
    )


def level() -> AnyOf:
    """Declare the filter by issuing level."""
    return one_of(LEVELS, "Level of the issuing government.")


def section() -> AnyOf:
    """Declare the filter by section."""
    return any_of(identifier(), "Section ids; includes the sections below.")


def department() -> AnyOf:
    """Declare the filter by department."""
    return any_of(Text(100), "Exact names of departments that lead or take part.")


def since(description: str) -> Timestamp:
    """Declare a parameter that is a date and time."""
    return Timestamp(metadata={"description": description})


def day(description: str) -> Date:
    """Declare a parameter that is a date."""
    return Date(metadata={"description": description})


def status_at() -> Date:
    """Declare the date for which statuses are computed."""
    return day("Compute statuses, lights and days_left for this date. Default: the day of as_of, or today.")


def as_of() -> Timestamp:
    """Declare the moment at which the store is read."""
    return since(
        "Read the store as it stood at this moment (recorded time). Statuses are computed for that day. Answers about"
        " the past may be cached indefinitely."
    )


def search(*, required: bool = False) -> Text:
    """Declare the text search."""
    return Text(
        100,
        required=required,
        metadata={
            "description": "Words separated by spaces. All must occur, as substrings of title, title_en, name, name_en"
            " or lead_department. Ignores width and case; traditional matches simplified."
        },
    )


def number(description: str) -> QueryNumber:
    """Declare a parameter that is a number."""
    return QueryNumber(metadata={"description": description})


def item_filters() -> dict[str, fields.Field[Any]]:
    """Return the filters that indicators and milestones share."""
    return {
        "plan": plan(),
        "area": area(),
        "level": level(),
        "section": section(),
        "status": one_of(STATUSES, "Status at status_at."),
        "deadline": any_of(identifier(), "Deadline ids."),
        "department": department(),
        "due_from": day("Due on or after this date."),
        "due_to": day("Due on or before this date."),
        "updated_since": since("Changed at or after this moment."),
        "paragraph": any_of(whole(1, 1_000_000, ""), "Paragraph of the source text."),
        "q": search(),
        "status_at": status_at(),
    }


def names(schema: type[Schema], before: str = "") -> Iterator[str]:
    """List the member names that `fields` accepts; members of nested objects are dotted.

    Objects that only `include` adds are left out. An object marked `whole` is one member.
    """
    for name, field in schema._declared_fields.items():
        if field.metadata.get("x-included"):
            continue
        yield before + name
        if isinstance(field, fields.Nested) and not field.metadata.get("whole"):
            yield from names(type(field.schema), f"{before}{name}.")


def sparse(schema: type[Schema]) -> AnyOf:
    """Declare the parameter `fields` for a schema."""
    return several(
        fields.String(validate=validate.OneOf(tuple(names(schema)))),
        "Return only these members. Comma-separated; nested members dotted. Default: all.",
    )


def included(schema: type[Schema]) -> dict[str, fields.Field[Any]]:
    """Declare the parameter `include`, if the schema has related objects to embed."""
    related = tuple(name for name, field in schema._declared_fields.items() if field.metadata.get("x-included"))
    if not related:
        return {}
    return {
        "include": several(
            fields.String(validate=validate.OneOf(related)), "Related objects to embed. Comma-separated."
        )
    }


class Query(Strict):
    """Validate the parameters of a collection. A range that ends before it starts is refused."""

    @validates_schema(skip_on_field_errors=True)
    def _in_order(self, data: dict[str, Any], **_: Any) -> None:
        for name, end in data.items():
            begin = next((name.removesuffix(last) + first for last, first in ENDS.items() if name.endswith(last)), "")
            if begin in data and data[begin] > end:
                raise ValidationError(f"Must not be {'below' if begin.endswith('_min') else 'before'} {begin}.", name)


ENDS = {"_max": "_min", "_to": "_from"}
"""Name endings of the two bounds of a range: {upper: lower}."""

IN_ORDER = (
    "document order. With q, by relevance if there are at most 1,000 matches; otherwise in the order of loading, or in"
    " document order with plan, section or deadline. Values of position may have gaps."
)
Parameters = Mapping[str, fields.Field[Any]]


def item_query(schema: type[Schema], *, dated: bool) -> type[Schema]:
    """Build the schema of the parameters of a single item; `dated` adds status_at."""
    dates = {"status_at": status_at()} if dated else {}
    members = {"fields": sparse(schema), **included(schema), **dates, "as_of": as_of()}
    return Strict.from_dict(members, name="ItemQuerySchema")


def filter_query(filters: Parameters, sorts: Sequence[str], schema: type[Schema]) -> dict[str, fields.Field[Any]]:
    """Return the parameters that a page and an export of a collection share."""
    keys = tuple(f"{sign}{key}" for key in sorts for sign in ("", "-"))
    return {
        **filters,
        "sort": AnyOf(
            fields.String(validate=validate.OneOf(keys)),
            validate=validate.Length(1, 3),
            metadata={
                "description": "Sort keys, comma-separated; prefix - for descending. Null sorts before every value."
                f" Default: {IN_ORDER if 'position' in sorts else 'see the list operation.'}"
            },
        ),
        "fields": sparse(schema),
        "as_of": as_of(),
    }


def page_query(filters: Parameters, sorts: Sequence[str], schema: type[Schema]) -> type[Schema]:
    """Build the schema of the parameters of a page of a collection."""
    return Query.from_dict(
        {
            **filter_query(filters, sorts, schema),
            **included(schema),
            "limit": whole(1, LIMIT_MOST, "Maximum number of items on the page.", load_default=LIMIT_DEFAULT),
            "after": after(),
            "count": switch("Add total, the exact number of matches on all pages."),
        },
        name="PageQuerySchema",
    )


def export_query(filters: Parameters, sorts: Sequence[str], schema: type[Schema]) -> type[Schema]:
    """Build the schema of the parameters of an export."""
    bom = switch("Start a CSV file with a byte order mark, so that Excel reads it as UTF-8.")
    return Query.from_dict({**filter_query(filters, sorts, schema), "bom": bom}, name="ExportQuerySchema")


def after() -> Text:
    """Declare the cursor of a page."""
    return Text(
        4000,
        pattern=CURSOR,
        metadata={"description": "Cursor in `next` of the previous page. Valid only with the same query."},
    )


def allowed(field: fields.Field[Any]) -> list[str]:  # noqa: PLR0911
    """List what a parameter accepts: its codes, or its range, pattern and length in words."""
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
    """Describe in words what a validator accepts."""
    match check:
        case validate.Range():
            return f"{check.min} to {check.max}"
        case validate.URL():
            return "a URL that starts with http:// or https://"
        case validate.Regexp():
            return str(check.regex.pattern)
        case _:
            return f"{check.min or 0} to {check.max} characters"


NoParametersSchema: Any = Strict.from_dict({}, name="NoParametersSchema")
AsOfQuerySchema: Any = Strict.from_dict({"as_of": as_of()}, name="AsOfQuerySchema")
