"""The tables of a payment's page besides what it pays for: what it was meant for, and what of it went back."""

from collections.abc import Iterator

from accounts.admin import linked, when
from billing.admin.glance import Column, Glance
from billing.admin.money import money
from billing.models import Payment, PaymentIntention, PaymentRefund


def why_nothing(payment: Payment) -> str:
    """Why a payment pays for nothing."""
    if payment.is_money:
        return "It pays for nothing yet: it is the customer's credit."
    return "It pays for nothing: it is not money in."


def meant_glance(payment: Payment) -> Iterator[Glance]:
    """What a payment that waits was meant for."""
    if payment.is_money:
        return
    sides = ("invoice", "sale", "opening_balance_customer")
    meant = list(PaymentIntention.objects.filter(payment=payment).select_related(*sides).order_by("rank"))
    if meant:
        cells = [
            [linked(row.invoice or row.sale or row.opening_balance_customer), money(row.amount_cents, payment.currency)]
            for row in meant
        ]
        yield Glance("What it is meant for, once it counts", [Column("Debt"), Column("Amount", is_money=True)], cells)


def refunds_glance(payment: Payment) -> Iterator[Glance]:
    """What of it went back."""
    if not payment.refunded_cents:
        return
    columns = [Column("When"), Column("Who"), Column("Reference"), Column("Why"), Column("Amount", is_money=True)]
    refunds = PaymentRefund.objects.filter(payment=payment).select_related("created_by").order_by("created_at", "id")
    cells = [
        [
            when(row.created_at),
            row.created_by or "system",
            row.reference,
            row.reason,
            money(row.amount_cents, payment.currency),
        ]
        for row in refunds
    ]
    yield Glance("What went back", columns, cells, empty="The old system noted an amount and no more.")
