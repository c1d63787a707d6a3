"""Fill a PocketBase: its own program makes the collection, then the rows are copied into its file."""

import json
import shutil
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

from bench import flat
from bench.columns import COLUMNS, NUMBERS
from bench.data import VAR, schema_mark

PROGRAM = VAR / "venv" / "bin" / "pocketbase"
PORT = 18999
ACCOUNT = {"identity": "bench@example.org", "password": "bench-on-loopback-only"}


def folder(store: Path, indicators: int) -> Path:
    """Return the data folder of a PocketBase with the rows of a store; make it if it is not there yet."""
    path = VAR / f"{schema_mark()}-{indicators}.pocketbase"
    if not path.exists():
        draft = path.with_suffix(".draft")
        shutil.rmtree(draft, ignore_errors=True)
        _make_collection(draft)
        writer = sqlite3.connect(draft / "data.db", isolation_level=None)
        flat.copy(writer, store, empty=True)
        writer.execute("ANALYZE")
        writer.execute("PRAGMA journal_mode = WAL")
        writer.close()
        draft.rename(path)
    return path


def options(data: Path) -> list[str]:
    """Return the options that keep everything of a PocketBase in its own folder."""
    return [f"--dir={data}", f"--migrationsDir={data}/migrations", "--automigrate=false"]


def _make_collection(draft: Path) -> None:
    """Make the collection and turn the request log off, through the program's own interface."""
    words = [ACCOUNT["identity"], ACCOUNT["password"], *options(draft)]
    subprocess.run([PROGRAM, "superuser", "upsert", *words], check=True, capture_output=True)
    server = subprocess.Popen(
        [PROGRAM, "serve", f"--http=127.0.0.1:{PORT}", *options(draft)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        token = _token()
        _call("PATCH", "/api/settings", token, {"logs": {"maxDays": 0, "minLevel": 8, "logIP": False}})
        _call("POST", "/api/collections", token, _collection())
    finally:
        server.terminate()
        server.wait()


def _collection() -> dict[str, Any]:
    identity = {
        "name": "id", "type": "text", "system": True, "required": True, "primaryKey": True, "min": 1, "max": 120,
        "pattern": "^[a-z0-9.-]+$",
    }  # fmt: skip
    others = [{"name": name, "type": "number" if name in NUMBERS else "text"} for name in COLUMNS if name != "id"]
    return {
        "name": "indicator",
        "type": "base",
        "listRule": "",
        "viewRule": "",
        "fields": [identity, *others],
        "indexes": [f"CREATE INDEX indicator_{name} ON indicator ({keys})" for name, keys in flat.INDEXES.items()],
    }


def _token() -> str:
    """Sign in, as soon as the program answers."""
    for _ in range(200):
        with suppress(urllib.error.URLError):
            token: str = _call("POST", "/api/collections/_superusers/auth-with-password", "", ACCOUNT)["token"]
            return token
        time.sleep(0.05)
    raise RuntimeError("PocketBase does not answer")


def _call(method: str, path: str, token: str, body: Any) -> Any:
    request = urllib.request.Request(
        f"http://127.0.0.1:{PORT}{path}",
        json.dumps(body).encode(),
        {"Content-Type": "application/json", "Authorization": token},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)
