"""Allocating money: one append-only row and the running totals on both sides, in the caller's transaction and under its locks.

A payment of 80.00 for a sale of 50.00: one allocation of 50.00; the payment's `allocated_cents` and the sale's are 5000, and
30.00 stay on the payment as the customer's credit. When the payment is reversed, a second row of 50.00 points at the first, and
both totals are 0 again. Nothing is deleted. A credit pays in the same way as a payment; an invoice's status is rewritten with
each row. These are the steps; what people ask for is in `payment_allocation`, `credits` and the services of invoices.
"""

from datetime import datetime
from typing import Any

from accounts.inserting import insert_row
from accounts.models import User
from billing.models import Allocation, Credit, Customer, Invoice, Payment, Sale
from billing.rules import invoice_status as rule
from billing.rules.sale_status import sale_status
from billing.selectors.allocations import live_allocations
from billing.services.holding import Held
from billing.services.payment_audit import Action, record_step, state_of

SALE_PAYMENT = "sale_payment"
OPENING_BALANCE = "opening_balance"
INVOICED_SALE = "invoiced_sale"
FREED_SALE = "freed_sale"
MANUAL = "manual"
OLDEST_DUE_FIRST = "oldest_due_first"
CREDIT_NOTE = "credit_note"
WRITE_OFF = "write_off"

Source = Payment | Credit
Target = Sale | Invoice | Customer


def allocate(
    *,
    actor: User | None,
    source: Source,
    target: Target,
    amount_cents: int,
    rule: str,
    held: Held,
    now: datetime | None,
    rank: int = 1,
    reason: str = "",
) -> Allocation:
    """Let part of a held payment or credit pay for a held sale or invoice, or for a held customer's opening balance.

    `now` decides an invoice's status and when it was paid; a sale has no such time. `held` has the sales that an invoice bills.
    """
    allocation = insert_row(
        Allocation(
            tenant_id=source.tenant_id,
            **{_side(source): source, _side(target): target},
            amount_cents=amount_cents,
            rule=rule,
            rank=rank,
            reason=reason,
            created_by=actor,
        )
    )
    _add_to_source(source, amount_cents, actor, Action.ALLOCATED, reason or rule)
    _add_to_target(target, amount_cents, held, now, by_credit=isinstance(source, Credit))
    return allocation


def take_back(
    *, actor: User | None, allocation: Allocation, held: Held, reason: str, now: datetime | None
) -> Allocation:
    """Take one allocation back by a row that points at it; both sides are held."""
    source, target = source_of(allocation, held), target_of(allocation, held)
    reversal = insert_row(
        Allocation(
            tenant_id=allocation.tenant_id,
            **{_side(source): source, _side(target): target},
            amount_cents=allocation.amount_cents,
            reverses=allocation,
            rule=allocation.rule,
            rank=allocation.rank,
            reason=reason,
            created_by=actor,
        )
    )
    _add_to_source(source, -allocation.amount_cents, actor, Action.STATUS_CHANGED, reason)
    _add_to_target(target, -allocation.amount_cents, held, now, by_credit=isinstance(source, Credit))
    return reversal


def source_of(allocation: Allocation, held: Held) -> Source:
    """The held payment or credit that an allocation comes from."""
    if allocation.payment_id is not None:
        return held.payments[allocation.payment_id]
    assert allocation.credit_id is not None  # noqa: S101 - the database holds it: an allocation has one source
    return held.credits[allocation.credit_id]


def target_of(allocation: Allocation, held: Held) -> Target:
    """The held sale, invoice or customer that an allocation pays for."""
    if allocation.sale_id is not None:
        return held.sales[allocation.sale_id]
    return held.customer if allocation.invoice_id is None else held.invoices[allocation.invoice_id]


def release(*, actor: User | None, held: Held, reason: str, now: datetime | None, **side: Any) -> list[Allocation]:
    """Take back every live allocation of one held row: `release(payment=payment, …)`; returns what was taken back."""
    released = list(live_allocations().filter(**side).order_by("created_at", "id"))
    for allocation in released:
        take_back(actor=actor, allocation=allocation, held=held, reason=reason, now=now)
    return released


def release_excess(*, actor: User | None, sale: Sale, held: Held, net_cents: int, reason: str) -> None:
    """Take back what a held sale holds above `net_cents`, the youngest allocation first; the excess is credit again."""
    for allocation in live_allocations().filter(sale=sale).order_by("-created_at", "-id"):
        excess = sale.allocated_cents - net_cents
        if excess <= 0:
            return
        take_back(actor=actor, allocation=allocation, held=held, reason=reason, now=None)
        kept = allocation.amount_cents - excess
        if kept > 0:
            allocate(
                actor=actor,
                source=source_of(allocation, held),
                target=sale,
                amount_cents=kept,
                rule=allocation.rule,
                rank=allocation.rank,
                reason=reason,
                held=held,
                now=None,
            )


def settle_status(sale: Sale, *, asked_by: Invoice | None = None) -> None:
    """Give a sale the status that its balance asks for, or the invoice that asks in its place; the caller saves it."""
    sale.status = sale_status(
        status=sale.status,
        balance_cents=sale.balance_cents,
        is_invoiced=asked_by is not None,
        is_invoice_paid=asked_by is not None and asked_by.status == rule.PAID,
    )


def settle_sales_of(invoice: Invoice, held: Held) -> None:
    """Let the held sales that an invoice bills follow its status: completed once it is paid, billed while it is not."""
    for sale in held.sales.values():
        if sale.invoice_id == invoice.pk:
            before = sale.status
            settle_status(sale, asked_by=invoice)
            if sale.status != before:
                sale.save()


def settle_invoice(invoice: Invoice, *, now: datetime) -> None:
    """Give an invoice the status and `paid_at` that the rule gives it now; from here on its allocations speak for it."""
    invoice.counts_by_allocations = True
    invoice.status = invoice.status_at(now)
    invoice.paid_at = rule.paid_moment(status=invoice.status, paid_at=invoice.paid_at, now=now)


def _side(row: Source | Target) -> str:
    sides = {
        Payment: "payment",
        Credit: "credit",
        Sale: "sale",
        Invoice: "invoice",
        Customer: "opening_balance_customer",
    }
    return sides[type(row)]


def _add_to_source(source: Source, cents: int, actor: User | None, action: str, notes: str) -> None:
    if isinstance(source, Credit):
        source.allocated_cents += cents
        used_up = source.allocated_cents == source.amount_cents
        source.status = Credit.Status.APPLIED if used_up else Credit.Status.AVAILABLE
        source.save()
        return
    before = state_of(source)
    source.allocated_cents += cents
    source.save()
    record_step(source, action, actor=actor, before=before, notes=notes)


def _add_to_target(target: Target, cents: int, held: Held, now: datetime | None, *, by_credit: bool) -> None:
    if isinstance(target, Customer):
        target.opening_balance_allocated_cents += cents
    else:
        target.allocated_cents += cents
    if isinstance(target, Sale):
        settle_status(target)
    elif isinstance(target, Invoice):
        if now is None:
            raise TypeError("Money moved on an invoice without `now`: its status cannot be told. Pass the moment.")
        target.credited_cents += cents if by_credit else 0
        settle_invoice(target, now=now)
        settle_sales_of(target, held)
    target.save()
