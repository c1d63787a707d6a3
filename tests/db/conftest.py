"""A store with two plans: the bundled one, and plan p with a bit of everything."""

import sqlite3
import sys
from collections.abc import Callable
from types import ModuleType

import pytest
from sqlite_utils import Database

from db import migrations
from tests.db.small import indicator, milestone, observation, put


@pytest.fixture
def full(writer: sqlite3.Connection) -> sqlite3.Connection:
    """Put plan p, with a bit of everything, beside the bundled one."""
    fill(writer)
    return writer


def fill(writer: sqlite3.Connection) -> None:
    """Load plan p."""
    put(
        writer,
        sections=[
            {"id": "p.1", "number": "1", "title": "上"},
            {"id": "p.1.1", "parent_id": "p.1", "number": "1.1", "title": "下"},
        ],
        indicators=[
            indicator(1, kind="increment", nature="binding", lead_department="甲局", departments=["乙局"]),
            indicator(2, target={"comparator": "relative", "text": "如文"}, section_id="p.1.1", lead_department="乙局"),
            indicator(3, kind="increment", deadline_id="p.due-2022-02-19", source={"paragraph": 7}),
        ],
        milestones=[
            milestone(1, departments=["乙局"]),
            milestone(
                2,
                section_id="p.1.1",
                state="done",
                done_on="2022-02-01",
                deadline_id="p.due-2022-02-19",
                lead_department="丙局",
            ),
        ],
        observations=[
            observation(1, 1, "2022-01", 5),
            observation(2, 1, "2022-01", 6, supersedes="p.1.01.o1", recorded_at="2022-05-02T00:00:00Z"),
            observation(3, 3, "2022-02", -1, obs_status="P"),
        ],
    )


@pytest.fixture
def release(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make migrations that the next releases will have brought."""

    def make(**applied: Callable[[Database], object]) -> None:
        for name, apply in applied.items():
            module = ModuleType(f"db.migrations.{name}")
            module.apply = apply  # type: ignore[attr-defined]
            monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setattr(migrations, "NAMES", tuple(applied))

    return make
