"""Count all indicators by group and status from the tallies that triggers keep (schema.sql: indicator_tally).

A tally counts by standing and due date. Together with a date these tell the status, except of an indicator that is on
the way to a target not yet due, and of one with a value beyond that date: those are counted row by row.
"""

from db.status import STATUS, at_date

CODES = ("kind", "comparator", "unit", "base_unit", "direction", "nature", "commitment")
"""The columns of the table term."""
TALLIED = (*CODES, "department", "level", "due_on", "status")
"""What there are tallies of. Those of any group give the last two."""


def rows(by: str, group: str) -> str:
    """Select (key, status, n); `group` is the group of the indicator `i`."""
    key, name = {"due_on": ("t.due_on", "kind"), "status": (_told("t"), "kind")}.get(by, ("nullif(t.value, '')", by))
    later = f"indicator i INDEXED BY indicator_with_latest WHERE i.latest_end > :status_at AND {_tells('i')}"
    return f"""
SELECT {key} AS key, {_told("t")} AS status, t.indicators AS n FROM indicator_tally t
  WHERE t."by" = '{name}' AND {_tells("t")}
UNION ALL SELECT {group}, {STATUS}, 1 FROM indicator i INDEXED BY indicator_by_due_on
  WHERE i.due_on >= :status_at AND i.standing = 'underway'
UNION ALL SELECT {group if by != "status" else _told("i")}, {_told("i")}, -1 FROM {later}
UNION ALL SELECT {group}, {STATUS}, 1 FROM {later}"""


def _tells(row: str) -> str:
    """Test whether standing and due date tell the status."""
    return f"({row}.standing <> 'underway' OR {row}.due_on < :status_at)"


def _told(row: str) -> str:
    """Write the status that standing and due date tell."""
    return at_date(f"{row}.standing", f"{row}.due_on", "NULL")
