"""All that money of a customer can pay for, in the order of a mode: opening balance, invoices, and pending sales on credit."""

from typing import Any
from uuid import UUID

from billing.models import Credit, Customer, Invoice, Payment, Sale
from billing.rules.allocation_mode import OpenDebt, in_order
from billing.rules.allocation_split import spread
from billing.selectors.invoice_debts import open_invoices


def open_debts(customer_id: UUID, currency: str, *, mode: str) -> list[OpenDebt]:
    """What a customer owes in a currency, in the order in which this mode pays it.

    Under the customer's lock nobody changes it; without, it is a preview.
    """
    customer = Customer.objects.select_related("tenant").get(pk=customer_id)
    left = customer.opening_balance_left_cents if customer.tenant.currency == currency else 0
    opening = [OpenDebt(customer, left, None)] if left > 0 else []
    invoices = [
        OpenDebt(row, row.balance_cents, row.issued_at or row.created_at)
        for row in open_invoices(customer_id, currency)
    ]
    unpaid = Sale.objects.unpaid().filter(customer=customer_id, currency=currency, sale_type=Sale.Type.CREDIT)
    sales = [OpenDebt(row, row.balance_cents, row.sold_at) for row in unpaid.order_by("sold_at", "id")]
    return in_order(mode, opening, invoices, sales)


def preview_by_mode(source: Payment | Credit, *, mode: str) -> dict[str, Any]:
    """Answer what applying this money by a mode would do now, and what would be left. Nothing is locked or written."""
    debts = open_debts(source.customer_id, source.currency, mode=mode)
    chosen = spread(source.unallocated_cents, [(debt, debt.balance_cents) for debt in debts])
    return {
        "currency": source.currency,
        "unallocated_cents": source.unallocated_cents,
        "left_cents": source.unallocated_cents - sum(cents for _, cents in chosen),
        "allocations": [
            {**_named(debt), "rank": rank, "balance_cents": debt.balance_cents, "amount_cents": cents}
            for rank, (debt, cents) in enumerate(chosen, start=1)
        ],
    }


def _named(debt: OpenDebt) -> dict[str, Any]:
    kinds: dict[Any, str] = {Invoice: "invoice", Sale: "sale", Customer: "opening_balance"}
    kind, row = kinds[type(debt.row)], debt.row
    return {
        "kind": kind,
        "invoice_id": row.pk if kind == "invoice" else None,
        "sale_id": row.pk if kind == "sale" else None,
        "number": row.number,
        "due_at": row.due_at if kind == "invoice" else None,
    }
