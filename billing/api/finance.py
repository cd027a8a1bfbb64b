"""The finance summary: what was asked for, what came in, what is open and how late."""

from typing import Any

from django.core.validators import RegexValidator
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.door import Door
from accounts.api.fields import Text
from accounts.roles import OFFICE
from billing.api.period import REVERSED, PeriodQuery
from billing.rules import invoice_status as rule
from billing.rules.finance_period import CUSTOM, NAMED, YEAR_TO_DATE
from billing.rules.invoice_source import SOURCES
from billing.selectors.finance import finance_summary
from billing.selectors.finance_file import finance_csv_lines
from operations.api.findings import JsonOrCsv, wants_csv

CURRENCY = RegexValidator(r"^[A-Z]{3}\Z", "Three capital letters, such as BDT.")


class Word(serializers.ChoiceField):
    """One of these words, in capitals or not."""

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(data.upper() if isinstance(data, str) else data)


class WindowQuery(PeriodQuery):
    """A period by its name, or both days of one; and one currency."""

    period = Word(list(NAMED.items()), required=False)
    currency = Text(max_length=3, validators=[CURRENCY], required=False, help_text="Default: that of the business.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Half a window is none: it would be answered for other days than were meant."""
        attrs = super().validate(attrs)
        if (attrs["first"] is None) != (attrs["last"] is None):
            missing = "to" if attrs["last"] is None else "from"
            raise serializers.ValidationError({missing: ["Give both `from` and `to`, or a `period`."]})
        return attrs


class SummaryQuery(WindowQuery):
    """Which days, which currency, and in which form."""

    format = serializers.ChoiceField(["json", "csv"], required=False, help_text="csv: every figure in one file.")


class Figure(serializers.Serializer):
    """How many invoices, and what they add up to."""

    count = serializers.IntegerField()
    total_cents = serializers.IntegerField()


class RangeAnswer(serializers.Serializer):
    """Which days, both included; null: unbounded."""

    type = serializers.ChoiceField([*NAMED, CUSTOM])
    label = serializers.CharField()

    def get_fields(self) -> dict[str, serializers.Field]:
        days = {name: serializers.DateField(allow_null=True) for name in ("from", "to")}
        return {**super().get_fields(), **days}


class SummaryTotals(serializers.Serializer):
    """The totals; what was asked for is what is outstanding, collected and credited."""

    outstanding = Figure()
    collected = Figure()
    cancelled = Figure(help_text="Void and failed ones, and drafts.")
    credited_cents = serializers.IntegerField(help_text="Paid by credit notes and write-offs: nobody collected it.")
    via_legacy_cents = serializers.IntegerField(help_text="How much of what is collected no allocation tells yet.")
    overpaid_cents = serializers.IntegerField(help_text="Paid beyond what the named invoice asks for.")
    unallocated_cents = serializers.IntegerField(help_text="Received, and not applied to anything yet.")


class SourceFigures(serializers.Serializer):
    """One source."""

    outstanding = Figure()
    collected = Figure()


class FixedKeys(serializers.Serializer):
    """An object with one key for each of these names, all of one kind."""

    names: tuple[str, ...] = ()
    kind: type[serializers.Serializer] = Figure

    def get_fields(self) -> dict[str, serializers.Field]:
        return {name: self.kind() for name in self.names}


class BySource(FixedKeys):
    """Every source, also one without invoices."""

    names, kind = SOURCES, SourceFigures


class ByStatus(FixedKeys):
    """Each invoice in exactly one: balances of the outstanding ones, totals of the others."""

    names = ("OUTSTANDING", "PAID", "CANCELLED")


class Ageing(FixedKeys):
    """What is outstanding, by the days since it was due."""

    names = rule.BUCKETS


class SummaryAnswer(serializers.Serializer):
    """The finance summary, in one currency."""

    range = RangeAnswer()
    currency = serializers.CharField()
    other_currencies = serializers.ListField(child=serializers.CharField(), help_text="In which there is money too.")
    totals = SummaryTotals()
    by_source = BySource()
    by_status = ByStatus()
    ageing = Ageing()


class FinanceSummary(Door):
    """The figures of the business's invoices."""

    readers = OFFICE
    content_negotiation_class = JsonOrCsv

    @extend_schema(
        parameters=[SummaryQuery],
        responses={(200, "application/json"): SummaryAnswer, (200, "text/csv"): OpenApiTypes.STR, 422: REVERSED},
    )
    def get(self, request: Request) -> HttpResponseBase:
        """What was asked for by the invoices of a period, what came in of it, what is open and how late.

        `period` is YEAR_TO_DATE unless said otherwise; `from` and `to` take precedence. Days are the business's, both
        included. With `?format=csv` the same figures as a file, and those of each month of issue.
        """
        tenant, asked = self.tenant(), self.query(SummaryQuery)
        asked.pop("format", None)
        asked.setdefault("period", YEAR_TO_DATE)
        summary = finance_summary(tenant, now=timezone.now(), **asked)
        if not wants_csv(request):
            return Response(SummaryAnswer(summary).data)
        headers = {"Content-Disposition": f'attachment; filename="finance-{tenant.slug}.csv"'}
        lines = finance_csv_lines(tenant, summary)
        return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)
