"""Classify each number as target, past result, baseline, name or date, or unsure, with the rule that decided."""

import re
from bisect import bisect_left
from functools import lru_cache
from typing import NamedTuple

from ingest.language.quantities import Quantity
from ingest.verdict_rules import RULES, Rule
from schema.vocabulary import parse_unit

_REACH = 200
"""Number of characters before and after a number that rules can see."""

_CLAUSE_END = re.compile(r"[，。；！？…|]|(?<=[^\d])：|：(?=[^\d])")


class Place(NamedTuple):
    """The context of a number: its sentence and clause (start, end) in the paragraph, and the class of the sentence."""

    sentence: tuple[int, int]
    clause: tuple[int, int]
    frame: str


class Verdict(NamedTuple):
    """The class of a number (`target`, `past`, `baseline`, `name`, `unsure`), with rule, reason and confidence (0 to 1)."""

    kind: str
    rule: str
    reason: str
    confidence: float


def place(text: str, quantity: Quantity, sentence: tuple[int, int], frame: str) -> Place:
    """Find the clause of a number within its sentence."""
    ends = _clause_ends(text, *sentence)
    last, following = bisect_left(ends, quantity.start) - 1, bisect_left(ends, quantity.right)
    start = ends[last] + 1 if last >= 0 else sentence[0]
    return Place(sentence, (start, ends[following] if following < len(ends) else sentence[1]), frame)


@lru_cache(maxsize=8)
def _clause_ends(text: str, start: int, stop: int) -> tuple[int, ...]:
    """List the offsets of the marks that end clauses. Cached, because a sentence can have many numbers."""
    return tuple(found.start() for found in _CLAUSE_END.finditer(text, start, stop))


def base_unit(unit: str) -> str:
    """Return the base unit of a printed unit (平方米 for 万平方米)."""
    known = parse_unit(unit)
    return known.base_unit if known else unit


def _fits(rule: Rule, text: str, quantity: Quantity, around: Place) -> bool:
    if rule.form is not None and rule.form != quantity.form:
        return False
    if rule.frames and around.frame not in rule.frames:
        return False
    if rule.units is not None and base_unit(quantity.unit) not in rule.units and quantity.unit not in rule.units:
        return False
    if rule.script is not None and rule.script != quantity.script:
        return False
    if rule.figures is not None and not rule.figures.match(text[quantity.start : quantity.right]):
        return False
    if rule.before is not None and not rule.before.search(
        text[max(around.sentence[0], quantity.left - _REACH) : quantity.left]
    ):
        return False
    if rule.clause is not None and not rule.clause.search(
        text[max(around.clause[0], quantity.left - _REACH) : min(around.clause[1], quantity.right + _REACH)]
    ):
        return False
    return (
        rule.after is None
        or rule.after.match(text[quantity.right : min(around.sentence[1], quantity.right + _REACH)]) is not None
    )


def judge(text: str, quantity: Quantity, around: Place) -> Verdict:
    """Classify one number of a folded paragraph. The first rule that matches applies."""
    rule = next(rule for rule in RULES if _fits(rule, text, quantity, around) or rule.code == "unsure")
    return Verdict(rule.verdict, rule.code, rule.reason, rule.confidence)
