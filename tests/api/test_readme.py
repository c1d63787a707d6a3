"""The tour of the README is true: every command gives the output printed below it."""

import re
import shlex
from pathlib import Path

import pytest

from tests.api.contract import ContractClient

TOP = Path(__file__).parents[2]


def tour(name: str) -> list[tuple[str, str]]:
    """List (command, output) of every curl call in a README."""
    blocks = re.findall(r"```console\n(.*?)```", (TOP / name).read_text("utf-8"), re.DOTALL)
    calls = [re.match(r"\$ (curl .*?)\n(.*)", block, re.DOTALL) for block in blocks]
    return [(call[1], call[2]) for call in calls if call]


def run(client: ContractClient, command: str) -> str:
    """Do what curl would do with the options that the tour uses."""
    words = shlex.split(command)[1:]
    headers, query, url, form = {}, [], "", ""
    while words:
        word = words.pop(0)
        if word == "--data-urlencode":
            query.append(words.pop(0))
        elif word == "-H":
            name, _, value = words.pop(0).partition(": ")
            headers[name] = value
        elif word == "-w":
            form = words.pop(0)
        elif word.startswith("http"):
            url = word
    assert url, command
    target = "?".join([url.replace("http://127.0.0.1:8000", ""), *filter(None, ["&".join(query)])])
    answer = client.get(target, headers=headers)
    if form:
        return form.replace("%{http_code}", str(answer.status_code)).replace("\\n", "\n")
    return answer.get_data(as_text=True).replace("http://localhost", "http://127.0.0.1:8000").replace("\r\n", "\n")


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_tour_is_true(client: ContractClient, name: str) -> None:
    calls = tour(name)
    assert len(calls) == 8
    for command, output in calls:
        assert run(client, command).rstrip("\n") == output.rstrip("\n"), command


def test_both_readmes_take_the_same_tour() -> None:
    assert tour("README.md") == tour("README.zh-CN.md")
