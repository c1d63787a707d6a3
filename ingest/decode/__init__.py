"""Convert the bytes of a document to its source text: lines, with headings marked # and tables as | a | b |."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from ingest.decode import html, office, pdf, plain, sheet
from ingest.decode.limits import LARGEST_FILE, LARGEST_TEXT, Unreadable, check_archive, check_size

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

__all__ = ["Decoded", "Unreadable", "decode", "load"]


class Decoded(NamedTuple):
    """The source text of a document, and whether it equals the file byte for byte."""

    text: str
    same: bool


def _of_archive(content: bytes) -> str:
    names = check_archive(content)
    if "word/document.xml" in names:
        return office.read(content)
    if "xl/workbook.xml" in names:
        return sheet.read_workbook(content)
    raise Unreadable(
        "It is a zip archive, but neither .docx nor .xlsx. Unpack it and give the documents in it one by one."
    )


def _reader(content: bytes, suffix: str) -> Callable[[bytes], str]:
    """Choose the decoder by the first bytes of a document. The file name matters only for text."""
    head = content[:1024].lstrip()
    if head.startswith(b"%PDF"):
        return pdf.read
    if head.startswith(b"PK\x03\x04"):
        return _of_archive
    if content.startswith(_OLE):
        raise Unreadable("It is an old .doc, .xls or .wps file. Save it as .docx, .xlsx or .pdf.")
    if suffix in {".html", ".htm", ".xhtml"} or head[:15].lower().startswith((b"<!doctype html", b"<html")):
        return html.read
    if suffix in {".csv", ".tsv"}:
        return sheet.read_csv
    return plain.read


def decode(content: bytes, suffix: str = "") -> Decoded:
    """Decode a document. Raises Unreadable with advice for the user if it cannot be read."""
    check_size(len(content), LARGEST_FILE)
    if not content:
        raise Unreadable("It is empty.")
    read = _reader(content, suffix.lower())
    try:
        text = read(content)
    except Unreadable:
        raise
    except Exception as error:
        # Four libraries read formats that anybody can damage in any way; whatever they raise means just this.
        raise Unreadable(f"It is damaged: {type(error).__name__} while reading it.") from error
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > LARGEST_TEXT:
        raise Unreadable(f"Its text has {len(text):,} characters; at most {LARGEST_TEXT:,} are read. Split it.")
    if not text.strip():
        raise Unreadable("It has no text. If it is a scan, put it through text recognition first.")
    return Decoded(text, text.encode("utf-8", "surrogatepass") == content)


def load(path: Path) -> Decoded:
    """Decode a file, after checking its size. Raises Unreadable, or OSError if it cannot be opened."""
    check_size(path.stat().st_size, LARGEST_FILE)
    return decode(path.read_bytes(), path.suffix)
