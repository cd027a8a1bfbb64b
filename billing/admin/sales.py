"""Pages of sales, with their lines and returns."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from unfold.admin import TabularInline
from unfold.decorators import display

from accounts.admin import Card, Figure, FollowedLink, Link, State, StoryLine, linked, page_of
from billing.admin.allocated import allocation_lines
from billing.admin.money import MoneyAdmin, currency_of, grouped, money, subtraction
from billing.admin.states import state_of
from billing.models import Sale, SaleLine, SaleReturn


class SaleLines(TabularInline):
    """What was sold, to read."""

    model = SaleLine
    verbose_name_plural = "Goods"
    hide_title = True
    fields = readonly_fields = ["description", "product_code", "quantity", "price_money", "line_money"]
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("billing.view_sale")

    @display(description="Price")
    def price_money(self, row: SaleLine) -> str:
        return money(row.unit_price_cents, row.sale.currency)

    @display(description="Total")
    def line_money(self, row: SaleLine) -> str:
        return money(row.total_cents, row.sale.currency)


class OpenFilter(admin.SimpleListFilter):
    """Sales that ask for money themselves and are not paid in full."""

    title, parameter_name = "what is open", "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Still to pay")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.unpaid() if self.value() == "yes" else queryset  # type: ignore[attr-defined]


@admin.register(Sale)
class SaleAdmin(MoneyAdmin):
    """Sales: what a customer owes for goods, on which route they went out, what came back and what is paid."""

    list_display = [
        "number",
        "customer",
        "sold_at",
        "total_money",
        "returned_money",
        "balance_money",
        "state",
        "sale_type",
        "route",
    ]
    list_filter = [OpenFilter, "status", "sale_type", ("customer", FollowedLink), ("route", FollowedLink)]
    list_select_related = ["customer", "route"]
    search_fields = ["number__exact", "id__exact", "customer__number__exact"]
    search_help_text = "A whole sale number, id or customer number."
    story_skips = {"allocated_cents", "returned_cents"}
    empty_says = "Sales appear here when they are booked in the app or by the API."
    inlines = [SaleLines]

    def card(self, request: HttpRequest, row: Sale) -> Card:
        others = [("Customer", row.customer), ("Route", row.route)]
        payments = f"{reverse('admin:billing_payment_changelist')}?sale__id__exact={row.pk}"
        return Card(
            what=f"{row.get_sale_type_display()} sale to {row.customer}, {row.sold_at:%-d %B %Y}.",
            state=state_of(row),
            figures=figures(row),
            sum_shown=sum_shown(row),
            links=[
                *(Link(kind, str(other), page_of(other)) for kind, other in others if other),
                Link("", "Its payments", payments),
            ],
        )

    def happenings(self, request: HttpRequest, row: Sale) -> Iterable[StoryLine]:
        return [*allocation_lines(sale=row), *return_lines(row)]

    @display(description="Total")
    def total_money(self, row: Sale) -> str:
        return money(row.total_cents, row.currency)

    @display(description="Returned")
    def returned_money(self, row: Sale) -> str:
        return money(row.returned_cents, row.currency)

    @display(description="Still to pay")
    def balance_money(self, row: Sale) -> str:
        return money(row.balance_cents, row.currency)

    @display(description="State")
    def state(self, row: Sale) -> State:
        return state_of(row)


def figures(row: Sale) -> list[Figure]:
    """Total - returned - paid = still to pay; each links to the rows behind it."""
    paid_by = f"{reverse('admin:billing_allocation_changelist')}?sale__id__exact={row.pk}"
    returned = f"{reverse('admin:billing_salereturn_changelist')}?sale__id__exact={row.pk}"
    return [
        Figure("Total", money(row.total_cents, row.currency)),
        Figure("returned", money(row.returned_cents, row.currency), href=returned, sign="−"),
        Figure("paid", money(row.allocated_cents, row.currency), href=paid_by, sign="−"),
        Figure("still to pay", money(row.balance_cents, row.currency), sign="="),
    ]


def sum_shown(row: Sale) -> str:
    """The figures as one line that can be checked by hand."""
    if row.status == Sale.Status.CANCELLED:
        return "Cancelled: it asks for nothing any more."
    if row.invoice_id:
        return f"Invoice {row.invoice} asks for its money."
    parts = (row.total_cents, row.returned_cents, row.allocated_cents)
    return subtraction(parts, row.balance_cents, row.currency)


def return_lines(sale: Sale) -> Iterable[StoryLine]:
    """What came back of a sale."""
    for row in SaleReturn.objects.filter(sale=sale).select_related("recorded_by").order_by("-created_at", "-id")[:50]:
        what = f"{grouped(row.amount_cents, sale.currency)} {sale.currency} returned"
        yield StoryLine(
            at=row.created_at, what=what, who=str(row.recorded_by), why=row.reason, icon="assignment_return"
        )


@admin.register(SaleReturn)
class SaleReturnAdmin(MoneyAdmin):
    """Returns: what came back, when, why, and who took it."""

    list_display = ["created_at", "sale", "amount_money", "reason", "recorded_by"]
    list_filter = [("sale", FollowedLink)]
    list_select_related = ["sale", "recorded_by"]
    ordering = ["-pk"]
    search_fields = ["sale__number__exact", "id__exact"]
    search_help_text = "A whole sale number or return id."
    empty_says = "A return appears here when a representative or the office records goods that came back."

    def card(self, request: HttpRequest, row: SaleReturn) -> Card:
        return Card(
            what=f"Goods that came back of sale {row.sale}: {row.reason}",
            figures=[Figure("Lowers what the sale asks for by", money(row.amount_cents, currency_of(row.sale)))],
            links=[Link("Sale", str(row.sale), page_of(row.sale))],
        )

    @display(description="Amount")
    def amount_money(self, row: SaleReturn) -> str:
        return money(row.amount_cents, row.sale.currency)

    @display(description="Sale")
    def sale_link(self, row: SaleReturn) -> str:
        return linked(row.sale)
