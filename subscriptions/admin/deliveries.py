"""Pages of deliveries: who got what on which day, what it asks for, and which invoice asks for it."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from accounts.admin import Card, Figure, FollowedLink, Link, State, page_of
from billing.admin.money import MoneyAdmin, grouped, money
from billing.models import Invoice
from subscriptions.models import DELIVERY, Delivery
from subscriptions.models.delivery import live_line

BILLED, UNBILLED = "billed", "unbilled"


class IsBilled(admin.SimpleListFilter):
    """Deliveries that a live invoice asks for, or that go on the next one. Choices cost no query."""

    title = "invoice"
    parameter_name = "invoiced"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(BILLED, "On an invoice"), (UNBILLED, "To be invoiced")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        rows: Any = queryset
        return {BILLED: rows.billed, UNBILLED: rows.unbilled}.get(self.value() or "", rows.all)()


@admin.register(Delivery)
class DeliveryAdmin(MoneyAdmin):
    """Deliveries: confirmed from the orders of a day, or extra items; corrected by services, never edited as rows."""

    list_display = [
        "delivery_date",
        "customer",
        "product",
        "quantity",
        "total_money",
        "state",
        "round",
        "slot",
        "delivered_by",
    ]
    list_filter = [
        "status",
        IsBilled,
        "delivery_date",
        ("customer", FollowedLink),
        ("product", FollowedLink),
        ("round", FollowedLink),
        ("daily_order", FollowedLink),
    ]
    list_select_related = ["customer", "product", "round", "delivered_by"]
    search_fields = ["id__exact", "customer__number__exact"]
    search_help_text = "A whole delivery id or customer number."
    empty_says = "Deliveries appear here when orders of a day are confirmed, or extra items are recorded."

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(is_billed=Exists(live_line()))

    def card(self, request: HttpRequest, row: Delivery) -> Card:
        invoice = Invoice.objects.filter(
            lines__source_kind=DELIVERY, lines__source_id=row.pk, lines__is_live=True
        ).first()
        links = [("Customer", row.customer), ("Round", row.round), ("Invoice", invoice)]
        return Card(
            what=f"{row.quantity:f} {row.product.unit} of {row.product} to {row.customer} on {row.delivery_date:%-d %B %Y}.",
            state=self.state(row),
            figures=[
                Figure("Asks for", money(row.total_cents, row.currency)),
                Figure("at a price of", money(row.unit_price_cents, row.currency), note=f"for one {row.product.unit}"),
            ],
            sum_shown=sum_shown(row),
            links=[Link(kind, str(other), page_of(other)) for kind, other in links if other],
        )

    @display(description="Total")
    def total_money(self, row: Delivery) -> str:
        return money(row.total_cents, row.currency)

    @display(description="State")
    def state(self, row: Any) -> State:
        if row.status == Delivery.Status.CANCELLED:
            return State("Cancelled", "danger")
        return State("On an invoice", "success") if row.is_billed else State("To be invoiced", "warning")


def sum_shown(row: Delivery) -> str:
    """The figures as one line that can be checked by hand."""
    if row.status == Delivery.Status.CANCELLED:
        return "Cancelled: it asks for nothing."
    price, total = grouped(row.unit_price_cents, row.currency), grouped(row.total_cents, row.currency)
    return f"{row.quantity:f} × {price} = {total} {row.currency}"
