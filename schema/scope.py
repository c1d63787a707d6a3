"""Scopes of API keys. Each scope includes the scopes before it, and may be limited to plans."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from marshmallow import ValidationError

from schema.fields import PLAN_ID_LENGTH, PLAN_ID_PATTERN

SCOPES = ("read", "report", "edit", "admin")
"""Read (needed only if reading is closed); report observations and milestone states; edit plans; everything."""


class Scope(NamedTuple):
    """Hold one scope of a key. Empty `plans` means all plans."""

    name: str
    plans: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the text that `parse` reads."""
        return " ".join([self.name, *(f"plan:{plan}" for plan in self.plans)])


def parse(text: str) -> Scope:
    """Parse `report` or `report plan:hunnan-2021 plan:…`. Raises ValidationError for any other text."""
    name, *limits = text.split() or [""]
    if name not in SCOPES:
        raise ValidationError(f"Must start with one of: {', '.join(SCOPES)}.")
    plans = [limit.removeprefix("plan:") for limit in limits if limit.startswith("plan:")]
    if len(plans) < len(limits) or any(
        len(plan) > PLAN_ID_LENGTH or not re.fullmatch(PLAN_ID_PATTERN, plan) for plan in plans
    ):
        raise ValidationError("After the scope, only limits to plans are allowed, such as: report plan:hunnan-2021.")
    return Scope(name, tuple(plans))


def allow(scopes: Iterable[Scope], needed: str, plans: Iterable[str] = ()) -> bool:
    """Return whether the scopes include the one needed for each of the plans; without plans, for any plan at all."""
    great = [scope for scope in scopes if SCOPES.index(scope.name) >= SCOPES.index(needed)]
    return bool(great) and all(any(not scope.plans or plan in scope.plans for scope in great) for plan in plans)


def unlimited(scopes: Iterable[Scope], needed: str) -> bool:
    """Return whether the scopes include the one needed, for all plans."""
    return any(not scope.plans and allow([scope], needed) for scope in scopes)
