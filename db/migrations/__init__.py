"""Numbered migrations: each is frozen once released, applied in order, in one transaction."""

from sqlite_utils.migrations import Migrations

from db.migrations import m0001_plans, m0002_follow, m0003_keys, m0004_webhooks, m0005_lookups

_MODULES = {
    module.__name__.rpartition(".")[2]: module
    for module in (m0001_plans, m0002_follow, m0003_keys, m0004_webhooks, m0005_lookups)
}

NAMES = tuple(_MODULES)
MIGRATIONS = Migrations("plan-indicators")
for _name, _module in _MODULES.items():
    MIGRATIONS(name=_name)(_module.apply)
