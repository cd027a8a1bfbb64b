"""Gives every request an id that its log lines and history rows carry, and answers with it."""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts import audit
from accounts.ids import new_id

ACCEPTED_REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{8,64}$")


class RequestAuditMiddleware:
    """Takes a well-formed `X-Request-ID` from the client or makes one; the answer carries it back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        offered = request.headers.get("X-Request-ID", "")
        request_id = offered if ACCEPTED_REQUEST_ID.match(offered) else str(new_id())
        with audit.acting(request_id=request_id):
            response = self.get_response(request)
        response["X-Request-ID"] = request_id
        return response


class TenantTimeMiddleware:
    """Shows staff every time in their own business's time zone, as the clock on their wall."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith("/admin/") or not request.user.is_authenticated or request.user.tenant is None:
            return self.get_response(request)
        with timezone.override(request.user.tenant.zone):
            return self.get_response(request)
