"""Runs of backfills: looked at, stopped, gone on with, undone."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.door import Door
from accounts.api.fields import Flag, StrictSerializer, Text
from accounts.roles import ADMINS, OFFICE
from operations.api.answers import RunAnswer, RunDetailAnswer, RunForm, WaitQuery
from operations.api.backfills import ANSWERS, USING, asked_of_engine, hand_over, work_now
from operations.backfill.answer import answer_of_run
from operations.backfill.registry import backfill_named
from operations.backfill.runs import cancel_run, find_run, pause_run, queue_again
from operations.models import BackfillRun
from operations.services.backfills import ask_for_undo


class RunsQuery(StrictSerializer):
    """Which runs."""

    backfill = Text(max_length=80, required=False)
    status = serializers.ChoiceField(BackfillRun.Status.choices, required=False)
    is_dry_run = Flag(required=False)


class RunDoor(Door):
    """Runs of the person's business; a superuser sees all, those over every business included."""

    readers, writers = OFFICE, ADMINS
    goes_on_in_maintenance = True

    def runs(self) -> Any:
        """Runs with who asked for them."""
        return self.rows(BackfillRun).select_related("tenant", "requested_by", "undoes")

    def run(self, pk: UUID) -> BackfillRun:
        """One of them, or 404."""
        return find_run(pk, using=USING, user=self.request.user)


class Runs(RunDoor):
    """All runs."""

    @extend_schema(parameters=[RunsQuery], responses=RunAnswer(many=True))
    def get(self, request: Request) -> Response:
        """Previews and executions, newest first."""
        return self.page(self.runs().filter(**self.query(RunsQuery)), RunAnswer)


class OneRun(RunDoor):
    """One run."""

    @extend_schema(responses=RunDetailAnswer)
    def get(self, request: Request, pk: UUID) -> Response:
        """A run with its whole answer; while it runs, how far it has come."""
        run = self.row(self.runs(), pk)
        return Response({**RunAnswer(run).data, "parameters": run.parameters, "answer": answer_of_run(run, USING)})


class RunPause(RunDoor):
    """A run stops after its current batch."""

    @extend_schema(request=None, responses={200: RunAnswer})
    def post(self, request: Request, pk: UUID) -> Response:
        """Stop the run after its current batch; it can be resumed."""
        run = pause_run(run_id=self.run(pk).pk, using=USING, actor=request.user, now=timezone.now())
        return Response(RunAnswer(run).data)


class RunCancel(RunDoor):
    """A run ends after its current batch."""

    @extend_schema(request=None, responses={200: RunAnswer})
    def post(self, request: Request, pk: UUID) -> Response:
        """End the run after its current batch. What it wrote stays and can be undone."""
        run = cancel_run(run_id=self.run(pk).pk, using=USING, actor=request.user, now=timezone.now())
        return Response(RunAnswer(run).data)


class RunResume(RunDoor):
    """A paused, failed or orphaned run goes on."""

    @extend_schema(parameters=[WaitQuery], request=None, responses=ANSWERS)
    def post(self, request: Request, pk: UUID) -> Response:
        """Go on where the run stopped: no row twice, none missed."""
        wait = self.query(WaitQuery)["wait"]
        run = self.run(pk)
        if wait:
            return work_now(run)
        return hand_over(queue_again(run.pk, using=USING, now=timezone.now()), without_worker=pause_run)


class RunUndo(RunDoor):
    """What a run wrote is put back."""

    @extend_schema(parameters=[WaitQuery], request=RunForm, responses=ANSWERS)
    def post(self, request: Request, pk: UUID) -> Response:
        """Put back exactly what the run wrote, where nobody has edited it since; the rest is listed."""
        wait = self.query(WaitQuery)["wait"]
        run = self.run(pk)
        asked = asked_of_engine(self, backfill=backfill_named(run.backfill), **self.body(RunForm))
        undo = ask_for_undo(run_id=run.pk, request=asked, now=timezone.now())
        return work_now(undo) if wait else hand_over(undo, without_worker=cancel_run)
