"""Record observations: they are only ever added; a correction supersedes the value that counted until then."""

import sqlite3
from typing import Any, NamedTuple

from db.connection import changed_at
from db.items import known
from db.observations import OBSERVATION


class Series(NamedTuple):
    """Tell what a value of an indicator must fit: its plan with its period, the unit of its target, its date."""

    plan_id: str
    unit: str | None
    period_start: str
    period_end: str
    due_on: str


def series(connection: sqlite3.Connection, indicator_id: str) -> Series | None:
    """Return what the values of an indicator must fit, None for an indicator that is not there."""
    row = connection.execute(
        "SELECT i.plan_id, i.target_unit, p.period_start, p.period_end, i.due_on FROM indicator i"
        " JOIN plan p ON p.id = i.plan_id WHERE i.id = ?",
        (indicator_id,),
    ).fetchone()
    return Series(*row) if row else None


def current(connection: sqlite3.Connection, indicator_id: str, time_period: str) -> str | None:
    """Return the id of the value that counts for a period, None if nothing has been reported for it."""
    row = connection.execute(
        "SELECT o.id FROM observation o WHERE o.indicator_id = ? AND o.time_period = ?"
        " AND NOT EXISTS (SELECT 1 FROM observation newer WHERE newer.supersedes = o.id)",
        (indicator_id, time_period),
    ).fetchone()
    return row[0] if row else None


def derive(connection: sqlite3.Connection, indicator_id: str, time_period: str) -> str:
    """Return the id of the next value for a period: the indicator's, the period, and a number from the second on."""
    stem = f"{indicator_id}.{time_period.lower()}"
    number, key = 1, stem
    while known(connection, OBSERVATION, key):
        number += 1
        key = f"{stem}-{number}"
    return key


def insert(connection: sqlite3.Connection, facts: dict[str, Any]) -> None:
    """Record a checked observation, within the running transaction, at its moment."""
    columns = {**facts, "recorded_at": changed_at()}
    names = ", ".join(f":{name}" for name in columns)
    connection.execute(f"INSERT INTO observation ({', '.join(columns)}) VALUES ({names})", columns)
