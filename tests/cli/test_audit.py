"""The audit log has what the command line does, in the form of the lines that requests have."""

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import cli.deliver
from api.front import log
from cli import main
from db import connection
from db.clients import keys, webhooks
from db.migrations import known
from deliver.courier import Office, _disable
from tests.conftest import WEBHOOK
from tests.db.small import document, indicator

Run = Callable[..., Result]


@pytest.fixture
def lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Set an audit log, and return what reads it."""
    path = tmp_path / "audit.log"
    monkeypatch.setenv("PLAN_AUDIT_LOG", str(path))
    yield lambda: list(map(json.loads, path.read_text("utf-8").splitlines()))
    log.audit(None)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a command over a store that is not there at first."""

    def command(*words: Any, exit_code: int = 0) -> Result:
        result = CliRunner().invoke(main, [*map(str, words), "--database", str(tmp_path / "own.db")])
        assert result.exit_code == exit_code, result.output
        return result

    return command


def test_every_command_that_changes_something_has_a_line(run: Run, lines: Any, tmp_path: Path) -> None:
    plan, copy = tmp_path / "plan.json", tmp_path / "copy.db"
    plan.write_text(json.dumps(document(indicators=[indicator(1)])), "utf-8")
    run("init")
    run("load", plan)
    run("keys", "create", "--name", "office", "--scope", "edit")
    run("keys", "revoke", "office")
    run("backup", copy)
    with closing(connection.open_writer(tmp_path / "own.db")) as store:
        key_id = keys.every(store)[0].id
        store.execute("UPDATE change SET at = '2020-01-01T00:00:00.000000Z'")
    run("prune", "--before", "2020-01-02")
    run("restore", copy)
    written = lines()
    assert {(line["actor"], line["request_id"], line["at"][-1]) for line in written} == {("command line", None, "Z")}
    told = [(line["first"], line["last"], [tuple(each.values()) for each in line["changes"]]) for line in written]
    assert told[0] == (None, None, [("migrate", "store", name, None) for name in known()])
    assert told[1][:2] == (1, 5)
    assert ("create", "plan", "p", 1) in told[1][2]
    assert told[2:] == [
        (None, None, [("create", "key", key_id, 1)]),
        (None, None, [("revoke", "key", key_id, 2)]),
        (None, None, [("prune", "store", "2020-01-02T00:00:00.000000Z", None)]),
        (None, None, [("restore", "store", str(copy), None)]),
    ]
    assert {tuple(line) for line in written} == {("at", "actor", "request_id", "first", "last", "changes")}


def test_what_changes_nothing_has_none(run: Run, lines: Any, tmp_path: Path) -> None:
    run("init")
    before = lines()
    run("init")
    run("prune", "--before", "2020-01-01")
    run("keys", "revoke", "nobody", exit_code=1)
    run("keys", "list")
    run("backup", tmp_path / "copy.db")
    assert lines() == before


@pytest.mark.parametrize(
    "words",
    [
        ["init"],
        ["load", "--bundled"],
        ["prune", "--before", "2020-01-01"],
        ["keys", "create", "--name", "a", "--scope", "edit"],
        ["keys", "revoke", "a"],
        ["restore", "copy.db"],
        ["deliver"],
    ],
)
def test_nothing_is_done_that_could_not_be_audited(
    store: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    before = store.read_bytes()
    monkeypatch.setenv("PLAN_AUDIT_LOG", "/nowhere/audit.log")
    refused = CliRunner().invoke(main, [*words, "--database", str(store)])
    assert refused.exit_code == 1
    assert refused.stderr.startswith("Error: PLAN_AUDIT_LOG must be a file")
    assert store.read_bytes() == before


def test_a_webhook_that_its_receiver_has_disabled_has_a_line(
    store: Path, lines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(office: Office, *_: Any) -> None:
        with closing(connection.snapshot(store)) as opened:
            found = webhooks.get(opened, WEBHOOK)
        assert found is not None
        _disable(office, found)

    monkeypatch.setattr(cli.deliver, "go", gone)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    assert CliRunner().invoke(main, ["deliver", "--database", str(store)]).exit_code == 0
    (line,) = lines()
    assert (line["actor"], line["request_id"]) == ("deliver", None)
    assert line["changes"] == [{"operation": "update", "resource": "webhook", "id": WEBHOOK, "version": 2}]
