"""The columns of the review table, on the page and in the workbook: the fields of a finding that a reviewer can correct."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from ingest.finding import Finding
from ingest.language.units import ALIASES
from schema.vocabulary import (
    COMMITMENTS,
    COMPARATORS,
    DEADLINE_BASES,
    DIRECTIONS,
    KINDS,
    NATURES,
    PRECISIONS,
    Term,
    parse_unit,
)

VERDICTS = (
    Term("target", "目标", "target", "规划要做到的数量。"),
    Term("past", "既成事实", "past result", "过去的成绩，或不在规划正文之内。"),
    Term("baseline", "基期值", "baseline", "目标的起点。"),
    Term("name", "名称日期", "name or date", "日期、名称、门槛、规模里的数字。"),
    Term("unsure", "待定", "unsure", "没有规则能判断，请人来定；不进入规划文件。"),
)
"""Verdicts on a number."""

LONGEST = 300


class Wrong(ValueError):  # noqa: N818  # read aloud it says what is the matter
    """An invalid correction. The message is for the reviewer."""


class Column(NamedTuple):
    """A column of the review table: `terms` are its codes, `parse` converts typed text."""

    field: str
    label: str
    width: int
    terms: tuple[Term, ...] = ()
    parse: Callable[[Any], Any] | None = None


def _text(value: Any) -> str | None:
    text = str(value).strip() if value is not None else ""
    if len(text) > LONGEST:
        raise Wrong(f"must have at most {LONGEST} characters")
    return text or None


def _decimal(value: Any) -> Decimal | None:
    text = str(value).replace(",", "").strip() if value is not None else ""
    try:
        number = Decimal(text) if text else None
    except InvalidOperation as error:
        raise Wrong(f"{text} is not a number") from error
    if number is not None and not number.is_finite():
        raise Wrong(f"{text} is not a number")
    return number


def _date(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if value is None or isinstance(value, date):
        return value
    text = str(value).strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Wrong(f"{text} is not a date such as 2025-12-31") from error


def _unit(value: Any) -> str:
    text = str(value).strip() if value is not None else ""
    code = ALIASES.get(text, text)
    if parse_unit(code) is None:
        raise Wrong(f"{text} is not in the vocabulary units")
    return code


COLUMNS = (
    Column("verdict", "判断", 10, VERDICTS),
    Column("name", "名称", 32, (), _text),
    Column("comparator", "比较", 10, COMPARATORS),
    Column("value", "数值", 10, (), _decimal),
    Column("upper", "上限", 8, (), _decimal),
    Column("unit", "单位", 10, (), _unit),
    Column("kind", "类型", 8, KINDS),
    Column("direction", "方向", 10, DIRECTIONS),
    Column("due_on", "到期日", 12, (), _date),
    Column("precision", "精度", 8, PRECISIONS),
    Column("basis", "期限依据", 12, DEADLINE_BASES),
    Column("action", "动作", 10, (), _text),
    Column("commitment", "力度", 8, COMMITMENTS),
    Column("nature", "性质", 8, NATURES),
    Column("baseline", "基期值", 10, (), _decimal),
    Column("lead", "牵头单位", 16, (), _text),
)
"""The columns, in display order."""

OPTIONAL = frozenset({"commitment", "nature"})


def parse(column: Column, value: Any) -> Any:
    """Parse a value that a reviewer typed: a code or its Chinese label, a number, or a date. Raises Wrong."""
    if column.parse is not None:
        return column.parse(value)
    text = str(value).strip() if value is not None else ""
    if not text and column.field in OPTIONAL:
        return None
    for term in column.terms:
        if text in {term.code, term.label}:
            return term.code
    raise Wrong(f"{text or 'an empty cell'} is not one of {'、'.join(term.label for term in column.terms)}")


def shown(row: Finding, column: Column) -> Any:
    """Return a field of a finding for display: labels instead of codes, None for an empty value."""
    value = getattr(row, column.field)
    if column.terms:
        return next((term.label for term in column.terms if term.code == value), None)
    return None if value == "" and column.field != "unit" else value
