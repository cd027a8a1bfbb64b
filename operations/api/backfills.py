"""Backfills by API: the same engine, the same answers as the command line. Only to look is the default."""

from collections.abc import Callable
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.response import Response

from accounts.api.door import Door
from accounts.errors import RuleBroken
from accounts.roles import ADMINS, OFFICE
from operations.api.answers import (
    BackfillAnswer,
    DefinitionAnswer,
    DefinitionsAnswer,
    RunForm,
    RunQuery,
    definition_answer,
)
from operations.backfill.answer import answer_of_run
from operations.backfill.registry import backfill_named, backfills
from operations.backfill.request import Request, ask_for_run
from operations.backfill.runs import cancel_run, work_on
from operations.models import BackfillRun
from operations.services.previews import ask_for_preview, look
from operations.tasks import BrokerIsDown, hand_to_worker

USING = DEFAULT_DB_ALIAS
ANSWERS = {
    200: OpenApiResponse(BackfillAnswer, "Previewed, or run to its end (or to a pause)."),
    202: OpenApiResponse(BackfillAnswer, "Handed to a worker; `Location` is the run's address."),
    422: OpenApiResponse(
        {"$ref": "#/components/schemas/Error"},
        "A rule forbids this; or the run failed (code `run_failed`): `fields` has run_id, errors and verification.",
    ),
    503: OpenApiResponse(
        {"$ref": "#/components/schemas/Error"}, "Writes are frozen for maintenance, or no worker can be reached."
    ),
}


class RunFailed(RuleBroken):
    """The run ended without having done what it promises. What it wrote is kept, listed, and can be undone."""

    code = "run_failed"


class NoWorkerTakesJobs(APIException):
    """The queue of the background workers is down (HTTP 503)."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "broker_is_down"


class BackfillDoor(Door):
    """Previews by default; writes only with `dry_run=false`. An app's door is two lines: `backfill = "…"`."""

    writers = ADMINS
    goes_on_in_maintenance = True  # repairs are what a business is frozen for
    backfill: str

    @extend_schema(parameters=[RunQuery], request=RunForm, responses=ANSWERS)
    def post(self, request: HttpRequest) -> Response:
        """Preview or execute the backfill for your business (a superuser: for all, or for `?tenant=`)."""
        return run_backfill(self, self.backfill)


class AnyBackfill(Door):
    """One backfill by its name."""

    readers, writers = OFFICE, ADMINS
    goes_on_in_maintenance = True

    @extend_schema(responses=DefinitionAnswer)
    def get(self, request: HttpRequest, name: str) -> Response:
        """What a backfill does, its findings, and what can be decided about them."""
        return Response(definition_answer(backfill_named(name)))

    @extend_schema(parameters=[RunQuery], request=RunForm, responses=ANSWERS)
    def post(self, request: HttpRequest, name: str) -> Response:
        """Preview or execute a backfill for your business (a superuser: for all, or for `?tenant=`)."""
        return run_backfill(self, name)


class Backfills(Door):
    """All backfills."""

    readers = OFFICE
    pagination_class = None

    @extend_schema(operation_id="admin_backfills_list", responses=DefinitionsAnswer)
    def get(self, request: HttpRequest) -> Response:
        """Every backfill that exists."""
        return Response({"results": [definition_answer(backfill) for backfill in backfills()]})


def run_backfill(door: Door, name: str) -> Response:
    """Preview or execute, as the query says."""
    asked = door.query(RunQuery)
    request = asked_of_engine(door, backfill=backfill_named(name), **door.body(RunForm))
    if asked["dry_run"]:
        if not asked["wait"]:
            return _preview_later(request)
        return Response(look(request, now=timezone.now(), is_kept=True).answer)
    run = ask_for_run(request, now=timezone.now())
    return work_now(run) if asked["wait"] else hand_over(run, without_worker=cancel_run)


def asked_of_engine(door: Door, **asked: Any) -> Request:
    """What the person asks of the engine: only ever within their own business."""
    user = door.request.user
    tenant = door.named_tenant() or user.tenant
    return Request(tenant=tenant, using=USING, actor=user, **asked).checked()


def work_now(run: BackfillRun) -> Response:
    """Work on a run to its end (or a stop), and answer how it ended. *Raises* RunFailed."""
    run = work_on(run.pk, using=USING, clock=timezone.now)
    answer = answer_of_run(run, USING)
    if run.status == BackfillRun.Status.FAILED:
        raise RunFailed(
            f"Run {run.pk} failed: {run.error}. It wrote {run.counts.get('written', 0)} rows. Look at "
            f"{run_address(run)}; then resume or undo it.",
            fields={
                "run_id": [str(run.pk)],
                "errors": answer["errors"],
                "verification": [str(check) for check in run.verification],
            },
        )
    return Response(answer)


def run_address(run: BackfillRun) -> str:
    """Where to look at a run."""
    return reverse("backfill-run", args=[run.pk])


def _preview_later(request: Request) -> Response:
    return hand_over(ask_for_preview(request, now=timezone.now()), without_worker=cancel_run)


def hand_over(run: BackfillRun, *, without_worker: Callable[..., BackfillRun]) -> Response:
    """Hand a run to a worker and say where to look; `without_worker` (pause, cancel) is its fate when none can be reached.

    *Raises* NoWorkerTakesJobs.
    """
    try:
        hand_to_worker(run, using=USING)
    except BrokerIsDown as error:
        stopped = without_worker(run_id=run.pk, using=USING, actor=run.requested_by, now=timezone.now())
        what = stopped.get_status_display().lower()
        raise NoWorkerTakesJobs(f"{error.message} Run {run.pk} was not started and is {what}.") from error
    message = f"Run {run.pk} waits for a worker. Look at {run_address(run)}."
    answer = {**answer_of_run(run, USING), "message": message}
    return Response(answer, status=status.HTTP_202_ACCEPTED, headers={"Location": run_address(run)})
