"""Sections: list, export, one; create, change, delete."""

from flask import Blueprint, Response

from api.operation import operation
from api.reading import export, item, listing
from api.reply.formats import EXPORTS
from api.writing import WRITE, Kind, change, create, remove
from db.sections import SECTION
from schema.bodies import SectionCreateSchema
from schema.section import (
    SectionExportQuerySchema,
    SectionFactsSchema,
    SectionItemQuerySchema,
    SectionQuerySchema,
    SectionSchema,
)

blueprint = Blueprint("sections", __name__)

PAGE = SectionQuerySchema()
EXPORT = SectionExportQuerySchema()
ITEM = SectionItemQuerySchema()


@blueprint.get("/sections")
@operation(
    "Sections",
    "/v1/sections?plan=hunnan-2021&depth=1&limit=2",
    query=PAGE,
    answer=SectionSchema,
    paged=True,
    sparse=True,
)
def list_sections() -> Response:
    """List sections.

    Returns the sections of plans, by default in document order.
    """
    return listing(SECTION, PAGE, EXPORT)


@blueprint.get("/sections.<any(csv, ndjson, xlsx):format>")
@operation(
    "Sections",
    "/v1/sections.csv?plan=hunnan-2021&depth=1&fields=id,number,title,title_en",
    query=EXPORT,
    formats=EXPORTS,
)
def export_sections(format: str) -> Response:  # noqa: A002  (the path calls it so)
    """Export sections.

    Returns all sections that match as one file. It is streamed from one state of the store.
    """
    return export(SECTION, EXPORT, format)


@blueprint.get("/sections/<section_id>")
@operation("Sections", "/v1/sections/hunnan-2021.2.2", query=ITEM, answer=SectionSchema, sparse=True)
def get_section(section_id: str) -> Response:
    """Get a section.

    Returns one section, with counts of items below it.
    """
    return item(SECTION, section_id, ITEM)


KIND = Kind(SECTION, "sections", SectionCreateSchema(), SectionFactsSchema(), "plan_id")


@blueprint.post("/sections")
@operation(
    "Sections",
    "/v1/sections",
    query=WRITE,
    scope="edit",
    body=SectionCreateSchema,
    sent={
        "plan_id": "hunnan-2021",
        "parent_id": "hunnan-2021.2",
        "title": "建设开放平台",
        "title_en": "Build platforms for opening-up",
    },
    answer=SectionSchema,
    status=201,
)
def create_section() -> Response:
    """Create a section.

    Adds a section after the others of its parent. If they are left out, the number is the next one, and the id is
    derived from it.
    """
    return create(KIND)


@blueprint.patch("/sections/<section_id>")
@operation(
    "Sections",
    "/v1/sections/hunnan-2021.2.2",
    query=WRITE,
    scope="edit",
    body=SectionFactsSchema,
    sent={"title_en": "Pool the resources of innovation"},
    patch=True,
    answer=SectionSchema,
)
def patch_section(section_id: str) -> Response:
    """Change a section.

    Changes the members in the body. A new parent_id moves the section with everything below it; ids do not change.
    """
    return change(KIND, section_id)


@blueprint.delete("/sections/<section_id>")
@operation("Sections", "/v1/sections/hunnan-2021.2.2", query=WRITE, scope="edit", status=204)
def delete_section(section_id: str) -> Response:
    """Delete a section.

    Removes an empty section. Otherwise the answer is 409 and names the items below it.
    """
    return remove(KIND, section_id)
