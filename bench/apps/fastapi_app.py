"""Serve the flat table with FastAPI and SQLModel, as their tutorial does, with keyset paging."""

import csv
import io
import os
from collections.abc import Iterator

from fastapi import FastAPI, HTTPException
from fastapi.responses import StreamingResponse
from sqlalchemy import func, tuple_
from sqlmodel import Field, Session, SQLModel, create_engine, select

engine = create_engine(f"sqlite:///{os.environ['BENCH_DATABASE']}")
app = FastAPI()


class Indicator(SQLModel, table=True):
    """Map the flat table."""

    id: str = Field(primary_key=True)
    plan_id: str
    area_code: str
    level: str
    section_id: str
    code: str
    name: str
    name_en: str | None
    action: str | None
    kind: str
    direction: str
    nature: str | None
    commitment: str | None
    comparator: str
    unit: str | None
    base_unit: str | None
    target_text: str
    baseline_period: str | None
    deadline_id: str
    due_on: str
    due_precision: str
    deadline_basis: str
    lead_department: str | None
    departments: str
    created_at: str
    updated_at: str
    position: int
    value: float | None
    upper: float | None
    normalized_value: float | None
    normalized_upper: float | None
    baseline_value: float | None
    source_paragraph: int | None


@app.get("/indicators")
def list_indicators(  # noqa: PLR0917  (FastAPI reads parameters from here)
    plan_id: str | None = None,
    kind: str | None = None,
    unit: str | None = None,
    q: str | None = None,
    sort: str = "id",
    after_key: str | None = None,
    after_id: str | None = None,
    limit: int = 50,
) -> list[Indicator]:
    statement = select(Indicator)
    for name, value in (("plan_id", plan_id), ("kind", kind), ("unit", unit)):
        if value is not None:
            statement = statement.where(getattr(Indicator, name) == value)
    if q is not None:
        statement = statement.where(Indicator.name.contains(q))
    column = getattr(Indicator, sort.removeprefix("-"))
    if after_id is not None:
        key = float(after_key) if sort == "-value" else after_key
        row, last = tuple_(column, Indicator.id), (key, after_id)
        if sort == "id":
            statement = statement.where(Indicator.id > after_id)
        else:
            statement = statement.where(row < last if sort.startswith("-") else row > last)
    if sort == "id":
        statement = statement.order_by(Indicator.id)
    elif sort.startswith("-"):
        statement = statement.order_by(column.desc(), Indicator.id.desc())
    else:
        statement = statement.order_by(column, Indicator.id)
    with Session(engine) as session:
        return session.exec(statement.limit(limit)).all()


@app.get("/indicators.csv")
def export_indicators() -> StreamingResponse:
    def written() -> Iterator[str]:
        buffer = io.StringIO()
        writer = csv.writer(buffer)
        names = list(Indicator.model_fields)
        writer.writerow(names)
        with Session(engine) as session:
            for item in session.exec(select(Indicator).limit(100_000)).yield_per(1000):
                writer.writerow([getattr(item, name) for name in names])
                if buffer.tell() > 1 << 16:
                    yield buffer.getvalue()
                    buffer.seek(0)
                    buffer.truncate()
        yield buffer.getvalue()

    return StreamingResponse(written(), media_type="text/csv")


@app.get("/summary")
def summarize(by: str) -> dict[str | None, int]:
    column = getattr(Indicator, by)
    with Session(engine) as session:
        return dict(session.exec(select(column, func.count()).group_by(column)).all())


@app.get("/indicators/{indicator_id}")
def get_indicator(indicator_id: str) -> Indicator:
    with Session(engine) as session:
        item = session.get(Indicator, indicator_id)
        if item is None:
            raise HTTPException(404)
        return item
