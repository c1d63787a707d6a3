"""The entrance: every request gets an id and, when its last byte is handed over, one JSON line on standard output.

The line holds no header, no query value and no body, so no secret.
"""

import json
import logging
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]

AUDIT = logging.getLogger("plan_indicators.audit")
HARMLESS = re.compile(r"[A-Za-z0-9._-]{1,64}")


def entrance(application: Application, everywhere: list[tuple[str, str]], *, log: bool) -> Application:
    """Name and time the requests of an application, and log them if asked to; add the headers of every answer."""
    new_name = names()

    def answer(environ: Environ, start_response: Any) -> Iterable[bytes]:
        started = time.perf_counter()
        given = environ.get("HTTP_X_REQUEST_ID", "")
        name = given if given and HARMLESS.fullmatch(given) else new_name()
        environ["plan.request_id"] = name
        status = ""

        def begin(line: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            nonlocal status
            status = line
            return start_response(line, [*headers, *everywhere, ("X-Request-Id", name)], exc_info)

        def finish(sent: int) -> None:
            write(
                name,
                environ["REQUEST_METHOD"],
                environ.get("plan.route"),
                path(environ),
                status=status,
                started=started,
                sent=sent,
            )

        chunks = application(environ, begin)
        if not log:
            return chunks
        if isinstance(chunks, list):
            finish(sum(map(len, chunks)))
            return chunks
        return _counted(chunks, finish)

    return answer


def path(environ: Environ) -> str:
    """Return the path of a request as it is logged."""
    return str(environ["PATH_INFO"].encode("latin1").decode("utf-8", "replace"))


def names() -> Callable[[], str]:
    """Return a maker of request ids: unique with the process, at a tenth of what a uuid costs. Call it after a fork."""
    process = uuid4().hex[:16]
    numbers = count(1)
    return lambda: f"{process}{next(numbers):016x}"


def audit(path: Path | None) -> None:
    """Write the audit log to a file; nowhere without one: the store's own change log has it all."""
    for handler in AUDIT.handlers[:]:
        AUDIT.removeHandler(handler)
        handler.close()
    AUDIT.setLevel(logging.INFO if path else logging.CRITICAL)
    if path:
        AUDIT.addHandler(logging.FileHandler(path, encoding="utf-8"))
        AUDIT.propagate = False


def _counted(chunks: Iterable[bytes], finish: Callable[[int], None]) -> Iterator[bytes]:
    """Hand the chunks over, and write the line when they end or the caller has gone."""
    sent = 0
    try:
        for chunk in chunks:
            sent += len(chunk)
            yield chunk
    finally:
        chunks.close()  # type: ignore[attr-defined]  # what is no list comes from Werkzeug, which has it
        finish(sent)


def write(name: str, method: str, route: str | None, where: str, *, status: str, started: float, sent: int) -> None:
    """Write the line of a request."""
    entry = {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "request_id": name,
        "method": method,
        "route": route,
        "path": where,
        "status": int(status[:3]),
        "ms": round((time.perf_counter() - started) * 1000, 2),
        "bytes": sent,
    }
    sys.stdout.write(json.dumps(entry, ensure_ascii=False) + "\n")
    sys.stdout.flush()
