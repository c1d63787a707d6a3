"""Indicators: the quantities a plan commits to, with target, baseline, deadline and progress."""

from db.deadlines import DEADLINE
from db.observations import OBSERVATION
from db.plans import PLAN, owned
from db.resource import Condition, Filter, Resource, any_of, compare, record, selected, within
from db.sections import SECTION, TREE
from db.shapes import json_object
from db.status import LATEST, PROGRESS, STATUS

OBSERVATIONS = f"""json((SELECT json_group_array(json(item)) FROM (
  SELECT {json_object(OBSERVATION.fields)} AS item FROM {OBSERVATION.source}
  WHERE o.indicator_id = i.id AND NOT EXISTS (SELECT 1 FROM observation newer WHERE newer.supersedes = o.id)
  ORDER BY o.period_end DESC, o.key DESC LIMIT 100)))"""
"""The latest hundred periods, newest first; the whole series has its own URL."""


def _term(code: str) -> Condition:
    return within("i.term_id", f"SELECT t.id FROM term t WHERE t.{code} IN ({{any}})")


RECORD = record("indicator", "i")

INDICATOR = Resource(
    name="indicator",
    alias="i",
    record=RECORD,
    joined=LATEST,
    fields={**RECORD, "progress": PROGRESS},
    filters={
        "section": Filter(within("i.section_id", TREE), found_by="indicator_of_section"),
        "deadline": Filter(any_of("i.deadline_id"), found_by="indicator_of_deadline"),
        **owned("i", "indicator_by_plan"),
        "kind": Filter(_term("kind")),
        "comparator": Filter(_term("comparator")),
        "unit": Filter(_term("unit")),
        "base_unit": Filter(_term("base_unit")),
        "direction": Filter(_term("direction")),
        "nature": Filter(_term("nature")),
        "commitment": Filter(_term("commitment")),
        "status": Filter(any_of(f"({STATUS})")),
        "department": Filter(
            selected("SELECT x.key FROM indicator_department x WHERE x.department IN ({any})"), selects=True
        ),
        "value_min": Filter(compare("i.target_value", ">=")),
        "value_max": Filter(compare("i.target_value", "<=")),
        "normalized_min": Filter(compare("i.target_normalized_value", ">=")),
        "normalized_max": Filter(compare("i.target_normalized_value", "<=")),
        "due_from": Filter(compare("i.due_on", ">=")),
        "due_to": Filter(compare("i.due_on", "<=")),
        "updated_since": Filter(compare("i.updated_at", ">=")),
        "paragraph": Filter(any_of("i.source_paragraph")),
    },
    sorts={
        "plan": "i.plan_id",
        "position": "i.position",
        "name": "i.name",
        "value": "i.target_value",
        "normalized_value": "i.target_normalized_value",
        "due_on": "i.due_on",
        "updated_at": "i.updated_at",
    },
    order=("plan", "position"),
    includes={
        "plan": PLAN.related("i.plan_id"),
        "section": SECTION.related("i.section_id"),
        "deadline": DEADLINE.related("i.deadline_id"),
        "observations": OBSERVATIONS,
    },
)
