"""Invoices: listed page by page, taken home as CSV, drafted, and read one by one. What becomes of one: `invoice_steps`."""

from typing import Any
from uuid import UUID

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.door import Door
from accounts.api.fields import Day, Key, Moment, StrictSerializer, Text
from accounts.api.idempotency import idempotent_when_keyed
from accounts.roles import OFFICE
from billing import services
from billing.api.fields import Cents, Quantity
from billing.api.finance import CURRENCY, WindowQuery, Word
from billing.api.invoice_answers import InvoiceAnswer, InvoiceDetailAnswer, InvoiceListAnswer
from billing.api.period import REVERSED
from billing.models import Customer, Invoice, Sale
from billing.rules.finance_period import YEAR_TO_DATE, finance_period
from billing.rules.invoice_source import OLD_SPELLINGS, SOURCES, invoice_source
from billing.selectors.invoice_detail import invoice_detail
from billing.selectors.invoice_list import (
    NEWEST_FIRST,
    SORTS,
    STATUSES,
    Wanted,
    invoice_csv_lines,
    invoice_entry,
    listed_invoices,
)
from operations.api.findings import JsonOrCsv, wants_csv

ALL = "ALL"
PAGE_SIZE, LARGEST_PAGE_SIZE, LAST_PAGE = 50, 200, 1_000_000
REPEATABLE = {"status", "source"}


class WrittenNumber(serializers.IntegerField):
    """A whole number in a query, written in digits."""

    def to_internal_value(self, data: Any) -> int:
        if not (isinstance(data, str) and data.isascii() and data.isdigit()):
            self.fail("invalid")
        return super().to_internal_value(data)


class InvoiceQuery(WindowQuery):
    """Which invoices, in which order, which page. Without a period: whenever they were issued."""

    page = WrittenNumber(min_value=1, max_value=LAST_PAGE, default=1)
    pageSize = WrittenNumber(min_value=1, max_value=LARGEST_PAGE_SIZE, default=PAGE_SIZE)  # noqa: N815 - the seed's name
    status = serializers.ListField(
        child=Word([*STATUSES, ALL]),
        required=False,
        help_text="As it is now; may be repeated. OUTSTANDING: issued, part-paid and overdue. CANCELLED: void, failed, draft.",
    )
    source = serializers.ListField(
        child=Word([*SOURCES, *OLD_SPELLINGS, ALL]), required=False, help_text="May be repeated."
    )
    search = Text(
        max_length=100,
        required=False,
        help_text="Words that its number, description, or its customer's name, number or phone contain; all of them.",
    )
    sort = serializers.ChoiceField([f"{sign}{name}" for name in SORTS for sign in ("", "-")], required=False)
    customer_id = Key(required=False)
    format = serializers.ChoiceField(["json", "csv"], required=False)


class Invoices(Door):
    """The invoices of the business, page by page."""

    readers = OFFICE
    pagination_class = None
    content_negotiation_class = JsonOrCsv

    @extend_schema(
        parameters=[InvoiceQuery],
        responses={
            (200, "application/json"): InvoiceListAnswer,
            (200, "text/csv"): OpenApiTypes.STR,
            422: REVERSED,
        },
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Invoices that were not deleted, newest first, drafts before them. With `?format=csv` all of them, as a file."""
        now, asked = timezone.now(), self.asked(request)
        tenant = self.tenant()
        found = listed_invoices(
            Invoice.objects.of_tenant(tenant), self.wanted(asked), now=now, sort=asked.get("sort", NEWEST_FIRST)
        )
        if wants_csv(request):
            headers = {"Content-Disposition": f'attachment; filename="invoices-{tenant.slug}.csv"'}
            lines = invoice_csv_lines(found, now=now)
            return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)
        total, size, page = found.count(), asked["pageSize"], asked["page"]
        rows = found.select_related("customer")[(page - 1) * size : page * size]
        answer = {
            "invoices": [invoice_entry(invoice, now=now) for invoice in rows],
            "pagination": {"page": page, "page_size": size, "total": total, "total_pages": -(-total // size)},
        }
        return Response(InvoiceListAnswer(answer).data)

    def asked(self, request: Request) -> dict[str, Any]:
        """The checked query; a parameter without a value was not given."""
        given: dict[str, Any] = {}
        for name, values in request.query_params.lists():
            values = [value for value in values if value]
            if values and name != "tenant":
                given[name] = values if name in REPEATABLE else values[-1]
        return self._checked(InvoiceQuery, given)

    def wanted(self, asked: dict[str, Any]) -> Wanted:
        """What the query means; a period in days of the business."""
        tenant, begins, ends = self.tenant(), None, None
        if asked.get("period") or asked["first"]:
            today = tenant.day_of(timezone.now())
            name = asked.get("period", YEAR_TO_DATE)
            days = finance_period(name, today=today, first=asked["first"], last=asked["last"]).days
            begins, ends = days.moments(tenant.zone)
        statuses, sources = asked.get("status", []), asked.get("source", [])
        return Wanted(
            statuses=() if ALL in statuses else statuses,
            sources=() if ALL in sources else [invoice_source(source) for source in sources],
            search=asked.get("search", ""),
            currency=asked.get("currency"),
            customer_id=asked.get("customer_id"),
            begins=begins,
            ends=ends,
        )


class InvoiceLineForm(StrictSerializer):
    """What is billed."""

    description = Text(max_length=200)
    quantity = Quantity(required=False)
    unit_price_cents = Cents(least=0)
    tax_rate_bps = serializers.IntegerField(min_value=0, max_value=10_000, required=False)


class DraftForm(StrictSerializer):
    """An invoice to be: of sales, of lines, or of both."""

    id = Key(required=False)
    customer_id = Key()
    source = serializers.ChoiceField(Invoice.Source.choices)
    sale_ids = serializers.ListField(child=Key(), required=False, max_length=1000)
    lines = InvoiceLineForm(many=True, required=False, max_length=1000)
    currency = Text(max_length=3, validators=[CURRENCY], required=False)
    description = Text(max_length=200, required=False, allow_blank=True)
    due_at = Moment(required=False)
    period_start = Day(required=False)
    period_end = Day(required=False)


class InvoiceDrafts(Door):
    """New invoices."""

    writers = OFFICE

    @extend_schema(request=DraftForm, responses={201: InvoiceAnswer})
    @idempotent_when_keyed
    def post(self, request: Request) -> Response:
        """Draft an invoice; what it bills cannot be billed again while it lives. Prices include tax."""
        form = self.body(DraftForm)
        customer = self.find(Customer, form.pop("customer_id"), name="customer_id")
        sales = [self.find(Sale, pk, name="sale_ids") for pk in form.pop("sale_ids", [])]
        lines = [*sales, *form.pop("lines", [])]
        invoice = services.draft_invoice(actor=request.user, customer=customer, lines=lines, **form)
        return Response(invoice_as_stored(invoice), status=status.HTTP_201_CREATED)


class OneInvoice(Door):
    """One invoice."""

    readers = writers = OFFICE

    @extend_schema(responses=InvoiceDetailAnswer)
    def get(self, request: Request, pk: UUID) -> Response:
        """An invoice with its lines, what paid for it, the customer's payments not yet applied, and what happened to it."""
        now = timezone.now()
        rows = self.rows(Invoice).live().with_status(now).select_related("customer")  # type: ignore[attr-defined]
        return Response(InvoiceDetailAnswer(invoice_detail(self.row(rows, pk), now=now)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: UUID) -> Response:
        """Delete an invoice that holds no money; what it billed can be billed again, and `recover` brings it back."""
        services.delete_invoice(actor=request.user, invoice=self.find(Invoice, pk), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


def invoice_as_stored(invoice: Invoice) -> dict[str, Any]:
    """The invoice as lists tell it, after it was written."""
    now = timezone.now()
    row = Invoice.objects.with_status(now).select_related("customer").get(pk=invoice.pk)
    return InvoiceAnswer(invoice_entry(row, now=now)).data
