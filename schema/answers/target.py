"""URLs that a webhook may have: http or https to a public address, or to networks that the operator allows (SSRF)."""

import re
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from marshmallow import ValidationError

URL_MOST = 2000
NAME_MOST = 254
LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE)
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE)
LOCAL = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "home.arpa", "localdomain")
"""Suffixes of names that are not on the public Internet (RFC 6761, RFC 6762, RFC 8375, and common practice)."""
HOLDING = tuple(map(ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "fec0::/10")))
"""IPv6 networks whose addresses embed an arbitrary IPv4 address (NAT64, 6to4, Teredo), and site-local addresses."""

Address = IPv4Address | IPv6Address
Networks = Sequence[IPv4Network | IPv6Network]


def networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Parse comma-separated networks such as `10.1.0.0/16,127.0.0.1`. Raises ValueError."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def allowed(address: str, private: Networks = ()) -> bool:
    """Return whether an address may be called: it is public, or in a network that the operator allows.

    An IPv4-mapped IPv6 address is treated as the IPv4 address.
    """
    try:
        parsed: Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    if any(parsed in network for network in private):
        return True
    if isinstance(parsed, IPv6Address) and any(parsed in network for network in HOLDING):
        return False
    return parsed.is_global and not parsed.is_multicast and not parsed.is_reserved


def parse(url: str, private: Networks = ()) -> SplitResult:
    """Return the parts of a URL. Raises ValidationError if a webhook may not have it.

    This checks only the text of a host name. Its addresses are checked at each delivery, after the lookup.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ValidationError("Must be a URL.") from error
    if parts.scheme not in {"http", "https"} or not host:
        raise ValidationError("Must start with https:// or http:// and have a host.")
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise ValidationError("Must be ASCII. Write the host as xn--… and percent-encode the rest.")
    if parts.username is not None or parts.password is not None:
        raise ValidationError("Must not contain a user or password. Messages are authenticated by their signature.")
    if parts.fragment or port == 0:
        raise ValidationError("Must not contain a fragment or port 0.")
    literal = _literal(host)
    if not literal and not _possible(host):
        raise ValidationError(f"The host name {host} is not valid.")
    if not (allowed(literal, private) if literal else _public(host) or private):
        raise ValidationError("Must point to a public address.")
    return parts


def _literal(host: str) -> str | None:
    """Return the address if the host is one, in any notation that systems accept: 0x7f.1, 2130706433, 017700000001."""
    if ":" in host:
        return host
    try:
        return socket.inet_ntoa(socket.inet_aton(host.rstrip(".")))
    except OSError:
        return None


def _possible(host: str) -> bool:
    """Return whether a host name is valid: labels up to 63 characters or _, the last not a number (RFC 1123, 2.1)."""
    labels = host.removesuffix(".").split(".")
    return len(host) <= NAME_MOST and all(map(LABEL.fullmatch, labels)) and not NUMBER.fullmatch(labels[-1])


def _public(host: str) -> bool:
    name = host.rstrip(".").lower()
    return "." in name and not any(name == end or name.endswith(f".{end}") for end in LOCAL)
