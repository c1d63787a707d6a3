"""The tour of the README is true: every command gives the output printed below it."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli import main
from tests.api.contract import ContractClient

TOP = Path(__file__).parents[2]
MAKE_KEY = [".venv/bin/plan-indicators", "keys", "create", "--name", "区统计局", "--scope", "edit plan:hunnan-2021"]


def tour(name: str) -> list[tuple[str, str]]:
    """List (command, output) of every curl call in a README."""
    blocks = re.findall(r"```console\n(.*?)```", (TOP / name).read_text("utf-8"), re.DOTALL)
    calls = [re.match(r"\$ (curl .*?)\n(.*)", block, re.DOTALL) for block in blocks]
    return [(call[1], call[2]) for call in calls if call]


def run(client: ContractClient, command: str, key: str) -> str:
    """Do what curl would do with the options that the tour uses."""
    words = shlex.split(command.replace("$KEY", key))[1:]
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
    assert url, command
    target = "?".join([url.replace("http://127.0.0.1:8000", ""), *filter(None, ["&".join(query)])])
    answer = client.open(target, method=method, headers=headers, data=body)
    text = answer.get_data(as_text=True)
    if form:
        text = form.replace("%{http_code}", str(answer.status_code)).replace("\\n", "\n")
        text = re.sub(r"%header\{(.*?)\}", lambda name: answer.headers[name[1]], text)
    return text.replace("http://localhost", "http://127.0.0.1:8000").replace("\r\n", "\n")


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_tour_is_true(client: ContractClient, store: Path, name: str) -> None:
    calls = tour(name)
    assert len(calls) == 14
    made = CliRunner().invoke(main, [*MAKE_KEY[1:], "--database", str(store)])
    key = made.stdout.strip()
    for command, output in calls:
        assert run(client, command, key).rstrip("\n") == output.rstrip("\n"), command


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_tour_begins_to_write_with_this_key(name: str) -> None:
    line = next(line for line in (TOP / name).read_text("utf-8").splitlines() if line.startswith("$ KEY="))
    assert shlex.split(line.removeprefix("$ KEY=$(").removesuffix(")")) == MAKE_KEY


def test_both_readmes_take_the_same_tour() -> None:
    assert tour("README.md") == tour("README.zh-CN.md")
