"""Decode .pdf files with a text layer, without repeated headers and footers."""

import io
import logging
import re
from collections import Counter

from pypdf import PdfReader

from ingest.decode.limits import LARGEST_TEXT, MOST_PAGES, Unreadable

_PAGE_NUMBER = re.compile(r"\s*(?:[-—–]\s*)?(?:第\s*)?\d{1,4}(?:\s*页)?(?:\s*[-—–/]\s*(?:\d{1,4})?)?\s*")
_REPEATED = 0.5
_FEW_PAGES = 3


def _without_furniture(pages: list[list[str]]) -> list[str]:
    """Drop page numbers, and lines at the top or bottom of at least half the pages."""
    edges = Counter(line.strip() for page in pages for line in {*page[:2], *page[-2:]})
    often = {line for line, times in edges.items() if len(pages) >= _FEW_PAGES and times >= _REPEATED * len(pages)}
    return [
        line
        for page in pages
        for line in page
        if line.strip() and line.strip() not in often and not _PAGE_NUMBER.fullmatch(line)
    ]


def read(content: bytes) -> str:
    """Return the lines of all pages. Raises Unreadable if there is a password, no text or too much text."""
    # What pypdf has to say about a bent file is of no use to the reader of the command's output.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    document = PdfReader(io.BytesIO(content))
    if document.is_encrypted and not document.decrypt(""):
        raise Unreadable("It is protected with a password. Save it without one.")
    if len(document.pages) > MOST_PAGES:
        raise Unreadable(f"It has {len(document.pages):,} pages; at most {MOST_PAGES:,} are read. Split it.")
    pages: list[list[str]] = []
    size = 0
    for page in document.pages:
        text = page.extract_text()
        size += len(text)
        if size > LARGEST_TEXT:
            raise Unreadable(f"Its text has more than {LARGEST_TEXT:,} characters. Split it.")
        pages.append([line for line in text.splitlines() if line.strip()])
    return "\n".join(_without_furniture(pages))
