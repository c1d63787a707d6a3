"""Let the indexes of lists hold what filters test and what the default order sorts by, so that no other row is read."""

from typing import TYPE_CHECKING

from db.migrations.m0005_lookups import MERGED, SORTED

if TYPE_CHECKING:
    from sqlite_utils import Database

INDEXES = {
    "plan": "plan_id, position, id, facet_id, value, normalized_value, due_on, paragraph",
    **{name: f"{name}, id, facet_id, plan_id" + (", position" if name != "position" else "") for name in SORTED},
    **{f"facet_{name}": f"facet_id, {name}, id, plan_id, position" for name in MERGED},
    "paragraph": "paragraph, facet_id, plan_id, position, id",
}
"""The columns of each: first those that rows are found by, then those that are only looked at."""


def apply(db: "Database") -> None:
    """Make the indexes anew, with more columns."""
    for name, columns in INDEXES.items():
        db.execute(f"DROP INDEX indicator_entry_{name}")
        db.execute(f"CREATE INDEX indicator_entry_{name} ON indicator_entry ({columns})")
