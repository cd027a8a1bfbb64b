"""The debts that a person names when money is applied: read from a list, looked up, and held against what is there.

`[{"invoice": id, "amount_cents": 6000}, {"opening_balance": True, "amount_cents": 4000}]` names two debts of one customer. Each
is named once; none gets more than it asks for, and all together get no more than there is. The opening balance takes at most what
is asked, as far as it is open and the money goes (GAP-005).
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, cast
from uuid import UUID

from django.db.models import UUIDField

from accounts.errors import Conflict, NotFound, RuleBroken
from billing.models import Customer, Invoice, Sale
from billing.services.allocations import Source, Target
from billing.services.checks import check_cents, check_currency
from billing.services.holding import Held
from billing.services.invoices import check_not_deleted, check_not_legacy
from billing.services.sales import check_not_cancelled, check_not_invoiced
from operations.backfill.compiled import Keys, Slot
from operations.kept_rows import KeptRows, kept_rows

MOST_SPLITS = 500
INVOICE, SALE, OPENING_BALANCE = KINDS = ("invoice", "sale", "opening_balance")
MODELS: dict[str, type[Invoice] | type[Sale]] = {INVOICE: Invoice, SALE: Sale}

Named = dict[tuple[str, UUID | None], int]
Plan = list[tuple[Target, int]]


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


class InvoiceAsksNothing(Conflict):
    """A draft, void or failed invoice takes no money."""

    code = "invoice_asks_nothing"


def named_debts(splits: Sequence[Mapping[str, Any]], *, tenant_id: Any) -> Named:
    """Read a list of splits: cents by (kind, id), in the order given. *Raises* AllocationRefused, NotAnAmount, NotFound."""
    if not 0 < len(splits) <= MOST_SPLITS:
        raise AllocationRefused(
            f"{len(splits)} allocations at once: give 1 to {MOST_SPLITS}, or leave the list out to pay what is due first.",
            fields={"allocations": [f"Give 1 to {MOST_SPLITS}."]},
        )
    named: Named = {}
    for split in splits:
        key = _key(split)
        if key in named:
            raise AllocationRefused(
                f"{_in_words(*key, tenant_id)} is named twice. Name each debt once, with the whole amount.",
                fields={"allocations": ["Name each debt once."]},
            )
        named[key] = check_cents(split.get("amount_cents"))
    return named


def ids_of(named: Iterable[tuple[str, UUID | None]], kind: str) -> list[UUID]:
    """The ids of the named invoices, or sales."""
    return [cast(UUID, pk) for named_kind, pk in named if named_kind == kind]


def check_ours(named: Named, *, tenant_id: Any, customer_id: Any) -> None:
    """Refuse strangers before anything is locked: another tenant's row is not there, another customer's not payable.

    *Raises* NotFound, OtherCustomer.
    """
    for kind, model in MODELS.items():
        ids = ids_of(named, kind)
        found = {row.pk: row for row in _of_tenant(model).find(ids=ids, tenant=tenant_id)} if ids else {}
        for pk in ids:
            if pk not in found:
                raise _unknown(kind, pk)
            if found[pk].customer_id != customer_id:
                raise OtherCustomer(
                    f"{found[pk]} is another customer's: money of one customer does not pay for another. "
                    "Choose one of their own."
                )


@cache
def _of_tenant(model: type[Invoice] | type[Sale]) -> KeptRows:
    ours = model.objects.filter(pk__any_of=Keys("ids"), tenant_id=Slot("tenant", UUIDField()))
    return kept_rows(ours.order_by())


def plan_of(named: Named, held: Held, source: Source) -> Plan:
    """The held debts that are named, each with its cents, all of which this money can pay.

    The opening balance takes the least of what is asked, what is left of it, and what the other debts leave of the money; where
    that is nothing it is refused. An invoice or a sale takes exactly what is asked, or is refused.

    *Raises* MoreThanThePaymentHas, MoreThanIsOwed, WrongCurrency, InvoiceAsksNothing, InvoiceIsDeleted, InvoiceIsLegacy,
    SaleIsCancelled, SaleIsInvoiced.
    """
    named = _with_least_for_opening(named, held, source)
    plan = [(target_of_name(kind, pk, held), cents) for (kind, pk), cents in named.items()]
    total = sum(cents for _, cents in plan)
    if total > source.unallocated_cents:
        raise MoreThanThePaymentHas(
            f"{total} cents would be applied, but only {source.unallocated_cents} are left. Lower the amounts.",
            fields={"amount_cents": [f"At most {source.unallocated_cents} in all."]},
        )
    for target, cents in plan:
        _check_owes(source, target, cents)
    return plan


def _with_least_for_opening(named: Named, held: Held, source: Source) -> Named:
    opening = OPENING_BALANCE, None
    if opening not in named:
        return named
    for_others = sum(cents for name, cents in named.items() if name != opening)
    least = min(named[opening], owed_by(held.customer), source.unallocated_cents - for_others)
    return {**named, opening: least} if least > 0 else named


def target_of_name(kind: str, pk: UUID | None, held: Held) -> Target:
    """The held debt with this name, if it takes money. *Raises* as `plan_of` does for a debt that takes none."""
    if kind == OPENING_BALANCE:
        return held.customer
    if kind == SALE:
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


def owed_by(target: Target) -> int:
    """What is left to pay of a debt."""
    return target.opening_balance_left_cents if isinstance(target, Customer) else target.balance_cents


def _check_owes(source: Source, target: Target, cents: int) -> None:
    currency = target.tenant.currency if isinstance(target, Customer) else target.currency
    check_currency(source.currency, currency, of=f"{target}", what="The money")
    owed = owed_by(target)
    if cents > owed:
        raise MoreThanIsOwed(
            f"{cents} cents would be applied to {target}, which asks for {owed}. Lower the amount.",
            fields={"amount_cents": [f"At most {owed} for {target}."]},
        )


def _key(split: Mapping[str, Any]) -> tuple[str, UUID | None]:
    given = [kind for kind in KINDS if split.get(kind)]
    if len(given) != 1:
        raise AllocationRefused(
            "Each allocation names one debt: an invoice, a sale, or the opening balance. Correct it."
        )
    [kind] = given
    if kind == OPENING_BALANCE:
        return kind, None
    try:
        return kind, getattr(split[kind], "pk", None) or UUID(str(split[kind]))
    except ValueError as error:
        raise _unknown(kind, repr(split[kind])) from error


def _in_words(kind: str, pk: UUID | None, tenant_id: Any) -> str:
    if pk is None:
        return "The opening balance"
    row = MODELS[kind].objects.filter(pk=pk, tenant_id=tenant_id).first()
    if row is None:
        raise _unknown(kind, pk)
    return f"{kind.capitalize()} {row}"


def _unknown(kind: str, named: Any) -> NotFound:
    return NotFound(f"There is no {kind} {named} in your business. Look at the list again.")
