"""Query parameters: strict, typed, bounded; and each says what it takes."""

import re
from typing import Any

import pytest
from marshmallow import Schema, ValidationError

from schema import deadline, indicator, milestone, observation, plan, query, section
from schema.answers import outline, search, vocabularies
from schema.fields import DATE_PATTERN
from schema.query import LIMIT_DEFAULT, VALUES_MOST, allowed, names

MODULES = (deadline, indicator, milestone, observation, outline, plan, query, search, section, vocabularies)
QUERIES = {
    name: value
    for module in MODULES
    for name, value in vars(module).items()
    if name.endswith("QuerySchema") or name == "NoParametersSchema"
}
REQUIRED = {"q": "一", "by": "kind"}


def load(schema: type[Schema], **given: str) -> Any:
    """Load parameters, with those that the schema requires."""
    needed = {name: REQUIRED[name] for name, field in schema().fields.items() if field.required}
    return schema().load(needed | given)


def refusal(schema: type[Schema], **given: str) -> Any:
    with pytest.raises(ValidationError) as caught:
        load(schema, **given)
    return caught.value.messages_dict


def test_every_query_schema_is_looked_at() -> None:
    assert len(QUERIES) >= 20
    assert sum(len(schema().fields) for schema in QUERIES.values()) >= 150


@pytest.mark.parametrize("schema", QUERIES.values(), ids=QUERIES)
def test_every_parameter_says_what_it_takes_and_takes_it(schema: type[Schema]) -> None:
    for name, field in schema().fields.items():
        says = allowed(field)
        assert says, name
        assert all(isinstance(value, str) and value for value in says)
        for said in says:
            for value in examples(said, says):
                assert load(schema, **{name: value})[name] not in (None, [], "")


def examples(said: str, says: list[str]) -> list[str]:
    """Make values of what a parameter says that it takes: the ends of a range, texts that fit a pattern."""
    if bounds := re.fullmatch(r"(\d+) to (\d+)( characters)?", said):
        least, most, characters = bounds.groups()
        letter = "2" if any(other.startswith("^[0-9]") for other in says) else "a"
        if len(says) > 1:  # a pattern too, which may be the narrower
            return [letter * int(most)]
        return [letter * int(least), letter * int(most)] if characters else [least, most]
    if said.startswith("^"):
        fitting = [text for text in ("hunnan-2021", "21", "-2.94", "78", "aZ_-9") if re.fullmatch(said, text)]
        assert fitting, said
        return fitting
    return {"YYYY-MM-DD": ["2021-12-31"], "YYYY-MM-DDThh:mm:ssZ": ["2021-12-31T00:00:00Z"]}.get(said, [said])


NONSENSE = ("", " ", "\x00", "x\ny", "一" * 5000, "'; DROP TABLE plan; --\ud800")


@pytest.mark.parametrize("schema", QUERIES.values(), ids=QUERIES)
def test_every_parameter_refuses_nonsense_by_its_name(schema: type[Schema]) -> None:
    for name in schema().fields:
        for value in NONSENSE:
            assert set(refusal(schema, **{name: value})) == {name}


@pytest.mark.parametrize("schema", QUERIES.values(), ids=QUERIES)
def test_an_unknown_parameter_is_refused(schema: type[Schema]) -> None:
    assert refusal(schema, limits="5") == {"limits": ["Unknown field."]}


ODD = ["1_000", "٣", "５", " 5", "5 ", "+5", "0x10", "NaN", "Infinity", "-Infinity", "", "5\n", "--5", "9" * 400]


@pytest.mark.parametrize("value", [*ODD, "1e2", "5.0", "-1", "0", "1001"])
def test_a_whole_number_is_written_in_ascii_digits_within_its_bounds(value: str) -> None:
    assert set(refusal(indicator.IndicatorQuerySchema, limit=value)) == {"limit"}


@pytest.mark.parametrize(("value", "kept"), [("1", 1), ("1000", 1000), ("007", 7)])
def test_a_whole_number_within_its_bounds_is_taken(value: str, kept: int) -> None:
    assert load(indicator.IndicatorQuerySchema, limit=value)["limit"] == kept


@pytest.mark.parametrize("value", [*ODD, ".5", "5.", "1,000", "1e", "e3", "1e1000", "1e15", "-1000000000000000"])
def test_a_decimal_number_is_written_plainly(value: str) -> None:
    assert set(refusal(indicator.IndicatorQuerySchema, value_min=value)) == {"value_min"}


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("78", 78),
        ("-2.94", -2.94),
        ("0", 0),
        ("2.50", 2.5),
        ("0.000000001", 1e-9),
        ("1e3", 1000),
        ("-5E-1", -0.5),
        ("0.0000000001", 1e-10),
    ],
)
def test_a_decimal_number_is_taken_exactly(value: str, kept: float) -> None:
    found = load(indicator.IndicatorQuerySchema, value_min=value)["value_min"]
    assert (found, type(found)) == (kept, type(kept))


@pytest.mark.parametrize("value", ["TRUE", "1", "yes", "", "on"])
def test_a_switch_is_true_or_false(value: str) -> None:
    assert set(refusal(indicator.IndicatorQuerySchema, count=value)) == {"count"}


@pytest.mark.parametrize("value", ["2021-06-30T08:00:00+08:00", "2021-06-30T00:00:00Z"])
def test_a_moment_is_taken_in_any_offset(value: str) -> None:
    found = load(indicator.IndicatorQuerySchema, updated_since=value)
    assert found["updated_since"] == "2021-06-30T00:00:00.000000Z"


def test_values_are_separated_by_commas() -> None:
    assert load(indicator.IndicatorQuerySchema, kind="level,share")["kind"] == ["level", "share"]


@pytest.mark.parametrize(
    "value", ["level,", ",level", "level,,share", "level,other", "level;share", "Level", "level,level"]
)
def test_every_one_of_several_values_must_fit(value: str) -> None:
    assert set(refusal(indicator.IndicatorQuerySchema, kind=value)) == {"kind"}


def test_no_more_than_the_most_values_are_taken() -> None:
    most = [f"p-{number}" for number in range(VALUES_MOST)]
    assert load(indicator.IndicatorQuerySchema, plan=",".join(most))["plan"] == most
    assert set(refusal(indicator.IndicatorQuerySchema, plan=",".join([*most, "p"]))) == {"plan"}


@pytest.mark.parametrize("value", ["name,-name,kind,value", "colour", "--name", "-", "name desc"])
def test_only_documented_keys_sort(value: str) -> None:
    assert set(refusal(indicator.IndicatorQuerySchema, sort=value)) == {"sort"}


def test_a_search_over_all_needs_words() -> None:
    with pytest.raises(ValidationError) as caught:
        search.SearchQuerySchema().load({})
    assert caught.value.messages_dict == {"q": ["Missing data for required field."]}


def test_what_is_left_out_has_its_default() -> None:
    assert load(indicator.IndicatorQuerySchema) == {"limit": LIMIT_DEFAULT, "count": False}


@pytest.mark.parametrize("module", [deadline, indicator, milestone, observation, plan, section])
def test_all_members_can_be_asked_for_at_once(module: Any) -> None:
    name = module.__name__.rpartition(".")[2].title()
    every = list(names(getattr(module, f"{name}Schema")))
    assert load(getattr(module, f"{name}QuerySchema"), fields=",".join(every))["fields"] == every


def test_what_is_given_whole_has_no_members_to_ask_for() -> None:
    listed = list(names(indicator.IndicatorSchema))
    assert "progress.latest" in listed
    assert "progress.latest.value" not in listed
    assert "target.value" in listed
    assert "plan" not in listed


def test_a_resource_without_relations_has_no_include() -> None:
    assert "include" not in plan.PlanQuerySchema().fields
    assert "include" in indicator.IndicatorQuerySchema().fields


def test_dates_are_told_by_one_pattern() -> None:
    assert re.fullmatch(DATE_PATTERN, "2021-12-31")


def test_the_message_for_an_area_has_the_bounds_of_its_pattern() -> None:
    assert "Length must be between 2 and 6." in refusal(plan.PlanQuerySchema, area="2")["area"][0]
    assert allowed(plan.PlanQuerySchema().fields["area"])[0] == "2 to 6 characters"
