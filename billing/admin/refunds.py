"""Pages of refunds: what went back to customers, of which payment, through whom, and why."""

from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from accounts.admin import Card, Figure, FollowedLink, Link, linked, page_of, when
from billing.admin.money import MoneyAdmin, money
from billing.models import Payment, PaymentRefund


@admin.register(PaymentRefund)
class RefundAdmin(MoneyAdmin):
    """Refunds: append-only; money that comes back again is a new payment."""

    list_display = ["created_at", "customer", "amount_money", "of_payment", "reference", "reason", "created_by"]
    list_filter = [("payment", FollowedLink), ("payment__customer", FollowedLink), ("settled_route", FollowedLink)]
    list_select_related = ["payment__customer", "created_by"]
    ordering = ["-pk"]
    search_fields = ["id__exact", "reference__exact", "payment__id__exact", "payment__customer__number__exact"]
    search_help_text = "A whole refund id, reference of the transfer, payment id or customer number."
    empty_says = (
        "A refund appears here when the office gives money back on a payment's page, or the gateway says that it did."
    )

    def card(self, request: HttpRequest, row: PaymentRefund) -> Card:
        payment = row.payment
        after = (
            [Link("Settled before", f"route {row.settled_route}", page_of(row.settled_route))]
            if row.settled_route
            else []
        )
        transfer = [Link("Reference", row.reference, "")] if row.reference else []
        return Card(
            what=f"Given back to {payment.customer} by {row.created_by or 'the gateway'} on {when(row.created_at)}: {row.reason}",
            figures=[
                Figure("Given back", money(row.amount_cents, payment.currency)),
                Figure("of a payment of", money(payment.amount_cents, payment.currency)),
                Figure("of it given back in all", money(payment.refunded_cents, payment.currency)),
            ],
            sum_shown=where_it_counts(row),
            links=[
                Link("Payment", f"of {when(payment.received_at)}", page_of(payment)),
                Link("Customer", str(payment.customer), page_of(payment.customer)),
                *after,
                *transfer,
            ],
        )

    @display(description="Customer")
    def customer(self, row: PaymentRefund) -> str:
        return linked(row.payment.customer)

    @display(description="Amount")
    def amount_money(self, row: PaymentRefund) -> str:
        return money(row.amount_cents, row.payment.currency)

    @display(description="Of payment")
    def of_payment(self, row: PaymentRefund) -> str:
        return linked(row.payment, payment_in_words(row.payment))


def payment_in_words(payment: Payment) -> str:
    """A payment by its day and channel."""
    return f"{payment.get_channel_display()}, {when(payment.received_at).split(',')[0]}"


def where_it_counts(row: PaymentRefund) -> str:
    """What the refund does to who collected how much."""
    if row.settled_route_id:
        return "The route was reconciled before: it keeps what was signed for, and the refund counts beside the routes."
    return "Collected is less by it."
