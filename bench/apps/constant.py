"""Answer every request with the same bytes: what the server itself allows."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

BODIES = {f"/{path.name}": path.read_bytes() for path in Path(os.environ["BENCH_BODIES"]).iterdir()}


def application(environ: dict[str, str], start_response: Callable[..., object]) -> Iterable[bytes]:
    body = BODIES[environ["PATH_INFO"]]
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
