"""One error shape everywhere: `{"error": {"code", "message", "fields"?}}` with the right status."""

from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, ValidationError
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import exception_handler

from accounts.errors import DomainError
from accounts.statuses import status_of

UNKNOWN_ADDRESS = "There is nothing at this address. /api/docs lists every address."
OUR_FAULT = "Something went wrong on our side. Nothing was changed. Tell us the X-Request-ID of this answer."

ASK_FOR_IT = "Ask an administrator of your business to do it, or for a role that may."
SEND_JSON = "Send JSON, with the header Content-Type: application/json."
CORRECT_IT = "Correct it there and send the request again."
NOT_JSON = "JSON parse error - "  # how Django REST framework begins


class BodyTooLarge(exceptions.APIException):
    """The request body is larger than MAX_BODY_BYTES (HTTP 413)."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "body_too_large"

    def __init__(self) -> None:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        super().__init__(f"The request body is too large: {limit} bytes are accepted. Send it in smaller parts.")


def answer_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn an exception into the answer that a client gets; None lets an unknown one become a logged 500."""
    if isinstance(error, DomainError):
        return Response(error_body(error.code, error.message, error.fields), status=status_of(error))
    error = _as_api_error(error)
    response = exception_handler(error, context)
    if response is not None:
        response.data = _body_of(error, response, context["request"])
    return response


def error_body(code: str, message: str, fields: dict[str, list[str]] | None = None) -> dict[str, Any]:
    """Make the body of an error answer."""
    return {"error": {"code": code, "message": message, **({"fields": fields} if fields else {})}}


@csrf_exempt  # else a POST with a malformed id would be answered by Django's page about cookies
def unknown_address(request: HttpRequest, exception: Exception | None = None, **kwargs: Any) -> HttpResponse:
    """Answer 404: in the error shape under /api, as a page elsewhere."""
    if request.path.startswith("/api"):
        return JsonResponse(error_body("not_found", UNKNOWN_ADDRESS), status=404)
    return defaults.page_not_found(request, exception or Http404())


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a defect of ours, which Django has logged by now: in the error shape under /api, as a page elsewhere."""
    if request.path.startswith("/api"):
        return JsonResponse(error_body("server_error", OUR_FAULT), status=500)
    return defaults.server_error(request)


def _as_api_error(error: Exception) -> Exception:
    """Rewrite what Django raises for bad input into what Django REST framework answers."""
    if isinstance(error, ValidationError):
        return exceptions.ValidationError(getattr(error, "message_dict", error.messages))
    if isinstance(error, RequestDataTooBig):
        return BodyTooLarge()
    if isinstance(error, DataError):  # a number or text that no column can hold
        return exceptions.ParseError("A value is out of range for its column. Correct it and send the request again.")
    return error


def _body_of(error: Exception, response: Response, request: Request) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        return error_body("invalid", "Some fields are not valid: see `fields`.", _fields(response.data))
    if isinstance(error, (Http404, exceptions.NotFound)):
        return error_body("not_found", "There is no such object, or it is not yours.")
    if isinstance(error, (PermissionDenied, exceptions.PermissionDenied)):
        return error_body("not_allowed", f"Your role may not do this: {_where(request)}. {ASK_FOR_IT}")
    if isinstance(error, exceptions.UnsupportedMediaType):
        sent = request.content_type or "no type at all"
        return error_body(_code_of(error), f"The body of {_where(request)} was sent as {sent}. {SEND_JSON}")
    words = str(response.data.get("detail", error))
    if isinstance(error, exceptions.ParseError) and words.startswith(NOT_JSON):
        reason = words.removeprefix(NOT_JSON)
        return error_body(_code_of(error), f"The body of {_where(request)} is not JSON: {reason}. {CORRECT_IT}")
    return error_body(_code_of(error), words)


def _where(request: Request) -> str:
    return f"{request.method} {request.path}"


def _code_of(error: Exception) -> str:
    codes = error.get_codes() if isinstance(error, exceptions.APIException) else "error"
    return codes if isinstance(codes, str) else "error"


def _fields(data: Any) -> dict[str, list[str]]:
    if isinstance(data, list):
        return {api_settings.NON_FIELD_ERRORS_KEY: [str(message) for message in data]}
    return {name: _messages(value) for name, value in data.items()}


def _messages(value: Any) -> list[str]:
    if isinstance(value, dict):
        of_all = api_settings.NON_FIELD_ERRORS_KEY  # what is wrong with the list or body as a whole stands under no key
        return [
            message if key == of_all else f"{key}: {message}"
            for key, inner in value.items()
            for message in _messages(inner)
        ]
    if isinstance(value, list):
        return [message for inner in value for message in _messages(inner)]
    return [str(value)]
