"""How gunicorn serves: `gunicorn` in this folder, or `plan-indicators serve`, reads this file."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

OWN = f"plan-indicators-{os.getpid()}-"
MEASUREMENTS = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")
if not Path(MEASUREMENTS).name.startswith(OWN):  # a reload reads this file again, and goes on counting
    MEASUREMENTS = tempfile.mkdtemp(prefix=OWN)
os.environ["PROMETHEUS_MULTIPROC_DIR"] = MEASUREMENTS  # before prometheus_client is loaded, by whichever import

from api.server.refusals import FIELDS, LINE_BYTES  # noqa: E402
from api.settings import SettingsError, read, read_server  # noqa: E402
from db.connection import StoreError, verify  # noqa: E402

try:
    SERVER, SETTINGS = read_server(), read()
except SettingsError as error:
    sys.exit(f"Error: {error}")  # in a line, not in a traceback
wsgi_app = "api.server.asgi:create()"
worker_class = "api.server.worker.Worker"
bind = SERVER.bind
workers = SERVER.workers
asgi_loop = "asyncio"
asgi_lifespan = "off"
asgi_disconnect_grace_period = 0  # a caller who has gone needs nothing more
http_parser = "python"  # the one that is tested here; the other one has to be compiled
timeout = 60  # a worker that gives no sign of life for a minute is replaced
graceful_timeout = 20  # exports under way may end
keepalive = 15  # a frontend's next request finds its connection open
limit_request_line = LINE_BYTES
limit_request_fields = FIELDS
forwarder_headers = ""  # SCRIPT_NAME is no header that a caller may send, though he comes from this machine
control_socket_disable = True  # no file in the home directory


def on_starting(server):  # type: ignore[no-untyped-def]  # noqa: ARG001  # gunicorn's signature
    """Say of a store that cannot be served why, in a line: each worker would with a traceback."""
    try:
        verify(SETTINGS.database)
    except StoreError as error:
        sys.exit(f"Error: {error}")


def child_exit(server, worker):  # type: ignore[no-untyped-def]  # noqa: ARG001  # gunicorn's signature
    """Tell the measurements that a worker is gone; what it has counted stays counted."""
    from prometheus_client import multiprocess  # noqa: PLC0415  # only once the folder is known

    multiprocess.mark_process_dead(worker.pid)


def on_exit(server):  # type: ignore[no-untyped-def]  # noqa: ARG001
    """Leave nothing behind."""
    shutil.rmtree(MEASUREMENTS, ignore_errors=True)
