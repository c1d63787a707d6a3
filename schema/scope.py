"""What a key may do: scopes, each of which includes those before it, and the plans that one is limited to."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from marshmallow import ValidationError

from schema.fields import PLAN_ID_LENGTH, PLAN_ID_PATTERN

SCOPES = ("read", "report", "edit", "admin")
"""Reading where the operator closes it; observations and milestone state; plans and their parts; everything."""


class Scope(NamedTuple):
    """Hold one scope of a key; `plans` is empty where it is not limited."""

    name: str
    plans: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Write it as `parse` reads it."""
        return " ".join([self.name, *(f"plan:{plan}" for plan in self.plans)])


def parse(text: str) -> Scope:
    """Read `report` or `report plan:hunnan-2021 plan:…`. Raises ValidationError."""
    name, *limits = text.split() or [""]
    if name not in SCOPES:
        raise ValidationError(f"Must begin with one of: {', '.join(SCOPES)}.")
    plans = [limit.removeprefix("plan:") for limit in limits if limit.startswith("plan:")]
    if len(plans) < len(limits) or any(
        len(plan) > PLAN_ID_LENGTH or not re.fullmatch(PLAN_ID_PATTERN, plan) for plan in plans
    ):
        raise ValidationError("After its name a scope may only be limited to plans: report plan:hunnan-2021.")
    return Scope(name, tuple(plans))


def allow(scopes: Iterable[Scope], needed: str, plans: Iterable[str] = ()) -> bool:
    """Tell whether scopes include the one needed, for each of the plans; for any at all if no plan is named."""
    great = [scope for scope in scopes if SCOPES.index(scope.name) >= SCOPES.index(needed)]
    return bool(great) and all(any(not scope.plans or plan in scope.plans for scope in great) for plan in plans)


def unlimited(scopes: Iterable[Scope], needed: str) -> bool:
    """Tell whether scopes include the one needed for every plan."""
    return any(not scope.plans and allow([scope], needed) for scope in scopes)
