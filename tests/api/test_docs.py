"""The page that renders the contract: whole, local, strict, kept."""

import re
from html.parser import HTMLParser
from urllib.parse import urljoin

import pytest

from tests.api.contract import ContractClient, contract

PAGE = "http://localhost/docs"
POLICY = {
    "default-src": {"'none'"},
    "script-src": {"'self'"},
    "style-src": {"'self'"},
    "connect-src": {"'self'"},
    "img-src": {"'self'", "data:"},
    "base-uri": {"'none'"},
    "form-action": {"'none'"},
    "frame-ancestors": {"'none'"},
}
MEDIA_TYPES = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
URL = re.compile(r"""(?:https?:|wss?:|(?<=["'`(]))//[^\s"'`<>\\)]+""")
"""An absolute URL, or one that begins with a host."""
HARMLESS = {
    "the name of a vocabulary, never opened": [
        r"http://www\.w3\.org/(1998/Math/MathML|1999/xhtml|1999/xlink|2000/svg|XML/1998/namespace)",
        r"http://json-schema\.org/draft-0[467]/schema#",
        r"https://json-schema\.org/draft/20(19-09|20-12)/schema",
        r"https://spec\.openapis\.org/oas/3\.[12]/(dialect|schema)/(base|2025-09-17)",
    ],
    "a comment": [
        r"https://datatracker\.ietf\.org/doc/html/rfc\d+(#.*)?",
        r"https://www\.rfc-editor\.org/(errata/eid\d+|rfc/rfc6570#.*)",
    ],
    "the text of an error or of a notice": [
        r"https://github\.com/highlightjs/highlight\.js/(issues|pull)/\d+",
        r"https://github\.com/zloirock/core-js(/blob/v[\d.]+/LICENSE)?",
        r"http://fb\.me/use-check-prop-types",
        r"https://reactjs\.org/docs/error-decoder\.html\?invariant=",
        r"https://redux\.js\.org/Errors\?code=\$\{\w+\}",
    ],
    "a base to parse a relative URL against": [
        r"https://base\$\{String\(Math\.random\(",
        r"https://swagger\.io",
        r"https://vladimirgorej\.com",
    ],
    "the made-up example of a format": [
        r"https://(example|실례)\.com/(dictionary/\{term:1\}/\{term\})?",
    ],
    "a link that the reader may follow: the licence of the contract": [
        r"https://spdx\.org/licenses/\$\{\w+\}\.html",
    ],
    "a link made of a mention or a hash tag in a text, which is off": [
        r"https://(www\.)?(twitter|facebook|instagram|soundcloud|tiktok)\.com/(hashtag/|explore/tags/|tag/|@)?",
    ],
    "the default that page.js replaces with null": [
        r"https://validator\.swagger\.io/validator",
    ],
}


class Elements(HTMLParser):
    """Collect the elements of a page with their attributes, and the text of each kind."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[str, str] = {}
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in {"link", "meta"}:
            self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.inside.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in self.inside:
            self.texts[tag] = self.texts.get(tag, "") + data

    def addresses(self, *tags: str) -> list[str]:
        """Return the URLs that elements of these kinds point to."""
        return [
            attributes[name]
            for tag, attributes in self.found
            for name in ("href", "src", "srcset", "action", "data", "poster", "formaction")
            if tag in tags and name in attributes
        ]


@pytest.fixture
def page(client: ContractClient) -> Elements:
    elements = Elements()
    elements.feed(client.get("/docs").get_data(as_text=True))
    elements.close()
    return elements


@pytest.fixture
def files(client: ContractClient, page: Elements) -> dict[str, str]:
    """Return the text of each file that the page loads, by the end of its URL."""
    loaded = [address for address in page.addresses("link", "script") if address.startswith("docs/")]
    return {address: client.get(urljoin(PAGE, address)).get_data(as_text=True) for address in loaded}


def outside(text: str) -> list[str]:
    """Return the URLs of other hosts that a text holds."""
    return [match[0] for match in URL.finditer(text)]


def named(files: dict[str, str], end: str) -> str:
    return next(text for address, text in files.items() if address.endswith(f"-{end}"))


def test_the_page_names_the_service_and_links_to_the_contract(page: Elements) -> None:
    info = contract()["info"]
    assert page.texts["title"] == f"{info['title']} {info['version']}"
    assert page.texts["h1"] == f"{info['title']} {info['version']}"
    assert info["summary"] in page.texts["header"]
    assert set(page.addresses("a")) == {"openapi.json", "openapi.yaml"}


def test_the_page_says_its_languages_and_fits_a_phone(page: Elements) -> None:
    assert ("html", {"lang": "en"}) in page.found
    assert [attributes["lang"] for tag, attributes in page.found if "lang" in attributes] == ["en", "zh-Hans"]
    assert ("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}) in page.found


def test_a_reader_without_scripts_is_sent_to_the_contract(client: ContractClient) -> None:
    text = client.get("/docs").get_data(as_text=True)
    assert text.count("<noscript>") == 1
    assert 'href="openapi.yaml"' in text[text.index("<noscript>") : text.index("</noscript>")]


def test_everything_that_the_page_points_to_is_served(client: ContractClient, page: Elements) -> None:
    addresses = page.addresses("a", "link", "script")
    assert {address.rpartition("-")[2] for address in addresses} >= {"bundle.js", "ui.css", "page.css", "page.js"}
    for address in addresses:
        response = client.get(urljoin(PAGE, address))
        assert response.status_code == 200, address
        assert response.data, address
        kind = MEDIA_TYPES.get(address.rpartition(".")[2])
        assert not kind or response.mimetype == kind, address


def test_every_url_of_the_page_is_local(page: Elements) -> None:
    kinds = {tag for tag, _ in page.found}
    assert page.addresses(*kinds) == page.addresses("a", "link", "script")
    for address in page.addresses(*kinds):
        assert re.fullmatch(r"(docs/[0-9a-f]{12}-)?[a-z-]+\.(js|css|svg|json|yaml)", address)


def test_nothing_of_the_page_is_inline(page: Elements) -> None:
    for tag, attributes in page.found:
        assert tag not in {"style", "iframe", "object", "embed", "base"}
        assert not [name for name in attributes if name == "style" or name.startswith("on")]
        assert tag != "script" or attributes["src"]
    assert "script" not in page.texts


def test_the_security_policy_is_strict(client: ContractClient) -> None:
    (policy,) = client.get("/docs").headers.getlist("Content-Security-Policy")
    found = {name: set(sources) for name, *sources in (directive.split() for directive in policy.split(";"))}
    assert found == POLICY


def test_style_sheets_fetch_nothing(files: dict[str, str]) -> None:
    sheets = {address: text for address, text in files.items() if address.endswith(".css")}
    assert len(sheets) == 2
    for address, text in sheets.items():
        fetched = re.findall(r"url\(\s*[\"']?([^\"')\s]{0,40})", text)
        assert all(url.startswith("data:image/") for url in fetched), address
        assert "@import" not in text
        assert "@font-face" not in text
        assert set(outside(text)) <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}, address


def test_the_script_and_the_style_of_the_page_name_no_host(files: dict[str, str]) -> None:
    assert not outside(named(files, "page.js"))
    assert not outside(named(files, "page.css"))
    assert outside(named(files, "icon.svg")) == ["http://www.w3.org/2000/svg"]


def test_every_outside_url_in_the_renderer_is_known_to_be_harmless(files: dict[str, str]) -> None:
    patterns = [pattern for group in HARMLESS.values() for pattern in group]
    found = set(outside(named(files, "swagger-ui-bundle.js")))
    assert [url for url in found if not any(re.fullmatch(pattern, url) for pattern in patterns)] == []
    assert [pattern for pattern in patterns if not any(re.fullmatch(pattern, url) for url in found)] == []


def test_the_renderer_opens_no_channel_of_its_own(files: dict[str, str]) -> None:
    bundle = named(files, "swagger-ui-bundle.js")
    for channel in ("sendBeacon", "WebSocket", "EventSource(", "importScripts", "new Worker", "serviceWorker"):
        assert channel not in bundle


def test_the_page_renders_this_contract_and_asks_no_validator(files: dict[str, str]) -> None:
    script = named(files, "page.js")
    assert 'url: "openapi.json"' in script
    assert "validatorUrl: null" in script


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('fetch("https://cdn.example/x.js")', ["https://cdn.example/x.js"]),
        ("import '//cdn.example/x.js'", ["//cdn.example/x.js"]),
        ("url(//cdn.example/x.woff2)", ["//cdn.example/x.woff2"]),
        ("new WebSocket(`wss://cdn.example`)", ["wss://cdn.example"]),
        ("1 // a comment", []),
    ],
)
def test_the_search_for_outside_urls_finds_them(text: str, found: list[str]) -> None:
    assert outside(text) == found


def test_files_are_kept_for_ever_under_a_url_that_names_their_bytes(client: ContractClient, page: Elements) -> None:
    for address in [address for address in page.addresses("link", "script") if address.startswith("docs/")]:
        response = client.get(urljoin(PAGE, address))
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_the_page_is_asked_for_again(client: ContractClient) -> None:
    first = client.get("/docs")
    assert first.mimetype == "text/html"
    assert first.headers["Cache-Control"] == "public, no-cache"
    again = client.get("/docs", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.headers["Content-Security-Policy"] == first.headers["Content-Security-Policy"]


def test_a_file_that_the_caller_has_is_not_sent_again(client: ContractClient, files: dict[str, str]) -> None:
    for address in files:
        url = urljoin(PAGE, address)
        validator = client.get(url).headers["ETag"]
        assert client.get(url, headers={"If-None-Match": validator}).status_code == 304


def test_the_renderer_is_sent_compressed(client: ContractClient, files: dict[str, str]) -> None:
    address = next(address for address in files if address.endswith("bundle.js"))
    response = client.get(urljoin(PAGE, address), headers={"Accept-Encoding": "br"})
    assert response.headers["Content-Encoding"] == "br"
    assert len(response.data) < 500_000


@pytest.mark.parametrize(
    "name", ["page.js", "000000000000-page.js", "x-nothing.js", "docs.html", "index.html", "..%2fdocs.py", "a/b", ""]
)
def test_any_other_file_is_not_found(client: ContractClient, name: str) -> None:
    response = client.get(f"/docs/{name}")
    assert response.status_code == 404
    assert response.mimetype == "application/problem+json"


def test_the_contract_is_served_as_it_is_committed(client: ContractClient) -> None:
    assert client.get("/openapi.json").get_json()["info"] == contract()["info"]
    assert client.get("/openapi.yaml").data.startswith(b"openapi: 3.1.0\n")
