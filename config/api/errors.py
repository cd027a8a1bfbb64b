"""One error shape everywhere: `{"error": {"code", "message", "fields"?}}` with the right status."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

from accounts.errors import Conflict, DomainError, NotAllowed, NotFound

STATUS_OF = {
    NotFound: status.HTTP_404_NOT_FOUND,
    NotAllowed: status.HTTP_403_FORBIDDEN,
    Conflict: status.HTTP_409_CONFLICT,
}


def answer_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn an exception into the answer that a client gets; None lets an unknown one become a logged 500."""
    if isinstance(error, DomainError):
        http_status = next((code for kind, code in STATUS_OF.items() if isinstance(error, kind)), 422)
        return Response(error_body(error.code, error.message, error.fields), status=http_status)
    if isinstance(error, ValidationError):
        error = exceptions.ValidationError(error.messages)
    response = exception_handler(error, context)
    if response is None:
        return None
    response.data = _body_of(error, response)
    return response


def error_body(code: str, message: str, fields: dict[str, list[str]] | None = None) -> dict[str, Any]:
    """Make the body of an error answer."""
    return {"error": {"code": code, "message": message, **({"fields": fields} if fields else {})}}


def _body_of(error: Exception, response: Response) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        return error_body("invalid", "Some fields are not valid: see `fields`.", _fields(response.data))
    if isinstance(error, Http404):
        return error_body("not_found", "There is no such object, or it is not yours.")
    if isinstance(error, PermissionDenied):
        return error_body("not_allowed", "Your role may not do this.")
    return error_body(str(getattr(error, "default_code", "error")), str(response.data.get("detail", error)))


def _fields(data: Any) -> dict[str, list[str]]:
    if isinstance(data, list):
        return {"non_field_errors": [str(message) for message in data]}
    return {name: _messages(value) for name, value in data.items()}


def _messages(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [f"{key}: {message}" for key, inner in value.items() for message in _messages(inner)]
    if isinstance(value, list):
        return [message for inner in value for message in _messages(inner)]
    return [str(value)]
