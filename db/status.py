"""The status rule as SQL: one home, used by items, lists, tallies and filters alike.

Reads the indicator `i`, its plan `owner` and its latest observation `latest`; takes :status_at and the thresholds
:behind and :far_behind, in points. Shown figures are rounded before they are judged, so that anyone can recompute.
"""

import re

from db.migrations.m0005_lookups import ACHIEVED, METHOD, satisfied

STATUSES = (
    "no_data", "unrated", "on_track", "behind", "far_behind", "achieved", "missed", "overdue", "cancelled",
)  # fmt: skip
"""In the order of the vocabulary; a test compares the two."""

LATEST = """
LEFT JOIN observation latest ON latest.key = (
  SELECT seen.key FROM observation seen
  WHERE seen.indicator_id = i.id AND seen.period_end <= :status_at AND seen.obs_status <> 'F'
    AND NOT EXISTS (SELECT 1 FROM observation newer WHERE newer.supersedes = seen.id)
  ORDER BY seen.period_end DESC, seen.key DESC LIMIT 1)
"""
"""The value that counts at :status_at: of the last period that had ended, no forecast, and not superseded."""

LATEST_OF_ENTRY = (
    LATEST.replace(
        "latest.key = (",
        "latest.key = CASE WHEN e.latest_end <= :status_at THEN e.latest_key WHEN e.latest_end > :status_at THEN (",
    ).rstrip()
    + " END"
)

SOURCE = f"indicator i CROSS JOIN plan owner ON owner.id = i.plan_id {LATEST}"
"""CROSS JOIN keeps the indicator first, so that its indexes give the order."""

ENTRY_SOURCE = f"indicator_entry e {{by}} CROSS JOIN indicator i ON i.key = e.key {LATEST_OF_ENTRY}"
"""The same, found by the narrow rows, which hold what is needed of the plan."""

OWN_SOURCE = f"indicator i CROSS JOIN indicator_entry e ON e.key = i.key {LATEST_OF_ENTRY}"
"""The same, found by the indicators' own indexes."""


def of_entry(sql: str) -> str:
    """Take from the narrow row `e` what it holds: a third of the time of a page, and of the text to be compiled."""
    return sql.replace(METHOD, "e.method").replace("owner.period_start", "e.period_start")


ELAPSED = """CASE WHEN :status_at < owner.period_start THEN 0.0 WHEN :status_at >= i.due_on THEN 1.0
  ELSE round((julianday(:status_at) - julianday(owner.period_start) + 1)
    / (julianday(i.due_on) - julianday(owner.period_start) + 1), 4) END"""
"""Dates compare as text, which spares most rows the arithmetic; between the two ends the share lies between 0 and 1."""

GAP = f"CASE WHEN latest.value IS NOT NULL THEN round(({ELAPSED} - ({ACHIEVED})) * 100, 2) END"
"""The test costs nothing, and spares most rows the arithmetic of dates."""

STATUS = f"""CASE
  WHEN latest.value IS NULL THEN CASE WHEN :status_at > i.due_on THEN 'overdue' ELSE 'no_data' END
  WHEN i.value IS NULL THEN 'unrated'
  WHEN {satisfied("latest.value")}
    THEN CASE WHEN :status_at >= i.due_on OR ({METHOD}) = 'schedule' THEN 'achieved' ELSE 'on_track' END
  WHEN :status_at > i.due_on THEN 'missed'
  WHEN ({METHOD}) <> 'schedule' THEN 'behind'
  WHEN ({GAP}) <= :behind THEN 'on_track'
  WHEN ({GAP}) <= :far_behind THEN 'behind'
  ELSE 'far_behind' END"""

ENTRY_GAP = f"round(({of_entry(ELAPSED).replace('i.due_on', 'e.due_on')} - e.achieved) * 100, 2)"
SETTLED = """CASE f.standing
  WHEN 'unreported' THEN CASE WHEN :status_at > {due} THEN 'overdue' ELSE 'no_data' END
  WHEN 'unrated' THEN 'unrated'
  WHEN 'reached' THEN 'achieved'
  WHEN 'kept' THEN CASE WHEN :status_at >= {due} THEN 'achieved' ELSE 'on_track' END
  WHEN 'broken' THEN CASE WHEN :status_at > {due} THEN 'missed' ELSE 'behind' END
  ELSE {gap} END"""
"""A status from the standing of a facet `f` and a date; `{gap}` for those that are on the way."""

ENTRY_STATUS = f"""CASE WHEN e.latest_end > :status_at
  THEN (SELECT {of_entry(STATUS)} FROM indicator i {LATEST} WHERE i.key = e.key)
  ELSE CASE (SELECT standing FROM facet WHERE id = e.facet_id)
    WHEN 'unreported' THEN CASE WHEN :status_at > e.due_on THEN 'overdue' ELSE 'no_data' END
    WHEN 'unrated' THEN 'unrated'
    WHEN 'reached' THEN 'achieved'
    WHEN 'kept' THEN CASE WHEN :status_at >= e.due_on THEN 'achieved' ELSE 'on_track' END
    ELSE CASE
      WHEN :status_at > e.due_on THEN 'missed'
      WHEN e.achieved IS NULL THEN 'behind'
      WHEN {ENTRY_GAP} <= :behind THEN 'on_track'
      WHEN {ENTRY_GAP} <= :far_behind THEN 'behind'
      ELSE 'far_behind' END
    END END"""
"""The same from the narrow row of an indicator, which holds what does not depend on the date.

A date before the last value's period looks the value up; any later one is a comparison of dates.
"""

STANDINGS = {
    "no_data": ("unreported",),
    "unrated": ("unrated",),
    "on_track": ("kept", "underway"),
    "behind": ("broken", "underway"),
    "far_behind": ("underway",),
    "achieved": ("reached", "kept"),
    "missed": ("broken", "underway"),
    "overdue": ("unreported",),
    "cancelled": (),
}
"""What each status can be made of, on a date that no value lies beyond."""

MILESTONE_STATUS = """CASE
  WHEN m.state = 'cancelled' THEN 'cancelled'
  WHEN m.done_on <= :status_at THEN 'achieved'
  WHEN :status_at > m.due_on THEN 'overdue'
  WHEN m.state = 'in_progress' THEN 'on_track'
  ELSE 'no_data' END"""


COLOURS = {
    "on_track": "green",
    "achieved": "green",
    "behind": "yellow",
    "far_behind": "red",
    "missed": "red",
    "overdue": "red",
}
"""Of statuses; the others are grey."""
JUDGED = re.compile(rf"(THEN|ELSE) '({'|'.join(STATUSES)})'")


def light(status: str) -> str:
    """Write the colour of a status: the same expression with colours in place of statuses, so that none is compared."""
    return JUDGED.sub(lambda found: f"{found[1]} '{COLOURS.get(found[2], 'grey')}'", status)


def rule(behind: float, far_behind: float) -> str:
    """Name the rule with its version and its thresholds in points."""
    return f"schedule-gap-1; behind > {behind}; far_behind > {far_behind}"


PROGRESS = {
    "status": STATUS,
    "light": light(STATUS),
    "latest": "json(CASE WHEN latest.id IS NOT NULL THEN json_object('id', latest.id,"
    " 'time_period', latest.time_period, 'value', latest.value, 'obs_status', latest.obs_status) END)",
    "achieved_share": ACHIEVED,
    "elapsed_share": ELAPSED,
    "gap": GAP,
    "method": METHOD,
    "rule": ":rule",
    "as_of": ":status_at",
}
ENTRY_PROGRESS = {name: of_entry(sql) for name, sql in PROGRESS.items()}


def tally(condition: str) -> str:
    """Count by status the indicators and milestones that meet a condition on `item` (columns of either table)."""
    counts = ", ".join(f"'{status}', count(*) FILTER (WHERE status = '{status}')" for status in STATUSES)
    return f"""json((SELECT json_object({counts}) FROM (
  SELECT {STATUS} AS status FROM {SOURCE} WHERE {condition.replace("item.", "i.")}
  UNION ALL
  SELECT {MILESTONE_STATUS} FROM milestone m WHERE {condition.replace("item.", "m.")})))"""
