"""The tables of an invoice's page: its lines, what corrects it, and the customer's money that could pay for it."""

from collections.abc import Iterator
from typing import Any

from accounts.admin import linked, when
from billing.admin.glance import Column, Glance
from billing.admin.invoice_card import asks, warning
from billing.admin.money import money
from billing.models import Credit, Invoice, InvoiceLine, Payment
from billing.selectors.credits import LEFT, payments_with_credit

MOST_LINES = 500


def lines_glance(row: Invoice) -> Glance:
    """What is billed, line by line, and which row it comes from."""
    columns = [
        Column("What"),
        Column("Quantity", is_money=True),
        Column("Price", is_money=True),
        Column("Of it tax", is_money=True),
        Column("Total", is_money=True),
    ]
    found = list(InvoiceLine.objects.filter(invoice=row.pk).order_by("id")[:MOST_LINES])
    cells = [
        [
            line.description,
            f"{line.quantity.normalize():f}",
            money(line.unit_price_cents, row.currency),
            money(line.tax_cents, row.currency),
            money(line.total_cents, row.currency),
        ]
        for line in found
    ]
    return Glance("What it asks for", columns, cells, empty="It has no lines: the old system kept a total alone.")


def legacy_glance(row: Any) -> Iterator[Glance]:
    """The payments by which a row of the old system counts."""
    if not warning(row):
        return
    named = Payment.objects.counting().filter(invoice=row.pk, customer=row.customer_id, currency=row.currency)
    yield payments_glance(
        "Payments of the old system that name it", list(named.annotate(credit_cents=LEFT).order_by("received_at", "id"))
    )


def corrections_glance(row: Invoice) -> Iterator[Glance]:
    """The credit notes and the write-off of an invoice."""
    found = list(Credit.objects.filter(invoice=row.pk).order_by("created_at", "id"))
    if found:
        columns = [Column("When"), Column("What"), Column("State"), Column("Why"), Column("Amount", is_money=True)]
        cells = [
            [
                linked(credit, when(credit.created_at)),
                f"{credit.get_kind_display()} {credit.number or ''}",
                credit.get_status_display(),
                credit.reason,
                money(credit.amount_cents, credit.currency),
            ]
            for credit in found
        ]
        void = frozenset(n for n, credit in enumerate(found) if credit.status == Credit.Status.VOIDED)
        yield Glance("What was given back or given up", columns, cells, quiet_rows=void)


def unapplied_glance(row: Any) -> Iterator[Glance]:
    """Payments of the customer that could pay for it."""
    if asks(row) and row.balance_now_cents and not warning(row):
        found = list(payments_with_credit(row.customer).filter(currency=row.currency)[:20])
        if found:
            yield payments_glance("Payments of the customer that are not used up", found)


def payments_glance(heading: str, payments: list[Any]) -> Glance:
    """Payments with what is left of each."""
    columns = [
        Column("Received"),
        Column("Channel"),
        Column("Reference"),
        Column("Amount", is_money=True),
        Column("Left", is_money=True),
    ]
    cells = [
        [
            linked(payment, when(payment.received_at)),
            payment.get_channel_display(),
            payment.reference,
            money(payment.amount_cents, payment.currency),
            money(payment.credit_cents, payment.currency),
        ]
        for payment in payments
    ]
    return Glance(heading, columns, cells, empty="None: it is noted as paid without a payment.")
