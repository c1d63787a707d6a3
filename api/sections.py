"""Sections: list, export, one."""

from flask import Blueprint, Response

from api.operation import operation
from api.reading import export, item, listing
from db.sections import SECTION
from schema.section import SectionExportQuerySchema, SectionItemQuerySchema, SectionQuerySchema, SectionSchema

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

    The headings of plans, in document order.
    """
    return listing(SECTION, PAGE, EXPORT)


@blueprint.get("/sections.<any(csv, ndjson, xlsx):format>")
@operation(
    "Sections",
    "/v1/sections.csv?plan=hunnan-2021&depth=1&fields=id,number,title,title_en",
    query=EXPORT,
    formats=("csv", "ndjson", "xlsx"),
)
def export_sections(format: str) -> Response:  # noqa: A002  (the path calls it so)
    """Export sections.

    All sections that match, as one file, streamed from one state of the store.
    """
    return export(SECTION, EXPORT, format)


@blueprint.get("/sections/<section_id>")
@operation("Sections", "/v1/sections/hunnan-2021.2.2", query=ITEM, answer=SectionSchema, sparse=True)
def get_section(section_id: str) -> Response:
    """Get a section.

    One heading, with the counts of all below it.
    """
    return item(SECTION, section_id, ITEM)
