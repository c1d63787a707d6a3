"""Record observations, one or many: all or none, with faults by index."""

import json
import sqlite3
from collections.abc import Callable
from typing import Any

from flask import Response

from api.reading import context, today
from api.reply.problems import wrong
from api.reply.replies import JSON, written
from api.request.access import plan_of, require
from api.request.bodies import Fault, body, checked, refused
from api.request.idempotency import carry_out
from api.writing import dry_run, represented
from db import items
from db.edit import reports
from db.observations import OBSERVATION
from db.resource import Ask
from schema import observation
from schema.bodies import BATCH_MOST, BODY_BYTES, BatchSchema, ReportSchema, SeriesReportSchema
from schema.fields import ID_LENGTH
from schema.item import Strict

Facts = dict[str, Any]

ONE = ReportSchema()
OF_SERIES = SeriesReportSchema()
BATCH = BatchSchema()


def report_one(schema: Strict = ONE, **fixed: str) -> Response:
    """Record one value: 201 with the observation and its Location. `fixed` are members from the path."""
    dry = dry_run()
    data, faults = checked(schema, body(BODY_BYTES), OBSERVATION.fields)
    values = [{**data, **fixed}]

    def answer(store: sqlite3.Connection) -> Response:
        return represented(store, OBSERVATION, values[0]["id"], 200 if dry else 201)

    return _record(values, faults, answer, dry=dry)


def report_batch() -> Response:
    """Record many values: 201 with the observations, in the order of the request."""
    dry = dry_run()
    sent = body(BODY_BYTES)
    listed = sent.get("data") if isinstance(sent, dict) else None
    if isinstance(listed, list) and len(listed) > BATCH_MOST:
        raise refused([wrong("data", f"Must have at most {BATCH_MOST} values.")])
    data, faults = checked(BATCH, sent)
    values: list[Facts] = data.get("data") or [
        checked(ONE, item)[0] for item in (listed if isinstance(listed, list) else [])
    ]

    def answer(store: sqlite3.Connection) -> Response:
        asked = Ask(context=context({}))
        found = [json.loads(items.get(store, OBSERVATION, value["id"], asked) or "") for value in values]
        text = written({"data": found})
        return Response(text, 200 if dry else 201, {"Cache-Control": "no-store"}, content_type=JSON)

    return _record(values, faults, answer, dry=dry, many=True)


def _record(
    values: list[Facts],
    faults: list[Fault],
    answer: Callable[[sqlite3.Connection], Response],
    *,
    dry: bool,
    many: bool = False,
) -> Response:
    require("report", {plan_of(value["indicator_id"]) for value in values if "indicator_id" in value})

    def work(store: sqlite3.Connection) -> Response:
        found = list(faults)
        for index, value in enumerate(values):
            before = f"data.{index}." if many else ""
            own = _faults(store, value)
            found += [wrong(before + name, why, allowed) for name, why, allowed in own]
            if not own and not faults:
                reports.insert(store, value)
        if found:
            raise refused(found)
        return answer(store)

    return carry_out(work, dry=dry)


def _faults(store: sqlite3.Connection, value: Facts) -> list[tuple[str, str, list[str]]]:
    """Return the faults of a value, as far as its members are valid; add the derived members to a value that fits."""
    if "indicator_id" not in value:
        return []
    series = reports.series(store, value["indicator_id"])
    if series is None:
        return [("indicator_id", "Must be the id of an indicator.", [])]
    value.setdefault("unit", series.unit)
    if "time_period" in value and "supersedes" in value:
        value.setdefault("id", reports.derive(store, value["indicator_id"], value["time_period"]))
    last = max(series.period_end, series.due_on)
    takes = {
        "unit": [series.unit or "null"],
        "time_period": [f"a period from {series.period_start} to {last}", f"up to {today()}, unless it is a forecast"],
        "id": [f"{value['indicator_id']}.…"],
    }
    dated = "period_end" in value  # its time period is one
    sound = value if dated else {name: member for name, member in value.items() if name != "time_period"}
    misfits = list(observation.misfits(sound, series.unit, series.period_start, last))
    if dated and (why := observation.premature(value["time_period"], value["obs_status"], today())):
        misfits.append(("time_period", why))
    found = [(member, why, takes[member]) for member, why in misfits]
    if "time_period" in value and "supersedes" in value:
        value["plan_id"] = series.plan_id
        found += _correction(store, value)
        if items.known(store, OBSERVATION, value["id"]):
            found.append(("id", "Must not be an id that was used before.", []))
        if len(value["id"]) > ID_LENGTH:
            found.append(("id", f"Must have at most {ID_LENGTH} characters.", []))
    return found


def _correction(store: sqlite3.Connection, value: Facts) -> list[tuple[str, str, list[str]]]:
    """Return the faults of supersedes: a correction must give the id of the current observation."""
    current = reports.current(store, value["indicator_id"], value["time_period"])
    if value["supersedes"] == current:
        return []
    if current is None:
        return [("supersedes", "Must be null, because nothing has been reported for this period.", ["null"])]
    return [("supersedes", f"Must be the id of the current observation for this period, {current}.", [current])]
