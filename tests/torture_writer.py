"""A writer that may be killed at any moment: writes two rows a transaction, and acknowledges after the commit."""

import os
import sys
from contextlib import closing
from pathlib import Path
from random import Random

from db import connection
from tests.edits import edit

PLAN, SECTION = "hunnan-2021", "hunnan-2021.2.2"


def write(store: Path, acknowledged: int) -> None:
    """Write for ever; each acknowledgement is one line in one system call."""
    with closing(connection.open_writer(store)) as writer:
        writer.execute("PRAGMA busy_timeout = 60000")
        random = Random(os.getpid())
        number = 0
        while True:
            number += 1
            key = f"{SECTION}.t{os.getpid()}-{number}"
            with connection.transaction(writer, f"writer {os.getpid()}"):
                stamp = connection.changed_at()
                writer.execute(
                    "INSERT INTO milestone (id, plan_id, section_id, code, position, name, deadline_id, due_on,"
                    " due_precision, deadline_basis, state, tokens, created_at, updated_at) SELECT ?, plan_id,"
                    " ?, '9.9.m9', 999, ?, id, due_on, 'year', 'stated', 'planned', '', ?, ? FROM deadline LIMIT 1",
                    (key, SECTION, key, stamp, stamp),
                )
                writer.execute("UPDATE plan SET version = version + 1, updated_at = ? WHERE id = ?", (stamp, PLAN))
            os.write(acknowledged, f"{key}\n".encode())
            if random.random() < 0.2:
                edit(writer, random, f"writer {os.getpid()}")


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
