"""The headers that every answer carries, whoever asks."""

from api.settings import Settings
from api.version import VERSION

EXPOSED = (
    "API-Version, Change-Cursor, Content-Disposition, ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After,"
    " X-Request-Id"
)


def everywhere(settings: Settings) -> list[tuple[str, str]]:
    """Return what every answer carries, with CORS (Fetch standard) where pages of any origin may read."""
    always = [
        ("API-Version", VERSION),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Resource-Policy", "cross-origin"),
    ]
    anyone = [("Access-Control-Allow-Origin", "*"), ("Access-Control-Expose-Headers", EXPOSED)]
    return [*always, *anyone] if "*" in settings.cors_origins else always
