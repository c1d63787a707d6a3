"""Decode plain text and Markdown: UTF-8, UTF-16 with a byte order mark, GB18030."""

import codecs

from ingest.decode.limits import Unreadable

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CONTROLS = frozenset(chr(code) for code in (*range(9), *range(14, 27)))
_CONTROL_SHARE = 0.01


def read(content: bytes) -> str:
    """Decode the bytes of a text. Raises Unreadable for bytes that are not text."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding)
    for encoding in ("utf-8", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if sum(character in _CONTROLS for character in text) > _CONTROL_SHARE * len(text):
            break
        return text
    raise Unreadable("It is neither text in UTF-8 or GB18030, nor HTML, .docx, .pdf, .xlsx or .csv.")
