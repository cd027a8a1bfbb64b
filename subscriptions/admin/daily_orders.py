"""Pages of the orders of a day: what is to be delivered to whom, and how far it came."""

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from unfold.decorators import display

from accounts.admin import Card, Figure, FollowedLink, Link, State, page_of
from billing.admin.money import MoneyAdmin, money
from billing.money import round_half_up
from subscriptions.models import DailyOrder

KINDS = {
    DailyOrder.Status.GENERATED: "warning",
    DailyOrder.Status.DELIVERED: "success",
    DailyOrder.Status.NOT_DELIVERED: "danger",
}


@admin.register(DailyOrder)
class DailyOrderAdmin(MoneyAdmin):
    """Orders of a day: generated from the standing orders, or made for one day alone; never edited as rows."""

    list_display = ["order_date", "customer", "product", "quantity", "price_money", "round", "slot", "state", "note"]
    list_filter = [
        "status",
        "order_date",
        ("round", FollowedLink),
        ("customer", FollowedLink),
        ("product", FollowedLink),
        ("standing_order", FollowedLink),
    ]
    list_select_related = ["customer", "product", "round", "tenant"]
    ordering = ["-pk"]
    search_fields = ["id__exact", "customer__number__exact"]
    search_help_text = "A whole order id or customer number."
    empty_says = (
        "Orders appear here when a day is generated from the standing orders: on the page Today, or by the API."
    )

    def card(self, request: HttpRequest, row: DailyOrder) -> Card:
        currency = row.tenant.currency
        deliveries = f"{reverse('admin:subscriptions_delivery_changelist')}?daily_order__id__exact={row.pk}"
        others = [("Customer", row.customer), ("Round", row.round), ("Standing order", row.standing_order)]
        slot = f", {row.slot}" if row.slot else ""
        return Card(
            what=f"{self.quantity(row)} of {row.product} for {row.customer} on {row.order_date:%A %-d %B %Y}{slot}.",
            state=self.state(row),
            figures=[
                Figure("Planned", self.quantity(row), href=deliveries),
                Figure("each", money(row.unit_price_cents, currency), sign="×"),
                Figure(
                    "asks for", money(round_half_up(row.planned_quantity * row.unit_price_cents), currency), sign="="
                ),
            ],
            sum_shown=row.note and f"Note: {row.note}",
            links=[
                *(Link(kind, str(other), page_of(other)) for kind, other in others if other),
                Link("", "Its deliveries", deliveries),
            ],
        )

    @display(description="Quantity")
    def quantity(self, row: DailyOrder) -> str:
        return f"{row.planned_quantity.normalize():f} {row.product.unit}"

    @display(description="Price")
    def price_money(self, row: DailyOrder) -> str:
        return money(row.unit_price_cents, row.tenant.currency)

    @display(description="State")
    def state(self, row: DailyOrder) -> State:
        return State(row.get_status_display(), KINDS.get(DailyOrder.Status(row.status), ""))
