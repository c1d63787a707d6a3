"""The status rule as SQL: the one home of it, used by items, lists, filters, summaries and tallies alike.

It has two halves. The first judges one value of an indicator against its target, before any date is known: how it
stands, and which share is achieved. The second makes a status of that on a date. Both read the indicator `i`; the first
its observation `latest`, the second :status_at and the thresholds :behind and :far_behind, in points. Shown figures are
rounded before they are judged, so that anyone can recompute them.
"""

from collections.abc import Callable

from db.shapes import Fields

STATUSES = (
    "no_data", "unrated", "on_track", "behind", "far_behind", "achieved", "missed", "overdue", "cancelled",
)  # fmt: skip
"""In the order of the vocabulary; a test compares the two."""

# The first half: one value against its target --------------------------------------------------------------------

POINTS, SHARE = 0.5, 0.05
"""How far `approx` reaches by default: points for a target in %, otherwise a share of the target."""
TOLERANCE = (
    f"coalesce(i.target_tolerance, CASE i.target_unit WHEN '%' THEN {POINTS} ELSE abs(i.target_value) * {SHARE} END)"
)
BASELINE = "coalesce(i.baseline_value, 0)"


def satisfied(value: str) -> str:
    """Write the test of one value against the target, each comparator taken literally.

    The margin of 1e-9 only absorbs what binary fractions lose (5.9 - 5.4).
    """
    return f"""CASE i.target_comparator
  WHEN 'ge' THEN {value} >= i.target_value WHEN 'gt' THEN {value} > i.target_value
  WHEN 'le' THEN {value} <= i.target_value WHEN 'lt' THEN {value} < i.target_value
  WHEN 'eq' THEN CASE i.direction
    WHEN 'increase' THEN {value} >= i.target_value WHEN 'decrease' THEN {value} <= i.target_value
    ELSE {value} = i.target_value END
  WHEN 'approx' THEN abs({value} - i.target_value) <= {TOLERANCE} + 1e-9
  WHEN 'between' THEN {value} BETWEEN i.target_value AND i.target_upper END"""


GOAL = (
    f"CASE WHEN i.target_comparator = 'between' AND {BASELINE} > i.target_upper"
    " THEN i.target_upper ELSE i.target_value END"
)
"""The value at which the way from the baseline ends: the near end of a range."""

METHOD = f"""CASE WHEN i.target_value IS NULL THEN 'none'
  WHEN (i.kind = 'increment' OR i.baseline_value IS NOT NULL)
    AND NOT ({satisfied(BASELINE)}) AND {BASELINE} <> i.target_value THEN 'schedule'
  ELSE 'comparison' END"""
"""There is a way to measure only if the baseline (0 for an increment) falls short of the target.

A ceiling on a flow, a zero target and a target that the baseline already meets are held or not held."""

ACHIEVED = f"""CASE WHEN latest.value IS NOT NULL AND ({METHOD}) = 'schedule'
  THEN round((latest.value - {BASELINE}) * 1.0 / ({GOAL} - {BASELINE}), 4) END"""

STANDING = f"""CASE
  WHEN latest.value IS NULL THEN 'unreported'
  WHEN i.target_value IS NULL THEN 'unrated'
  WHEN ({METHOD}) = 'schedule' THEN CASE WHEN {satisfied("latest.value")} THEN 'reached' ELSE 'underway' END
  WHEN {satisfied("latest.value")} THEN 'kept'
  ELSE 'broken' END"""


def _latest(until: str = "") -> str:
    """Select the key of the value that counts: of the last period, no forecast, and not superseded."""
    return f"""(SELECT seen.key FROM observation seen WHERE seen.indicator_id = i.id {until} AND seen.obs_status <> 'F'
    AND NOT EXISTS (SELECT 1 FROM observation newer WHERE newer.supersedes = seen.id)
  ORDER BY seen.period_end DESC, seen.key DESC LIMIT 1)"""


VIEWS = {
    "indicator_value": f"""
SELECT latest.key, latest.period_end, {STANDING} AS standing, {ACHIEVED} AS achieved
FROM observation latest JOIN indicator i ON i.id = latest.indicator_id""",
    "indicator_standing": f"""
SELECT i.key, t.id AS term_id, {STANDING} AS standing, {ACHIEVED} AS achieved, latest.period_end AS latest_end
FROM indicator i LEFT JOIN observation latest ON latest.key = {_latest()}
  JOIN term t ON t.kind = i.kind AND t.comparator = i.target_comparator AND t.unit = coalesce(i.target_unit, '')
    AND t.base_unit = coalesce(i.target_base_unit, '') AND t.direction = i.direction
    AND t.nature = coalesce(i.nature, '') AND t.commitment = coalesce(i.commitment, '')""",
}
"""How each value stands, and the derived columns of each indicator: how its last value stands."""

# The second half: a status on a date ------------------------------------------------------------------------------

UNTIL = "AND seen.period_end <= :status_at"
PERIOD_START = "(SELECT p.period_start FROM plan p WHERE p.id = i.plan_id)"
ELAPSED = f"""CASE WHEN :status_at >= i.due_on THEN 1.0 WHEN :status_at < {PERIOD_START} THEN 0.0
  ELSE round((julianday(:status_at) - julianday({PERIOD_START}) + 1)
    / (julianday(i.due_on) - julianday({PERIOD_START}) + 1), 4) END"""
"""Which share of the time is gone: between the two ends it lies between 0 and 1. No deadline is before its plan."""


def _gap(achieved: str) -> str:
    return f"round(({ELAPSED} - {achieved}) * 100, 2)"


LIGHTS = {
    "on_track": "green",
    "achieved": "green",
    "behind": "yellow",
    "far_behind": "red",
    "missed": "red",
    "overdue": "red",
}
"""Of statuses; those of the others are grey."""

Say = Callable[[str], str]
"""Writes a status as it is, or what stands for it."""


def code(status: str) -> str:
    """Write a status as text."""
    return f"'{status}'"


def light(status: str) -> str:
    """Write the light of a status as text."""
    return f"'{LIGHTS.get(status, 'grey')}'"


def at_date(standing: str, due_on: str, underway: str, say: Say = code) -> str:
    """Write the status of a standing; `underway` is that of an indicator on the way to a target that is not yet due."""
    return f"""CASE {standing}
  WHEN 'unreported' THEN CASE WHEN :status_at > {due_on} THEN {say("overdue")} ELSE {say("no_data")} END
  WHEN 'unrated' THEN {say("unrated")}
  WHEN 'reached' THEN {say("achieved")}
  WHEN 'kept' THEN CASE WHEN :status_at >= {due_on} THEN {say("achieved")} ELSE {say("on_track")} END
  WHEN 'broken' THEN CASE WHEN :status_at > {due_on} THEN {say("missed")} ELSE {say("behind")} END
  WHEN 'underway' THEN CASE WHEN :status_at > {due_on} THEN {say("missed")} ELSE {underway} END END"""


def by_gap(gap: str, say: Say = code) -> str:
    """Write the status of an indicator that is so many points behind its schedule."""
    return (
        f"CASE WHEN {gap} <= :behind THEN {say('on_track')}"
        f" WHEN {gap} <= :far_behind THEN {say('behind')} ELSE {say('far_behind')} END"
    )


GAP = f"CASE WHEN latest.value IS NOT NULL THEN {_gap(f'({ACHIEVED})')} END"


def _of_value(say: Say) -> str:
    """Write the status of `i` joined with LATEST."""
    return at_date(f"({STANDING})", "i.due_on", by_gap(f"({GAP})", say), say)


def _derived(row: str) -> str:
    """Write the status of `i` from the first half, as a row has it."""
    underway = by_gap(_gap(f"{row}.achieved"))
    return at_date(f"{row}.standing", "i.due_on", underway)


EARLIER = f"SELECT {_derived('v')} FROM indicator_value v WHERE v.key = {_latest(UNTIL)}"
UNREPORTED = "CASE WHEN :status_at > i.due_on THEN 'overdue' ELSE 'no_data' END"
STATUS = f"CASE WHEN i.latest_end > :status_at THEN coalesce(({EARLIER}), {UNREPORTED}) ELSE {_derived('i')} END"
"""The status of `i` by itself: from its derived columns, or from an earlier value if the last lies after :status_at."""

LATEST = f"LEFT JOIN observation latest ON latest.key = CASE WHEN i.latest_end IS NOT NULL THEN {_latest(UNTIL)} END"
"""Joins to an indicator the value that counts at :status_at."""

PROGRESS: Fields = {
    "status": _of_value(code),
    "light": _of_value(light),
    "latest": """json(CASE WHEN latest.key IS NOT NULL THEN json_object('id', latest.id,
  'time_period', latest.time_period, 'value', latest.value, 'obs_status', latest.obs_status) END)""",
    "achieved_share": ACHIEVED,
    "elapsed_share": ELAPSED,
    "gap": GAP,
    "method": METHOD,
    "rule": ":rule",
    "as_of": ":status_at",
}
"""Of `i` joined with LATEST: the status with everything that it was made of."""


def milestone(say: Say) -> str:
    """Write the status of the milestone `m`."""
    return f"""CASE
  WHEN m.state = 'cancelled' THEN {say("cancelled")}
  WHEN m.done_on <= :status_at THEN {say("achieved")}
  WHEN :status_at > m.due_on THEN {say("overdue")}
  WHEN m.state = 'in_progress' THEN {say("on_track")}
  ELSE {say("no_data")} END"""


MILESTONE_STATUS, MILESTONE_LIGHT = milestone(code), milestone(light)


def rule(behind: float, far_behind: float) -> str:
    """Name the rule with its version and its thresholds in points."""
    return f"schedule-gap-1; behind > {behind}; far_behind > {far_behind}"


def counts(column: str, value: str) -> str:
    """Count by status the indicators and milestones whose column has a value, as a JSON object."""
    counts = ", ".join(f"'{status}', count(*) FILTER (WHERE status = '{status}')" for status in STATUSES)
    return f"""json((SELECT json_object({counts}) FROM (
  SELECT {STATUS} AS status FROM indicator i WHERE i.{column} = {value}
  UNION ALL
  SELECT {MILESTONE_STATUS} FROM milestone m WHERE m.{column} = {value})))"""
