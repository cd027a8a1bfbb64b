"""Applying a payment that is there: to the debts that a person names, or to the invoices that are due first; and taking it back.

Mrs Rahman sent 100.00. The office splits it: 60.00 to SAL-2026-0001 and 40.00 to SAL-2026-0007. Or it names nothing, and the
invoices due first are paid in their order (`preview_allocation` shows that before). A mistake is taken back line by line, with a
reason, and the money lies on the payment again.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from accounts.errors import Conflict, NotFound, RuleBroken
from accounts.models import User
from accounts.unit_of_work import unit_of_work
from billing.models import Allocation, Credit, Customer, Invoice, Payment, Sale
from billing.rules.allocation_split import spread
from billing.selectors.credits import SPOKEN_FOR
from billing.selectors.invoice_debts import open_invoices
from billing.services.allocations import MANUAL, OLDEST_DUE_FIRST, Source, Target, allocate, take_back
from billing.services.checks import check_cents, check_currency, check_moment, check_reason
from billing.services.holding import Held, hold
from billing.services.invoices import OFFICE, InvoiceIsLegacy, check_not_deleted, check_not_legacy
from billing.services.sales import check_not_cancelled, check_not_invoiced
from routes.services import check_staff

MOST_SPLITS = 500
KINDS = ("invoice", "sale", "opening_balance")


class AllocationRefused(RuleBroken):
    """The list of what to pay is none, or contradicts itself."""

    code = "allocation_refused"


class MoreThanThePaymentHas(RuleBroken):
    """More would be applied than the payment or credit has left."""

    code = "more_than_the_payment_has"


class MoreThanIsOwed(RuleBroken):
    """More would be applied than the invoice, sale or opening balance still asks for."""

    code = "more_than_is_owed"


class OtherCustomer(RuleBroken):
    """Money of one customer does not pay the debt of another."""

    code = "other_customer"


class PaymentIsNoMoney(Conflict):
    """The payment did not come in, waits for verification, was refused or went back."""

    code = "payment_is_no_money"


class InvoiceAsksNothing(Conflict):
    """A draft, void or failed invoice takes no money."""

    code = "invoice_asks_nothing"


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
    reason: str = "",
) -> list[Allocation]:
    """Apply a payment to debts of its customer, all or nothing.

    A split names `invoice` or `sale` (a row or an id) or `opening_balance` (True), and `amount_cents` > 0. Without splits the
    payment pays the invoices due first, as `preview_allocation` shows. *Raises* NotAnAmount, AllocationRefused,
    MoreThanThePaymentHas, MoreThanIsOwed, OtherCustomer, WrongCurrency, NotFound, PaymentIsNoMoney, InvoiceAsksNothing,
    InvoiceIsDeleted, InvoiceIsLegacy, SaleIsCancelled, SaleIsInvoiced.
    """
    check_staff(actor, payment.tenant_id, roles=OFFICE)
    check_moment(now, name="now")
    return apply_source(actor=actor, source=payment, splits=splits, now=now, reason=reason)


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
) -> list[Allocation]:
    """Apply a payment or a credit in the same way; see `allocate_payment` and `apply_credit`."""
    named = None if splits is None else _named(splits)
    held = _hold(source, named)
    held_source: Source = held.payments[source.pk] if isinstance(source, Payment) else held.credits[source.pk]
    check_can_pay(held_source)
    if named is None:
        chosen = spread(held_source.unallocated_cents, [(row, row.balance_cents) for row in _open(held, held_source)])
        plan: list[tuple[Target, int]] = list(chosen)
    else:
        plan = [(_target(kind, pk, held), cents) for (kind, pk), cents in named.items()]
        _check_plan(held_source, plan)
    rule = OLDEST_DUE_FIRST if named is None else MANUAL
    return [
        allocate(
            actor=actor,
            source=held_source,
            target=target,
            amount_cents=cents,
            rule=rule,
            rank=rank,
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
    if isinstance(source, Payment) and Payment.objects.filter(SPOKEN_FOR, pk=source.pk).exists():
        raise InvoiceIsLegacy(
            f"Payment {source.pk} paid invoice {source.invoice} in the old system; that is not allocated yet. "
            "Run the allocation backfill first: python manage.py backfill_payment_allocations."
        )


def _named(splits: Sequence[Mapping[str, Any]]) -> dict[tuple[str, UUID | None], int]:
    if not 0 < len(splits) <= MOST_SPLITS:
        raise AllocationRefused(
            f"{len(splits)} allocations at once: give 1 to {MOST_SPLITS}, or leave the list out to pay what is due first.",
            fields={"allocations": [f"Give 1 to {MOST_SPLITS}."]},
        )
    named: dict[tuple[str, UUID | None], int] = {}
    for split in splits:
        key = _key(split)
        if key in named:
            raise AllocationRefused(
                f"{key[0]} {key[1] or ''} is named twice. Name each debt once, with the whole amount."
            )
        named[key] = check_cents(split.get("amount_cents"))
    return named


def _key(split: Mapping[str, Any]) -> tuple[str, UUID | None]:
    given = [kind for kind in KINDS if split.get(kind)]
    if len(given) != 1:
        raise AllocationRefused(
            "Each allocation names one debt: an invoice, a sale, or the opening balance. Correct it."
        )
    [kind] = given
    if kind == "opening_balance":
        return kind, None
    try:
        pk = getattr(split[kind], "pk", None) or UUID(str(split[kind]))
    except ValueError as error:
        raise NotFound(f"There is no {kind} {split[kind]!r} in your business. Look at the list again.") from error
    return kind, pk


def _hold(source: Source, named: dict[tuple[str, UUID | None], int] | None) -> Held:
    sales = [pk for kind, pk in named or {} if kind == "sale"]
    invoices = [pk for kind, pk in named or {} if kind == "invoice"]
    _check_ours(Sale, sales, source)
    _check_ours(Invoice, invoices, source)
    if named is None:
        invoices = list(open_invoices(source.customer_id, source.currency).values_list("pk", flat=True))
    side = {"payments": [source]} if isinstance(source, Payment) else {"credits": [source]}
    return hold(customer_id=source.customer_id, sales=sales, invoices=invoices, **side)


def _check_ours(model: type[Invoice] | type[Sale], ids: Sequence[UUID | None], source: Source) -> None:
    """Refuse strangers before anything is locked: another tenant's row is not there, another customer's not payable."""
    found = {row.pk: row for row in model.objects.filter(pk__in=ids, tenant_id=source.tenant_id)}
    for pk in ids:
        if pk not in found:
            raise NotFound(f"There is no {model._meta.verbose_name} {pk} in your business. Look at the list again.")
        if found[pk].customer_id != source.customer_id:
            raise OtherCustomer(
                f"{found[pk]} is another customer's: money of one customer does not pay for another. Choose one of their own."
            )


def _open(held: Held, source: Source) -> list[Invoice]:
    """The held invoices that can take money, in the order in which they are due."""
    ids = list(open_invoices(source.customer_id, source.currency).values_list("pk", flat=True))
    return [held.invoices[pk] for pk in ids if pk in held.invoices]


def _target(kind: str, pk: UUID | None, held: Held) -> Target:
    if kind == "opening_balance":
        return held.customer
    if kind == "sale":
        sale = held.sales[cast(UUID, pk)]
        check_not_cancelled(sale)
        check_not_invoiced(sale, held, cure="Apply the money to that invoice")
        return sale
    invoice = held.invoices[cast(UUID, pk)]
    check_takes_money(invoice)
    return invoice


def check_takes_money(invoice: Invoice) -> None:
    """Let pass an invoice that asks for money. *Raises* InvoiceIsDeleted, InvoiceAsksNothing, InvoiceIsLegacy."""
    check_not_deleted(invoice)
    if not invoice.is_asking:
        raise InvoiceAsksNothing(
            f"Invoice {invoice} is {invoice.get_status_display().lower()} and takes no money. Choose an issued one."
        )
    check_not_legacy(invoice)


def _check_plan(source: Source, plan: list[tuple[Target, int]]) -> None:
    total = sum(cents for _, cents in plan)
    if total > source.unallocated_cents:
        raise MoreThanThePaymentHas(
            f"{total} cents would be applied, but only {source.unallocated_cents} are left. Lower the amounts.",
            fields={"amount_cents": [f"At most {source.unallocated_cents} in all."]},
        )
    for target, cents in plan:
        owed = target.opening_balance_left_cents if isinstance(target, Customer) else target.balance_cents
        currency = target.tenant.currency if isinstance(target, Customer) else target.currency
        check_currency(source.currency, currency, of=f"{target}", what="The money")
        if cents > owed:
            raise MoreThanIsOwed(
                f"{cents} cents would be applied to {target}, which asks for {owed}. Lower the amount.",
                fields={"amount_cents": [f"At most {owed} for {target}."]},
            )


def _one(pk: UUID | None) -> list[UUID]:
    return [] if pk is None else [pk]
