"""Whole collections as CSV, NDJSON and XLSX: the same rows as the pages give, and safe to open."""

import csv
import gzip
import io
import json
import re
import sqlite3
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import brotli
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.reply import formats, replies
from db import connection, shapes
from db.log import changes
from tests.api.contract import ContractClient
from tests.second_plan import PLAN, SECTION

COLLECTIONS = ("plans", "sections", "indicators", "milestones", "deadlines", "observations")
WHEN = "status_at=2025-07-01"

pytestmark = pytest.mark.usefixtures("second")


def paged(client: ContractClient, name: str) -> list[dict[str, Any]]:
    dated = "&status_at=2025-07-01" if name in {"indicators", "milestones", "deadlines"} else ""
    data: list[dict[str, Any]] = client.get(f"/v1/{name}?limit=1000{dated}").get_json()["data"]
    return data


def flat(item: dict[str, Any], before: str = "") -> dict[str, Any]:
    """Flatten by hand: what tables are expected to say."""
    row: dict[str, Any] = {}
    for name, value in item.items():
        if isinstance(value, dict) and name not in {"statuses", "latest"}:
            row |= flat(value, f"{before}{name}_")
        else:
            row[before + name] = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
    return row


def compact(cell: Any) -> str:
    """Write a cell as a table does."""
    if cell is None:
        return ""
    text = json.dumps(cell) if isinstance(cell, bool) else str(cell)
    return text.replace(", ", ",").replace(": ", ":") if text.startswith(("[", "{")) else text


def dated(name: str) -> str:
    return f"?{WHEN}" if name in {"indicators", "milestones", "deadlines"} else ""


@pytest.mark.parametrize("name", COLLECTIONS)
def test_ndjson_has_the_items_of_the_pages(client: ContractClient, name: str) -> None:
    lines = client.get(f"/v1/{name}.ndjson{dated(name)}").get_data(as_text=True).splitlines()
    assert [json.loads(line) for line in lines] == paged(client, name)


@pytest.mark.parametrize("name", COLLECTIONS)
def test_csv_has_the_items_of_the_pages_flat(client: ContractClient, name: str) -> None:
    text = client.get(f"/v1/{name}.csv{dated(name)}").get_data(as_text=True)
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    expected = [{key: compact(cell) for key, cell in flat(item).items()} for item in paged(client, name)]
    for row in rows:
        for key, cell in row.items():
            row[key] = cell.removeprefix("'") if cell.startswith("'=") else cell
    latest = {"progress_latest"}
    assert [{k: v for k, v in row.items() if k not in latest} for row in rows] == [
        {k: v for k, v in row.items() if k not in latest} for row in expected
    ]


@pytest.mark.parametrize("name", COLLECTIONS)
def test_xlsx_has_the_rows_of_csv_with_typed_cells(client: ContractClient, name: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"/v1/{name}.xlsx{dated(name)}").get_data()), read_only=True)
    header, *rows = book.worksheets[0].iter_rows(values_only=True)
    items = [flat(item) for item in paged(client, name)]
    assert list(header) == list(items[0])
    for row, item in zip(rows, items, strict=True):
        for key, cell in zip(header, row, strict=True):
            value = item[str(key)]
            if isinstance(value, int | float):
                assert cell == (json.dumps(value) if isinstance(value, bool) else value), key


def test_csv_lines_end_as_rfc_4180_has_it(client: ContractClient) -> None:
    body = client.get("/v1/plans.csv?fields=id").get_data()
    assert body == b"id\r\nhunnan-2021\r\ntestcity-2025\r\n"


def test_a_byte_order_mark_comes_only_when_asked_for(client: ContractClient) -> None:
    plain = client.get("/v1/plans.csv").get_data()
    assert not plain.startswith(b"\xef\xbb\xbf")
    assert client.get("/v1/plans.csv?bom=true").get_data() == b"\xef\xbb\xbf" + plain


def test_text_that_a_spreadsheet_would_run_is_neutralised_and_numbers_are_not(client: ContractClient) -> None:
    text = client.get(f"/v1/indicators.csv?plan={PLAN}&fields=name,target.value").get_data(as_text=True)
    rows = list(csv.reader(io.StringIO(text)))
    assert ["'=SUM(A1:A9)", "1"] in rows
    book = openpyxl.load_workbook(
        io.BytesIO(client.get(f"/v1/indicators.xlsx?plan={PLAN}&fields=name,target.value").get_data())
    )
    cell = book.worksheets[0]["A4"]
    assert (cell.value, cell.data_type) == ("=SUM(A1:A9)", "s")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"])
def test_every_start_of_a_formula_is_neutralised(start: str) -> None:
    line = shapes.BETWEEN.join([f"{start}1+1".encode(), b"-2.5"])
    body = b"".join(formats.comma_separated(["a", "b"], [(line,)], bom=False)).decode()
    (cell, number) = list(csv.reader(io.StringIO(body, newline="")))[1]
    assert cell == f"'{start}1+1"
    assert number == "-2.5"


def test_a_row_of_one_empty_value_is_still_a_row() -> None:
    assert b"".join(formats.comma_separated(["a"], [(b"",), (b"x",)], bom=False)) == b'a\r\n""\r\nx\r\n'


@pytest.mark.parametrize("cell", ["a,b", 'a "b"', "a\nb", "a\rb", "指标"])
def test_what_csv_separates_by_is_quoted_within_a_cell(cell: str) -> None:
    line = shapes.BETWEEN.join([cell.encode(), b"1"])
    body = b"".join(formats.comma_separated(["a", "b"], [(line,)], bom=False)).decode()
    assert list(csv.reader(io.StringIO(body, newline="")))[1] == [cell, "1"]


STARTS = "=+-@\t\r＝＋－＠"
CELLS = st.text(st.sampled_from(STARTS + "\",\n'(（ a1.e指\ufeff😀"), max_size=6)
NUMBERS = st.sampled_from(["-2.5", "-1.0e-05", "-1e+20", "-1e5", "-1e", "-1e-5-"])


def neutral(cell: str) -> str:
    runs = cell.startswith(tuple(STARTS)) and not re.fullmatch(r"-[0-9.]+(e[-+]?[0-9]+)?", cell)
    return f"'{cell}" if runs else cell


@given(
    st.integers(1, 3).flatmap(
        lambda width: st.lists(st.lists(CELLS | NUMBERS, min_size=width, max_size=width), min_size=1)
    )
)
def test_csv_is_what_the_csv_module_writes_whatever_the_text(rows: list[list[str]]) -> None:
    written = io.StringIO(newline="")
    csv.writer(written).writerows([map(neutral, row) for row in rows])
    lines = [(shapes.BETWEEN.join(cell.encode() for cell in row),) for row in rows]
    body = b"".join(formats.comma_separated(["a"] * len(rows[0]), lines, bom=False))
    assert body.decode().partition("\r\n")[2] == written.getvalue()


def test_a_workbook_holds_what_xml_reserves_and_what_it_cannot_hold() -> None:
    body = b"".join(formats.workbook(["a", "b"], [(" <b>&amp; ", None), ("a\tb\x01", 0.1), ("_x0041_", 1)]))
    sheet = openpyxl.load_workbook(io.BytesIO(body)).worksheets[0]
    assert list(sheet.iter_rows(min_row=2, values_only=True)) == [
        (" <b>&amp; ", None),
        ("a\tb_x0001_", 0.1),
        ("_x005F_x0041_", 1),
    ]


def test_a_workbook_begins_before_its_first_row_is_read() -> None:
    def rows() -> Iterator[tuple[int]]:
        read.append(1)
        yield (1,)

    read: list[int] = []
    chunks = formats.workbook(["n"], rows())
    assert next(chunks).startswith(b"PK")
    assert not read
    assert b"".join(chunks)
    assert read == [1]


def test_filters_sort_and_fields_hold_for_exports_too(client: ContractClient) -> None:
    text = client.get(f"/v1/indicators.csv?plan={PLAN}&kind=level&sort=-value&fields=id,target.value")
    assert text.get_data(as_text=True).splitlines() == [
        "id,target_value",
        f"{SECTION}.04,30",
        f"{SECTION}.03,1",
        f"{SECTION}.06,0",
        f"{SECTION}.05,",
    ]


def test_an_export_of_nothing_has_its_header(client: ContractClient) -> None:
    assert client.get("/v1/indicators.csv?plan=none&fields=id").get_data() == b"id\r\n"
    book = openpyxl.load_workbook(io.BytesIO(client.get("/v1/indicators.xlsx?plan=none&fields=id").get_data()))
    assert [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()] == [["id"]]
    assert client.get("/v1/indicators.ndjson?plan=none").get_data() == b""


def test_a_workbook_goes_on_on_another_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "SHEET", 2)
    body = b"".join(formats.workbook(["n"], [(number,) for number in range(5)]))
    book = openpyxl.load_workbook(io.BytesIO(body))
    values = [[cell.value for cell in sheet["A"]] for sheet in book.worksheets]
    assert values == [["n", 0, 1], ["n", 2, 3], ["n", 4]]


def test_the_same_store_gives_the_same_bytes(client: ContractClient) -> None:
    for form in ("csv", "ndjson", "xlsx"):
        first, second = (client.get(f"/v1/indicators.{form}") for _ in range(2))
        assert first.headers["ETag"] == second.headers["ETag"]
        assert first.get_data() == second.get_data()


def test_a_change_of_the_store_changes_the_validator_of_an_export(client: ContractClient, store: Path) -> None:
    before = client.get("/v1/plans.csv").headers["ETag"]
    writer = connection.open_writer(store)
    with connection.transaction(writer, "test"):
        writer.execute("UPDATE plan SET title = 'x', version = version + 1 WHERE id = 'hunnan-2021'")
    writer.close()
    assert client.get("/v1/plans.csv").headers["ETag"] != before


def test_an_export_keeps_to_one_state_of_the_store_while_another_writes(client: ContractClient, store: Path) -> None:
    answer = client.get("/v1/plans.ndjson", buffered=False)
    writer = connection.open_writer(store)
    with connection.transaction(writer, "test"):
        writer.execute("UPDATE plan SET title = 'changed', version = version + 1")
    writer.close()
    assert "changed" not in answer.get_data(as_text=True)
    assert "changed" in client.get("/v1/plans.ndjson").get_data(as_text=True)


@pytest.mark.parametrize("coding", ["gzip", "br"])
def test_a_compressed_export_begins_at_once_and_holds_little_back(coding: str) -> None:
    def rows() -> Iterator[bytes]:
        for number in range(300_000):
            read.append(number)
            yield b"%d,name of number %d\r\n" % (number, number * 7)

    read: list[int] = []
    packed = replies._compressed(rows(), coding)
    unpack = brotli.Decompressor().process if coding == "br" else zlib.decompressobj(31).decompress
    assert unpack(next(packed)) == b"0,name of number 0\r\n"
    assert len(unpack(next(packed))) > 1000
    assert len(read) < 30_000


def test_an_export_of_nothing_can_be_compressed(client: ContractClient) -> None:
    for coding, unpack in (("gzip", gzip.decompress), ("br", brotli.decompress)):
        packed = client.get("/v1/indicators.ndjson?plan=none", headers={"Accept-Encoding": coding})
        assert packed.headers["Content-Encoding"] == coding
        assert unpack(packed.get_data()) == b""


def test_an_export_names_its_file(client: ContractClient) -> None:
    disposition = client.get("/v1/milestones.xlsx").headers["Content-Disposition"]
    assert disposition == 'attachment; filename="milestones.xlsx"'


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[sqlite3.Connection]:
    """List the snapshots that are opened from now on."""
    found: list[sqlite3.Connection] = []
    snapshot = connection.snapshot
    monkeypatch.setattr(connection, "snapshot", lambda *given: found.append(snapshot(*given)) or found[-1])
    return found


def until(so: Callable[[], bool]) -> None:
    """Wait for what a thread of the service does."""
    for _ in range(1000):
        if so():
            return
        time.sleep(0.01)
    raise AssertionError


def closed(own: sqlite3.Connection) -> bool:
    try:
        return not own.execute("SELECT 1")
    except sqlite3.ProgrammingError:
        return True


def test_an_export_gives_its_connection_back_whether_it_succeeds_or_not(
    client: ContractClient, opened: list[sqlite3.Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get("/v1/plans.csv", buffered=True)
    monkeypatch.setattr(changes, "position", lambda _: 1 / 0)
    assert client.get("/v1/plans.csv").status_code == 500
    (own,) = opened
    assert not own.in_transaction


def test_an_export_that_nobody_reads_to_its_end_gives_its_connection_back(
    client: ContractClient, opened: list[sqlite3.Connection]
) -> None:
    answer = client.get("/v1/indicators.csv", buffered=False)
    assert opened[0].in_transaction
    answer.close()
    until(lambda: not opened[0].in_transaction)


def test_only_a_few_connections_are_kept_for_further_exports(
    client: ContractClient, opened: list[sqlite3.Connection]
) -> None:
    answers = [client.get("/v1/indicators.csv", buffered=False) for _ in range(connection.IDLE_MOST + 2)]
    for answer in answers:
        answer.close()
    until(lambda: sum(map(closed, opened)) == 2)
    client.get("/v1/plans.csv", buffered=True)
    assert len(opened) == connection.IDLE_MOST + 2


def test_an_export_of_the_past_closes_its_connection(client: ContractClient, opened: list[sqlite3.Connection]) -> None:
    client.get("/v1/plans.csv?as_of=2999-01-01T00:00:00Z")
    client.get(f"/v1/plans.csv?as_of={connection.now()}", buffered=True)
    assert list(map(closed, opened)) == [True, True]
