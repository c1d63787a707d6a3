"""The configuration of nginx holds to what the service promises; `make bench` runs it."""

import re
from pathlib import Path

import pytest

from api.front.log import HARMLESS
from api.server.refusals import LINE_BYTES
from api.settings import read_server
from api.views.changes import QUERY
from schema.bodies import DOCUMENT_BYTES

CONFIGURATION = Path(__file__).parents[1] / "deploy" / "nginx.conf"
TOKEN = re.compile(r"""#[^\n]*|"(?:[^"\\]|\\.)*"|'[^']*'|[{};]|(?:\$\{|[^\s{};"'#])+""")
SIZES = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}

Directive = tuple[str, ...]


def directives() -> list[tuple[Directive, ...]]:
    """Read the file into directives, each behind the blocks that it stands in."""
    blocks: list[Directive] = []
    words: list[str] = []
    found = []
    for token in TOKEN.findall(CONFIGURATION.read_text()):
        match token:
            case "{":
                blocks.append(tuple(words))
                words = []
            case ";":
                assert words, "a directive without a name"
                found.append((*blocks, tuple(words)))
                words = []
            case "}":
                assert not words, f"{words} has no end"
                blocks.pop()
            case _ if not token.startswith("#"):
                words.append(token.strip("\"'"))
    assert not blocks
    assert not words
    return found


def named(name: str) -> list[Directive]:
    return [found[-1] for found in directives() if found[-1][0] == name]


def size(text: str) -> int:
    return int(text[:-1]) * SIZES[text[-1]]


def test_it_can_be_read_and_forwards_to_where_the_service_listens() -> None:
    assert named("server") == [("server", read_server({}).bind)]


def test_an_answer_is_kept_for_a_second_and_given_out_stale_only_while_it_is_asked_for_again() -> None:
    assert named("proxy_cache_valid") == [("proxy_cache_valid", "200", "1s")]
    assert named("proxy_cache_revalidate") == [("proxy_cache_revalidate", "on")]
    assert named("proxy_cache_use_stale") == [("proxy_cache_use_stale", "updating")]
    assert named("proxy_cache_background_update") == [("proxy_cache_background_update", "on")]
    assert "inactive=2s" in named("proxy_cache_path")[0]


def test_what_only_some_may_read_is_neither_kept_nor_given_out() -> None:
    assert named("proxy_cache_bypass") == [("proxy_cache_bypass", "$http_authorization")]
    ((_, *kept_from),) = named("proxy_no_cache")
    assert {"$http_authorization", "$not_public", "$streamed", "$upstream_http_ratelimit"} == set(kept_from)


@pytest.mark.parametrize(
    "part", ["$http_host", "$request_uri", "$http_accept", "$best_coding", "$http_origin", "$scheme"]
)
def test_answers_that_differ_are_kept_apart(part: str) -> None:
    ((_, key),) = named("proxy_cache_key")
    assert part in key.split()


def test_what_is_too_large_reaches_the_service_which_says_so_as_a_problem() -> None:
    assert size(named("client_max_body_size")[0][1]) > DOCUMENT_BYTES
    assert size(named("large_client_header_buffers")[0][2]) > LINE_BYTES
    assert size(named("proxy_buffer_size")[0][1]) > LINE_BYTES


def test_who_waits_for_changes_is_waited_for() -> None:
    longest = max(validator.max for validator in QUERY.fields["wait"].validators)  # type: ignore[attr-defined]
    assert all(int(text.removesuffix("s")) > longest for _, text in named("proxy_read_timeout"))


def test_a_request_id_is_harmless_by_the_same_rule() -> None:
    (rule,) = [found[-1][0] for found in directives() if found[-1][-1] == "$http_x_request_id"]
    assert rule == f"~^{HARMLESS.pattern}$"
