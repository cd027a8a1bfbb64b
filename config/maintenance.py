"""While a business is under maintenance, its doors take no writes: API and admin answer 503, with what, until when and why.

Reads, log-in and log-out go on, and so does whatever says `goes_on_in_maintenance = True` on its view: the operators' backfills,
and the page that turns maintenance off. The gateway is told to come again, so that no payment is lost. What was typed into a
form is given back, to be sent once more. A write that was let in before is finished. Each write costs one query, a read none.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from rest_framework.exceptions import APIException

from accounts.models import Tenant
from config.api.errors import error_body
from operations.models import Maintenance
from operations.selectors.maintenance import frozen_words, maintenance_going_on

READS = {"GET", "HEAD", "OPTIONS", "TRACE"}
LOGS_IN_OR_OUT = {"admin:login", "admin:logout"}
NOT_GIVEN_BACK = {"csrfmiddlewaretoken"}
SEND_AGAIN = "Nothing was written. Send the same request again then."


class MaintenanceMiddleware:
    """Stands behind the log-in of the admin, before every view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Answer in the view's place when it would write what is frozen."""
        door = getattr(view, "cls", None) or getattr(view, "view_class", None)
        if request.method in READS or goes_on(request, door):
            return None
        going_on = maintenance_going_on()
        if not going_on:
            return None
        if request.path.startswith("/api"):
            row = freezing_api(going_on, request, view)
            return refused_by_api(row) if row else None
        row = freezing_page(going_on, request)
        return refused_on_page(request, row) if row else None


def goes_on(request: HttpRequest, door: Any) -> bool:
    """Whether this may be written at any time, or is not written at all: an address without a door, a verb without a handler."""
    if request.path.startswith("/api"):
        return not hasattr(door, str(request.method).lower()) or getattr(door, "goes_on_in_maintenance", False)
    page = request.resolver_match.view_name if request.resolver_match else ""
    return getattr(door, "goes_on_in_maintenance", False) or page in LOGS_IN_OR_OUT


def freezing_api(going_on: list[Maintenance], request: HttpRequest, view: Any) -> Maintenance | None:
    """What freezes this call; nothing for a stranger, whom the endpoint itself turns away."""
    asked = view.cls(**view.initkwargs).initialize_request(request)
    try:
        user, proof = asked.user, asked.auth
    except (APIException, DatabaseError):
        return None
    if isinstance(proof, Tenant):  # the gateway signs in the name of a business
        return first(going_on, proof.pk)
    if not user.is_authenticated:
        return None
    if not user.is_superuser:
        return first(going_on, user.tenant_id)
    named = request.GET.get("tenant")
    return next((row for row in going_on if named is None or row.tenant is None or row.tenant.slug == named), None)


def freezing_page(going_on: list[Maintenance], request: HttpRequest) -> Maintenance | None:
    """What freezes this page; of one who stands above all businesses any of it, because the form may be about each."""
    user: Any = request.user
    if not user.is_authenticated:
        return None
    return going_on[0] if user.is_superuser else first(going_on, user.tenant_id)


def first(going_on: list[Maintenance], tenant_id: Any) -> Maintenance | None:
    """What freezes this business: the maintenance of all, or its own."""
    return next((row for row in going_on if row.tenant_id in {None, tenant_id}), None)


def refused_by_api(row: Maintenance) -> HttpResponse:
    """503 in the one error shape, with the seconds to wait."""
    now = timezone.now()
    body = error_body("maintenance", f"{frozen_words(row, now)} {SEND_AGAIN}")
    return JsonResponse(body, status=503, headers={"Retry-After": str(row.seconds_left(now))})


def refused_on_page(request: HttpRequest, row: Maintenance) -> HttpResponse:
    """A page that says what, until when and why, and keeps what was typed, ready to be sent again."""
    now = timezone.now()
    request.current_app = admin.site.name
    context = {
        **admin.site.each_context(request),
        "title": "Not saved: maintenance",
        "words": frozen_words(row, now),
        "kept": kept(request),
        "has_files": bool(request.FILES),
    }
    page = render(request, "config/frozen.html", context, status=503)
    page["Retry-After"] = str(row.seconds_left(now))
    return page


def kept(request: HttpRequest) -> list[dict[str, Any]]:
    """Every field of the form as it was sent, but passwords; `shown` is what a person typed or chose."""
    return [
        {
            "name": name,
            "value": value,
            "label": name.replace("_", " ").capitalize(),
            "shown": bool(value) and not name.startswith("_"),
        }
        for name, values in request.POST.lists()
        if name not in NOT_GIVEN_BACK and "password" not in name
        for value in values
    ]
