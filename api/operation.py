"""The description of a view for the contract, stored on the view; spec reads it."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from marshmallow import Schema

View = TypeVar("View", bound=Callable[..., Any])


class Operation(NamedTuple):
    """Describe an operation: its tag, parameters, answer, and an example URL, whose real answer is the example.

    `answer` is a schema (with `paged`, a page of it), or None for a JSON document described by `document`;
    `formats` lists the media types of a file. Of a write: the scope it needs, the schema of its body (`patch`: any part
    of it, as a merge patch), the status of success; and what is sent to the example URL.
    """

    tag: str
    example: str
    query: Schema | None = None
    answer: Any = None
    paged: bool = False
    sparse: bool = False
    document: dict[str, Any] | None = None
    formats: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    scope: str = ""
    body: Any = None
    sent: Any = None
    patch: bool = False
    status: int = 200


def operation(tag: str, example: str, **parts: Any) -> Callable[[View], View]:
    """Attach the description of an operation to its view."""

    def attach(view: View) -> View:
        view.operation = Operation(tag, example, **parts)  # type: ignore[attr-defined]
        return view

    return attach


def of(view: Callable[..., Any]) -> Operation:
    """Return the description of a view."""
    found: Operation = view.operation  # type: ignore[attr-defined]
    return found
