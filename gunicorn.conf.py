"""How gunicorn serves: `gunicorn` in this folder, or `plan-indicators serve`, reads this file."""

import json
import os
import textwrap
from uuid import uuid4

import gunicorn.util

wsgi_app = "api:create_app()"
bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("PLAN_WORKERS") or min(4, os.cpu_count() or 1))
worker_class = "gthread"  # threads, so that a slow export does not hold a worker
threads = int(os.environ.get("PLAN_THREADS") or 4)
timeout = 60  # a worker that gives no sign of life for a minute is replaced
graceful_timeout = 20  # exports under way may end
keepalive = 15  # a frontend's next request finds its connection open
limit_request_line = 8190  # a query of 8,000 bytes and the path
limit_request_fields = 60
LIMITS = {
    "uri-too-long": f"a request line of at most {limit_request_line} bytes",
    "headers-too-large": f"at most {limit_request_fields} headers of at most 8190 bytes",
}
control_socket_disable = True  # no file in the home directory


def _problem(sock, status_int, reason, mesg):  # type: ignore[no-untyped-def]  # gunicorn has no annotations
    """Answer what gunicorn itself refuses as a problem (RFC 9457) too, in place of its HTML page."""
    name = {414: "uri-too-long", 431: "headers-too-large"}.get(status_int, "malformed-request")
    fault = {"parameter": "request", "detail": mesg, "allowed": [LIMITS[name]] if name in LIMITS else []}
    problem = {
        "type": f"/v1/problems/{name}",
        "title": reason,
        "status": status_int,
        "detail": mesg,
        "instance": f"urn:uuid:{uuid4()}",
        "errors": [fault],
    }
    body = json.dumps(problem)
    head = textwrap.dedent(f"""\
        HTTP/1.1 {status_int} {reason}\r
        Connection: close\r
        Content-Type: application/problem+json\r
        Cache-Control: no-store\r
        Content-Length: {len(body.encode())}\r
        \r
        """)
    gunicorn.util.write_nonblock(sock, (head + body).encode())


gunicorn.util.write_error = _problem
