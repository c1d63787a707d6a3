"""One message: sent to the address that was judged, in time, and nowhere else."""

import contextlib
import socket
import ssl
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from deliver import post as room
from deliver.post import Answer, post
from schema.answers.target import networks
from tests.deliver.receiver import Receiver, receiving

HERE = networks("127.0.0.1")


def leads_to(*addresses: str) -> Any:
    """Stand in for the system's lookup of names."""
    asked: list[str] = []

    def lookup(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    lookup.asked = asked  # type: ignore[attr-defined]
    return lookup


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving(Receiver()) as made:
        yield made


def test_a_message_arrives_as_it_is(receiver: Receiver) -> None:
    url = f"http://receiver.example:{receiver.port}/hooks/a?b=c"
    answer = post(url, {"webhook-id": "1", "Content-Type": "x/y"}, b'{"a":1}', HERE, lookup=leads_to("127.0.0.1"))
    assert answer == Answer(204)
    ((path, headers, body),) = receiver.received
    assert (path, body) == ("/hooks/a?b=c", b'{"a":1}')
    assert headers["host"] == f"receiver.example:{receiver.port}"
    assert (headers["webhook-id"], headers["content-type"], headers["connection"]) == ("1", "x/y", "close")


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["169.254.169.254"],
        ["10.0.0.1"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["8.8.8.8", "127.0.0.1"],  # a name that leads to both is not to be trusted with either
    ],
)
def test_a_name_that_leads_to_no_public_address_is_not_called(receiver: Receiver, addresses: list[str]) -> None:
    answer = post(f"http://receiver.example:{receiver.port}/", {}, b"{}", lookup=leads_to(*addresses))
    assert answer.status is None
    assert f"receiver.example resolves to {addresses[-1]}, which is not allowed." == answer.error
    assert receiver.received == []


def test_a_url_that_is_refused_is_not_even_looked_up() -> None:
    lookup = leads_to("8.8.8.8")
    assert post("http://127.0.0.1/", {}, b"{}", lookup=lookup).error == "Must point to a public address."
    assert lookup.asked == []


def test_a_name_is_looked_up_once_and_connected_to_where_it_led_then(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second look could be answered otherwise (DNS rebinding), so there is none, and no name is connected to."""
    connected: list[Any] = []
    connect = socket.create_connection

    def watch(address: Any, timeout: float) -> socket.socket:
        connected.append(address)
        return connect(address, timeout)

    monkeypatch.setattr(room.socket, "create_connection", watch)
    lookup = leads_to("127.0.0.1")
    assert post(f"http://receiver.example:{receiver.port}/", {}, b"{}", HERE, lookup=lookup).status == 204
    assert lookup.asked == ["receiver.example"]
    assert connected == [("127.0.0.1", receiver.port)]


def test_the_next_address_is_tried_if_one_does_not_answer(receiver: Receiver) -> None:
    lookup = leads_to("127.0.0.2", "127.0.0.1")  # nothing listens on the first
    url = f"http://receiver.example:{receiver.port}/"
    assert post(url, {}, b"{}", networks("127.0.0.0/8"), lookup=lookup).status == 204


def test_a_receiver_that_is_not_there_is_an_answer_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    assert "ConnectionRefusedError" in str(post(f"http://127.0.0.1:{port}/", {}, b"{}", HERE).error)
    assert "no address" in str(post("http://receiver.example/", {}, b"{}", lookup=leads_to()).error)

    def unknown(*_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror(-2, "Name or service not known")

    assert "gaierror" in str(post("http://receiver.example/", {}, b"{}", lookup=unknown).error)

    def unwritten(*_: Any, **__: Any) -> list[Any]:
        raise UnicodeError("label too long")

    assert "UnicodeError" in str(post("http://receiver.example/", {}, b"{}", lookup=unwritten).error)
    assert "The host name" in str(post(f"http://{'a' * 64}.example/", {}, b"{}").error)


def test_a_redirection_is_not_followed(receiver: Receiver) -> None:
    receiver.decide = lambda *_: (302, {"Location": f"{receiver.url}/elsewhere"})
    assert post(receiver.url, {}, b"{}", HERE) == Answer(302)
    assert len(receiver.received) == 1


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("120", 120, 120),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0, 0),
        ("soon", 0, 0),
        ("-5", 0, 0),
        ("9" * 400, 999_999_999, 999_999_999),
        ("Fri, 31 Dec 9999999999 23:59:59 GMT", 0, 0),
    ],
)
def test_a_receiver_may_ask_for_time(receiver: Receiver, header: str, least: float, most: float) -> None:
    receiver.decide = lambda *_: (429, {"Retry-After": header})
    answer = post(receiver.url, {}, b"{}", HERE)
    assert answer.status == 429
    assert least <= answer.retry_after <= most


def test_a_receiver_may_name_the_moment(receiver: Receiver) -> None:
    moment = datetime.now(UTC) + timedelta(hours=2)
    receiver.decide = lambda *_: (503, {"Retry-After": format_datetime(moment, usegmt=True)})
    assert 3600 < post(receiver.url, {}, b"{}", HERE).retry_after <= 7200


def whole(caller: socket.socket) -> None:
    """Read a message with the body {} to its end."""
    read = b""
    while not read.endswith(b"{}"):
        read += caller.recv(65536)


def raw(talk: Any) -> str:
    """Listen once, and talk to who comes in a way that no library would."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with server, server.accept()[0] as caller:
            whole(caller)
            with contextlib.suppress(OSError):
                talk(caller)

    Thread(target=serve, daemon=True).start()
    return f"http://127.0.0.1:{server.getsockname()[1]}/"


def drip(head: bytes) -> Any:
    """Send something, and then a byte now and then for as long as anyone listens."""

    def talk(caller: socket.socket) -> None:
        caller.sendall(head)
        caller.settimeout(0.02)
        while True:
            caller.sendall(b"x")
            try:
                if not caller.recv(1):
                    return
            except TimeoutError:
                continue

    return talk


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nX-Slow: "])
def test_the_whole_exchange_ends_in_time(head: bytes) -> None:
    assert post(raw(drip(head)), {}, b"{}", HERE, seconds=0.3).error == "No answer within 0.3 s."


def test_silence_ends_in_time_too() -> None:
    assert post(raw(lambda caller: caller.recv(1)), {}, b"{}", HERE, seconds=0.2).error == "No answer within 0.2 s."


def test_an_answer_is_its_status_however_its_body_goes_on() -> None:
    endless = raw(drip(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n"))
    assert post(endless, {}, b"{}", HERE, seconds=3) == Answer(200)
    large = raw(lambda caller: caller.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 10_000_000))
    assert post(large, {}, b"{}", HERE) == Answer(200)


@pytest.mark.parametrize("talk", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 " + b"x" * 70_000])
def test_what_is_no_http_is_said(talk: bytes) -> None:
    answer = post(raw(lambda caller: caller.sendall(talk)), {}, b"{}", HERE)
    assert answer.status is None
    assert answer.error


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Make a certificate of one's own for receiver.example."""
    path = tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=receiver"]
    names = ["-addext", "subjectAltName=DNS:receiver.example", "-keyout", str(path), "-out", f"{path}.crt"]
    subprocess.run([*command, *names], check=True, capture_output=True)
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path


def test_over_tls_the_name_is_what_is_verified(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _, name, __: names.append(name)
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for _ in range(3):
            plain, _address = server.accept()
            try:
                with context.wrap_socket(plain, server_side=True) as caller:
                    whole(caller)
                    caller.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
            except OSError:
                plain.close()

    thread = Thread(target=serve, daemon=True)
    thread.start()
    port, lookup = server.getsockname()[1], leads_to("127.0.0.1")
    strange = post(f"https://receiver.example:{port}/", {}, b"{}", HERE, lookup=lookup)
    assert "certificate verify failed" in str(strange.error)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert post(f"https://receiver.example:{port}/", {}, b"{}", HERE, lookup=lookup) == Answer(204)
    other = post(f"https://other.example:{port}/", {}, b"{}", HERE, lookup=lookup)
    assert "certificate verify failed" in str(other.error)
    assert names == ["receiver.example", "receiver.example", "other.example"]
    thread.join(10)
    server.close()
