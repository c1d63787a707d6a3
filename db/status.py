"""The status rule as SQL: one home, used by items, lists, tallies and filters alike.

Reads the indicator `i`, its plan `owner` and its latest observation `latest`; takes :status_at and the thresholds
:behind and :far_behind, in points. Shown figures are rounded before they are judged, so that anyone can recompute.
"""

STATUSES = (
    "no_data", "unrated", "on_track", "behind", "far_behind", "achieved", "missed", "overdue", "cancelled",
)  # fmt: skip
"""In the order of the vocabulary; a test compares the two."""

LATEST = """
LEFT JOIN observation latest ON latest.key = (
  SELECT seen.key FROM observation seen
  WHERE seen.indicator_id = i.id AND seen.period_end <= :status_at
    AND NOT EXISTS (SELECT 1 FROM observation newer WHERE newer.supersedes = seen.id)
  ORDER BY seen.period_end DESC, seen.key DESC LIMIT 1)
"""
"""The value that counts at :status_at: of the last period that had ended, and not superseded."""

SOURCE = f"indicator i CROSS JOIN plan owner ON owner.id = i.plan_id {LATEST}"
"""CROSS JOIN keeps the indicator first, so that its indexes give the order."""

TOLERANCE = "coalesce(i.tolerance, CASE i.unit WHEN '%' THEN 0.5 ELSE abs(i.value) * 0.05 END)"
BASELINE = "coalesce(i.baseline_value, 0)"


def _satisfied(value: str) -> str:
    """Write the test of one value against the target, each comparator taken literally.

    The margin of 1e-9 only absorbs what binary fractions lose (5.9 - 5.4).
    """
    return f"""CASE i.comparator
  WHEN 'ge' THEN {value} >= i.value WHEN 'gt' THEN {value} > i.value
  WHEN 'le' THEN {value} <= i.value WHEN 'lt' THEN {value} < i.value
  WHEN 'eq' THEN CASE i.direction
    WHEN 'increase' THEN {value} >= i.value WHEN 'decrease' THEN {value} <= i.value ELSE {value} = i.value END
  WHEN 'approx' THEN abs({value} - i.value) <= {TOLERANCE} + 1e-9
  WHEN 'between' THEN {value} BETWEEN i.value AND i.upper END"""


GOAL = f"CASE WHEN i.comparator = 'between' AND {BASELINE} > i.upper THEN i.upper ELSE i.value END"
"""The end of the road from the baseline: the near end of a range."""

METHOD = f"""CASE WHEN i.value IS NULL THEN 'none'
  WHEN (i.kind = 'increment' OR i.baseline_value IS NOT NULL)
    AND NOT ({_satisfied(BASELINE)}) AND {BASELINE} <> i.value THEN 'schedule'
  ELSE 'comparison' END"""
"""There is a road to measure only if the baseline (0 for an increment) falls short of the target.

A ceiling on a flow, a zero target and a target already passed at the baseline are held or not held."""

ELAPSED = """CASE WHEN :status_at < owner.period_start THEN 0.0 WHEN :status_at >= i.due_on THEN 1.0
  ELSE round((julianday(:status_at) - julianday(owner.period_start) + 1)
    / (julianday(i.due_on) - julianday(owner.period_start) + 1), 4) END"""
"""Dates compare as text, which spares most rows the arithmetic; between the two ends the share lies between 0 and 1."""

ACHIEVED = f"""CASE WHEN latest.value IS NOT NULL AND ({METHOD}) = 'schedule'
  THEN round((latest.value - {BASELINE}) * 1.0 / ({GOAL} - {BASELINE}), 4) END"""

GAP = f"CASE WHEN latest.value IS NOT NULL THEN round(({ELAPSED} - ({ACHIEVED})) * 100, 2) END"
"""The test costs nothing, and spares most rows the arithmetic of dates."""

STATUS = f"""CASE
  WHEN latest.value IS NULL THEN CASE WHEN :status_at > i.due_on THEN 'overdue' ELSE 'no_data' END
  WHEN i.value IS NULL THEN 'unrated'
  WHEN {_satisfied("latest.value")}
    THEN CASE WHEN :status_at >= i.due_on OR ({METHOD}) = 'schedule' THEN 'achieved' ELSE 'on_track' END
  WHEN :status_at > i.due_on THEN 'missed'
  WHEN ({METHOD}) <> 'schedule' THEN 'behind'
  WHEN ({GAP}) <= :behind THEN 'on_track'
  WHEN ({GAP}) <= :far_behind THEN 'behind'
  ELSE 'far_behind' END"""

MILESTONE_STATUS = """CASE
  WHEN m.state = 'cancelled' THEN 'cancelled'
  WHEN m.done_on <= :status_at THEN 'achieved'
  WHEN :status_at > m.due_on THEN 'overdue'
  WHEN m.state = 'in_progress' THEN 'on_track'
  ELSE 'no_data' END"""


def light(status: str) -> str:
    """Write the colour of a status."""
    return f"""CASE {status} WHEN 'on_track' THEN 'green' WHEN 'achieved' THEN 'green' WHEN 'behind' THEN 'yellow'
  WHEN 'far_behind' THEN 'red' WHEN 'missed' THEN 'red' WHEN 'overdue' THEN 'red' ELSE 'grey' END"""


def rule(behind: float, far_behind: float) -> str:
    """Name the rule with its version and its thresholds in points."""
    return f"schedule-gap-1; behind > {behind}; far_behind > {far_behind}"


PROGRESS = {
    "status": STATUS,
    "light": light(f"({STATUS})"),
    "latest": "json(CASE WHEN latest.id IS NOT NULL THEN json_object('id', latest.id,"
    " 'time_period', latest.time_period, 'value', latest.value, 'obs_status', latest.obs_status) END)",
    "achieved_share": ACHIEVED,
    "elapsed_share": ELAPSED,
    "gap": GAP,
    "method": METHOD,
    "rule": ":rule",
    "as_of": ":status_at",
}


def tally(condition: str) -> str:
    """Count by status the indicators and milestones that meet a condition on `item` (columns of either table)."""
    counts = ", ".join(f"'{status}', count(*) FILTER (WHERE status = '{status}')" for status in STATUSES)
    return f"""json((SELECT json_object({counts}) FROM (
  SELECT {STATUS} AS status FROM {SOURCE} WHERE {condition.replace("item.", "i.")}
  UNION ALL
  SELECT {MILESTONE_STATUS} FROM milestone m WHERE {condition.replace("item.", "m.")})))"""
