"""Search over indicators, milestones and sections."""

import json
from typing import Any

from flask import Blueprint, Response

from api.operation import operation
from api.reading import ask, one_state, plans_of
from api.reply.links import link, next_page
from api.reply.replies import document, negotiate
from api.request import cursor
from api.request.parse import parameters
from db import lists, search
from db.text.fold import ranges
from schema.answers.search import SEARCHED, SearchQuerySchema, SearchSchema

blueprint = Blueprint("search", __name__)

QUERY = SearchQuerySchema()


@blueprint.get("/search")
@operation("Search", "/v1/search?q=知识产权&plan=hunnan-2021", query=QUERY, answer=SearchSchema)
def search_plans() -> Response:
    """Search indicators, milestones and sections.

    Returns the items that contain every word of `q` in title, title_en, name, name_en or lead_department. Indicators
    come first, then milestones, then sections. Each group is sorted by relevance: the position of the first word, then
    the length of the text. A group with more than 1000 matches is sorted by plan, in the order of loading.
    """
    negotiate()
    given = parameters(QUERY)
    wanted, limit = given.pop("resource", SEARCHED), given.pop("limit")
    asked = ask(given)
    with one_state(given.get("as_of"), plans_of(asked.filters)) as connection:
        pending = search.statements(connection, wanted, asked)
        sealed = {cursor.seal(statement): statement for statement in pending}
        digest, keys = next(iter(sealed)), None
        if "after" in given:
            digest, keys = cursor.read(given["after"], {key: len(each.keys) for key, each in sealed.items()})
        hits: list[dict[str, Any]] = []
        place, url = "", None
        for key, statement in list(sealed.items())[list(sealed).index(digest) :]:
            page = lists.page(connection, statement, search.hit(statement.resource), limit - len(hits), keys)
            if page.members:
                hits += json.loads(b"[%b]" % page.members)
                place = cursor.write(key, page.last)
            if page.more:
                url = next_page(after=place)
                break
            keys = None
    response = document({"data": [_marked(hit, given["q"]) for hit in hits], "next": url})
    if url:
        response.headers["Link"] = f'<{url}>; rel="next"'
    return response


def _marked(hit: dict[str, Any], words: str) -> dict[str, Any]:
    """Add to a hit the places that match (offsets in code points) and its URL."""
    members = ("title", "title_en") if hit["resource"] == "section" else ("name", "name_en", "lead_department")
    values = (hit["name"], hit["name_en"], hit["lead_department"])
    places = [(member, ranges(value or "", words)) for member, value in zip(members, values, strict=False)]
    hit["matches"] = [{"field": member, "ranges": found} for member, found in places if found]
    hit["url"] = link(f"/v1/{hit['resource']}s/{hit['id']}")
    return hit
