"""Diff: the differences of a plan between two moments."""

from typing import Any

from flask import Blueprint, Response

from api.operation import operation
from api.reply.problems import Problem, fault, missing
from api.reply.replies import document, negotiate
from api.request.parse import parameters
from api.request.store import store
from db import connection, status
from db.log import history
from schema.answers.diff import PARTS, DiffQuerySchema, DiffSchema
from schema.rules.comparison import compare, effect
from schema.vocabulary import EFFECTS, codes

TOLERANCE = (status.POINTS, status.SHARE)
blueprint = Blueprint("diff", __name__)

QUERY = DiffQuerySchema()
NAMES = ("name", "title", "label", "time_period")
"""Members that name an item; the first that it has is used."""
Records = dict[str, dict[str, dict[str, Any]]]


@blueprint.get("/plans/<plan_id>/diff")
@operation(
    "Plans",
    "/v1/plans/hunnan-2021/diff?from=2021-01-01T00:00:00Z",
    query=QUERY,
    answer=DiffSchema,
    failures=("gone",),
)
def get_plan_diff(plan_id: str) -> Response:
    """Compare a plan at two moments.

    Returns the items added, dropped and changed, and the members that differ. For each changed indicator, `effect`
    says whether its target was tightened or relaxed. It is tightened if fewer values meet it than before, in base
    units, or if it is due sooner. It is unclear if the two cannot be compared.
    """
    negotiate()
    given = parameters(QUERY)
    until = given.get("to") or connection.now()
    if given["from"] > until:
        raise Problem(
            "invalid-parameter", "Not valid: from.", [fault("from", "Must not be after `to`.", [f"up to {until}"])]
        )
    before, after = _records(plan_id, given["from"]), _records(plan_id, until)
    if plan_id not in before["plan"] | after["plan"]:
        raise missing("plan_id", "plan")
    parts = {("plan" if name == "plan" else f"{name}s"): _part(name, before[name], after[name]) for name in before}
    met = [change["effect"] for change in parts["indicators"]["changed"]]
    return document(
        {
            "plan_id": plan_id,
            "from": given["from"],
            "to": given.get("to"),
            "effects": {code: met.count(code) for code in codes(EFFECTS)},
            "plan": parts["plan"],
            **{part: parts[part] for part in PARTS},
        }
    )


def _records(plan_id: str, moment: str) -> Records:
    """Read a whole plan as it stood at a moment."""
    opened = store(moment, [plan_id])
    return {name: history.records(opened, resource, plan_id) for name, resource in history.RESOURCES.items()}


def _part(name: str, before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> dict[str, list[Any]]:
    found = compare(before, after)
    return {
        "added": [_named(after[key]) for key in found["added"]],
        "dropped": [_named(before[key]) for key in found["dropped"]],
        "changed": [
            _named(after[change["id"]])
            | {
                "effect": effect(before[change["id"]], after[change["id"]], TOLERANCE) if name == "indicator" else None,
                "changes": change["changes"],
            }
            for change in found["changed"]
        ],
    }


def _named(record: dict[str, Any]) -> dict[str, Any]:
    return {"id": record["id"], "name": next(record[name] for name in NAMES if name in record)}
