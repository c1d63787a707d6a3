"""Changes of a store at random, as writers make them: one transaction each, of one change or several."""

import json
import sqlite3
from random import Random

from db.connection import changed_at, transaction
from db.text.fold import spelling

STAMPED = "version = version + 1, updated_at = ?"
NAMES = ("技术合同", "新增就业", "研发 投入", "GDP增速", "知识产权", "重点实验室")


def edit(store: sqlite3.Connection, random: Random, actor: str = "editor") -> None:
    """Do one of the things that an office does to a plan."""
    with transaction(store, actor):
        random.choice((rename, retarget, tick_off, report, correct, withdraw, withdraw, create, move))(store, random)


def _any(store: sqlite3.Connection, random: Random, rows: str) -> str | None:
    ids = [row[0] for row in store.execute(f"SELECT id FROM {rows} ORDER BY id")]
    return random.choice(ids) if ids else None


def rename(store: sqlite3.Connection, random: Random) -> None:
    table = random.choice(("indicator", "milestone"))
    key, name = _any(store, random, table), random.choice(NAMES)
    others = store.execute(f"SELECT name_en, lead_department FROM {table} WHERE id = ?", (key,)).fetchone() or ()
    store.execute(
        f"UPDATE {table} SET name = ?, tokens = ?, {STAMPED} WHERE id = ?",
        (name, spelling([name, *others]), changed_at(), key),
    )


def retarget(store: sqlite3.Connection, random: Random) -> None:
    key, value = _any(store, random, "indicator WHERE target_value IS NOT NULL"), random.choice((5, 2.94, 80, 0.1, -3))
    store.execute(
        f"UPDATE indicator SET target_value = ?, target_upper = NULL, target_comparator = 'ge', {STAMPED} WHERE id = ?",
        (value, changed_at(), key),
    )


def tick_off(store: sqlite3.Connection, random: Random) -> None:
    key, done = _any(store, random, "milestone"), random.random() < 0.5
    store.execute(
        f"UPDATE milestone SET state = ?, done_on = ?, {STAMPED} WHERE id = ?",
        ("done" if done else "in_progress", "2021-06-30" if done else None, changed_at(), key),
    )


def report(store: sqlite3.Connection, random: Random, supersedes: str | None = None) -> None:
    key = _any(store, random, "indicator")
    period = random.randint(1, 9)
    if supersedes:
        key, period = supersedes.rpartition(".")[0], int(store.execute(
            "SELECT substr(time_period, 6) FROM observation WHERE id = ?", (supersedes,)).fetchone()[0])  # fmt: skip
    number = random.getrandbits(40)
    store.execute(
        "INSERT OR IGNORE INTO observation (id, plan_id, indicator_id, time_period, period_end, value, obs_status,"
        " recorded_at, supersedes) SELECT ?, plan_id, id, ?, ?, ?, 'A', ?, ? FROM indicator WHERE id = ?",
        (
            f"{key}.{number:x}", f"2021-{period:02}", f"2021-{period:02}-28", random.choice((1, 3.5, 90)),
            changed_at(), supersedes, key,
        ),
    )  # fmt: skip


def correct(store: sqlite3.Connection, random: Random) -> None:
    rows = "observation o WHERE NOT EXISTS (SELECT 1 FROM observation n WHERE n.supersedes = o.id)"
    key = _any(store, random, rows)
    if key:
        report(store, random, key)


def withdraw(store: sqlite3.Connection, random: Random) -> None:
    """Take out an indicator with all that was reported of it, or a milestone."""
    if random.random() < 0.5:
        store.execute("DELETE FROM milestone WHERE id = ?", (_any(store, random, "milestone"),))
        return
    key = _any(store, random, "indicator i WHERE NOT EXISTS (SELECT 1 FROM indicator c WHERE c.parent_id = i.id)")
    seen = "SELECT id FROM observation WHERE indicator_id = ? ORDER BY key DESC"
    for (observation,) in store.execute(seen, (key,)).fetchall():
        store.execute("DELETE FROM observation WHERE id = ?", (observation,))
    store.execute("DELETE FROM indicator WHERE id = ?", (key,))


def create(store: sqlite3.Connection, random: Random) -> None:
    """Add a milestone, perhaps under the id of one that was taken out."""
    number, name = random.randint(50, 60), random.choice(NAMES)
    key = f"hunnan-2021.2.2.m{number}"
    store.execute(
        "INSERT OR IGNORE INTO milestone (id, plan_id, section_id, code, position, name, deadline_id, due_on,"
        " due_precision, deadline_basis, state, departments, tokens, created_at, updated_at) SELECT ?, s.plan_id, s.id,"
        " ?, ?, ?, d.id, d.due_on, 'year', 'stated', 'planned', ?, ?, ?, ? FROM section s JOIN deadline d"
        " WHERE s.id = 'hunnan-2021.2.2' LIMIT 1",
        (
            key,
            f"2.2.m{number}",
            900 + number,
            name,
            json.dumps(["市科技局"]),
            spelling([name]),
            changed_at(),
            changed_at(),
        ),
    )


def move(store: sqlite3.Connection, random: Random) -> None:
    """Put several things elsewhere at once."""
    section = _any(store, random, "section WHERE level = 2")
    for table in ("indicator", "milestone"):
        store.execute(
            f"UPDATE {table} SET section_id = ?, {STAMPED} WHERE id IN (?, ?)",
            (section, changed_at(), _any(store, random, table), _any(store, random, table)),
        )
