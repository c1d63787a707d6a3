"""Read tables of indicators. Columns are identified by heading, in any order; merged cells and two header rows are supported."""

import re
from decimal import Decimal
from typing import NamedTuple

from ingest.decode.rows import LEFT, UP
from ingest.language import quantities
from ingest.language.units import ALIASES
from schema.vocabulary import parse_unit

_COLUMNS = (
    ("unit", re.compile(r"^(?:计量)?单位(?:（.*）)?$")),
    ("nature", re.compile(r"属性|指标性质|指标类型|^性质$|^类型$")),
    ("lead", re.compile(r"牵头|责任单位|责任部门|主要责任|主管部门|实施单位|完成单位")),
    ("others", re.compile(r"配合|参与单位|协办")),
    ("growth", re.compile(r"年均增|年均|增速|增长率|累计|五年增|增幅")),
    ("target", re.compile(r"目标|规划值|计划值|预期值|计划数|目标值|预期")),
    ("baseline", re.compile(r"基期|现状|基数|实绩|完成值|实际|完成数|基准|上年|预计完成")),
    ("due", re.compile(r"时限|完成时间|期限")),
    ("name", re.compile(r"指标名称|^指标$|主要指标|指标内容|^名称$|^项目$|^内容$|指标")),
)
_YEAR = re.compile(r"(20\d\d)年?")
_UNIT_IN_NAME = re.compile(r"（([^（）]{1,12})）$")
_BOUNDS = (("ge", re.compile(r"≥|＞=|>=|不低于|以上")), ("le", re.compile(r"≤|<=|不超过|不高于|以内|以下")), ("gt", re.compile(r">|超过|大于|突破")), ("lt", re.compile(r"<|低于|小于")), ("approx", re.compile(r"左右|约|〔?±")))  # fmt: skip
_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")
_NUMBERING = re.compile(r"^[（(]?[0-9一二三四五六七八九十]{1,3}[）).、．]|^其中[：:]?")


class Cell(NamedTuple):
    """One cell: its folded text and its offset in the paragraph."""

    text: str
    start: int


class Entry(NamedTuple):
    """One number of a table: its place (row, start, end) and the values of its other columns. `role` is target or baseline."""

    row: int
    start: int
    end: int
    role: str
    name: str
    value: Decimal
    upper: Decimal | None
    unit: str
    comparator: str
    year: int | None
    growth: bool
    cumulative: bool
    nature: str | None
    lead: str | None
    others: tuple[str, ...]
    due: str
    child: bool


def cells(line: str) -> list[Cell]:
    """Split a line of a table (| a | b |) into cells."""
    result, at = [], 1
    while (stop := line.find("|", at)) >= 0:
        result.append(Cell(line[at:stop], at))
        at = stop + 1
    return result


def _filled(rows: list[list[Cell]]) -> list[list[str]]:
    """Give each covered cell the text of the cell that covers it."""
    texts: list[list[str]] = []
    for row in rows:
        line: list[str] = []
        for place, cell in enumerate(row):
            if cell.text == LEFT:
                line.append(line[place - 1] if place else "")
            elif cell.text == UP:
                line.append(texts[-1][place] if texts and place < len(texts[-1]) else "")
            else:
                line.append(cell.text)
        texts.append(line)
    return texts


def _header(texts: list[list[str]]) -> tuple[int, list[str]]:
    """Return the number of header rows (0 if there is no header) and the heading of each column, with two rows joined."""
    for at in range(min(4, len(texts))):
        row = texts[at]
        if sum(bool(_role(text)) for text in row) >= 2 and len({text for text in row if text}) > 1:
            below = texts[at + 1] if at + 1 < len(texts) else []
            second = (
                len(below) == len(row)
                and any(below[i] == row[i] for i in range(len(row)))
                and any(
                    below[i] and below[i] != row[i] and (_role(below[i]) or _YEAR.search(below[i]))
                    for i in range(len(row))
                )
            )
            if second:
                return at + 2, [row[i] if below[i] == row[i] else row[i] + below[i] for i in range(len(row))]
            return at + 1, row
    return 0, []


def _role(heading: str) -> str | None:
    for role, pattern in _COLUMNS:
        if pattern.search(heading):
            return role
    return "year" if _YEAR.search(heading) else None


def _roles(headings: list[str], first: int) -> list[tuple[str | None, int | None]]:
    """Return the role and the year of each column. `first` is the first year of the plan's period."""
    result: list[tuple[str | None, int | None]] = []
    for heading in headings:
        role = _role(heading)
        years = [int(year) for year in _YEAR.findall(heading)]
        year = max(years) if years else None
        if role in {"year", "target", "baseline"} and year is not None:
            role = "baseline" if year < first else "target"
        result.append((role, year))
    if sum(role == "name" for role, _ in result) > 1:
        # The narrowest heading is the indicator's; 类别 and 序号 stand before it.
        last = max(place for place, (role, _) in enumerate(result) if role == "name")
        exact = next((place for place, heading in enumerate(headings) if re.search(r"名称|^指标$", heading)), last)
        result = [
            (role if role != "name" or place == exact else None, year) for place, (role, year) in enumerate(result)
        ]
    return result


def _unit(text: str) -> str | None:
    text = text.strip("（）")
    code = ALIASES.get(text, text)
    return code if parse_unit(code) is not None else None


def read(lines: list[str], first: int) -> list[Entry] | None:
    """Read the lines of one table; None if it is not a table of indicators. `first` is the first year of the plan's period."""
    rows = [cells(line) for line in lines]
    texts = _filled(rows)
    skip, headings = _header(texts)
    roles = _roles(headings, first)
    known = {role for role, _ in roles}
    if not skip or "name" not in known or not known & {"target", "growth"}:
        return None
    result: list[Entry] = []
    for at in range(skip, len(rows)):
        row, line = rows[at], texts[at]
        if len(row) < len(roles) or re.fullmatch(r"[-:：—|]*", lines[at]):
            continue
        said = {role: line[place] for place, (role, _) in reversed(list(enumerate(roles))) if role}
        label = said["name"]
        name = _NUMBERING.sub("", label)
        unit = _unit(said.get("unit", "")) if said.get("unit") else None
        if inside := _UNIT_IN_NAME.search(name):
            unit = _unit(inside[1]) or unit
            name = name[: inside.start()] if _unit(inside[1]) is not None else name
        nature = (
            "binding"
            if "约束" in said.get("nature", "") + label
            else "expected"
            if "预期" in said.get("nature", "") + label
            else None
        )
        for place, (role, year) in enumerate(roles):
            if role in {"target", "baseline", "growth"} and row[place].text not in {LEFT, UP}:
                entry = _entry(row[place], role, unit)
                if entry is not None:
                    start, end, value, upper, own, comparator, cumulative = entry
                    result.append(Entry(
                        at, start, end, "baseline" if role == "baseline" else "target", re.sub(r"（(?:约束性|预期性)）", "", name) + ("年均增速" if role == "growth" and not cumulative and "增" not in name else ""), value, upper, own, comparator, year,
                        role == "growth" and not cumulative, cumulative, nature, said.get("lead") or None,
                        tuple(part for part in re.split("[、，；]", said.get("others", "")) if part), said.get("due", ""), label.startswith("其中"),
                    ))  # fmt: skip
    return result


def _entry(cell: Cell, role: str, unit: str | None) -> tuple[int, int, Decimal, Decimal | None, str, str, bool] | None:
    """Parse the number in a cell: ≥90, 80%, 5.5以内, 6—7, [45]."""
    found = _NUMBER.search(cell.text)
    if found is None or re.search(r"\d{4}年|第\d", cell.text):
        return None
    comparator = next((code for code, pattern in _BOUNDS if pattern.search(cell.text)), "eq")
    value, upper = Decimal(found.group().replace(",", "")), None
    end = found.end()
    if (second := re.match(r"%?(?:—{1,2}|-|～|至)(\d[\d,]*(?:\.\d+)?)", cell.text[end:])) and Decimal(
        second[1].replace(",", "")
    ) > value:
        upper, comparator = Decimal(second[1].replace(",", "")), "between"
        end += second.end()
    own = next((one.unit for one in quantities.find(cell.text) if one.unit and one.form == "quantity"), None)
    if role == "growth":
        own = own or ("%" if unit is None or "[" not in cell.text else unit)
    return (
        cell.start + found.start(),
        cell.start + end,
        value,
        upper,
        own or unit or "",
        comparator,
        "[" in cell.text or "【" in cell.text,
    )
