"""Where a webhook may lead: public addresses, however they are written, unless the operator allows others."""

import pytest
from marshmallow import ValidationError

from schema.answers.target import allowed, networks, parse

PUBLIC = ["93.184.215.14", "8.8.8.8", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:8.8.8.8", "114.114.114.114"]
NOT_PUBLIC = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "169.254.0.1", "100.64.0.1", "100.127.255.255", "192.0.0.1", "192.0.2.1", "198.18.0.1",
    "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "100.100.100.200",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.0.0.1", "::127.0.0.1", "fe80::1",
    "fe80::1%eth0", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "64:ff9b::7f00:1", "64:ff9b:1::1",
    "2002:7f00:1::", "2002:a00:1::1", "2001:0:7f00:1::", "2001:db8::1", "100::1", "nonsense", "",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_called(address: str) -> None:
    assert allowed(address)
    parse(f"https://[{address}]/x" if ":" in address else f"http://{address}:8080/x")


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_is_not_public_may_not(address: str) -> None:
    assert not allowed(address)
    with pytest.raises(ValidationError):
        parse(f"https://[{address}]/" if ":" in address else f"https://{address}/")


@pytest.mark.parametrize(
    "host",
    [
        "2130706433", "0x7f000001", "0x7f.1", "017700000001", "0177.0.0.1", "127.1", "127.0.1", "0", "2852039166",
        "0xa9fea9fe", "0251.0376.0251.0376", "3232235777", "localhost", "LOCALHOST", "localhost.", "a.localhost",
        "printer.local", "db.internal", "metadata.google.internal", "router.lan", "box.home.arpa", "intranet", "plans",
        "x.localdomain", "127.0.0.1.", "①②⑦.0.0.1", "ⓛocalhost",
    ],
)  # fmt: skip
def test_a_host_that_is_no_ones_on_the_internet_is_refused_however_written(host: str) -> None:
    with pytest.raises(ValidationError):
        parse(f"http://{host}/hook")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://receiver.example/", "https://"),
        ("file:///etc/passwd", "https://"),
        ("gopher://receiver.example/", "https://"),
        ("//receiver.example/", "https://"),
        ("https://", "https://"),
        ("receiver.example", "https://"),
        ("https://user:secret@receiver.example/", "password"),
        ("https://user@receiver.example/", "password"),
        ("https://@receiver.example/", "password"),
        ("https://receiver.example/#part", "fragment"),
        ("https://receiver.example:0/", "port"),
        ("https://receiver.example:99999/", "a URL"),
        ("https://receiver.example:x/", "a URL"),
        ("https://[::1/", "a URL"),
        ("https://receiver.example/计划", "ASCII"),
        ("https://receiver.example/a b", "ASCII"),
        ("https://receiver.example\\@127.0.0.1/", "ASCII"),
        ("https://receiver.example/\x7f", "ASCII"),
    ],
)
def test_what_is_no_url_for_a_webhook_is_told_so(url: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        parse(url)


@pytest.mark.parametrize(
    "host",
    [
        "example..com", ".example.com", "example.com..", "256.1.1.1", "1.2.3.4.5", "receiver.1", "receiver.0x1f",
        "-a.example", "a-.example", "a" * 64 + ".example", "a." * 127 + "example", "a*.example", "a%20b.example", "..",
    ],
)  # fmt: skip
def test_a_host_that_there_cannot_be_is_told_so(host: str) -> None:
    for private in ((), networks("10.0.0.0/8")):
        with pytest.raises(ValidationError, match=r"The host name .* is not valid"):
            parse(f"http://{host}/", private)


@pytest.mark.parametrize(
    "host", ["a.example.", "a_b.example", "1.example", "xn--fiq228c.example", "a" * 63 + ".example"]
)
def test_a_host_that_there_can_be_is_taken(host: str) -> None:
    assert parse(f"http://{host}/").hostname == host


@pytest.mark.parametrize(
    "url", ["https://receiver.example", "http://receiver.example:8080/a?b=c", "HTTPS://Receiver.Example/%E8%AE%A1"]
)
def test_a_name_is_taken_as_it_is(url: str) -> None:
    assert (parse(url).hostname or "") == "receiver.example"


def test_the_operator_may_allow_networks() -> None:
    own = networks("10.1.0.0/16, 127.0.0.1,fd00::/8")
    assert allowed("10.1.2.3", own)
    assert allowed("::ffff:10.1.2.3", own)
    assert allowed("fd00::1", own)
    assert not allowed("10.2.0.1", own)
    assert not allowed("127.0.0.2", own)
    parse("http://127.0.0.1:8000/", own)
    parse("http://receiver.internal/", own)  # judged by where it leads
    with pytest.raises(ValidationError):
        parse("http://169.254.169.254/", own)
    with pytest.raises(ValueError, match="does not appear"):
        networks("everything")
