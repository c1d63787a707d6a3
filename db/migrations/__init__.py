"""Numbered migrations: each is frozen once released, applied in order, in one transaction."""

from sqlite_utils.migrations import Migrations

from db.migrations import m0001_plans

MIGRATIONS = Migrations("plan-indicators")
for _module in (m0001_plans,):
    MIGRATIONS(name=_module.__name__.rpartition(".")[2])(_module.apply)
