"""Let the indexes by facet hold what filters test, so that orders of facets are merged without a look into rows."""

from typing import TYPE_CHECKING

from db.migrations.m0005_lookups import MERGED
from db.migrations.m0010_shown import TESTED

if TYPE_CHECKING:
    from sqlite_utils import Database

INDEXES = {
    **{f"facet_{name}": ("facet_id", name, "id", *TESTED) for name in MERGED},
    "facet_plan": ("facet_id", "plan_id", "position", "id", *TESTED),
}
"""The columns of each, and of none twice."""


def apply(db: "Database") -> None:
    """Make the indexes anew, with more columns."""
    for name, columns in INDEXES.items():
        db.execute(f"DROP INDEX indicator_entry_{name}")
        db.execute(f"CREATE INDEX indicator_entry_{name} ON indicator_entry ({', '.join(dict.fromkeys(columns))})")
