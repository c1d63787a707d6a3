"""The command line: what it does, what it says and where, its exit codes; and never a traceback."""

import json
import os
import pty
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from gunicorn.app import wsgiapp

import cli
from db import connection
from db.edit import load
from db.migrations import known
from tests.db.small import document, indicator

Run = Callable[..., Result]
PROGRAM = Path(sys.executable).parent / "plan-indicators"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command beside an empty folder; a traceback fails the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PLAN_DATABASE", raising=False)

    def command(*arguments: Any, exit_code: int = 0) -> Result:
        result = CliRunner().invoke(cli.main, [str(argument) for argument in arguments])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == exit_code, result.output
        return result

    return command


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return write(tmp_path / "small.json", document(indicators=[indicator(1)]))


def write(path: Path, plan: Any) -> Path:
    path.write_text(json.dumps(plan, ensure_ascii=False), "utf-8")
    return path


def titles(path: Path) -> list[str]:
    store = sqlite3.connect(path)
    found = [row[0] for row in store.execute("SELECT id FROM plan ORDER BY id")]
    store.close()
    return found


# help

COMMANDS = ("init", "load", "export", "check", "read", "serve", "backup", "restore", "prune", "keys", "deliver")


def test_the_help_lists_every_command_with_a_whole_sentence(run: Run) -> None:
    output = run("--help").output
    for name in COMMANDS:
        [line] = [line for line in output.splitlines() if line.startswith(f"  {name} ")]
        assert line.endswith(".")
        assert not line.endswith("...")
    assert tuple(sorted(cli.main.commands)) == tuple(sorted(COMMANDS))


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_names_all_its_options(run: Run, name: str) -> None:
    output = run(name, "-h").output
    for parameter in cli.main.commands[name].params:
        if parameter.param_type_name == "option":
            assert max(parameter.opts, key=len) in output
            assert " ".join((parameter.help or "").split()[:3]) in " ".join(output.split())  # type: ignore[attr-defined]
    assert max(map(len, output.splitlines())) <= 80
    assert "…\n" not in output


def test_the_version_is_that_of_the_package(run: Run) -> None:
    assert run("--version").output == f"{version('plan-indicators')}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["other"],
        ["init", "--other"],
        ["load"],
        ["export"],
        ["load", "no.json"],
        ["check", "no.json"],
        ["load", "."],
        ["check", "."],
        ["init", "--database", "."],
    ],
)
def test_a_command_used_wrongly_says_so_with_exit_code_2(run: Run, arguments: list[str]) -> None:
    assert "Error: " in run(*arguments, exit_code=2).stderr


# init


def test_init_makes_the_store(run: Run) -> None:
    assert run("init").stderr == f"var/plans.db: {', '.join(known())}\n"
    connection.verify(Path("var/plans.db"))


def test_init_leaves_an_up_to_date_store_alone(run: Run, store: Path) -> None:
    before = store.read_bytes()
    assert run("init", "--database", store).stderr == f"{store}: up to date\n"
    assert store.read_bytes() == before


def test_the_store_may_be_named_in_the_environment(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAN_DATABASE", "other.db")
    run("init")
    connection.verify(Path("other.db"))


@pytest.mark.parametrize("command", [["init"], ["load", "--bundled"], ["export", "p"], ["serve"]])
def test_a_file_that_is_no_store_is_refused_and_left_as_it_is(run: Run, tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "x.db").write_bytes(b"garbage" * 1000)
    result = run(*command, "--database", "x.db", exit_code=1)
    assert result.stderr == "Error: x.db is damaged or no SQLite file: file is not a database\n"
    assert (tmp_path / "x.db").read_bytes() == b"garbage" * 1000


@pytest.mark.parametrize("command", [["load", "--bundled"], ["export", "p"], ["serve"]])
def test_without_a_store_the_command_that_makes_one_is_named(run: Run, command: list[str]) -> None:
    result = run(*command, exit_code=1)
    assert result.stderr == "Error: var/plans.db does not exist: create it with `plan-indicators init`\n"


def test_a_store_that_cannot_be_made_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert run("init", "--database", "file/plans.db", exit_code=1).stderr.startswith("Error: ")


# load


def test_load_fills_the_store_with_files_and_the_bundled_plan(run: Run, small: Path) -> None:
    run("init")
    result = run("load", small, "--bundled")
    assert result.stderr == f"{small}: loaded p, 5 rows\n{load.BUNDLED}: loaded hunnan-2021, 133 rows\n"
    assert titles(Path("var/plans.db")) == ["hunnan-2021", "p"]


def test_load_leaves_a_plan_alone_that_is_there(run: Run, store: Path) -> None:
    before = store.read_bytes()
    result = run("load", "--bundled", "--database", store)
    assert result.stderr == f"{load.BUNDLED}: hunnan-2021 is already loaded\n"
    assert store.read_bytes() == before


def test_load_refuses_a_plan_that_differs_from_the_one_there(run: Run, store: Path, tmp_path: Path) -> None:
    changed = json.loads(load.BUNDLED.read_bytes())
    changed["plan"]["title"] = "other"
    path = write(tmp_path / "changed.json", changed)
    result = run("load", path, "--database", store, exit_code=1)
    assert result.stderr == f"Error: {path}: the store has a different plan hunnan-2021; nothing was changed\n"


def test_load_takes_a_file_again_whose_deadlines_are_not_in_order(run: Run, tmp_path: Path) -> None:
    plan = document()
    assert plan["deadlines"][0]["due_on"] > plan["deadlines"][1]["due_on"]
    path = write(tmp_path / "plan.json", plan)
    run("init")
    run("load", path)
    assert run("load", path).stderr == f"{path}: p is already loaded\n"


def test_load_prints_every_fault_with_its_path(run: Run, small: Path) -> None:
    plan = json.loads(small.read_bytes())
    plan["plan"]["level"] = "shire"
    plan["indicators"][0]["target"]["value"] = "100"
    write(small, plan)
    run("init")
    result = run("load", small, exit_code=1)
    assert result.stderr.splitlines() == [
        f"{small}: $.plan.level: Must be one of: national, province, city, district, county, township.",
        f"{small}: $.indicators[0].target.value: Must be a number.",
        f"Error: {small} was not loaded; nothing was changed",
    ]
    assert titles(Path("var/plans.db")) == []


def test_load_says_what_the_store_refused(run: Run, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise sqlite3.OperationalError("disk full")

    run("init")
    monkeypatch.setattr(load, "insert", fail)
    assert run("load", small, exit_code=1).stderr == f"Error: {small}: disk full; nothing was changed\n"


def test_load_yields_to_a_faster_one(run: Run, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    insert = load.insert

    def overtaken(*arguments: Any) -> None:
        insert(*arguments)
        insert(*arguments)

    run("init")
    monkeypatch.setattr(load, "insert", overtaken)
    assert run("load", small).stderr == f"{small}: p is already loaded\n"
    assert titles(Path("var/plans.db")) == ["p"]


@pytest.mark.parametrize("command", ["load", "check"])
def test_a_file_that_is_wrong_throughout_is_told_in_a_hundred_lines(run: Run, tmp_path: Path, command: str) -> None:
    plan = document()
    plan["sections"] = [5] * 250
    path = write(tmp_path / "plan.json", plan)
    run("init")
    lines = run(command, path, exit_code=1).output.splitlines()
    assert lines[100] == f"{path}: … and 150 more"
    write(path, plan | {"sections": [5] * 2000})
    lines = run(command, path, exit_code=1).output.splitlines()
    assert lines[100] == f"{path}: … and many more"


def test_exclusions_go_with_a_source(run: Run, small: Path) -> None:
    assert "--exclusions needs --source" in run("check", small, "--exclusions", small, exit_code=2).stderr


BROKEN = {
    "empty": b"",
    "binary": bytes(range(256)) * 50,
    "utf16": '{"format": "plan-indicators"}'.encode("utf-16"),
    "twice": b'{"format": 1, "format": 2}',
    "deep": b"[" * 200_000,
    "huge": b'{"format_version": 1e999}',
    "huger": b'{"format_version": 1e99999999999999999999}',
    "nan": b'{"format_version": NaN}',
    "list": b"[]",
    "surrogate": b'{"\\ud800\\u001b[2J": 1}',
    "store": b"SQLite format 3\0" + b"\xa5" * 5000,
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_a_fault_with_a_place_for_load(run: Run, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.json").write_bytes(content)
    run("init")
    lines = run("load", "x.json", exit_code=1).stderr.splitlines()
    assert all(line.startswith("x.json: $") for line in lines[:-1])
    assert lines[-1] == "Error: x.json was not loaded; nothing was changed"


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_a_fault_with_a_place_for_check(run: Run, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.json").write_bytes(content)
    output = run("check", "x.json", exit_code=1).stdout
    assert output.startswith(("x.json: $", "x.json: store: "))
    assert "\x1b" not in output


def test_a_file_that_cannot_be_read_is_told(run: Run, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("init")

    def fail(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", fail)
    assert run("load", small, exit_code=1).stderr == f"Error: {small}: Permission denied\n"
    assert "Permission denied" in run("check", small, exit_code=1).stderr


# export


def test_export_writes_the_bundled_plan_byte_for_byte(run: Run, store: Path) -> None:
    assert run("export", "hunnan-2021", "--database", store).stdout_bytes == load.BUNDLED.read_bytes()


def test_export_writes_to_a_file(run: Run, store: Path, tmp_path: Path) -> None:
    result = run("export", "hunnan-2021", "--database", store, "-o", tmp_path / "plan.json")
    assert result.output == ""
    assert (tmp_path / "plan.json").read_bytes() == load.BUNDLED.read_bytes()


def test_export_says_which_plan_is_missing(run: Run, store: Path) -> None:
    result = run("export", "nothing", "--database", store, exit_code=1)
    assert (result.stdout, result.stderr) == ("", f"Error: {store} has no plan nothing\n")


def test_export_says_where_it_cannot_write(run: Run, store: Path) -> None:
    result = run("export", "hunnan-2021", "--database", store, "-o", "no/plan.json", exit_code=1)
    assert result.stderr == "Error: [Errno 2] No such file or directory: 'no/plan.json'\n"


def test_export_is_utf8_whatever_the_terminal_speaks(store: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    command = [PROGRAM, "export", "hunnan-2021", "--database", str(store)]
    found = subprocess.run(command, env=environment, capture_output=True, check=True)
    assert found.stdout == load.BUNDLED.read_bytes()


# check


def test_check_finds_a_sound_store_and_a_sound_file(run: Run, store: Path) -> None:
    result = run("check", store, load.BUNDLED)
    assert (result.stdout, result.stderr) == ("", f"{store}: no faults\n{load.BUNDLED}: no faults\n")


def test_check_verifies_the_store_by_default(run: Run, store: Path) -> None:
    assert run("check", "--database", store).stderr == f"{store}: no faults\n"


def test_check_says_that_there_is_no_store(run: Run) -> None:
    result = run("check", exit_code=1)
    assert result.stdout == (
        "var/plans.db: store: var/plans.db does not exist: create it with `plan-indicators init`\n"
    )


def test_check_prints_faults_of_a_store(run: Run, store: Path) -> None:
    damaged = sqlite3.connect(store)
    damaged.execute("DELETE FROM indicator_search_docsize WHERE id = 1")
    damaged.commit()
    damaged.close()
    result = run("check", store, exit_code=1)
    assert result.stdout == f"{store}: indicator_search: 1 rows are not in the search index\n"


def test_check_prints_faults_of_every_file_and_goes_on(run: Run, small: Path, tmp_path: Path) -> None:
    bad = write(tmp_path / "bad.json", {**document(), "format_version": 2})
    result = run("check", bad, small, exit_code=1)
    assert result.stdout == f"{bad}: $.format_version: Must be 1. A file with a higher version needs a newer program.\n"
    assert result.stderr == f"{small}: no faults\n"


@pytest.fixture
def sourced(tmp_path: Path) -> Path:
    """Write a plan with its source text and its exclusions beside it."""
    text = "建成100项、5G基站"
    (tmp_path / "source.txt").write_text(text, "utf-8")
    digest = sha256(text.encode()).hexdigest()
    place = {"paragraph": 1, "start": 2, "end": 5}
    plan = document(indicators=[indicator(1, source=place)])
    plan["plan"]["source"] = {"sha256": digest}
    excluded = {"paragraph": 1, "start": 7, "end": 8, "text": "5", "reason": "name"}
    exclusions = {"plan_id": "p", "source_sha256": digest, "reasons": {"name": "In a name."}, "exclusions": [excluded]}
    write(tmp_path / "plan.exclusions.json", exclusions)
    return write(tmp_path / "plan.json", plan)


def test_check_accounts_for_every_number_of_the_source(run: Run, sourced: Path) -> None:
    assert run("check", sourced, "--source", "source.txt").stderr == f"{sourced}: no faults\n"


def test_check_prints_what_is_not_accounted_for(run: Run, sourced: Path, tmp_path: Path) -> None:
    exclusions = json.loads((tmp_path / "plan.exclusions.json").read_bytes()) | {"exclusions": []}
    write(tmp_path / "other.json", exclusions)
    result = run("check", sourced, "--source", "source.txt", "--exclusions", "other.json", exit_code=1)
    assert result.stdout == f"{sourced}: offset 7: '5' belongs to no indicator and is not excluded.\n"


EXCLUSIONS = [
    (b"[]", "exclusions: $: Invalid input type."),
    (b"{}", "exclusions: $.plan_id: Missing data for required field."),
    (b"\xff", "exclusions: 'utf-8' codec can't decode"),
    (b"[" * 200_000, "exclusions: maximum recursion depth exceeded"),
    (b"nothing", "exclusions: Expecting value"),
]


@pytest.mark.parametrize(("content", "message"), EXCLUSIONS)
def test_check_prints_what_is_wrong_with_the_exclusions(
    run: Run, sourced: Path, tmp_path: Path, content: bytes, message: str
) -> None:
    (tmp_path / "plan.exclusions.json").write_bytes(content)
    assert run("check", sourced, "--source", "source.txt", exit_code=1).stdout.startswith(f"{sourced}: {message}")


def test_check_says_that_the_exclusions_are_missing(run: Run, sourced: Path, tmp_path: Path) -> None:
    (tmp_path / "plan.exclusions.json").unlink()
    assert "exclusions: [Errno 2] No such file" in run("check", sourced, "--source", "source.txt", exit_code=1).stdout


def test_check_says_that_the_source_is_not_utf8(run: Run, sourced: Path, tmp_path: Path) -> None:
    (tmp_path / "source.txt").write_bytes(b"\xff\xfe")
    assert "source: Must be UTF-8" in run("check", sourced, "--source", "source.txt", exit_code=1).stdout


def test_check_compares_no_source_with_a_broken_plan(run: Run, sourced: Path) -> None:
    sourced.write_text("{}")
    output = run("check", sourced, "--source", "source.txt", exit_code=1).stdout
    assert "$.plan: Missing data" in output
    assert "offset" not in output


@pytest.mark.parametrize("files", [[], ["plans.db"]])
def test_a_source_goes_with_a_plan_file_only(run: Run, store: Path, sourced: Path, files: list[str]) -> None:
    result = run("check", *files, "--source", "source.txt", exit_code=2)
    assert "--source needs a plan" in result.stderr


# serve


def test_serve_becomes_gunicorn(run: Run, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[list[str]] = []
    monkeypatch.setattr(wsgiapp, "run", lambda: calls.append(sys.argv))
    monkeypatch.setattr(sys, "argv", ["plan-indicators", "serve"])
    monkeypatch.setitem(os.environ, "PLAN_DATABASE", "")
    run("serve", "--database", store)
    [(program, *arguments)] = calls
    assert Path(program).exists()
    assert arguments == ["--config", str(cli.GUNICORN_CONF)]
    assert cli.GUNICORN_CONF.exists()
    assert os.environ["PLAN_DATABASE"] == str(store)


def test_commands_do_not_load_what_only_serving_needs() -> None:
    run = subprocess.run(
        [sys.executable, "-c", "import sys, cli; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    loaded = set(run.stdout.split())
    assert "cli.keys" in loaded
    assert not loaded & {"api.app", "flask", "werkzeug", "gunicorn", "prometheus_client", "asyncio", "sqlite_utils"}


# the program itself


def test_progress_is_silent_in_a_pipe(store: Path, small: Path) -> None:
    found = subprocess.run(
        [PROGRAM, "load", small, "--database", str(store)], capture_output=True, text=True, check=True
    )
    assert (found.stdout, found.stderr) == ("", f"{small}: loaded p, 5 rows\n")


def test_progress_is_shown_on_a_terminal(store: Path, small: Path) -> None:
    master, terminal = pty.openpty()
    subprocess.run([PROGRAM, "load", small, "--database", str(store)], stderr=terminal, check=True)
    os.close(terminal)
    shown = os.read(master, 65536).decode()
    os.close(master)
    assert "100%" in shown
    assert shown.endswith(f"{small}: loaded p, 5 rows\r\n")


def test_the_program_is_installed() -> None:
    assert shutil.which(PROGRAM)


def test_the_bundled_plan_never_takes_back_what_was_changed_since(run: Run, store: Path) -> None:
    writer = connection.open_writer(store)
    with connection.transaction(writer, "office"):
        writer.execute("UPDATE plan SET title = 'amended', version = version + 1")
    writer.close()
    assert run("load", "--bundled", "--database", store).exit_code == 0
    run("load", load.BUNDLED, "--database", store, exit_code=1)
    assert '"title": "amended"' in run("export", "hunnan-2021", "--database", store).output


def test_read_is_handed_to_the_reader_of_documents(run: Run) -> None:
    assert "--area" in run("read", "--help").output


def test_read_names_what_it_lacks(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ingest.command", None)
    assert "requirements/read.txt" in run("read", "x.txt", exit_code=1).stderr
