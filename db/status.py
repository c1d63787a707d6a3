"""The status rule as SQL: one home, used by items, lists, tallies and filters alike.

Reads the indicator `i`, its plan `owner` and its latest observation `latest`; takes :status_at and the thresholds
:behind and :far_behind, in points. Shown figures are rounded before they are judged, so that anyone can recompute.
"""

import re

from db.migrations import m0010_shown
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

SOURCE = f"indicator i CROSS JOIN plan owner ON owner.id = i.plan_id {LATEST}"
"""CROSS JOIN keeps the indicator first, so that its indexes give the order."""

ENTRY_SOURCE = "indicator_entry e {by} CROSS JOIN indicator i ON i.key = e.key"
"""The same, found by the entries, which hold what progress needs."""

ENTRY_SHOWN = "indicator_entry e {by} LEFT JOIN indicator i ON i.key = e.key"
"""The same, where no condition is on the indicator: SQLite leaves it alone if nothing of it is shown."""

OWN_SOURCE = "indicator i CROSS JOIN indicator_entry e ON e.key = i.key"
"""The same, found by the indicators' own indexes."""


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

ENTRY_ELAPSED = ELAPSED.replace("owner.period_start", "e.period_start").replace("i.due_on", "e.due_on")
ENTRY_GAP = f"round(({ENTRY_ELAPSED} - e.achieved) * 100, 2)"
SETTLED = """CASE {standing}
  WHEN 'unreported' THEN CASE WHEN :status_at > {due} THEN 'overdue' ELSE 'no_data' END
  WHEN 'unrated' THEN 'unrated'
  WHEN 'reached' THEN 'achieved'
  WHEN 'kept' THEN CASE WHEN :status_at >= {due} THEN 'achieved' ELSE 'on_track' END
  WHEN 'broken' THEN CASE WHEN :status_at > {due} THEN 'missed' ELSE 'behind' END
  ELSE {underway} END"""
"""A status from a standing and a date; `{underway}` for those that are on the way."""

UNDERWAY = f"""CASE
    WHEN :status_at > e.due_on THEN 'missed'
    WHEN {ENTRY_GAP} <= :behind THEN 'on_track'
    WHEN {ENTRY_GAP} <= :far_behind THEN 'behind'
    ELSE 'far_behind' END"""
ENTRY_SETTLED = SETTLED.format(standing="e.standing", due="e.due_on", underway=UNDERWAY)


def of_entry(settled: str, then: str) -> str:
    """Take from the entry what does not depend on the date; before the last value's period, look the value up."""
    return (
        f"CASE WHEN e.latest_end > :status_at THEN (SELECT {then} FROM {SOURCE} WHERE i.key = e.key) ELSE {settled} END"
    )


ENTRY_STATUS = of_entry(ENTRY_SETTLED, STATUS)
"""The same from the entry of an indicator: mostly a comparison of dates."""

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


def judged(status: str) -> str:
    """Write a status and its colour as members of a JSON object, so that both cost one judgement."""
    return JUDGED.sub(
        lambda found: f"""{found[1]} '"status":"{found[2]}","light":"{COLOURS.get(found[2], "grey")}"'""", status
    )


def rule(behind: float, far_behind: float) -> str:
    """Name the rule with its version and its thresholds in points."""
    return f"schedule-gap-1; behind > {behind}; far_behind > {far_behind}"


SEEN = f"({m0010_shown.LATEST})"
PROGRESS = {
    "status": STATUS,
    "light": light(STATUS),
    "latest": f"json({SEEN})",
    "achieved_share": ACHIEVED,
    "elapsed_share": ELAPSED,
    "gap": GAP,
    "method": METHOD,
    "rule": ":rule",
    "as_of": ":status_at",
}
ENTRY_PROGRESS = {
    "status": ENTRY_STATUS,
    "light": light(ENTRY_STATUS),
    "latest": f"json({of_entry('e.latest', SEEN)})",
    "achieved_share": of_entry("e.achieved", ACHIEVED),
    "elapsed_share": ENTRY_ELAPSED,
    "gap": of_entry(ENTRY_GAP, GAP),
    "method": "e.method",
    "rule": ":rule",
    "as_of": ":status_at",
}


def _text(status: str, latest: str, achieved: str, gap: str) -> str:
    return f"""printf('{{%s,"latest":%s,"achieved_share":%s,"elapsed_share":%s,"gap":%s,"method":"%s",%s}}',
  {judged(status)}, coalesce({latest}, 'null'), coalesce({achieved}, 'null'), {ENTRY_ELAPSED}, coalesce({gap}, 'null'),
  e.method, '"rule":' || json_quote(:rule) || ',"as_of":' || json_quote(:status_at))"""


PROGRESS_TEXT = of_entry(_text(ENTRY_SETTLED, "e.latest", "e.achieved", ENTRY_GAP), _text(STATUS, SEEN, ACHIEVED, GAP))
"""The same as JSON text, which takes a seventh less of a page's statement than json_object; a test compares the two."""


def tally(condition: str) -> str:
    """Count by status the indicators and milestones that meet a condition on `item` (columns of either table)."""
    counts = ", ".join(f"'{status}', count(*) FILTER (WHERE status = '{status}')" for status in STATUSES)
    return f"""json((SELECT json_object({counts}) FROM (
  SELECT {STATUS} AS status FROM {SOURCE} WHERE {condition.replace("item.", "i.")}
  UNION ALL
  SELECT {MILESTONE_STATUS} FROM milestone m WHERE {condition.replace("item.", "m.")})))"""
