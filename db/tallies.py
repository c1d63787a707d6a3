"""Count indicators by group and status from tallies, and by row only what these leave open.

A tally counts by standing and due date. Those tell a status, but where an indicator is on the way to a date that is yet
to come, or has a value beyond the date that is asked for.
"""

from collections.abc import Sequence
from typing import NamedTuple

from db.lookups import Bind
from db.migrations.m0005_lookups import FACETS
from db.migrations.m0013_groups import LEAD
from db.status import ENTRY_STATUS, SETTLED


class Tally(NamedTuple):
    """Name tallies `t`: FROM clause with a condition, standing, the group as they name it and as an entry does."""

    source: str
    standing: str
    group: str
    of_entry: str


def _by_facet(group: str, of_entry: str) -> Tally:
    return Tally("facet f CROSS JOIN indicator_tally t ON t.facet_id = f.id WHERE 1", "f.standing", group, of_entry)


def _by_group(sort: str, of_entry: str) -> Tally:
    return Tally(f"indicator_group t WHERE t.sort = '{sort}'", "t.standing", "nullif(t.name, '')", of_entry)


STATUS = _by_facet("status", "status")
TALLIES = {
    "status": STATUS,
    "due_on": _by_facet("t.due_on", "e.due_on"),
    **{name: _by_facet(f"f.{name}", f"f.{name}") for name in FACETS},
    "level": _by_group("level", "(SELECT level FROM plan WHERE id = e.plan_id)"),
    "department": _by_group("department", LEAD),
}
"""What the indicators of a store are tallied by."""

UNDERWAY = "facet f CROSS JOIN indicator_entry e INDEXED BY indicator_entry_facet_due_on ON e.facet_id = f.id"
LATER = "indicator_entry e INDEXED BY indicator_entry_latest_end CROSS JOIN facet f ON f.id = e.facet_id"


def rows(tally: Tally, facets: str = "1") -> str:
    """Select (key, status, n) of all indicators, or of those whose facets `f` meet a condition, if tallied by facets.

    One that is on the way and past due is missed.
    """
    settled = SETTLED.format(standing=tally.standing, due="t.due_on", underway="'missed'")
    before = SETTLED.format(standing="f.standing", due="e.due_on", underway="'missed'")
    told = f"({tally.standing} <> 'underway' OR t.due_on < :status_at)"
    later = "e.latest_end > :status_at AND (f.standing <> 'underway' OR e.due_on < :status_at)"
    parts = (
        (tally.group, settled, "t.indicators", f"{tally.source} AND {told}"),
        (tally.of_entry, ENTRY_STATUS, "1", f"{UNDERWAY} WHERE f.standing = 'underway' AND e.due_on >= :status_at"),
        (tally.of_entry, before, "-1", f"{LATER} WHERE {later}"),
        (tally.of_entry, ENTRY_STATUS, "1", f"{LATER} WHERE {later}"),
    )
    return " UNION ALL ".join(
        f"SELECT {status if key == 'status' else key} AS key, {status} AS status, {number} AS n"
        f" FROM {source} AND {facets}"
        for key, status, number, source in parts
    )


def counting(bind: Bind, statuses: Sequence[str], facets: str) -> str:
    """Write the statement that counts the indicators with one of some statuses whose facets `f` meet a condition."""
    wanted = ", ".join(map(bind, statuses))
    return f"SELECT coalesce(sum(n), 0) FROM ({rows(STATUS, facets)}) WHERE status IN ({wanted})"
