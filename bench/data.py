"""Make plans that look like real ones, the same ones every time: a hundred indicators each, district by district."""

import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from random import Random
from typing import Any

from bench.words import (
    ACTIONS,
    DELIVERABLES,
    DEPARTMENTS,
    DISTRICTS,
    HEADINGS,
    MEASURES,
    PROVINCES,
    RARE,
    RARE_SHARE,
    SCOPES,
    SUBJECTS,
    TOPICS,
)
from db import connection
from db.edit import amend
from schema.fields import exact
from schema.indicator import SIGNS
from schema.observation import period_end
from schema.vocabulary import parse_unit

Row = dict[str, Any]

ROOT = Path(__file__).parent.parent
VAR = Path(__file__).parent / "var"
"""Where stores, peers and raw results are kept; ignored by git."""

PER_PLAN = 100
YEARS = tuple(range(2018, 2028))
OBSERVED = 0.2
"""The share of indicators with a series of reported values."""
WHOLE = 20
"""Values from here on are whole numbers."""
BATCH = 20
"""Plans that come in together."""
FIRST_LOAD = datetime(2026, 1, 1, tzinfo=UTC)
"""When the first plan came in; the others follow, one a second."""
STRIDE = 1009
"""Coprime to the number of districts, so that a small store has plans from all provinces."""

AREAS = [
    (f"{province}{city:02}{district + 2:02}", f"{name}第{city}市{DISTRICTS[district]}")
    for province, (name, cities) in PROVINCES.items()
    for city in range(1, cities + 1)
    for district in range(len(DISTRICTS))
]


def area(number: int) -> tuple[str, str, int]:
    """Return area code, area name and year of a plan by its number."""
    code, name = AREAS[number // len(YEARS) * STRIDE % len(AREAS)]
    return code, name, YEARS[number % len(YEARS)]


def plan_id(number: int) -> str:
    """Return the id of a plan by its number."""
    code, _, year = area(number)
    return f"{code}-{year}"


def plan(number: int) -> Row:
    """Make a whole plan as checked facts, as schema.rules.plan_file.parse returns them."""
    random = Random(number)
    code, name, year = area(number)
    identity = plan_id(number)
    years = 5 if number % 20 == 0 else 1
    start, end = f"{year}-01-01", f"{year + years - 1}-12-31"
    title = f"{name}{year}年" + ("国民经济和社会发展规划" if years > 1 else "工作计划")
    english = number % 20 == 0
    deadlines = list(_deadlines(identity, year, end))
    sections = list(_sections(identity))
    leaves = [section for section in sections if section["parent_id"]]
    indicators = [_indicator(random, leaves, deadlines, index, english=english) for index in range(PER_PLAN)]
    return {
        "plan": {
            "id": identity,
            "title": title,
            "title_en": f"Plan of {code} for {year}" if english else None,
            "area_code": code,
            "area_name": name,
            "area_name_en": None,
            "level": "county" if name.endswith("县") else "district",
            "period_start": start,
            "period_end": end,
            "status": "active" if year >= YEARS[-2] else "completed",
            "source": {
                "title": title,
                "publisher": f"{name}人民政府",
                "published_on": f"{year - 1}-12-22",
                "url": None,
                "sha256": None,
            },
        },
        "deadlines": deadlines,
        "sections": sections,
        "indicators": indicators,
        "milestones": [_milestone(random, leaves, deadlines, index) for index in range(len(DELIVERABLES))],
        "observations": [
            row for item in indicators if random.random() < OBSERVED for row in _series(random, item, year)
        ],
    }


def _deadlines(identity: str, year: int, end: str) -> Iterator[Row]:
    dates = {
        end: ("year", "规划期末", "End of the period"),
        f"{year}-06-30": ("half", "上半年", "First half"),
        f"{year}-09-30": ("quarter", "三季度末", "End of the third quarter"),
        f"{year}-10-31": ("month", "10月底", "End of October"),
        f"{year}-07-01": ("day", "7月1日", "1 July"),
    }
    for due_on, (precision, label, label_en) in dates.items():
        yield {
            "id": f"{identity}.due-{due_on}",
            "due_on": due_on,
            "precision": precision,
            "label": label,
            "label_en": label_en,
        }


def _sections(identity: str) -> Iterator[Row]:
    for number, heading in enumerate(HEADINGS, 1):
        top = f"{identity}.{number}"
        yield _section(top, None, f"{number}", heading)
        for below, topic in enumerate(TOPICS[(number - 1) * 5 % 20 : (number - 1) * 5 % 20 + 3], 1):
            yield _section(f"{top}.{below}", top, f"{number}.{below}", topic)


def _section(identity: str, parent: str | None, number: str, title: str) -> Row:
    source = {"paragraph": 10, "start": 0, "end": len(title)}
    return {"id": identity, "parent_id": parent, "number": number, "title": title, "title_en": None, "source": source}


def _indicator(random: Random, sections: list[Row], deadlines: list[Row], index: int, *, english: bool) -> Row:
    section = sections[index * len(sections) // PER_PLAN]
    below = f"{index + 1:02}"
    rare = random.random() < RARE_SHARE
    measure, kind, direction, units, bounds, comparators = random.choice(MEASURES)
    comparator = random.choice(comparators)
    name = f"{random.choice(SCOPES)}{random.choice(RARE) if rare else random.choice(SUBJECTS)}{measure}"
    target = _target(random, comparator, random.choice(units), bounds)
    based = target["value"] is not None and kind != "increment" and random.random() < 0.4
    stated = random.random() < 0.3
    deadline = random.choice(deadlines) if stated else deadlines[0]
    return {
        "id": f"{section['id']}.{below}",
        "section_id": section["id"],
        "parent_id": None,
        "code": f"{section['number']}.{below}",
        "name": name,
        "name_en": f"Indicator {section['number']}.{below} ({kind})" if english else None,
        "action": random.choice(ACTIONS),
        "kind": kind,
        "direction": direction,
        "nature": random.choice((None, None, "binding", "expected")),
        "commitment": random.choice((None, None, None, "assured", "strived")),
        "target": target,
        "baseline": {
            "value": _number(target["value"] * random.uniform(0.5, 1.2)) if based else None,
            "period": str(int(deadline["due_on"][:4]) - 1) if based else None,
        },
        "deadline_id": deadline["id"],
        "due_precision": deadline["precision"],
        "deadline_basis": "stated" if stated else "inherited",
        **_responsible(random),
        "source": {"paragraph": 10 + index // 3, "start": index * 40, "end": index * 40 + len(name)},
    }


def _target(random: Random, comparator: str, unit: str, bounds: tuple[int, int]) -> Row:
    value = upper = None
    text = {"relative": "低于全省平均水平", "assigned": "完成国家下达任务", "direction_only": "持续提高"}.get(
        comparator
    )
    if text is None:
        value = _number(random.uniform(*bounds))
        upper = _number(value * 1.1 + 1) if comparator == "between" else None
        text = f"{SIGNS[comparator]}{value if upper is None else f'{value}–{upper}'} {unit}"
    base_unit, multiplier = _unit(unit)
    return {
        "comparator": comparator,
        "value": value,
        "upper": upper,
        "tolerance": None,
        "unit": unit,
        "text": text,
        "base_unit": base_unit,
        "normalized_value": _multiplied(value, multiplier),
        "normalized_upper": _multiplied(upper, multiplier),
    }


def _responsible(random: Random) -> Row:
    if random.random() < 0.3:
        return {"lead_department": None, "departments": []}
    lead, *others = random.sample(DEPARTMENTS, random.choice((1, 1, 2, 4)))
    return {"lead_department": lead, "departments": others}


def _milestone(random: Random, sections: list[Row], deadlines: list[Row], index: int) -> Row:
    section, deadline = sections[index * 3 % len(sections)], random.choice(deadlines)
    state = random.choice(("planned", "in_progress", "done", "cancelled"))
    name = DELIVERABLES[index]
    return {
        "id": f"{section['id']}.m{index + 1:02}",
        "section_id": section["id"],
        "code": f"{section['number']}.m{index + 1:02}",
        "name": name,
        "name_en": None,
        "action": name[:2],
        "commitment": None,
        "deadline_id": deadline["id"],
        "due_precision": deadline["precision"],
        "deadline_basis": "stated",
        "state": state,
        "done_on": deadline["due_on"] if state == "done" else None,
        **_responsible(random),
        "source": {"paragraph": 60, "start": index * 30, "end": index * 30 + len(name)},
    }


def _series(random: Random, item: Row, year: int) -> Iterator[Row]:
    """Report an indicator by month or by quarter, on the way to its target."""
    goal = item["target"]["value"] or 50
    periods = random.choice((("Q1", "Q2", "Q3", "Q4"), tuple(f"{month:02}" for month in range(1, 13))))
    start, final = random.uniform(0.1, 0.8), random.uniform(0.6, 1.2)
    for index, period in enumerate(periods, 1):
        time_period = f"{year}-{period}"
        end = period_end(time_period)
        if end > "2026-06-30":
            return
        yield {
            "id": f"{item['id']}.{time_period.lower()}",
            "indicator_id": item["id"],
            "time_period": time_period,
            "period_end": end,
            "value": _number(goal * (start + (final - start) * index / len(periods))),
            "unit": item["target"]["unit"],
            "obs_status": random.choice("AAAP"),
            "note": None,
            "reported_by": "统计局",
            "recorded_at": f"{end}T08:00:00.000000Z",
            "supersedes": None,
        }


def _number(value: float) -> int | float:
    """Round as plans print: small values to a tenth, the rest to whole numbers."""
    rounded = round(value, 0 if value >= WHOLE else 1)
    return int(rounded) if rounded == int(rounded) else rounded


@lru_cache
def _unit(code: str) -> tuple[str, int]:
    unit = parse_unit(code)
    if unit is None:
        raise ValueError(f"{code} is no unit")
    return unit.base_unit, unit.multiplier


def _multiplied(value: float | None, multiplier: int) -> int | float | None:
    if value is None or isinstance(value, int):
        return value * multiplier if value is not None else None
    return exact(Decimal(str(value)) * multiplier)


def store(indicators: int, say: Callable[[str], None] = print) -> Path:
    """Return a store with so many indicators; make it if it is not there yet."""
    path = VAR / f"{schema_mark()}-{indicators}.db"
    if not path.exists():
        VAR.mkdir(exist_ok=True)
        started = time.monotonic()
        say(f"making a store of {indicators:,} indicators")
        draft = path.with_suffix(".draft")
        for leftover in path.parent.glob(f"{draft.name}*"):
            leftover.unlink()
        connection.create(draft)
        _fill(draft, max(1, indicators // PER_PLAN))
        draft.rename(path)
        say(f"made in {time.monotonic() - started:.0f} s, {path.stat().st_size / 1e6:,.0f} MB")
    return path


@lru_cache
def schema_mark() -> str:
    """Name the state of the code that makes a store, so that one made by other code is not used."""
    made_by = [
        ROOT / "db" / "schema.sql",
        *(ROOT / "db" / f"{name}.py" for name in ("edit/amend", "edit/rows", "schema", "status", "text/fold")),
        *(ROOT / "bench" / f"{name}.py" for name in ("data", "words")),
    ]
    return f"plans-{blake2b(b''.join(path.read_bytes() for path in made_by), digest_size=4).hexdigest()}"


def _fill(path: Path, plans: int) -> None:
    """Load the plans with the rows that db.edit.amend prepares, many at a time, without waiting for the disk."""
    writer = connection.open_writer(path)
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -1000000", "foreign_keys = OFF"):
        writer.execute(f"PRAGMA {pragma}")
    for first in range(0, plans, BATCH):
        at = connection.moment(FIRST_LOAD + timedelta(seconds=first))
        with connection.transaction(writer, "bench", at):
            for number in range(first, min(plans, first + BATCH)):
                for table, rows in amend.parts(plan(number), at):
                    _insert(writer, table, list(rows))
    writer.execute("PRAGMA foreign_keys = ON")
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("PRAGMA optimize")
    writer.close()


def _insert(writer: sqlite3.Connection, table: str, rows: list[Row]) -> None:
    if rows:
        names = ", ".join(rows[0])
        places = ", ".join(f":{name}" for name in rows[0])
        writer.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", rows)


if __name__ == "__main__":
    store(int(sys.argv[1]))
