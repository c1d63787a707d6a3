"""The settings of the service: environment variables PLAN_…, read once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class SettingsError(Exception):
    """Name a setting that cannot be used, and what it takes."""


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
    read_keys: bool = False
    cache: int = 32


def read(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings. Raises SettingsError for a value that cannot be used."""
    given = {name: value for name, value in environment.items() if value}
    url = given.get("PLAN_PUBLIC_URL", "").rstrip("/")
    if url and not url.startswith(("http://", "https://")):
        raise SettingsError(f"PLAN_PUBLIC_URL must begin with http:// or https://, not {url!r}")
    behind, far_behind = _number(given, "PLAN_BEHIND", 10), _number(given, "PLAN_FAR_BEHIND", 30)
    if far_behind < behind:
        raise SettingsError("PLAN_FAR_BEHIND must not be below PLAN_BEHIND")
    try:
        timezone = ZoneInfo(given.get("PLAN_TIMEZONE", "Asia/Shanghai"))
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SettingsError(f"PLAN_TIMEZONE must be an IANA name such as Asia/Shanghai: {error}") from error
    return Settings(
        database=Path(given.get("PLAN_DATABASE", "var/plans.db")),
        public_url=url or None,
        cors_origins=tuple(given.get("PLAN_CORS_ORIGINS", "*").split(",")),
        timezone=timezone,
        behind=behind,
        far_behind=far_behind,
        due_soon=int(_number(given, "PLAN_DUE_SOON", 30)),
        log=given.get("PLAN_LOG", "1") != "0",
        read_keys=given.get("PLAN_READ_KEYS", "0") != "0",
        cache=int(_number(given, "PLAN_CACHE", 32)),
    )


def _number(given: Mapping[str, str], name: str, default: float) -> float:
    try:
        number = float(given.get(name, default))
    except ValueError as error:
        raise SettingsError(f"{name} must be a number, not {given[name]!r}") from error
    if not 0 <= number <= 1000:  # noqa: PLR2004
        raise SettingsError(f"{name} must be between 0 and 1000, not {given[name]!r}")
    return int(number) if number == int(number) else number
