"""Findings: rows that runs left for a person; listed, taken home as CSV, and decided."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.door import Door
from accounts.roles import OFFICE
from operations.api.answers import DecisionForm, FindingAnswer, FindingsOfAllRunsQuery, FindingsOfRunQuery
from operations.api.backfills import USING
from operations.backfill.runs import backfill_of, find_run
from operations.models import BackfillFinding
from operations.selectors.findings_csv import csv_lines
from operations.services.backfills import decide_finding


class JsonOrCsv(DefaultContentNegotiation):
    """Lets a client accept `text/csv`; errors are JSON all the same."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> tuple[Any, str]:
        return renderers[0], renderers[0].media_type


class FindingDoor(Door):
    """Findings of the person's business."""

    readers = writers = OFFICE
    ordering = ("id",)

    def findings(self, asked: dict[str, Any]) -> QuerySet[BackfillFinding]:
        """Those asked for."""
        asked.pop("format", None)
        if "decided" in asked:
            asked["decision__isnull"] = not asked.pop("decided")
        return self.rows(BackfillFinding).filter(**asked).order_by("id")


class FindingsOfRun(FindingDoor):
    """What one run found."""

    content_negotiation_class = JsonOrCsv

    @extend_schema(
        parameters=[FindingsOfRunQuery],
        responses={(200, "application/json"): FindingAnswer(many=True), (200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request, pk: UUID) -> HttpResponseBase:
        """What a run left for a person. As CSV with `?format=csv` or `Accept: text/csv`."""
        run = find_run(pk, using=USING, user=request.user)
        findings = self.findings(self.query(FindingsOfRunQuery)).filter(run=run)
        if not wants_csv(request):
            return self.page(findings.select_related("decided_by"), FindingAnswer)
        lines = csv_lines(findings, tuple(backfill_of(run, USING).evidence()))
        file_name = f"findings-{run.backfill}-{run.pk}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{file_name}"'}
        return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


class Findings(FindingDoor):
    """What all runs found."""

    @extend_schema(parameters=[FindingsOfAllRunsQuery], responses=FindingAnswer(many=True))
    def get(self, request: Request) -> Response:
        """What runs left for a person, those over every business included. `?decided=false&needs_decision=true` waits."""
        findings = self.findings(self.query(FindingsOfAllRunsQuery))
        return self.page(findings.select_related("decided_by"), FindingAnswer)


class FindingDecision(FindingDoor):
    """What a person decides."""

    @extend_schema(request=DecisionForm, responses={200: FindingAnswer})
    def post(self, request: Request, pk: int) -> Response:
        """Decide a finding. The backfill's own page lists the choices; a decided row is not touched or reported again."""
        form = self.body(DecisionForm)
        decided = decide_finding(
            actor=request.user,
            finding_id=pk,
            decision=form["decision"],
            argument=form.get("argument") or "",
            reason=form["reason"],
            now=timezone.now(),
            using=USING,
        )
        return Response(FindingAnswer(decided).data)


def wants_csv(request: Request) -> bool:
    """Whether the client asks for a file: by the query, or else by the Accept header."""
    asked = request.query_params.get("format")
    return asked == "csv" or (asked is None and "text/csv" in request.headers.get("Accept", ""))
