"""The service document, problem types, liveness and readiness."""

from flask import Blueprint, Response

from api.operation import operation
from api.reading import context
from api.reply.formats import MEDIA_TYPES
from api.reply.links import link, settings
from api.reply.problems import PROBLEMS, Problem, missing
from api.reply.replies import document, negotiate
from api.request.parse import parameters
from api.request.store import store
from api.version import LICENCE, NAME, VERSION
from db import connection
from db.log import changes
from schema.answers.service import ProblemTypeSchema, ProblemTypesSchema, ServiceSchema
from schema.bodies import BODY_BYTES, DOCUMENT_BYTES
from schema.query import LIMIT_DEFAULT, LIMIT_MOST, QUERY_BYTES, VALUES_MOST, AsOfQuerySchema, NoParametersSchema

blueprint = Blueprint("service", __name__)
root = Blueprint("root", __name__)

NOTHING = NoParametersSchema()
SERVICE = AsOfQuerySchema()

PATHS = {
    "self": "/v1",
    "plans": "/v1/plans",
    "sections": "/v1/sections",
    "indicators": "/v1/indicators",
    "milestones": "/v1/milestones",
    "deadlines": "/v1/deadlines",
    "observations": "/v1/observations",
    "summary": "/v1/indicators/summary",
    "search": "/v1/search",
    "changes": "/v1/changes",
    "vocabularies": "/v1/vocabularies",
    "problems": "/v1/problems",
    "docs": "/docs",
    "openapi": "/openapi.json",
    "calendar": "/v1/deadlines.ics",
}


@blueprint.get("", strict_slashes=False)  # the contract's server /v1 and path / make /v1/
@operation("Service", "/v1", query=SERVICE, answer=ServiceSchema)
def get_service() -> Response:
    """Get the service document.

    Returns the links, the edition of the data, the limits, the formats and the licence.
    """
    negotiate()
    given = parameters(SERVICE)
    at = context(given)
    edition, updated_at = changes.latest(store(given.get("as_of")))
    return document(
        {
            "name": NAME,
            "version": VERSION,
            "edition": edition,
            "updated_at": updated_at,
            "today": at["status_at"],
            "timezone": settings().timezone.key,
            "status_rule": at["rule"],
            "licence": LICENCE,
            "limits": {
                "page_default": LIMIT_DEFAULT,
                "page_most": LIMIT_MOST,
                "values_most": VALUES_MOST,
                "query_bytes": QUERY_BYTES,
                "body_bytes": BODY_BYTES,
                "document_bytes": DOCUMENT_BYTES,
                "rate": ", ".join(map(str, settings().quotas)) or None,
            },
            "formats": list(MEDIA_TYPES.values()),
            "links": {name: link(path) for name, path in PATHS.items()},
        }
    )


@blueprint.get("/problems")
@operation("Service", "/v1/problems", query=NOTHING, answer=ProblemTypesSchema)
def list_problems() -> Response:
    """List the problem types.

    Returns every problem type. The name is the last part of the `type` of a problem.
    """
    negotiate()
    parameters(NOTHING)
    return document({"data": [{"name": name, **kind._asdict()} for name, kind in PROBLEMS.items()]})


@blueprint.get("/problems/<problem_name>")
@operation("Service", "/v1/problems/invalid-parameter", query=NOTHING, answer=ProblemTypeSchema)
def get_problem(problem_name: str) -> Response:
    """Get a problem type.

    Explains a problem type. This is the URL in the `type` of a problem.
    """
    negotiate()
    parameters(NOTHING)
    if problem_name not in PROBLEMS:
        raise missing("problem_name", "problem")
    return document({"name": problem_name, **PROBLEMS[problem_name]._asdict()})


@root.get("/")
def get_root() -> Response:
    """Redirect from / to the documentation."""
    return Response(status=302, headers={"Location": link("/docs"), "Cache-Control": "no-store"})


@root.get("/.well-known/api-catalog")
def get_api_catalog() -> Response:
    """Point to the API, its contract and its documentation (RFC 9727)."""
    links = {
        "anchor": link("/v1"),
        "service-desc": [
            {"href": link("/openapi.json"), "type": "application/json"},
            {"href": link("/openapi.yaml"), "type": "application/yaml"},
        ],
        "service-doc": [{"href": link("/docs"), "type": "text/html"}],
        "status": [{"href": link("/readyz"), "type": "application/json"}],
    }
    response = document(
        {"linkset": [links]}, 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'
    )
    response.headers["Link"] = f'<{link("/.well-known/api-catalog")}>; rel="api-catalog"'
    return response


@root.get("/healthz")
def get_health() -> Response:
    """Report that the process is alive, without reading the store."""
    return document({"status": "ok"}, cache="no-store")


@root.get("/readyz")
def get_readiness() -> Response:
    """Report that the store can be read and has the schema of this version; 503 otherwise."""
    if connection.lacking(store()):
        raise Problem("store-unavailable", "The store has the schema of another version.")
    return document({"status": "ready", "edition": changes.latest(store())[0]}, cache="no-store")
