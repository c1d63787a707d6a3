"""One JSON line a request on standard output: never a header, a query value or a body, so never a secret."""

import json
import sys
import time
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from flask import Flask, Response, request


def register(app: Flask, *, enabled: bool) -> None:
    """Log every request when its last byte has been handed over."""
    if enabled:
        app.after_request(_when_sent)


def _when_sent(response: Response) -> Response:
    """Count the bytes as they go, and write the line when the answer is closed."""
    entry = {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "request_id": request.environ["plan.request_id"],
        "method": request.method,
        "route": request.url_rule.rule if request.url_rule else None,
        "path": request.path,
        "status": response.status_code,
    }
    sent = [0]
    if response.is_streamed:
        response.response = _counted(response.response, sent)
    else:
        sent[0] = response.calculate_content_length() or 0
    response.call_on_close(partial(_write, entry, sent, request.environ["plan.started"]))
    return response


def _counted(chunks: Iterable[Any], sent: list[int]) -> Iterator[Any]:
    for chunk in chunks:
        sent[0] += len(chunk)
        yield chunk


def _write(entry: dict[str, Any], sent: list[int], started: float) -> None:
    took = round((time.perf_counter() - started) * 1000, 2)
    sys.stdout.write(json.dumps({**entry, "ms": took, "bytes": sent[0]}, ensure_ascii=False) + "\n")
    sys.stdout.flush()
