"""The API's documentation (OpenAPI 3.1), from the models that check what comes in and hold what goes out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import TypedDict, cast, get_args, get_origin

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaValue, models_json_schema

from backorder.problems import MEDIA_TYPE
from backorder.schemas import Incoming
from web.answer_examples import AnswerExamples
from web.calls import SHAPES
from web.documented import Documented
from web.event_webhooks import webhooks
from web.field_words import PARAMETER_WORDS
from web.problem_examples import problem_examples
from web.shapes import Items, Shape
from web.shared_components import Part, SharedComponents

VERSION = version("backorder")
_REF = "#/components/schemas/{model}"
_ALWAYS = (400, 401, 403, 422, 429, 500, 503)
_WITH_BODY = (408, 413, 415)
_WORDS = {
    200: "As asked.",
    201: "It is new.",
    202: "It is on record, and is ruled on or taken up once Temporal and a worker are there.",
    204: "Done.",
    304: "The caller has it already.",
    400: "The request is no HTTP or JSON that can be read.",
    401: "A key is needed.",
    403: "The key may not do this.",
    404: "There is no such thing.",
    408: "The body came too slowly.",
    409: "The same ID was used with other content, or as things stand this cannot be done.",
    412: "It was changed meanwhile: read it again.",
    413: "The body is too large.",
    415: "The body is not of a type that is taken.",
    422: "Fields are wrong; each has an entry.",
    429: "Too many requests of this key; Retry-After says when to try again.",
    500: "A defect of the program.",
    503: "Something that is needed does not answer, or too many wait for it already; try again.",
}
_PROBLEM: Mapping[str, object] = {
    "title": "Problem",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "description": "urn:backorder:…, or about:blank"},
        "title": {"type": "string", "description": "What kind of fault it is, in words."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {"type": "string", "description": "What is wrong, in words."},
        "errors": {
            "type": "array",
            "description": "One entry for each faulty field.",
            "items": {
                "type": "object",
                "required": ["field", "detail"],
                "properties": {
                    "field": {"type": "string", "description": "Which one, like lines.0.quantity."},
                    "detail": {"type": "string", "description": "What is wrong with it, in words."},
                },
            },
        },
    },
}


def document(app: FastAPI) -> dict[str, object]:
    """The whole document; made once."""
    if app.openapi_schema is None:
        app.openapi_schema = _document(app)
    return app.openapi_schema


def _document(app: FastAPI) -> dict[str, object]:
    found = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version="3.1.0",
        summary="Order lines that wait: an honest date for every customer, news before it slips, an ending.",
        description=_DESCRIPTION,
        routes=app.routes,
    )
    schemas, shared = _Schemas(), SharedComponents()
    for path, methods in found["paths"].items():
        for method, operation in methods.items():
            shape = SHAPES.get(operation["operationId"])
            if shape is not None:
                _describe(f"{method.upper()} {path}", operation, shape, schemas, shared)
                for each in operation.get("parameters", ()):
                    each.setdefault("description", PARAMETER_WORDS.get(each["name"], ""))
                operation.setdefault("parameters", []).extend(
                    shared.parameters.referred(str(each["name"]), each) for each in _headers_of(method, shape)
                )
    components = found.setdefault("components", {})
    components |= shared.all() | {"schemas": schemas.all() | {"Problem": _PROBLEM}}
    components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    found["security"] = [{"key": []}]
    found["webhooks"] = webhooks()
    return found


_DESCRIPTION = """Days are ISO dates in the shop's time zone; instants are UTC with Z; money is a decimal
string beside an ISO 4217 currency; an ID is any text, percent-encoded in paths. Errors are problem objects
(RFC 9457) with an entry for each faulty field. What has an ID of its own may be said again: the same content
changes nothing, other content is 409. What has none takes an `Idempotency-Key`, which is remembered for 24
hours. Lists go page by page: `cursor` is where the next page begins. Reads have an `ETag`."""


_NO_KEY = "It takes no `Idempotency-Key`, and looks at none that is sent: the same body again is found again."
_Operation = TypedDict(
    "_Operation",
    {
        "x-roles": Sequence[str],
        "description": str,
        "parameters": list[Mapping[str, object]],
        "requestBody": Mapping[str, object],
        "responses": Mapping[str, object],
    },
    total=False,
)
"""What is said here of a call; the framework says more."""


def _describe(
    call: str, operation: _Operation, shape: Shape, schemas: _Schemas, shared: SharedComponents
) -> None:
    roles = operation.get("x-roles", ())
    operation["description"] = f"{operation.get('description', '')}\n\nRoles: {', '.join(roles)}.".strip()
    if shape.body is not None:
        content: dict[str, object] = {"schema": schemas.incoming(shape)}
        if shape.example is not None:
            content["example"] = dict(shape.example)
        operation["requestBody"] = {"required": not shape.optional, "content": {"application/json": content}}
    if shape.texts:
        operation["description"] += f"\n\n{_NO_KEY}"
        # Lines are judged one by one: nothing that a schema could say makes a whole body wrong.
        text: Mapping[str, object] = {}
        kinds = {kind: {"schema": text, "example": words} for kind, words in shape.texts.items()}
        operation["requestBody"] = {"required": True, "content": kinds}
    problems = {*_ALWAYS, *shape.problems, *(_WITH_BODY if shape.body or shape.texts else ())}
    operation["responses"] = {
        str(status): _answer(status, call, kind, shape, schemas, shared)
        for status, kind in shape.answers.items()
    } | {str(status): _problem(status, call, shape, shared) for status in sorted(problems)}


def _takes_key(method: str, shape: Shape) -> bool:
    """Whether a call counts once under an Idempotency-Key."""
    return method != "get" and not shape.texts


def _headers_of(method: str, shape: Shape) -> Iterator[Mapping[str, object]]:
    """The headers that a call takes."""
    if _takes_key(method, shape):
        yield _IDEMPOTENCY
    if 412 in shape.problems:
        yield _header("If-Match", "Only if it stands as in the answer with this ETag; * is as it stands now.")
    if 304 in shape.answers:
        yield _header("If-None-Match", "The ETag of the answer that the caller has.")
    elif method == "put" and 412 in shape.problems:
        yield _header("If-None-Match", "* keeps only what is new.")


def _header(name: str, words: str) -> Mapping[str, object]:
    return {"name": name, "in": "header", "description": words, "schema": {"type": "string"}}


def _said(words: str, kind: str = "string") -> Mapping[str, object]:
    return {"description": words, "schema": {"type": kind}}


_LIMITS = {
    "RateLimit-Limit": _said("Calls that this key may make at once.", "integer"),
    "RateLimit-Remaining": _said("Calls that are left of them.", "integer"),
    "RateLimit-Reset": _said("Seconds until all of them are there again.", "integer"),
}
_RETRY = {"Retry-After": _said("Seconds until it is worth another try.", "integer")}
_ETAG = {"ETag": _said("For If-None-Match and If-Match.")}
_LOCATION = {"Location": _said("Where it can be read.")}


def _headers_out(call: str, kind: object, shape: Shape) -> Mapping[str, Part]:
    """The headers of an answer."""
    found = dict(_LIMITS)
    if 304 in shape.answers or (412 in shape.problems and call.startswith("PUT ")):
        found |= _ETAG
    if 202 in shape.answers and "url" in getattr(kind, "__dataclass_fields__", {}):
        found |= _LOCATION
    return found


_IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key with the same body is done once, for 24 hours; with another body it is 422.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$"},
}


def _answer(
    status: int, call: str, kind: object, shape: Shape, schemas: _Schemas, shared: SharedComponents
) -> Part:
    found: dict[str, object] = {
        "description": _WORDS[status],
        "headers": shared.headers.each(_headers_out(call, kind, shape)),
    }
    if kind is None:
        return shared.responses.referred(str(status), found)
    schema = schemas.outgoing(kind)
    found["content"] = {shape.out: {"schema": schema, "example": schemas.example(schema, status)}} | {
        form: {"schema": {"type": "string"}, "example": words} for form, words in shape.forms.items()
    }
    return found


def _problem(status: int, call: str, shape: Shape, shared: SharedComponents) -> Part:
    keyed = _takes_key(call.partition(" ")[0].lower(), shape)
    content = {
        "schema": {"$ref": "#/components/schemas/Problem"},
        "examples": shared.examples.each(problem_examples(status, call, keyed=keyed)),
    }
    found: dict[str, object] = {"description": _WORDS[status], "content": {MEDIA_TYPE: content}}
    if status in (429, 503):
        found["headers"] = shared.headers.each(_RETRY)
    return shared.responses.referred(str(status), found)


class _Schemas:
    """The components that calls refer to."""

    def __init__(self) -> None:
        self._found: dict[str, JsonSchemaValue] = {}

    def all(self) -> dict[str, JsonSchemaValue]:
        return dict(sorted(self._found.items()))

    def incoming(self, shape: Shape) -> JsonSchemaValue:
        """What goes in: the model, without what the path says, and with what is made up as optional."""
        schema = self._model(shape.body) if shape.body else {}
        if not shape.left_out and not shape.made_up:
            return schema
        name = schema["$ref"].rpartition("/")[2]
        whole = dict(self._found[name])
        fields = {key: value for key, value in whole["properties"].items() if key not in shape.left_out}
        required = [key for key in whole.get("required", ()) if key not in (*shape.left_out, *shape.made_up)]
        whole["properties"] = fields
        whole.pop("required", None)
        if required:
            whole["required"] = required
        return whole

    def example(self, schema: JsonSchemaValue, status: int) -> object:
        """What an answer looks like."""
        return AnswerExamples(self._found).of(schema, status)

    def outgoing(self, kind: object) -> JsonSchemaValue:
        """What comes out: a dataclass of the queries."""
        if get_origin(kind) is Items:
            return self._items(kind)
        schema = TypeAdapter(cast("type[object]", kind)).json_schema(
            ref_template=_REF, mode="serialization", schema_generator=Documented
        )
        for name, each in schema.pop("$defs", {}).items():
            self._keep(name, each)
        if "title" in schema and schema.get("type") == "object" and "properties" in schema:
            name = schema["title"].replace("[", "_").replace("]", "")
            self._keep(name, schema)
            return {"$ref": _REF.format(model=name)}
        return schema

    def _keep(self, name: str, schema: JsonSchemaValue) -> None:
        """Keep a component. Raises TypeError where another one has its name: callers would see that."""
        if self._found.setdefault(name, schema) != schema:
            raise TypeError(f"there are two kinds of {name} among the answers")

    def _items(self, kind: object) -> JsonSchemaValue:
        """A page: a component for each kind of its rows."""
        (row,) = get_args(kind)
        name = f"PageOf{row.__name__}"
        self._found[name] = {
            "title": name,
            "type": "object",
            "required": ["items", "cursor", "hint"],
            "properties": {
                "items": {
                    "type": "array",
                    "items": self.outgoing(row),
                    "description": "The rows of this page.",
                },
                "cursor": {
                    "type": ["string", "null"],
                    "description": "Where the next page begins; null after the last one.",
                },
                "hint": {"type": "string", "description": "How to ask, where the question means too much."},
            },
        }
        return {"$ref": _REF.format(model=name)}

    def _model(self, model: type[Incoming]) -> JsonSchemaValue:
        refs, defs = models_json_schema(
            [(model, "validation")], ref_template=_REF, schema_generator=Documented
        )
        self._found |= defs.get("$defs", {})
        return dict(refs[(model, "validation")])
