"""Answers: the format a caller accepts, a strong validator, 304, compression."""

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import brotli
import xxhash
from flask import Response, request
from werkzeug.http import parse_accept_header

from api.reply.problems import Problem, fault

written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""Write compact JSON; json.dumps would make an encoder for each text."""

JSON = "application/json"
JSON_ONLY = {"json": JSON}
REVALIDATE = "public, no-cache"
"""Everything may be kept, and is asked for again with its validator: a changed target is never shown as it was."""
FOR_EVER = "public, max-age=31536000, immutable"
"""Never asked for again: its URL says of what it is."""
SMALLEST = 500
"""Bytes below which compression costs more than it saves."""
VARY = "Accept, Accept-Encoding"
WINDOW = 18
"""Brotli holds back two windows, of 2**18 bytes here and of 2**22 as a rule, and takes as much memory."""


def negotiate(offered: Mapping[str, str] = JSON_ONLY) -> str:
    """Return the name of the format that Accept likes best, the first when it does not care; 406 if none will do."""
    name = best(request.environ.get("HTTP_ACCEPT", ""), tuple(offered.items()))
    if name is None:
        faults = [fault("Accept", "Must allow one of the formats of this URL.", sorted(offered.values()))]
        raise Problem("not-acceptable", f"This URL offers {', '.join(offered.values())}.", faults)
    return name


@lru_cache(maxsize=1000)
def best(accept: str, offered: tuple[tuple[str, str], ...]) -> str | None:
    """Return the name of the media type that an Accept header likes best, None if none will do."""
    wanted = accepted(accept)
    name, media = max(offered, key=lambda each: _quality(wanted, each[1]))
    return name if _quality(wanted, media) else None


def accepted(accept: str) -> dict[str, float]:
    """Read an Accept header into {media range: quality} (RFC 9110, 12.5.1); none is anything.

    Parameters other than q are passed over: a client that asks for JSON in UTF-8 means the JSON there is. So is what
    old clients write for `*/*;q=0.2`.
    """
    ranges: dict[str, float] = {}
    for part in filter(str.strip, accept.split(",")):
        media, *parameters = (piece.strip().lower() for piece in part.split(";"))
        given = [piece.removeprefix("q=") for piece in parameters if piece.startswith("q=")]
        try:
            quality = min(float(given[0]), 1.0) if given else 1.0
        except ValueError:
            quality = 1.0
        ranges["*/*" if media == "*" else media] = quality
    return ranges or {"*/*": 1.0}


def _quality(wanted: dict[str, float], media: str) -> float:
    """Return how much a media type is wanted: by its own name, else by its group, else by `*/*`."""
    group = f"{media.partition('/')[0]}/*"
    return next((wanted[name] for name in (media, group, "*/*") if name in wanted), 0.0)


def document(members: Any, media_type: str = JSON, cache: str = REVALIDATE) -> Response:
    """Answer with a JSON document built in Python."""
    return text(written(members), media_type, cache)


def text(body: str | bytes, media_type: str = JSON, cache: str = REVALIDATE, mark: str = "") -> Response:
    """Answer with a finished body: compressed if the caller takes that, 304 if the caller has it.

    Its validator begins with `mark`, by which api.request.preconditions knows the state that it is of.
    """
    plain = body.encode() if isinstance(body, str) else body
    coding = coding_for(request.environ.get("HTTP_ACCEPT_ENCODING", "")) if len(plain) >= SMALLEST else None
    head, unchanged = _head(media_type, cache, validator(plain, mark), coding)
    if unchanged:
        return _not_modified(head)
    return Whole(_compress(plain, coding) if coding else plain, headers=head)


class Whole(Response):
    """Hold an answer that is there as bytes, with its length: to look for what may be missing costs 15 µs."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        """Give it out."""
        start_response(self.status, self.headers.to_wsgi_list())
        body: Any = self.response
        return [] if environ["REQUEST_METHOD"] == "HEAD" else body


def stream(chunks: Iterable[bytes], media_type: str, state: str, *, packed: bool = False) -> Response:
    """Answer with a body that is written as it is read; `state` stands for its bytes in the validator."""
    coding = None if packed else coding_for(request.environ.get("HTTP_ACCEPT_ENCODING", ""))
    charset = "; charset=utf-8" if media_type.startswith("text/") else ""
    head, unchanged = _head(media_type + charset, REVALIDATE, validator(state.encode()), coding)
    if unchanged:
        return _not_modified(head)
    return Response(_compressed(chunks, coding) if coding else chunks, headers=head)


def validator(body: bytes, mark: str = "") -> str:
    """Write the validator of these bytes: it tells our own answers apart, so it need not withstand forgers."""
    return mark + xxhash.xxh3_128_hexdigest(body)[:24]


@lru_cache(maxsize=1000)
def coding_for(accept_encoding: str) -> str | None:
    """Return the content coding to use for an Accept-Encoding, None for none (RFC 9110, 12.5.3)."""
    accepted = parse_accept_header(accept_encoding)
    best = max(("br", "gzip"), key=accepted.quality)
    return best if accepted.quality(best) > 0 else None


def _head(media_type: str, cache: str, tag: str, coding: str | None) -> tuple[list[tuple[str, str]], bool]:
    """Write the header fields of an answer, its validator that of this coding's bytes; tell if the caller has them."""
    etag = f"{tag}-{coding}" if coding else tag
    head = [("Content-Type", media_type), ("Cache-Control", cache), ("Vary", VARY), ("ETag", f'"{etag}"')]
    if coding:
        head.append(("Content-Encoding", coding))
    return head, "HTTP_IF_NONE_MATCH" in request.environ and request.if_none_match.contains_weak(etag)


def _not_modified(head: list[tuple[str, str]]) -> Response:
    response = Response(status=304, headers=head)
    del response.headers["Content-Type"]
    return response


def _compress(plain: bytes, coding: str) -> bytes:
    if coding == "br":
        packed: bytes = brotli.compress(plain, quality=4)
        return packed
    return gzip.compress(plain, compresslevel=5, mtime=0)


def _compressed(chunks: Iterable[bytes], coding: str) -> Iterator[bytes]:
    """Compress a stream: what has been written is given out at once at first, and then now and then."""
    source = iter(chunks)
    if coding == "br":
        compressor = brotli.Compressor(quality=4, lgwin=WINDOW)
        yield compressor.process(next(source, b"")) + compressor.flush()
        yield from filter(None, map(compressor.process, source))
        yield compressor.finish()
    else:
        packer = zlib.compressobj(5, zlib.DEFLATED, 31)
        yield packer.compress(next(source, b"")) + packer.flush(zlib.Z_SYNC_FLUSH)
        yield from filter(None, map(packer.compress, source))
        yield packer.flush()
