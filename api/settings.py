"""The settings of the service: environment variables PLAN_…, read once."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schema.answers.target import networks


class SettingsError(Exception):
    """Name a setting that cannot be used, and what it takes."""


class Quota(NamedTuple):
    """Allow so many requests in so many seconds to each key, or to each address."""

    name: str
    requests: int
    seconds: int

    def __str__(self) -> str:
        """Write it as draft-ietf-httpapi-ratelimit-headers-11 does."""
        return f'"{self.name}";q={self.requests};w={self.seconds}'


@dataclass(frozen=True)
class Settings:
    """Hold every setting; the defaults serve the bundled plan on one machine."""

    database: Path = Path("var/plans.db")
    public_url: str | None = None
    cors_origins: tuple[str, ...] = ("*",)
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    behind: float = 10
    far_behind: float = 30
    due_soon: int = 30
    log: bool = True
    read_only: bool = False
    writer_url: str | None = None
    audit: Path | None = None
    waiters: int = 8
    read_keys: bool = False
    cache: int = 32
    quotas: tuple[Quota, ...] = ()
    proxies: int = 0
    webhook_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    today: str | None = None
    """Stands for the present day, so that the contract says the same whenever it is written; no variable sets it."""


def read(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings. Raises SettingsError for a value that cannot be used."""
    given = {name: value for name, value in environment.items() if value}
    origins = tuple(given.get("PLAN_CORS_ORIGINS", "*").split(","))
    for origin in origins:
        if not re.fullmatch(r"\*|https?://[^/\s]+", origin):
            raise SettingsError(
                f"PLAN_CORS_ORIGINS must list origins such as https://a.example (no path), not {origin!r}"
            )
    behind = _number(given, "PLAN_BEHIND", Settings.behind)
    far_behind = _number(given, "PLAN_FAR_BEHIND", Settings.far_behind)
    if far_behind < behind:
        raise SettingsError("PLAN_FAR_BEHIND must not be below PLAN_BEHIND")
    try:
        timezone = ZoneInfo(given.get("PLAN_TIMEZONE", "Asia/Shanghai"))
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SettingsError(f"PLAN_TIMEZONE must be an IANA name such as Asia/Shanghai: {error}") from error
    return Settings(
        database=Path(given.get("PLAN_DATABASE", Settings.database)),
        public_url=_address(given, "PLAN_PUBLIC_URL"),
        cors_origins=origins,
        timezone=timezone,
        behind=behind,
        far_behind=far_behind,
        due_soon=_whole(given, "PLAN_DUE_SOON", Settings.due_soon),
        log=_switch(given, "PLAN_LOG", default=True),
        read_only=_switch(given, "PLAN_READ_ONLY"),
        writer_url=_address(given, "PLAN_WRITER_URL"),
        audit=audit_log(given),
        waiters=max(1, _threads(given) // 2),
        read_keys=_switch(given, "PLAN_READ_KEYS"),
        cache=_whole(given, "PLAN_CACHE", Settings.cache),
        quotas=tuple(_quotas(given)),
        webhook_networks=_networks(given),
        proxies=_whole(given, "PLAN_TRUSTED_PROXIES", Settings.proxies, 0, 10),
    )


def audit_log(given: Mapping[str, str] = os.environ) -> Path | None:
    """Return where the audit log is written, None for nowhere. Raises SettingsError for a file that cannot be."""
    if not given.get("PLAN_AUDIT_LOG"):
        return None
    path = Path(given["PLAN_AUDIT_LOG"])
    try:
        path.open("ab").close()  # only this tells: a disk may be read-only, and root passes for a writer everywhere
    except OSError as error:
        raise SettingsError(f"PLAN_AUDIT_LOG must be a file that can be written: {path}: {error.strerror}") from error
    return path


def _quotas(given: Mapping[str, str]) -> Iterator[Quota]:
    for name in ("address", "key"):
        setting = f"PLAN_RATE_{name.upper()}"
        if setting in given:
            rate = re.fullmatch(r"([1-9]\d{0,6})/([1-9]\d{0,4})", given[setting])
            if not rate:
                raise SettingsError(
                    f"{setting} must be requests/seconds such as 600/60 (at most 9999999/99999), not {given[setting]!r}"
                )
            yield Quota(name, int(rate[1]), int(rate[2]))


def _networks(given: Mapping[str, str]) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return networks(given.get("PLAN_WEBHOOK_PRIVATE", ""))
    except ValueError as error:
        raise SettingsError(
            f"PLAN_WEBHOOK_PRIVATE must list networks such as 10.1.0.0/16,127.0.0.1: {error}"
        ) from error


def _address(given: Mapping[str, str], name: str) -> str | None:
    url = given.get(name, "").rstrip("/")
    if url and not re.fullmatch(r"https?://[^/\s?#]+(/[^\s?#]*)?", url):
        raise SettingsError(f"{name} must be such as https://plans.example/api, without a query, not {url!r}")
    return url or None


@dataclass(frozen=True)
class Server:
    """Hold what gunicorn is told."""

    bind: str
    workers: int
    threads: int


def read_server(environment: Mapping[str, str] = os.environ) -> Server:
    """Read where and with how many hands to serve. Raises SettingsError."""
    given = {name: value for name, value in environment.items() if value}
    return Server(
        bind=f"{given.get('HOST', '127.0.0.1')}:{_whole(given, 'PORT', 8000, 1, 65535)}",
        workers=_whole(given, "PLAN_WORKERS", min(4, os.cpu_count() or 1), 1, 64),
        threads=_threads(given),
    )


def _threads(given: Mapping[str, str]) -> int:
    return _whole(given, "PLAN_THREADS", 16, 1, 256)


def _switch(given: Mapping[str, str], name: str, *, default: bool = False) -> bool:
    value = given.get(name, str(int(default)))
    if value not in {"0", "1"}:
        raise SettingsError(f"{name} must be 0 or 1, not {value!r}")
    return value == "1"


def _whole(given: Mapping[str, str], name: str, default: int, least: int = 0, most: int = 1000) -> int:
    number = _number(given, name, default, least, most)
    if not isinstance(number, int):
        raise SettingsError(f"{name} must be a whole number, not {given[name]!r}")
    return number


def _number(given: Mapping[str, str], name: str, default: float, least: float = 0, most: float = 1000) -> float:
    try:
        number = float(given.get(name, default))
    except ValueError as error:
        raise SettingsError(f"{name} must be a number, not {given[name]!r}") from error
    if not least <= number <= most:
        raise SettingsError(f"{name} must be between {least} and {most}, not {given[name]!r}")
    return int(number) if number == int(number) else number
