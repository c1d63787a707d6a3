"""Numbered migrations: each is frozen once released, applied in order, in one transaction."""

from typing import TYPE_CHECKING

from db.migrations import (
    m0001_plans,
    m0002_follow,
    m0003_keys,
    m0004_webhooks,
    m0005_lookups,
    m0006_progress,
    m0007_standing,
    m0008_walked,
    m0009_zones,
)

if TYPE_CHECKING:
    from sqlite_utils.migrations import Migrations

_MODULES = {
    module.__name__.rpartition(".")[2]: module
    for module in (
        m0001_plans,
        m0002_follow,
        m0003_keys,
        m0004_webhooks,
        m0005_lookups,
        m0006_progress,
        m0007_standing,
        m0008_walked,
        m0009_zones,
    )
}

NAMES = tuple(_MODULES)
SET, TABLE = "plan-indicators", "_sqlite_migrations"
"""Where sqlite-utils writes down what has been applied."""


def migrations() -> "Migrations":
    """Return the migrations for sqlite-utils to apply; a server, which applies none, starts without loading it."""
    from sqlite_utils.migrations import Migrations  # noqa: PLC0415

    found = Migrations(SET)
    for name, module in _MODULES.items():
        found(name=name)(module.apply)
    return found
