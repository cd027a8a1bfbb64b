"""What a waiting payment was meant to pay for: kept when it is recorded, done when it counts as money.

Mrs Rahman's transfer of 100.00 waits for verification; it was meant for 60.00 of invoice A and 40.00 of invoice B. Meanwhile A
was paid otherwise down to 50.00. Approved, the transfer pays 50.00 of A and 40.00 of B, and 10.00 are her credit: what was meant
is a wish, never a reason to pay more than is owed.
"""

from collections import Counter
from typing import Any

from accounts.errors import DomainError
from billing.models import Customer, Invoice, Payment, PaymentIntention, Sale
from billing.services.allocations import Target
from billing.services.holding import Held
from billing.services.named_debts import INVOICE, OPENING_BALANCE, SALE, Named, Plan, owed_by, target_of_name

COLUMN_OF = {Invoice: "invoice", Sale: "sale", Customer: "opening_balance_customer"}


def keep_intentions(payment: Payment, plan: Plan) -> None:
    """Keep what a payment that does not count yet is meant to pay for."""
    PaymentIntention.objects.bulk_create(
        PaymentIntention(
            tenant_id=payment.tenant_id,
            payment=payment,
            rank=rank,
            amount_cents=cents,
            **{COLUMN_OF[type(target)]: target},
        )
        for rank, (target, cents) in enumerate(plan, start=1)
    )


def intended_debts(payment: Payment) -> Named:
    """What a payment was meant to pay for, as `named_debts` reads a list of splits; nothing when nobody said.

    A payment of the old system says it by the invoice that it names.
    """
    named: Named = {}
    for row in PaymentIntention.objects.filter(payment=payment).order_by("rank"):
        if row.invoice_id:
            named[INVOICE, row.invoice_id] = row.amount_cents
        elif row.sale_id:
            named[SALE, row.sale_id] = row.amount_cents
        else:
            named[OPENING_BALANCE, None] = row.amount_cents
    if not named and _names_its_invoice(payment):
        named[INVOICE, payment.invoice_id] = payment.amount_cents
    return named


def _names_its_invoice(payment: Payment) -> bool:
    own = Invoice.objects.asking().filter(customer=payment.customer_id, currency=payment.currency)
    return payment.invoice_id is not None and own.filter(pk=payment.invoice_id).exists()


def still_possible(named: Named, held: Held, payment: Payment) -> Plan:
    """As much of what was meant as the debts still ask for and the payment has left, in the order in which it was meant."""
    plan: Plan = []
    planned: Counter[Any] = Counter()
    for (kind, pk), cents in named.items():
        target = _who_asks(kind, pk, held)
        if target is None:
            continue
        left = payment.unallocated_cents - planned.total()
        share = min(cents, owed_by(target) - planned[target.pk], left)
        if share > 0:
            plan.append((target, share))
            planned[target.pk] += share
    return plan


def _who_asks(kind: str, pk: Any, held: Held) -> Target | None:
    """Who asks for this debt's money now: of an invoiced sale the invoice; None when nobody takes it any more."""
    if kind == SALE:
        asking = held.asks_for(held.sales[pk])
        kind, pk = (INVOICE, asking.pk) if isinstance(asking, Invoice) else (SALE, pk)
    try:
        return target_of_name(kind, pk, held)
    except DomainError:
        return None
