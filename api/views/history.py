"""History: every change of one item, newest first, with the records before and after it."""

from flask import Blueprint, Response

from api.operation import View, operation
from api.reading import export, listing
from api.reply.formats import EXPORTS
from db.log import history
from schema.answers.change import HISTORIES, HISTORY_EXPORTS, HISTORY_PAGES

blueprint = Blueprint("history", __name__)

EXAMPLES = {
    "plan": "hunnan-2021",
    "section": "hunnan-2021.2.2",
    "indicator": "hunnan-2021.2.2.01",
    "milestone": "hunnan-2021.2.2.m01",
    "deadline": "hunnan-2021.due-2021-12-31",
    "observation": "hunnan-2021.2.2.01.2021-q1",
}


def _register(name: str) -> None:
    """Add the list and the export of the history of a resource."""
    resource = history.RESOURCES[name]
    path, example = f"/{name}s/<{name}_id>/history", f"/v1/{name}s/{EXAMPLES[name]}/history"
    page, whole = HISTORY_PAGES[name](), HISTORY_EXPORTS[name]()
    tag, thing = f"{name.capitalize()}s", f"{'an' if name[0] in 'io' else 'a'} {name}"

    def listed(**given: str) -> Response:
        key = given[f"{name}_id"]
        owner = (history.known, resource, key)
        return listing(history.of(resource), page, whole, owner, of=[name], id=[key])

    def exported(format: str, **given: str) -> Response:  # noqa: A002  (the path calls it so)
        key = given[f"{name}_id"]
        owner = (history.known, resource, key)
        return export(history.of(resource), whole, format, owner, of=[name], id=[key])

    described = operation(tag, example, query=page, answer=HISTORIES[name], paged=True, sparse=True)
    _add(
        path,
        described(listed),
        f"list_{name}_history",
        f"""List the changes of {thing}.

Returns who changed it and when, with the records before and after; newest first. A deleted item
keeps its history.""",
    )
    described = operation(tag, f"{example}.csv", query=whole, formats=EXPORTS)
    _add(f"{path}.<any(csv, ndjson, xlsx):format>", described(exported), f"export_{name}_history",
         f"""Export the changes of {thing}.

Returns the whole history as one file.""")  # fmt: skip


def _add(path: str, view: View, name: str, text: str) -> None:
    view.__name__, view.__doc__ = name, text
    blueprint.add_url_rule(path, name, view)


for _name in HISTORIES:
    _register(_name)
