"""Numbered migrations: each is frozen once released, applied in order, in one transaction."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils.migrations import Migrations

NAMES = (
    "m0001_plans",
    "m0002_follow",
    "m0003_keys",
    "m0004_webhooks",
    "m0005_lookups",
    "m0006_progress",
    "m0007_standing",
    "m0008_walked",
    "m0009_zones",
    "m0010_shown",
    "m0011_counts",
    "m0012_runs",
    "m0013_groups",
    "m0014_merged",
)
SET, TABLE = "plan-indicators", "_sqlite_migrations"
"""Where sqlite-utils writes down what has been applied."""


def migrations() -> "Migrations":
    """Return the migrations for sqlite-utils to apply; a server, which applies none, starts without loading them."""
    from sqlite_utils.migrations import Migrations  # noqa: PLC0415

    found = Migrations(SET)
    for name in NAMES:
        found(name=name)(import_module(f"{__name__}.{name}").apply)
    return found
