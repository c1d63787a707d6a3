"""Limits on documents, checked before anything is decompressed or parsed."""

import io
import zipfile

LARGEST_FILE = 64 * 1024 * 1024
LARGEST_INFLATED = 128 * 1024 * 1024
LARGEST_TEXT = 2_000_000
MOST_ENTRIES = 5_000
MOST_CELLS = 500_000
MOST_PAGES = 2_000

_CHUNK = 1024 * 1024
_FORBIDDEN = (b"<!DOCTYPE", b"<!ENTITY")


class Unreadable(ValueError):  # noqa: N818  # read aloud it says what is the matter
    """A document that cannot be read. The message is for the user."""


def check_size(size: int, largest: int) -> None:
    """Raise Unreadable if a file is larger than `largest` bytes."""
    if size > largest:
        raise Unreadable(f"It has {size / 1024 / 1024:,.0f} MB; at most {largest / 1024 / 1024:,.0f} MB are read.")


def check_archive(content: bytes) -> set[str]:
    """Check a ZIP archive and return the names of its entries. Raises Unreadable if it exceeds a limit or defines XML entities.

    Declared sizes are checked first. Decompressed bytes are counted too, because headers can be false. Archives in the
    archive are never opened.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        if len(entries) > MOST_ENTRIES:
            raise Unreadable(f"It is an archive of {len(entries):,} entries; at most {MOST_ENTRIES:,} are read.")
        declared = sum(entry.file_size for entry in entries)
        if declared > LARGEST_INFLATED:
            raise Unreadable(
                f"It inflates to {declared / 1024 / 1024:,.0f} MB; at most {LARGEST_INFLATED / 1024 / 1024:,.0f} MB are read."
            )
        for entry in entries:
            if entry.flag_bits & 1:
                raise Unreadable("It is protected with a password. Save it without one.")
            if entry.filename.endswith((".xml", ".rels")):
                with archive.open(entry) as part:
                    head = part.read(_CHUNK).replace(b"\0", b"")
                if any(word in head for word in _FORBIDDEN):
                    raise Unreadable("It defines XML entities, which office documents do not need, so it was not read.")
        return {entry.filename for entry in entries}
