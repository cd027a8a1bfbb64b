"""For load balancers and operators: is the process alive, and can it serve?"""

from django.db import DEFAULT_DB_ALIAS, DatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from config.api.errors import error_body
from operations.schema import missing_migrations


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 as long as the process runs; asks nobody else."""
    return JsonResponse({"status": "alive"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database answers and has every migration, else 503 saying what is missing."""
    obstacle = what_is_missing()
    if obstacle:
        return JsonResponse(error_body("not_ready", obstacle), status=503)
    return JsonResponse({"status": "ready"})


def what_is_missing() -> str:
    """Say why this process cannot serve yet; an empty text when it can."""
    try:
        waiting = missing_migrations(DEFAULT_DB_ALIAS)
    except DatabaseError:
        return "The database does not answer. Start it, or correct DATABASE_URL."
    if waiting:
        return f"{len(waiting)} migrations are not applied ({', '.join(waiting[:5])}). Run: manage.py migrate."
    return ""
