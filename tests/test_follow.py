"""A follower's copy is equal to the store whatever happens: writers, restarts, deliveries repeated, logs pruned."""

import os
import shutil
import sqlite3
import tempfile
import threading
from pathlib import Path
from random import Random
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from api.app import create_app
from api.settings import Settings
from db import connection
from db.clients import keys
from db.connection import transaction
from db.log import changes
from tests import follower
from tests.edits import edit, rename
from tests.follower import Get, apply, follow, items, open_copy
from tests.http_edits import Office

EXAMPLES = int(os.environ.get("FOLLOW_EXAMPLES", "6"))
SEED = int(os.environ.get("FOLLOW_SEED", "1"))


def getter(client: FlaskClient) -> Get:
    def get(url: str) -> tuple[int, Any, str]:
        answer = client.get(url)
        return answer.status_code, answer.headers, answer.get_data(as_text=True)

    return get


def stored(client: FlaskClient) -> list[tuple[str, dict[str, Any]]]:
    """List what the service holds, as the follower ought to have it."""
    found = []
    for resource, fields in sorted(follower.stored(getter(client)).items()):
        everything = "&superseded=true" if resource == "observation" else ""
        url = f"/v1/{resource}s?limit=1000&fields={fields}{everything}"
        page = client.get(url).get_json()
        assert page["next"] is None
        found += [(resource, item) for item in sorted(page["data"], key=lambda item: item["id"])]
    return found


class Following(RuleBasedStateMachine):
    """Two offices that write over HTTP, a follower that loses its power now and then, an operator who prunes."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.room = Path(tempfile.mkdtemp())
        self.store = Path(shutil.copy(self.template, self.room / "plans.db"))
        self.writer = connection.open_writer(self.store)
        self.keys = [keys.create(self.writer, name, ("edit",), None) for name in ("one", "two")]
        self.serve()
        self.copy = open_copy(self.room / "copy.db")
        self.delivered: list[dict[str, Any]] = []

    def serve(self) -> None:
        self.client = create_app(Settings(database=self.store, log=False)).test_client()
        self.get = getter(self.client)
        self.offices = [Office(self.client, key) for key in self.keys]

    @initialize(first=st.booleans())
    def begin(self, *, first: bool) -> None:
        """Begin by a copy, or by the first change."""
        if not first:
            self.copy.execute("INSERT INTO position VALUES (?)", (changes.position(self.writer)[:9] + "0",))

    @rule(which=st.integers(0, 1), seed=st.integers(0, 2**32))
    def write(self, which: int, seed: int) -> None:
        self.offices[which].act(Random(seed))

    @rule(seed=st.integers(0, 2**32))
    def write_and_think_better_of_it(self, seed: int) -> None:
        with pytest.raises(ZeroDivisionError), transaction(self.writer, "test"):
            rename(self.writer, Random(seed)) or 1 / 0

    @rule()
    def restart_the_service(self) -> None:
        self.serve()

    @rule(limit=st.integers(1, 200))
    def take_a_step(self, limit: int) -> None:
        follow(self.spy, self.copy, limit)

    @rule(limit=st.integers(1, 30))
    def lose_power_before_the_step_is_kept(self, limit: int) -> None:
        path = self.room / "copy.db"
        kept = path.read_bytes()
        follow(self.spy, self.copy, limit)
        self.copy.close()
        path.write_bytes(kept)
        self.copy = open_copy(path)

    @rule(limit=st.integers(1, 30))
    def restart(self, limit: int) -> None:
        self.copy.close()
        self.copy = open_copy(self.room / "copy.db")

    @precondition(lambda self: self.delivered)
    @rule(data=st.data())
    def be_given_old_changes_again(self, data: st.DataObject) -> None:
        apply(self.copy, data.draw(st.lists(st.sampled_from(self.delivered), max_size=5)))

    @rule()
    def copy_anew_while_others_write(self) -> None:
        random = Random(len(self.delivered))

        def get(url: str) -> Any:
            answer = self.get(url)
            self.offices[1].act(random)
            return answer

        self.copy.execute("DELETE FROM position")
        self.delivered.clear()  # a new copy knows nothing of what was delivered to the old one
        follow(get, self.copy)

    @rule(share=st.floats(0, 1))
    def prune(self, share: float) -> None:
        writer = self.writer
        feed = changes.feed(writer)
        wanted = feed.pruned + int((feed.latest - feed.pruned) * share)
        row = writer.execute("SELECT at FROM change WHERE seq >= ? ORDER BY seq LIMIT 1", (wanted,)).fetchone()
        if row:
            with transaction(writer, "operator"):
                changes.prune(writer, row[0])

    def spy(self, url: str) -> tuple[int, Any, str]:
        answer = self.get(url)
        page = self.client.get(url).get_json() if answer[0] == 200 and "/changes" in url else {"data": []}
        self.delivered = [] if answer[0] == 410 else self.delivered + page["data"]
        return answer

    @invariant()
    def the_log_has_no_gap(self) -> None:
        writer = self.writer
        feed = changes.feed(writer)
        count = writer.execute("SELECT count(*) FROM change").fetchone()[0]
        assert count == feed.latest - feed.pruned

    def teardown(self) -> None:
        while follow(self.get, self.copy):
            pass
        follow(self.get, self.copy)
        assert list(items(self.copy)) == stored(self.client)
        for opened in (self.writer, self.copy):
            opened.close()
        shutil.rmtree(self.room)


def test_the_copy_never_diverges(template: Path) -> None:
    Following.template = template
    run_state_machine_as_test(seed(SEED)(Following), settings=settings(max_examples=EXAMPLES, stateful_step_count=25))


@pytest.mark.parametrize("over_http", [True, False])
def test_the_copy_is_equal_after_writers_have_raced(store: Path, tmp_path: Path, *, over_http: bool) -> None:
    app = create_app(Settings(database=store, log=False))
    client = app.test_client()
    copy = open_copy(tmp_path / "copy.db")
    follow(getter(client), copy)
    done: list[int] = []

    def write(seed: int) -> None:
        writer, random = connection.open_writer(store), Random(seed)
        office = Office(app.test_client(), keys.create(writer, f"office {seed}", ("edit",), None))
        for _ in range(25):
            if over_http:
                done.append(office.act(random))
            else:
                edit(writer, random)
        writer.close()

    threads = [threading.Thread(target=write, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        follow(getter(client), copy, limit=7)
    while follow(getter(client), copy):
        pass
    assert list(items(copy)) == stored(client)
    sequence = [row[0] for row in sqlite3.connect(store).execute("SELECT seq FROM change ORDER BY seq")]
    assert sequence == list(range(1, len(sequence) + 1))
    assert not over_http or sum(status < 300 for status in done) > 40
