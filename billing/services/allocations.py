"""Allocating money: one append-only row and the running totals on both sides, in the caller's transaction and under its locks.

A payment of 80.00 for a sale of 50.00: one allocation of 50.00; the payment's `allocated_cents` and the sale's are 5000, and
30.00 stay on the payment as the customer's credit. When the payment is reversed, a second row of 50.00 points at the first, and
both totals are 0 again. Nothing is deleted.
"""

from typing import cast
from uuid import UUID

from accounts.models import User
from billing.models import Allocation, Customer, Payment, Sale
from billing.rules.sale_status import sale_status
from billing.selectors.allocations import live_allocations
from billing.services.holding import Held

SALE_PAYMENT = "sale_payment"
OPENING_BALANCE = "opening_balance"
AFTER_RETURN = "after_return"


def allocate(
    *, actor: User | None, payment: Payment, target: Sale | Customer, amount_cents: int, rule: str, reason: str = ""
) -> Allocation:
    """Let part of a held payment pay for a held sale, or for a held customer's opening balance."""
    column = "sale" if isinstance(target, Sale) else "opening_balance_customer"
    allocation = Allocation.objects.create(
        tenant_id=payment.tenant_id,
        payment=payment,
        **{column: target},
        amount_cents=amount_cents,
        rule=rule,
        reason=reason,
        created_by=actor,
    )
    _add_to_totals(payment, target, amount_cents)
    return allocation


def reverse_allocation(
    *, actor: User | None, allocation: Allocation, payment: Payment, target: Sale | Customer, reason: str
) -> Allocation:
    """Take one allocation back by a row that points at it; both sides are held."""
    reversal = Allocation.objects.create(
        tenant_id=allocation.tenant_id,
        payment_id=allocation.payment_id,
        sale_id=allocation.sale_id,
        opening_balance_customer_id=allocation.opening_balance_customer_id,
        amount_cents=allocation.amount_cents,
        reverses=allocation,
        rule=allocation.rule,
        reason=reason,
        created_by=actor,
    )
    _add_to_totals(payment, target, -allocation.amount_cents)
    return reversal


def release_payment(*, actor: User | None, payment: Payment, held: Held, reason: str) -> None:
    """Take back everything that a held payment pays for."""
    for allocation in live_allocations().filter(payment=payment):
        target = held.sales[allocation.sale_id] if allocation.sale_id else held.customer
        reverse_allocation(actor=actor, allocation=allocation, payment=payment, target=target, reason=reason)


def release_excess(*, actor: User | None, sale: Sale, held: Held, net_cents: int, reason: str) -> None:
    """Take back what a held sale holds above `net_cents`, the youngest allocation first; the excess is credit again."""
    by_payments = live_allocations().filter(sale=sale, payment__isnull=False)
    for allocation in by_payments.order_by("-created_at", "-id"):
        excess = sale.allocated_cents - net_cents
        if excess <= 0:
            return
        payment = held.payments[cast(UUID, allocation.payment_id)]
        reverse_allocation(actor=actor, allocation=allocation, payment=payment, target=sale, reason=reason)
        kept = allocation.amount_cents - excess
        if kept > 0:
            allocate(actor=actor, payment=payment, target=sale, amount_cents=kept, rule=allocation.rule, reason=reason)


def settle_status(sale: Sale) -> None:
    """Give a sale the status that its balance asks for; the caller saves it."""
    sale.status = sale_status(status=sale.status, sale_type=sale.sale_type, balance_cents=sale.balance_cents)


def _add_to_totals(payment: Payment, target: Sale | Customer, cents: int) -> None:
    payment.allocated_cents += cents
    payment.save()
    if isinstance(target, Sale):
        target.allocated_cents += cents
        settle_status(target)
    else:
        target.opening_balance_allocated_cents += cents
    target.save()
