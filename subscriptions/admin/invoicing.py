"""Invoicing a period: who would get which invoice, shown first; then made in the background, with an answer for each customer."""

import calendar
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from accounts.admin import RowAction, page_of, row_action, staff_page
from accounts.errors import DomainError
from accounts.statuses import status_of
from billing.admin.bulk_operations import STATES
from billing.admin.money import money
from billing.admin.period import day
from billing.models import BulkOperation
from billing.rules.period import PeriodReversed
from operations.tasks import BrokerIsDown
from subscriptions.admin.day_page import RoundPage
from subscriptions.selectors.invoicing_preview import CustomerPreview, InvoicingPreview, preview_invoices
from subscriptions.services import start_invoicing
from subscriptions.tasks import hand_invoicing_to_worker

LISTED = 300
EARLIER = 5
INVOICE = "subscriptions.invoice_period"
NO_DAYS = "Give both days of the period, each as year-month-day, such as 2026-01-31."


@staff_page("dairy/invoicing/", name="dairy-invoicing")
class InvoicingPage(RoundPage):
    """The invoices of a period."""

    title = "Invoice a period"
    permission_required = INVOICE
    template_name = "subscriptions/invoicing.html"
    explains = (
        "Everything that was delivered up to the last day and that no invoice asks for yet, and every unpaid credit sale, "
        "goes on one invoice for each customer. Nothing is billed twice, whatever period is chosen."
    )
    refusal = ""

    @cached_property
    def period(self) -> tuple[date, date] | None:
        """The days that are asked for; without a question the last month that is over."""
        if "from" not in self.request.GET and "to" not in self.request.GET:
            return month_before(self.today)
        try:
            first, last = day(self.request, "from"), day(self.request, "to")
        except ValueError:
            first = last = None
        if first is None or last is None:
            self.refusal = NO_DAYS
            return None
        return first, last

    def asked(self) -> dict[str, str]:
        first, last = self.period or ("", "")
        return {"from": str(first), "to": str(last), **super().asked()}

    def preview(self) -> InvoicingPreview | None:
        """Who would get which invoice; nothing where the question cannot be answered, which is then said."""
        if self.period is None:
            return None
        try:
            return preview_invoices(self.tenant, *self.period, round=self.round)
        except PeriodReversed as error:
            self.refusal = self.refusal or error.message
            return None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        seen = self.preview()
        shown = shown_of(seen, self.tenant.currency) if seen else {}
        first, last = self.period or (self.request.GET.get("from", ""), self.request.GET.get("to", ""))
        return {
            **super().get_context_data(**kwargs),
            **shown,
            "preview": seen,
            "first": str(first),
            "last": str(last),
            "months": self.months(),
            "earlier": self.earlier(),
            "refusal": self.refusal,
            "today_page": self.address("dairy-today"),
        }

    def months(self) -> list[tuple[str, str]]:
        """This month so far and the two before it, each with its address."""
        before = month_before(self.today)
        found = [(self.today.replace(day=1), self.today), before, month_before(before[0])]
        return [
            (f"{first:%B %Y}", self.address("dairy-invoicing", **{"from": first, "to": last})) for first, last in found
        ]

    def earlier(self) -> list[dict[str, Any]]:
        """The newest invoicings of this business."""
        rows = BulkOperation.objects.of_tenant(self.tenant).filter(kind=BulkOperation.Kind.INVOICING)  # type: ignore[attr-defined]
        return [
            {"row": row, "href": page_of(row), "state": STATES[BulkOperation.Status(row.status)]}
            for row in rows.select_related("requested_by").order_by("-created_at", "-id")[:EARLIER]
        ]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Record the invoicing, hand it to a worker, and show how far it is."""
        if self.period is None:
            return self.render_to_response(self.get_context_data(**kwargs), status=422)
        try:
            first, last = self.period
            asked = {"actor": request.user, "tenant": self.tenant, "now": self.now, "round": self.round}
            operation = start_invoicing(period_start=first, period_end=last, **asked)
        except DomainError as error:
            self.refusal = error.message
            return self.render_to_response(self.get_context_data(**kwargs), status=status_of(error))
        return handed_over(self, operation)


def handed_over(page: Any, operation: BulkOperation) -> HttpResponse:
    """Hand the operation to a worker, and lead to its page; where no worker takes jobs the page says how to go on."""
    try:
        hand_invoicing_to_worker(operation)
    except BrokerIsDown as error:
        messages.error(page.request, error.message)
    return HttpResponseRedirect(page_of(operation))


def month_before(today: date) -> tuple[date, date]:
    """The whole month before the one of a day.

    >>> month_before(date(2026, 3, 14))
    (datetime.date(2026, 2, 1), datetime.date(2026, 2, 28))
    """
    last = today.replace(day=1) - timedelta(days=1)
    return last.replace(day=1), date(last.year, last.month, calendar.monthrange(last.year, last.month)[1])


def shown_of(seen: InvoicingPreview, currency: str) -> dict[str, Any]:
    """The figures and rows of a preview; those that need a person come first."""
    rows = sorted(seen.rows, key=lambda row: (not row.problems, row.name))
    return {
        "ready": len(seen.ready),
        "total": money(seen.total_cents, currency),
        "deliveries": sum(row.deliveries for row in seen.ready),
        "late": sum(row.late_deliveries for row in seen.ready),
        "sales": sum(row.sales for row in seen.ready),
        "paid": money(sum(row.paid_cents for row in seen.ready), currency),
        "invoiced": sum(1 for row in seen.rows if row.invoice_id),
        "stopped": sum(1 for row in seen.rows if not row.can_be_invoiced and not row.invoice_id),
        "rows": [(row, *amounts(row, currency)) for row in rows[:LISTED]],
        "left_out": max(0, len(rows) - LISTED),
    }


def amounts(row: CustomerPreview, currency: str) -> tuple[Any, ...]:
    """What a customer's invoice would ask for: deliveries, sales, together, and what is paid of it."""
    cents = (row.deliveries_cents, row.sales_cents, row.total_cents, row.paid_cents)
    return tuple(money(each, currency) for each in cents)


@row_action(BulkOperation, "resume", permission=INVOICE)
class GoOnInvoicing(RowAction):
    """Its worker died."""

    label, done, is_main = "Let it go on…", "It goes on where it stopped.", True
    means = (
        "A worker goes on after the last customer that is done. Should another still be at work, they take turns: nobody gets "
        "two invoices."
    )

    @classmethod
    def is_offered(cls, row: BulkOperation) -> bool:
        return row.status == BulkOperation.Status.RUNNING and row.kind == BulkOperation.Kind.INVOICING

    def act(self, row: BulkOperation, values: dict[str, Any]) -> None:
        hand_invoicing_to_worker(row)
