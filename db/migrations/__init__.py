"""What brings the store of a released version up to date: numbered migrations, each in one transaction.

A new store is made from schema.sql, which is the present; it counts as having every migration. There is none yet:
1.0.0 is the first release. The next one adds NNNN_what.py with `apply(db)`, and its name to NAMES, and changes
schema.sql in the same commit. A migration is frozen once released. Nothing but this package imports one.
"""

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

from db import schema

if TYPE_CHECKING:
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

SCHEMA = "schema"
"""The name under which the creation of a store is written down."""
NAMES: tuple[str, ...] = ()
"""The migrations since 1.0.0, in order."""
SET, TABLE = "plan-indicators", "_sqlite_migrations"
"""Where sqlite-utils writes down what has been applied."""


def known() -> tuple[str, ...]:
    """Return everything that an up-to-date store has, in order."""
    return (SCHEMA, *NAMES)


def migrations(*, fresh: bool) -> "Migrations":
    """Return what sqlite-utils is to apply: to a fresh store the schema, to another one the migrations that it lacks.

    A server applies none, and starts without loading them.
    """
    from sqlite_utils.migrations import Migrations  # noqa: PLC0415

    found = Migrations(SET)
    found(name=SCHEMA)(_create)
    for name in NAMES:
        found(name=name)(_is_in_the_schema if fresh else _module(name))
    return found


def _create(db: "Database") -> None:
    for statement in schema.statements():
        db.execute(statement)


def _is_in_the_schema(_: "Database") -> None:
    """Do nothing: a store made from schema.sql has it."""


def _module(name: str) -> Callable[["Database"], None]:
    apply: Callable[[Database], None] = import_module(f"{__name__}.{name}").apply
    return apply
