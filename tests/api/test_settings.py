"""Settings from the environment."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from api.app import create_app
from api.settings import Server, Settings, SettingsError, read, read_server
from db.connection import StoreError

TOP = Path(__file__).parents[2]


def test_nothing_set_gives_the_defaults() -> None:
    assert read({}) == read({"PLAN_TIMEZONE": ""}) == Settings()


def test_every_setting_is_read() -> None:
    given = read(
        {
            "PLAN_DATABASE": "/srv/plans.db",
            "PLAN_PUBLIC_URL": "https://plans.example/",
            "PLAN_CORS_ORIGINS": "https://a.example,https://b.example",
            "PLAN_TIMEZONE": "Asia/Urumqi",
            "PLAN_BEHIND": "5",
            "PLAN_FAR_BEHIND": "12.5",
            "PLAN_DUE_SOON": "14",
            "PLAN_LOG": "0",
        }
    )
    assert given.database == Path("/srv/plans.db")
    assert given.public_url == "https://plans.example"
    assert given.cors_origins == ("https://a.example", "https://b.example")
    assert given.timezone.key == "Asia/Urumqi"
    assert (given.behind, given.far_behind, given.due_soon, given.log) == (5, 12.5, 14, False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"PLAN_PUBLIC_URL": "plans.example"},
        {"PLAN_TIMEZONE": "Mars/Olympus"},
        {"PLAN_TIMEZONE": "/etc/passwd"},
        {"PLAN_BEHIND": "ten"},
        {"PLAN_BEHIND": "-1"},
        {"PLAN_BEHIND": "nan"},
        {"PLAN_BEHIND": "40"},
        {"PLAN_DUE_SOON": "1001"},
        {"PLAN_CORS_ORIGINS": "not a url"},
        {"PLAN_CORS_ORIGINS": "https://a.example/"},
        {"PLAN_LOG": "yes"},
        {"PLAN_LOG": "false"},
        {"PLAN_READ_ONLY": "false"},
        {"PLAN_READ_ONLY": "2"},
        {"PLAN_READ_KEYS": "maybe"},
        {"PLAN_READ_KEYS": "01"},
        {"PLAN_DUE_SOON": "14.5"},
        {"PLAN_CACHE": "0.5"},
        {"PLAN_CACHE": "inf"},
        {"PLAN_THREADS": "1.5"},
        {"PLAN_TRUSTED_PROXIES": "0.9"},
        {"PLAN_PUBLIC_URL": "https://"},
        {"PLAN_PUBLIC_URL": "https:///plans"},
        {"PLAN_WRITER_URL": "https://a.example/?b"},
        {"PLAN_AUDIT_LOG": "/nowhere/audit.log"},
        {"PLAN_AUDIT_LOG": "/"},
        {"PLAN_AUDIT_LOG": "/proc/version"},
    ],
)
def test_a_setting_that_cannot_be_used_is_named(wrong: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="|".join(wrong)):
        read(wrong)


def test_a_switch_is_on_or_off() -> None:
    on, off = (read(dict.fromkeys(("PLAN_LOG", "PLAN_READ_ONLY", "PLAN_READ_KEYS"), value)) for value in "10")
    assert (on.log, on.read_only, on.read_keys) == (True, True, True)
    assert (off.log, off.read_only, off.read_keys) == (False, False, False)


def test_the_audit_log_may_be_there_already_or_not(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    for _ in range(2):
        assert read({"PLAN_AUDIT_LOG": str(path)}).audit == path
        path.touch()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"PLAN_AUDIT_LOG": "/nowhere/audit.log"}, "PLAN_AUDIT_LOG"),
        ({"PLAN_READ_ONLY": "yes"}, "PLAN_READ_ONLY"),
        ({"PORT": "80.5"}, "PORT"),
        ({"PLAN_DATABASE": "/nowhere/plans.db"}, "/nowhere/plans.db does not exist"),
    ],
)
def test_what_cannot_be_served_is_said_in_a_line(store: Path, wrong: dict[str, str], words: str) -> None:
    environment = {**os.environ, "PLAN_DATABASE": str(store), **wrong}
    gunicorn = [sys.executable, "-m", "gunicorn", "--config", str(TOP / "gunicorn.conf.py")]
    for command in (gunicorn, [str(Path(sys.executable).parent / "plan-indicators"), "serve"]):
        run = subprocess.run(command, env=environment, cwd=TOP, capture_output=True, text=True, timeout=60, check=False)
        assert run.returncode == 1, command
        assert run.stderr.splitlines()[-1].startswith("Error: ")
        assert words in run.stderr
        assert "Traceback" not in run.stderr + run.stdout


def test_the_service_does_not_start_without_a_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="init"):
        create_app(Settings(database=tmp_path / "none.db"))


def test_links_begin_with_the_public_url(store: Path) -> None:
    client = create_app(Settings(database=store, public_url="https://plans.example/api", log=False)).test_client()
    assert client.get("/v1/plans?limit=1").get_json()["data"]
    assert client.get("/v1").get_json()["links"]["plans"] == "https://plans.example/api/v1/plans"


def test_the_thresholds_of_the_status_rule_are_configurable(store: Path) -> None:
    client = create_app(Settings(database=store, behind=5, far_behind=12.5, log=False)).test_client()
    progress = client.get("/v1/indicators/hunnan-2021.2.2.01").get_json()["progress"]
    assert progress["rule"] == "schedule-gap-1; behind > 5; far_behind > 12.5"


def test_the_contract_names_the_public_url_as_its_server(store: Path) -> None:
    client = create_app(Settings(database=store, public_url="https://plans.example/api", log=False)).test_client()
    assert client.get("/openapi.json").get_json()["servers"][0]["url"] == "https://plans.example/api/v1"
    assert "- url: https://plans.example/api/v1\n" in client.get("/openapi.yaml").get_data(as_text=True)


def test_gunicorn_is_told_where_and_with_how_many_hands() -> None:
    assert read_server({"HOST": "0.0.0.0", "PORT": "80", "PLAN_WORKERS": "3", "PLAN_THREADS": "5"}) == Server(
        "0.0.0.0:80", 3, 5
    )
    assert read_server({}).bind == "127.0.0.1:8000"
    for wrong in (
        {"PORT": "0"},
        {"PORT": "65536"},
        {"PORT": "80.5"},
        {"PLAN_WORKERS": "0"},
        {"PLAN_THREADS": "x"},
    ):
        with pytest.raises(SettingsError, match="must be"):
            read_server(wrong)
