"""The workbook of a tracker: out as an Excel sheet of its kind, and in again, or only what that would do."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.door import Door
from accounts.api.fields import Flag, StrictSerializer
from accounts.roles import EVERYBODY, STAFF
from cashback.models import DailyTracker
from cashback.selectors.tracker_workbook import XLSX, export_workbook, workbook_name
from cashback.services.workbooks import import_workbook, read_workbook
from cashback.services.workbooks.importing import OUTCOMES
from cashback.services.workbooks.opening import LARGEST_FILE
from operations.api.findings import JsonOrCsv


class WorkbookForm(serializers.Serializer):
    """A workbook."""

    file = serializers.FileField(help_text="An Excel workbook with a sheet of the tracker's kind; 5 MiB at most.")

    def validate_file(self, file: Any) -> Any:
        """One that is not too large to be a year of days."""
        if file.size > LARGEST_FILE:
            raise serializers.ValidationError(f"{file.size} bytes are too many: {LARGEST_FILE} at most.")
        return file


class ImportQuery(StrictSerializer):
    """Whether to do it."""

    dry_run = Flag(required=False, help_text="true: say what would be done, and do nothing.")


class ImportedCounts(serializers.Serializer):
    """How many days have each outcome."""

    new = serializers.IntegerField()
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    kept = serializers.IntegerField(help_text="The sheet leaves them empty.")


class ImportedRow(serializers.Serializer):
    """What becomes of one day."""

    row = serializers.IntegerField(allow_null=True, help_text="Of the sheet; null for a day that it leaves empty.")
    day = serializers.IntegerField()
    date = serializers.DateField(allow_null=True)
    outcome = serializers.ChoiceField(OUTCOMES)


class ImportedAnswer(serializers.Serializer):
    """What becomes of each day of the workbook, and what a person should know about it."""

    counts = ImportedCounts()
    rows = ImportedRow(many=True)
    remarks = serializers.ListField(child=serializers.CharField())


class Workbook(Door):
    """A tracker as an Excel workbook."""

    readers, writers = EVERYBODY, STAFF
    parser_classes = [MultiPartParser]
    content_negotiation_class = JsonOrCsv

    @extend_schema(responses={(200, XLSX): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: UUID) -> HttpResponse:
        """The days of a tracker as an Excel workbook: right dates, running totals, what waits to be approved marked."""
        tracker = self.row(self.rows(DailyTracker).select_related("user"), pk)
        headers = {"Content-Disposition": f'attachment; filename="{workbook_name(tracker)}"'}
        return HttpResponse(export_workbook(tracker), content_type=XLSX, headers=headers)

    @extend_schema(
        parameters=[ImportQuery],
        request={"multipart/form-data": WorkbookForm},
        responses={200: ImportedAnswer},
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Enter the days of a workbook, all or none; `?dry_run=true` only says what would be. What changes waits for approval."""
        tracker = self.find(DailyTracker, pk)
        given = {"actor": request.user, "tracker": tracker, "file": self.body(WorkbookForm)["file"]}
        given["now"] = timezone.now()
        if self.query(ImportQuery).get("dry_run"):
            return Response(ImportedAnswer(read_workbook(**given)).data)
        return Response(ImportedAnswer(import_workbook(**given)).data)
