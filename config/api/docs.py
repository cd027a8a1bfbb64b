"""The API's own manual: every operation of the schema on one page that needs no internet."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.generators import SchemaGenerator

METHODS = ("get", "post", "put", "patch", "delete")


def docs(request: HttpRequest) -> HttpResponse:
    """Show the manual."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    context = {"title": schema["info"]["title"], "about": schema["info"]["description"], "groups": groups(schema)}
    return render(request, "config/docs.html", {**context, "host": request.build_absolute_uri("/").rstrip("/")})


def groups(schema: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Sort the operations of a schema by tag, each made ready for the page."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path, operations in sorted(schema["paths"].items()):
        for method in METHODS:
            if method in operations:
                operation = operations[method]
                found.setdefault(operation["tags"][0], []).append(_operation(schema, path, method, operation))
    return dict(sorted(found.items()))


def example(schema: dict[str, Any], part: dict[str, Any], depth: int = 0) -> Any:
    """Make an example value of a part of the schema, for a curl line that can be copied.

    Example: `{"type": "string", "format": "uuid"}` gives a UUID, an enum its first value.
    """
    if "$ref" in part:
        name = part["$ref"].rsplit("/", maxsplit=1)[-1]
        return example(schema, schema["components"]["schemas"].get(name, {}), depth + 1) if depth < 6 else {}
    for combined in ("allOf", "oneOf", "anyOf"):
        if combined in part:
            return example(schema, part[combined][0], depth)
    if "enum" in part:
        return part["enum"][0]
    if part.get("type") == "object" or "properties" in part:
        properties = part.get("properties", {})
        return {name: example(schema, inner, depth + 1) for name, inner in properties.items()}
    if part.get("type") == "array":
        return [example(schema, part.get("items", {}), depth + 1)]
    return part.get("default", EXAMPLES.get(part.get("format") or part.get("type", "string"), "…"))


EXAMPLES = {
    "uuid": "0193a7c0-0000-7000-8000-000000000001",
    "date-time": "2026-03-14T09:30:00Z",
    "date": "2026-03-14",
    "email": "ayesha@example.com",
    "decimal": "1.000",
    "integer": 1,
    "int64": 1,
    "number": 1,
    "boolean": True,
    "string": "text",
}


def _operation(schema: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    sent = example(schema, body) if body else None
    parameters = operation.get("parameters", [])
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "description": operation.get("description", ""),
        "parameters": parameters,
        "answers": [_answer(schema, code, answer) for code, answer in sorted(operation["responses"].items())],
        "needs_login": {"bearer": []} in operation.get("security", []),
        "body": json.dumps(sent, indent=2, ensure_ascii=False) if sent is not None else "",
        "curl": _curl(path, method, operation, sent),
    }


def _answer(schema: dict[str, Any], code: str, answer: dict[str, Any]) -> dict[str, str]:
    """An answer for the page; those that say yes with an example."""
    shape = answer.get("content", {}).get("application/json", {}).get("schema")
    shown = json.dumps(example(schema, shape), indent=2, ensure_ascii=False) if shape and code < "300" else ""
    return {"code": code, "description": answer.get("description") or "Done.", "example": shown}


def _curl(path: str, method: str, operation: dict[str, Any], sent: Any) -> str:
    lines = [f"curl -X {method.upper()} '$HOST{path}'"]
    if {"bearer": []} in operation.get("security", []):
        lines.append('-H "Authorization: Bearer $TOKEN"')
    if any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", [])):
        lines.append('-H "Idempotency-Key: $(uuidgen)"')
    if sent is not None:
        text = json.dumps(sent, ensure_ascii=False).replace("'", "'\\''")
        lines += ["-H 'Content-Type: application/json'", f"-d '{text}'"]
    return " \\\n  ".join(lines).replace("'$HOST", '"$HOST').replace(f"{path}'", f'{path}"')
