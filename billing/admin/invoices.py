"""Pages of invoices: what was asked for, what is paid of it, by which money, and what is left."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from unfold.decorators import display

from accounts.admin import Card, FollowedLink, State, StoryLine, when
from billing.admin.allocated import allocation_lines
from billing.admin.bulk_deletion import MOVE, delete_together
from billing.admin.glance import Glance, GlanceAdmin, allocation_glance
from billing.admin.invoice_card import card_of, days_in_words, days_late
from billing.admin.invoice_filters import CurrencyFilter, FigureFilter, IssuedFilter, SourceFilter, StateFilter
from billing.admin.invoice_glances import corrections_glance, legacy_glance, lines_glance, unapplied_glance
from billing.admin.money import money
from billing.admin.states import invoice_state
from billing.admin.steps import step_lines
from billing.models import Allocation, Invoice


@admin.register(Invoice)
class InvoiceAdmin(GlanceAdmin):
    """Invoices: what a customer was asked to pay, by when, and what is paid of it."""

    list_display = [
        "number_or_draft",
        "customer",
        "total_money",
        "paid_money",
        "balance_money",
        "state",
        "source",
        "due",
    ]
    list_filter = [StateFilter, SourceFilter, FigureFilter, IssuedFilter, CurrencyFilter, ("customer", FollowedLink)]
    list_select_related = ["customer"]
    ordering = [F("issued_at").desc(nulls_first=True), "-id"]
    search_fields = ["number__exact", "id__exact", "customer__number__exact"]
    search_help_text = "A whole invoice number, id or customer number."
    story_skips = {"allocated_cents", "credited_cents"}
    actions = (delete_together,)
    empty_says = (
        "Invoices appear here once they are drafted on a customer's page, by the API or for a billing period. Deleted ones: "
        "filter by state."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).with_status(timezone.now())

    def has_move_permission(self, request: HttpRequest) -> bool:
        """Whether the person may delete invoices, for the action of the list."""
        return request.user.has_perm(MOVE)

    def card(self, request: HttpRequest, row: Invoice) -> Card:
        return card_of(row)

    def glances(self, request: HttpRequest, row: Invoice) -> list[Glance]:
        paid_by = allocation_glance(
            "What pays for it",
            user=request.user,
            currency=row.currency,
            empty="No payment or credit is applied to it yet.",
            invoice=row,
        )
        return [lines_glance(row), paid_by, *legacy_glance(row), *corrections_glance(row), *unapplied_glance(row)]

    def happenings(self, request: HttpRequest, row: Invoice) -> Iterable[StoryLine]:
        return [*allocation_lines(invoice=row), *step_lines(payments_of(row))]

    @display(description="Number")
    def number_or_draft(self, row: Invoice) -> str:
        return str(row)

    @display(description="Total")
    def total_money(self, row: Invoice) -> str:
        return money(row.total_cents, row.currency)

    @display(description="Paid")
    def paid_money(self, row: Any) -> str:
        return money(row.paid_cents, row.currency)

    @display(description="Still to pay")
    def balance_money(self, row: Any) -> str:
        return money(row.balance_now_cents, row.currency)

    @display(description="State")
    def state(self, row: Invoice) -> State:
        return invoice_state(row)

    @display(description="Due")
    def due(self, row: Any) -> str:
        days = days_late(row)
        day = when(row.due_at).split(",")[0]
        return format_html('{} <span class="rm-quiet">{} late</span>', day, days_in_words(days)) if days else day


def payments_of(invoice: Invoice) -> Any:
    """The payments that pay or paid for an invoice."""
    return Allocation.objects.filter(invoice=invoice.pk, payment__isnull=False).values("payment")
