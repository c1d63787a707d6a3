"""The tour of the READMEs is true: every command prints the output that stands below it."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli import main
from tests.api.contract import ContractClient

TOP = Path(__file__).parents[2]
READMES = ["README.md", "README.zh-CN.md"]
LINES_MOST = 150
ASSIGNMENT = re.compile(r"([A-Z]+)=\$\((.*)\)")


def tour(name: str) -> list[tuple[str, str]]:
    """List (command, output) of everything that a README calls at a prompt."""
    blocks = re.findall(r"```console\n(.*?)```", (TOP / name).read_text("utf-8"), re.DOTALL)
    calls = [call for block in blocks for call in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    return [(command, output) for command, _, output in (call.partition("\n") for call in calls)]


def run(client: ContractClient, store: Path, command: str, variables: dict[str, str]) -> str:
    """Do what a shell would do with a command of the tour; return what it prints."""
    if assigned := ASSIGNMENT.fullmatch(command):
        variables[assigned[1]] = run(client, store, assigned[2], variables).rstrip("\n")
        return ""
    assert "$" not in "".join(re.findall("'(.*?)'", command)), f"a shell leaves $ within single quotes: {command}"
    program, *words = [re.sub(r"\$([A-Z]+)", lambda name: variables[name[1]], word) for word in shlex.split(command)]
    if program == ".venv/bin/plan-indicators":
        return CliRunner().invoke(main, [*words, "--database", str(store)], catch_exceptions=False).stdout
    assert program == "curl", command
    return curl(client, words)


def curl(client: ContractClient, words: list[str]) -> str:
    """Do what curl would do with the options that the tour uses."""
    headers, query, url, form, method, body = {}, [], "", "", "GET", None
    while words:
        word = words.pop(0)
        if word == "--data-urlencode":
            query.append(words.pop(0))
        elif word == "-H":
            name, _, value = words.pop(0).partition(": ")
            headers[name] = value
        elif word == "-w":
            form = words.pop(0)
        elif word == "-X":
            method = words.pop(0)
        elif word == "-d":
            method, body = ("POST" if method == "GET" else method), words.pop(0)
        elif word.startswith("http"):
            url = word
    target = "?".join([url.replace("http://127.0.0.1:8000", ""), *filter(None, ["&".join(query)])])
    answer = client.open(target, method=method, headers=headers, data=body)
    text = answer.get_data(as_text=True)
    if form:
        text = form.replace("%{http_code}", str(answer.status_code)).replace("\\n", "\n")
        text = re.sub(r"%header\{(.*?)\}", lambda name: answer.headers[name[1]], text)
    return text.replace("http://localhost", "http://127.0.0.1:8000").replace("\r\n", "\n")


@pytest.mark.parametrize("name", READMES)
def test_the_tour_is_true(client: ContractClient, store: Path, name: str) -> None:
    variables: dict[str, str] = {}
    for command, output in tour(name):
        assert run(client, store, command, variables).rstrip("\n") == output.rstrip("\n"), command
    assert set(variables) == {"KEY", "ETAG"}


def test_both_readmes_take_the_same_tour() -> None:
    assert tour("README.md") == tour("README.zh-CN.md")


@pytest.mark.parametrize("name", READMES)
def test_it_is_short(name: str) -> None:
    assert len((TOP / name).read_text("utf-8").splitlines()) <= LINES_MOST


def test_both_readmes_lead_to_the_same_places() -> None:
    english, chinese = (re.findall(r"\]\((.*?)\)", (TOP / name).read_text("utf-8")) for name in READMES)
    assert {*english, "README.md"} - {"README.zh-CN.md"} == set(chinese)


@pytest.mark.parametrize("name", READMES)
def test_its_links_lead_somewhere(name: str) -> None:
    links = re.findall(r"\]\((?!http)(.*?)(?:#.*?)?\)", (TOP / name).read_text("utf-8"))
    assert [link for link in links if not (TOP / link).exists()] == []


@pytest.mark.parametrize("name", READMES)
def test_it_names_every_setting(name: str) -> None:
    named = set(re.findall(r"`(PLAN_[A-Z_]+|HOST|PORT)`", (TOP / name).read_text("utf-8")))
    read = set(re.findall(r"""["'](PLAN_[A-Z_]+[A-Z]|HOST|PORT)["']""", (TOP / "api/settings.py").read_text("utf-8")))
    rates = {"PLAN_RATE_ADDRESS", "PLAN_RATE_KEY"}  # put together from two parts
    assert named == read | rates
