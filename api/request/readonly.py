"""A node that only reads: PLAN_READ_ONLY=1 over a replica."""

from flask import Flask, Response, request

from api.reply import problems
from api.reply.links import settings
from api.reply.problems import Problem

SAFE = {"GET", "HEAD", "OPTIONS"}


def register(app: Flask) -> None:
    """Refuse every change before anything else looks at it."""
    if app.config["PLAN"].read_only:
        app.before_request(_refuse)


def _refuse() -> Response | None:
    if request.method in SAFE or request.url_rule is None:
        return None
    writer = settings().writer_url
    where = f"Send changes to {writer}{request.path}." if writer else "Its operator knows which one does."
    headers = {"Link": f'<{writer}{request.path}>; rel="edit"'} if writer else {}
    return problems.answer(Problem("read-only", f"This node takes no changes. {where}"), headers)
