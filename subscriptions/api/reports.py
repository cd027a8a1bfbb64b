"""Reports of the round: accounts, what came in, what was delivered, what to produce and to leave where.

Every one answers JSON, or the same figures as a file with `?format=csv`; statement and route sheet also as PDF to print.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.door import Door
from accounts.api.fields import Day, Key, StrictSerializer, Text
from accounts.roles import OFFICE, STAFF, Role
from billing.api.period import REVERSED, PeriodQuery
from billing.api.printing import PDF, printed
from billing.models import Customer
from billing.selectors.statement import GROUPED_BY, statement_of
from operations.api.findings import JsonOrCsv, wants_csv
from routes.models import Round, Route
from subscriptions.api import report_answers as answers
from subscriptions.models import DailyOrder
from subscriptions.printing.route_sheet import printed_route_sheet
from subscriptions.printing.statement import printed_statement
from subscriptions.selectors import report_files as files
from subscriptions.selectors.collection import collection_of
from subscriptions.selectors.performance import performance_of
from subscriptions.selectors.production import production_of
from subscriptions.selectors.route_sheet import route_sheet_of

FORMATS = ["json", "csv"]


class FileQuery(StrictSerializer):
    """As what."""

    format = serializers.ChoiceField(FORMATS, required=False, help_text="csv: everything in one file.")


class DaysQuery(PeriodQuery):
    """Which days, as what."""

    format = serializers.ChoiceField(FORMATS, required=False)


class StatementQuery(DaysQuery):
    """Whose account."""

    customer = Key()
    by = serializers.ChoiceField(GROUPED_BY, required=False, help_text="month: deliveries by product and month.")


class PerformanceQuery(DaysQuery):
    """Of one round or part of the day."""

    round = Key(required=False)
    slot = Text(max_length=40, required=False)


class DayQuery(FileQuery):
    """Which day, of which round and part of it. Without a day: today."""

    date = Day(required=False)
    round = Key(required=False)
    slot = Text(max_length=40, required=False)


class Report(Door):
    """What all reports share: for the office, as JSON or as a file."""

    readers = OFFICE
    pagination_class = None
    content_negotiation_class = JsonOrCsv

    def file(self, name: str, columns: Iterable[str], rows: Iterable[dict[str, Any]]) -> StreamingHttpResponse:
        """The figures as a CSV file that is written while it is sent."""
        headers = {"Content-Disposition": f'attachment; filename="{name}-{self.tenant().slug}.csv"'}
        lines = files.file_lines(tuple(columns), rows)
        return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)

    def asked(self, query: type[serializers.Serializer]) -> dict[str, Any]:
        """The checked query, without the format."""
        asked = self.query(query)
        asked.pop("format", None)
        return asked

    def of_round(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The same with the round looked up, so that another business's is not there."""
        pk = asked.pop("round", None)
        return {**asked, "round_id": self.find(Round, pk, name="round").pk if pk else None}


def told(answer: type[serializers.Serializer]) -> dict[Any, Any]:
    """What a report answers, for the schema."""
    return {(200, "application/json"): answer, (200, "text/csv"): OpenApiTypes.STR, 422: REVERSED}


class StatementReport(Report):
    """One customer's account."""

    def statement(self) -> dict[str, Any]:
        """The account that is asked for."""
        asked = self.asked(StatementQuery)
        customers = self.rows(Customer).select_related("tenant")
        customer = self.row(customers, asked.pop("customer"), name="customer")
        return {**statement_of(customer, **asked), "customer": customer}

    @extend_schema(parameters=[StatementQuery], responses=told(answers.StatementReportAnswer))
    def get(self, request: Request) -> HttpResponseBase:
        """A customer's account: each delivery on its day, sales, returns, payments, refunds, credits; invoices inform."""
        statement = self.statement()
        if wants_csv(request):
            name = f"statement-{statement['customer_number']}"
            return self.file(name, files.STATEMENT, files.statement_rows(statement))
        return Response(answers.StatementReportAnswer(statement).data)


class PrintedStatement(StatementReport):
    """One customer's account on paper."""

    @extend_schema(parameters=[StatementQuery], responses={**PDF, 422: REVERSED})
    def get(self, request: Request) -> HttpResponse:
        """A customer's account as PDF to print."""
        statement = self.statement()
        pdf = printed_statement(statement, statement["customer"], now=timezone.now())
        return printed(pdf, f"statement-{statement['customer_number']}")


class CollectionReport(Report):
    """What came in."""

    @extend_schema(parameters=[DaysQuery], responses=told(answers.CollectionAnswer))
    def get(self, request: Request) -> HttpResponseBase:
        """What came in, by day, channel and collector."""
        report = collection_of(self.tenant(), **self.asked(DaysQuery))
        if wants_csv(request):
            return self.file("collection", files.COLLECTION, files.view_rows(report, "day", "channel", "collector"))
        return Response(answers.CollectionAnswer(report).data)


class PerformanceReport(Report):
    """What was delivered."""

    @extend_schema(parameters=[PerformanceQuery], responses=told(answers.PerformanceAnswer))
    def get(self, request: Request) -> HttpResponseBase:
        """How much of what was ordered was delivered, by day, product and customer; extra items apart."""
        report = performance_of(self.tenant(), **self.of_round(self.asked(PerformanceQuery)))
        if wants_csv(request):
            return self.file("performance", files.PERFORMANCE, files.view_rows(report, "day", "product", "customer"))
        return Response(answers.PerformanceAnswer(report).data)


class DayReport(Report):
    """A report of one day; a representative sees their rounds of that day."""

    readers = STAFF

    def asked_day(self) -> dict[str, Any]:
        """The day and what it is narrowed to."""
        asked = self.of_round(self.asked(DayQuery))
        today = self.tenant().day_of(timezone.now())
        day = asked.pop("date", today)
        return {**asked, "day": day, "orders": self.rows(DailyOrder)}

    def sheet(self) -> dict[str, Any]:
        """The route sheet that is asked for."""
        asked = self.asked_day()
        return route_sheet_of(self.tenant(), rounds=self.their_rounds(asked["day"]), **asked)

    def their_rounds(self, day: Any) -> Any:
        """The rounds of a representative on a day; None for the office: all, and customers on none."""
        user = self.request.user
        if user.is_superuser or user.role != Role.SALES_REP:
            return None
        routes = Route.objects.filter(assigned_to=user, route_date=day).order_by().values("round")
        return self.rows(Round).filter(Q(usual_rep=user) | Q(pk__in=routes)).order_by().values("pk")


class ProductionReport(DayReport):
    """What must be produced."""

    @extend_schema(parameters=[DayQuery], responses=told(answers.ProductionAnswer))
    def get(self, request: Request) -> HttpResponseBase:
        """How much of each product is ordered for a day; it does not shrink while deliveries are confirmed."""
        report = production_of(self.tenant(), **self.asked_day())
        if wants_csv(request):
            return self.file("production", files.PRODUCTION, report["lines"])
        return Response(answers.ProductionAnswer(report).data)


class RouteSheetReport(DayReport):
    """What to leave where."""

    @extend_schema(parameters=[DayQuery], responses=told(answers.RouteSheetAnswer))
    def get(self, request: Request) -> HttpResponseBase:
        """The customers of a day in the order of the round, each with what to leave there, notes and what is skipped."""
        sheet = self.sheet()
        if wants_csv(request):
            return self.file("route-sheet", files.ROUTE_SHEET, files.sheet_rows(sheet))
        return Response(answers.RouteSheetAnswer(sheet).data)


class PrintedRouteSheet(DayReport):
    """What to leave where, on paper."""

    @extend_schema(parameters=[DayQuery], responses={**PDF, 422: REVERSED})
    def get(self, request: Request) -> HttpResponse:
        """The route sheet of a day as PDF to print."""
        sheet, asked = self.sheet(), self.asked(DayQuery)
        on_round = self.find(Round, asked["round"]).name if asked.get("round") else "all rounds"
        about = ", ".join(part for part in (on_round, asked.get("slot", "")) if part)
        pdf = printed_route_sheet(sheet, self.tenant(), now=timezone.now(), about=about)
        return printed(pdf, f"route-sheet-{sheet['day']}")
