"""Applying a payment that is there: to the debts that a person names, or to the invoices that are due first; and taking it back.

Mrs Rahman sent 100.00. The office splits it: 60.00 to SAL-2026-0001 and 40.00 to SAL-2026-0007. Or it names nothing, and the
invoices due first are paid in their order (`preview_allocation` shows that before). A mistake is taken back line by line, with a
reason, and the money lies on the payment again.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from accounts.errors import Conflict
from accounts.models import User
from accounts.roles import OFFICE
from accounts.unit_of_work import unit_of_work
from billing.models import Allocation, Credit, Invoice, Payment, Sale
from billing.rules.allocation_mode import MANUAL as MANUALLY
from billing.rules.allocation_mode import MODES
from billing.rules.allocation_split import spread
from billing.selectors.credits import SPOKEN_FOR
from billing.selectors.invoice_debts import open_invoices
from billing.selectors.open_debts import open_debts
from billing.services.allocations import MANUAL, OLDEST_DUE_FIRST, Source, allocate, take_back
from billing.services.checks import check_moment, check_reason
from billing.services.holding import Held, hold
from billing.services.invoices import InvoiceIsLegacy
from billing.services.named_debts import (
    INVOICE,
    SALE,
    AllocationRefused,
    MoreThanThePaymentHas,
    Named,
    Plan,
    check_ours,
    ids_of,
    named_debts,
    plan_of,
)
from routes.services import check_staff


class PaymentIsNoMoney(Conflict):
    """The payment did not come in, waits for verification, was refused or went back."""

    code = "payment_is_no_money"


class AllocationIsGone(Conflict):
    """The allocation was taken back before, or is itself a taking back."""

    code = "allocation_is_gone"


@unit_of_work
def allocate_payment(
    *,
    actor: User | None,
    payment: Payment,
    now: datetime,
    splits: Sequence[Mapping[str, Any]] | None = None,
    mode: str | None = None,
    reason: str = "",
) -> list[Allocation]:
    """Apply a payment to debts of its customer, all or nothing.

    A split names `invoice` or `sale` (a row or an id) or `opening_balance` (True), and `amount_cents` > 0. Without splits the
    payment pays by `mode` (`billing.rules.allocation_mode`), or without one the invoices due first, as `preview_allocation`
    shows. *Raises* NotAnAmount, AllocationRefused,
    MoreThanThePaymentHas, MoreThanIsOwed, OtherCustomer, WrongCurrency, NotFound, PaymentIsNoMoney, InvoiceAsksNothing,
    InvoiceIsDeleted, InvoiceIsLegacy, SaleIsCancelled, SaleIsInvoiced.
    """
    check_staff(actor, payment.tenant_id, roles=OFFICE)
    check_moment(now, name="now")
    return apply_source(actor=actor, source=payment, splits=splits, mode=mode, now=now, reason=reason)


@unit_of_work
def reverse_allocation(*, actor: User | None, allocation: Allocation, reason: str, now: datetime) -> Allocation:
    """Take one allocation back: its target is owed again, and the money lies on its payment or credit.

    *Raises* AllocationIsGone, AllocationRefused (a write-off: void it), ReasonMissing.
    """
    check_staff(actor, allocation.tenant_id, roles=OFFICE)
    reason = check_reason(reason, what=f"Taking allocation {allocation.pk} back")
    check_moment(now, name="now")
    customer_id = (allocation.payment or cast(Credit, allocation.credit)).customer_id
    held = hold(
        customer_id=customer_id,
        payments=_one(allocation.payment_id),
        credits=_one(allocation.credit_id),
        sales=_one(allocation.sale_id),
        invoices=_one(allocation.invoice_id),
    )
    if allocation.reverses_id or Allocation.objects.filter(reverses=allocation).exists():
        raise AllocationIsGone(
            f"Allocation {allocation.pk} was taken back before, or takes one back. Look at the list."
        )
    if allocation.credit_id and held.credits[allocation.credit_id].kind == Credit.Kind.WRITE_OFF:
        raise AllocationRefused("A write-off is taken back as a whole: void its credit instead.")
    return take_back(actor=actor, allocation=allocation, held=held, reason=reason, now=now)


def apply_source(
    *,
    actor: User | None,
    source: Source,
    splits: Sequence[Mapping[str, Any]] | None,
    now: datetime,
    reason: str,
    mode: str | None = None,
) -> list[Allocation]:
    """Apply a payment or a credit in the same way; see `allocate_payment` and `apply_credit`."""
    order = check_mode(mode, splits)
    named = None if splits is None else named_debts(splits, tenant_id=source.tenant_id)
    held = _hold(source, named, order)
    held_source: Source = held.payments[source.pk] if isinstance(source, Payment) else held.credits[source.pk]
    check_can_pay(held_source)
    if named is not None:
        plan, rule = plan_of(named, held, held_source), MANUAL
    elif order:
        plan, rule = plan_in_order(order, held, held_source), order.lower()
    else:
        due = [(invoice, invoice.balance_cents) for invoice in _open(held, held_source)]
        plan, rule = list(spread(held_source.unallocated_cents, due)), OLDEST_DUE_FIRST
    return apply_plan(actor=actor, source=held_source, plan=plan, rule=rule, held=held, now=now, reason=reason)


def check_mode(mode: str | None, splits: Sequence[Mapping[str, Any]] | None) -> str | None:
    """Answer the order that a mode asks for, None where the splits say it all or nobody asked. *Raises* AllocationRefused."""
    if mode is not None and mode not in MODES:
        raise AllocationRefused(
            f"There is no mode {mode!r}. Choose one of: {', '.join(MODES)}.", fields={"mode": ["Unknown."]}
        )
    if mode is not None and (mode == MANUALLY) != (splits is not None):
        raise AllocationRefused(
            "MANUAL needs the list of allocations, and only MANUAL takes one. Give the list with MANUAL, or another mode alone.",
            fields={"mode": ["MANUAL goes with a list of allocations."]},
        )
    return None if mode == MANUALLY else mode


def plan_in_order(mode: str, held: Held, source: Source) -> Plan:
    """What held money pays by a mode: of the held debts of its customer each at most what it asks for, in the mode's order."""
    rows: dict[Any, Any] = {**held.invoices, **held.sales, held.customer.pk: held.customer}
    debts = [
        (rows[debt.row.pk], debt.balance_cents)
        for debt in open_debts(source.customer_id, source.currency, mode=mode)
        if debt.row.pk in rows
    ]
    return list(spread(source.unallocated_cents, debts))


def apply_plan(
    *, actor: User | None, source: Source, plan: Plan, rule: str, held: Held, now: datetime, reason: str = ""
) -> list[Allocation]:
    """Let held money pay for held debts as planned; the place in the plan is kept as the rank."""
    return [
        allocate(
            actor=actor,
            source=source,
            target=target,
            amount_cents=cents,
            rule=rule,
            rank=rank,
            held=held,
            now=now,
            reason=reason,
        )
        for rank, (target, cents) in enumerate(plan, start=1)
    ]


def check_can_pay(source: Source) -> None:
    """Let pass money that came in and is not used up. *Raises* PaymentIsNoMoney, MoreThanThePaymentHas, InvoiceIsLegacy."""
    name = "Payment" if isinstance(source, Payment) else "Credit"
    stands = source.is_money if isinstance(source, Payment) else source.status != Credit.Status.VOIDED
    if not stands:
        raise PaymentIsNoMoney(
            f"{name} {source.pk} is {source.get_status_display().lower()}: it cannot pay for anything. Look at its history."
        )
    if source.unallocated_cents <= 0:
        raise MoreThanThePaymentHas(f"{name} {source.pk} is used up. Take one of its allocations back first.")
    if isinstance(source, Payment):
        check_not_spoken_for(source)


def check_not_spoken_for(payment: Payment) -> None:
    """Let pass a payment that does not stand for an allocation of the old system. *Raises* InvoiceIsLegacy."""
    if Payment.objects.filter(SPOKEN_FOR, pk=payment.pk).exists():
        raise InvoiceIsLegacy(
            f"Payment {payment.pk} paid invoice {payment.invoice} in the old system; that is not allocated yet. "
            "Run the allocation backfill first: python manage.py backfill_payment_allocations."
        )


def _hold(source: Source, named: Named | None, order: str | None) -> Held:
    if order:
        sales, invoices = ids_in_order(source.customer_id, source.currency, order)
    elif named is None:
        sales = []
        invoices = list(open_invoices(source.customer_id, source.currency).values_list("pk", flat=True))
    else:
        check_ours(named, tenant_id=source.tenant_id, customer_id=source.customer_id)
        sales, invoices = ids_of(named, SALE), ids_of(named, INVOICE)
    side = {"payments": [source]} if isinstance(source, Payment) else {"credits": [source]}
    return hold(customer_id=source.customer_id, sales=sales, invoices=invoices, **side)


def ids_in_order(customer_id: UUID, currency: str, mode: str) -> tuple[list[UUID], list[UUID]]:
    """The ids of the sales and of the invoices that a mode may pay, for `hold`; asked again once they are held."""
    rows = [debt.row for debt in open_debts(customer_id, currency, mode=mode)]
    return [row.pk for row in rows if isinstance(row, Sale)], [row.pk for row in rows if isinstance(row, Invoice)]


def _open(held: Held, source: Source) -> list[Invoice]:
    """The held invoices that can take money, in the order in which they are due."""
    ids = list(open_invoices(source.customer_id, source.currency).values_list("pk", flat=True))
    return [held.invoices[pk] for pk in ids if pk in held.invoices]


def _one(pk: UUID | None) -> list[UUID]:
    return [] if pk is None else [pk]
