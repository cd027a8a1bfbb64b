"""The OpenAPI schema of every endpoint, with the error answers that all of them can give."""

from collections.abc import Callable
from typing import Any, Literal

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework.permissions import AllowAny

ERROR_SCHEMA = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": {"type": "string", "description": "For programs: a stable word."},
                "message": {"type": "string", "description": "For people: what, where and the cure."},
                "fields": {
                    "type": "object",
                    "additionalProperties": {"type": "array", "items": {"type": "string"}},
                    "description": "What is wrong, field by field.",
                },
            },
        }
    },
}
MEANING = {
    "400": "Malformed: see `message` and `fields`.",
    "401": "No valid token. Log in.",
    "403": "Your role may not do this.",
    "404": "No such object, or it is not yours.",
    "409": "The object is not in a state in which this can be done.",
    "413": "The body is too large.",
    "415": "The body is not JSON.",
    "422": "A rule of the business forbids this.",
    "503": "Writes are frozen for maintenance.",
}
WRITES = {"POST", "PUT", "PATCH", "DELETE"}
WITH_BODY = {"POST", "PUT", "PATCH"}
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="Made by the client, the same for every repeat of one request: a repeat is answered, not done again.",
)

OPTIONAL_IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="May be left out. With it a repeat is answered as the first was.",
)
TENANT = OpenApiParameter(
    "tenant", str, description="For superusers, who stand above tenants: the slug of the one that is meant."
)


class BearerScheme(OpenApiAuthenticationExtension):
    """Tells the schema about our bearer tokens."""

    target_class = "accounts.api.authentication.BearerAuthentication"
    match_subclasses = True
    name = "bearer"
    priority = 1

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "The `token` that POST /api/auth/login answers."}


class Schema(AutoSchema):
    """Adds to each operation the error answers that it can give, and the header of those that move money."""

    def get_override_parameters(self) -> list[Any]:
        parameters = list(super().get_override_parameters())
        if getattr(self._handler(), "is_idempotent", False):
            parameters.append(IDEMPOTENCY_KEY)
        if getattr(self._handler(), "takes_idempotency_key", False):
            parameters.append(OPTIONAL_IDEMPOTENCY_KEY)
        return [*parameters, TENANT] if getattr(self.view, "takes_tenant", False) else parameters

    def get_tags(self) -> list[str]:
        """Group by the first word of the path after /api."""
        words = [word for word in self.path.split("/") if word and not word.startswith("{")]
        return [words[1] if len(words) > 1 else words[0]]

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        answers = super()._get_response_bodies(direction)
        for code in sorted(self._error_codes() - set(answers)):
            answers[code] = {
                "description": MEANING[code],
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
            }
        return answers

    def _error_codes(self) -> set[str]:
        needs_login = not any(isinstance(permission, AllowAny) for permission in self.view.get_permissions())
        codes = {"400"}
        if needs_login:
            codes |= {"401", "403"}
        if "{" in self.path:
            codes |= {"404"}
        if getattr(self.view, "takes_tenant", False):  # an unknown tenant; none named where one is needed
            codes |= {"404", "422"}
        if self.method in WRITES:
            codes |= {"404", "409", "422", "503"}
        if self.method in WITH_BODY:
            codes |= {"413", "415"}
        return codes

    def _handler(self) -> Callable[..., Any] | None:
        name = getattr(self.view, "action", None) or self.method.lower()
        return getattr(self.view, name, None)


def add_error_schema(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Add the one error shape to the finished schema's components (a postprocessing hook of drf-spectacular)."""
    result.setdefault("components", {}).setdefault("schemas", {})["Error"] = ERROR_SCHEMA
    return result
