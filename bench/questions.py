"""Put random questions to a store, inside SQLite: filters, each with the value of some row, under a random sort.

`python -m bench.questions STORE [FILTERS [NUMBER [SEED]]]` times the first page and prints a digest of all
answers: code that answers alike prints the same for the same store.
"""

import random
import sqlite3
import statistics
import sys
import time
from hashlib import blake2b
from itertools import combinations
from pathlib import Path
from typing import Any

from bench.inside import CONTEXT, is_reversed
from db import connection, items, lists
from db.indicators import INDICATOR
from db.resource import Ask
from db.status import STATUSES

LIMIT = 50
COLUMNS = {
    "area": "substr(p.area_code, 1, 2)",
    "level": "p.level",
    "department": "i.lead_department",
    "value_min": "i.target_value",
    "value_max": "i.target_value",
    "normalized_min": "i.target_normalized_value",
    "normalized_max": "i.target_normalized_value",
    "due_from": "i.due_on",
    "due_to": "i.due_on",
    "updated_since": "i.updated_at",
    "paragraph": "i.source_paragraph",
    "kind": "i.kind",
    "comparator": "i.target_comparator",
    "unit": "i.target_unit",
    "base_unit": "i.target_base_unit",
    "direction": "i.direction",
    "nature": "i.nature",
    "commitment": "i.commitment",
}
"""Where the value of a filter is taken from."""
SINGLE = {name for name in COLUMNS if name.rpartition("_")[2] in ("min", "max", "from", "to", "since")}


def ask(reader: sqlite3.Connection, chance: random.Random, filters: int) -> Ask:
    """Draw a question; a range that ends before it begins, which the service refuses, is drawn anew."""
    most = reader.execute("SELECT max(key) FROM indicator").fetchone()[0]
    while True:
        chosen: dict[str, Any] = {}
        for name in chance.sample([*COLUMNS, "status"], filters):
            value = chance.choice(STATUSES)
            if name in COLUMNS:
                statement = f"SELECT {COLUMNS[name]} FROM indicator i JOIN plan p ON p.id = i.plan_id WHERE i.key = ?"
                value = reader.execute(statement, (chance.randint(1, most),)).fetchone()[0]
            if value is not None:
                chosen[name] = value if name in SINGLE else [value]
        sort = chance.choice([(), *((sign + key,) for key in INDICATOR.sorts for sign in ("", "-"))])
        reversed_range = any(is_reversed(chosen, one, other) for one, other in combinations(chosen, 2))
        if len(chosen) == filters and not reversed_range:
            return Ask(chosen, sort, context=CONTEXT)


def put(store: Path, filters: int = 2, number: int = 1000, seed: int = 1) -> tuple[dict[str, float], str]:
    """Ask; return how long it took in milliseconds of processor time, and the digest of the answers."""
    connection.verify(store)
    reader, chance, digest = connection.reader(store), random.Random(seed), blake2b(digest_size=8)
    taken: list[float] = []
    for _ in range(number):
        question = ask(reader, chance, filters)
        started = time.process_time()
        rows = lists.prepare(reader, INDICATOR, question)
        page = lists.page(reader, rows, items.shape(INDICATOR, question), LIMIT, None)
        taken.append((time.process_time() - started) * 1000)
        digest.update(page.members)
    taken.sort()
    shares = {"median": 0.5, "p90": 0.9, "p99": 0.99}
    percentiles = {name: taken[int(len(taken) * share)] for name, share in shares.items()}
    return {"mean": statistics.mean(taken), **percentiles, "worst": taken[-1]}, digest.hexdigest()


if __name__ == "__main__":
    found, answers = put(Path(sys.argv[1]), *map(int, sys.argv[2:]))
    print(", ".join(f"{name} {ms:.2f} ms" for name, ms in found.items()), "answers", answers)
