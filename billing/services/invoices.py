"""The life of an invoice: drafted, issued, void, deleted and recovered. A void invoice stays void.

Sale S-1 over 50.00 is paid with 20.00. A draft is made for it: the sale is reserved, and still asks for its 30.00 itself. The
draft is issued: it becomes SAL-2026-0001, due in 14 days, and takes over what the sale asked for; the 20.00 move from the sale to
the invoice by a reversal and a new allocation, so 30.00 are due, once. The invoice is void: the 20.00 go back to the sale, which
asks for its 30.00 again and can be billed anew.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from accounts.errors import Conflict, RuleBroken
from accounts.models import User
from accounts.roles import OFFICE
from accounts.unit_of_work import unit_of_work
from billing.models import Customer, Invoice, Sale
from billing.rules import invoice_status as rule
from billing.rules.invoice_due import due_moment, issue_date
from billing.services.allocations import settle_invoice
from billing.services.checks import check_moment, check_reason
from billing.services.holding import hold
from billing.services.invoice_lines import (
    MOST_LINES,
    InvoiceRefused,
    claim_sources,
    free_sources,
    lines_of,
    write_lines,
)
from billing.services.invoice_numbers import give_number
from billing.services.invoice_sales import (
    check_sales_unchanged,
    corrections_of,
    free_sales,
    take_over_sales,
    void_corrections,
)
from routes.services import check_staff

DUE_IN_DAYS = 14
LONGEST_DUE_DAYS = 3660


class IllegalInvoiceMove(Conflict):
    """The invoice is not in a state from which this can be done."""

    code = "illegal_invoice_move"


class InvoiceIsDeleted(Conflict):
    """The invoice was deleted."""

    code = "invoice_is_deleted"


class InvoiceHasMoney(Conflict):
    """Money lies on the invoice."""

    code = "invoice_has_money"


class InvoiceIsLegacy(Conflict):
    """What is paid of this invoice is not written down as allocations yet."""

    code = "invoice_is_legacy"


class DueDateRefused(RuleBroken):
    """The due date lies before the issue, or nowhere."""

    code = "due_date_refused"


@unit_of_work
def draft_invoice(
    *,
    actor: User | None,
    customer: Customer,
    source: str,
    lines: Sequence[Any],
    currency: str | None = None,
    description: str = "",
    due_at: datetime | None = None,
    period_start: date | None = None,
    period_end: date | None = None,
    bills_period: bool = False,
    id: UUID | None = None,  # noqa: A002 - the field's name
) -> Invoice:
    """Draft an invoice; its lines claim their sources at once, so that no second invoice can bill them.

    *Money*: cents of `currency`, by default the tenant's. A line is a `Sale`, or a mapping with `description`, `quantity`,
    `unit_price_cents` and maybe `tax_rate_bps`, `source_kind` and `source_id` (prices include tax). `bills_period`: made for its
    whole period, of any number of lines. *Raises* InvoiceRefused, AlreadyBilled, NotAnAmount, NotAQuantity, WrongCurrency,
    SaleIsCancelled.
    """
    check_staff(actor, customer.tenant_id, roles=OFFICE)
    _check_draft(source, period_start, period_end, due_at)
    held = hold(customer_id=customer.pk, sales=[line for line in lines if isinstance(line, Sale)])
    currency = currency or held.customer.tenant.currency
    drafted = lines_of(lines, held=held, currency=currency, most=None if bills_period else MOST_LINES)
    invoice = Invoice(
        **({"id": id} if id else {}),
        tenant_id=customer.tenant_id,
        customer=held.customer,
        source=source,
        description=description,
        total_cents=sum(line.total_cents for line in drafted),
        counts_by_allocations=True,
        currency=currency,
        due_at=due_at,
        period_start=period_start,
        period_end=period_end,
        bills_period=bills_period,
    )
    invoice.save(force_insert=True)
    write_lines(invoice, drafted)
    return invoice


@unit_of_work
def issue_invoice(
    *,
    actor: User | None,
    invoice: Invoice,
    now: datetime,
    issued_at: datetime | None = None,
    due_at: datetime | None = None,
    due_in_days: int = DUE_IN_DAYS,
) -> Invoice:
    """Issue a draft: give it its number, its due date and what its sales were asking for and are paid.

    `issued_at` is `now` unless said otherwise; the due date is `due_at`, else the draft's, else the end of the day `due_in_days`
    later in the tenant's time zone. *Raises* IllegalInvoiceMove, InvoiceIsDeleted, DueDateRefused, SaleChanged.
    """
    check_staff(actor, invoice.tenant_id, roles=OFFICE)
    check_moment(now, name="now")
    held = hold(customer_id=invoice.customer_id, invoices=[invoice], with_allocated=True)
    invoice = held.invoices[invoice.pk]
    _check_move(invoice, {rule.DRAFT}, "issued")
    tenant = held.customer.tenant
    check_sales_unchanged(invoice, held)
    invoice.issued_at = check_moment(issued_at or now, name="issued_at")
    invoice.due_at = due_at or invoice.due_at or due_after(invoice.issued_at, due_in_days, tenant.zone)
    if check_moment(invoice.due_at, name="due_at") < invoice.issued_at:
        raise DueDateRefused(
            f"The invoice would be due at {invoice.due_at}, before its issue at {invoice.issued_at}. Give a later day.",
            fields={"due_at": ["Not before the issue."]},
        )
    give_number(invoice, tenant=tenant, day=issue_date(invoice.issued_at, tenant.zone))
    invoice.status = rule.ISSUED
    settle_invoice(invoice, now=now)
    invoice.save()
    take_over_sales(actor=actor, invoice=invoice, held=held, now=now)
    return invoice


@unit_of_work
def void_invoice(*, actor: User | None, invoice: Invoice, reason: str, now: datetime) -> Invoice:
    """Void an issued invoice for good: it asks for nothing, its sources are free, its money is the customer's again.

    What was paid for a sale on it pays for that sale again; the rest lies on its payments and credits as credit. Its credit
    notes and write-offs are void with it. *Raises* IllegalInvoiceMove, InvoiceIsDeleted, InvoiceIsLegacy, CreditNoteIsSpent,
    ReasonMissing.
    """
    check_staff(actor, invoice.tenant_id, roles=OFFICE)
    reason = check_reason(reason, what=f"Voiding invoice {invoice}")
    check_moment(now, name="now")
    held = hold(customer_id=invoice.customer_id, invoices=[invoice], with_allocated=True)
    invoice = held.invoices[invoice.pk]
    _check_move(invoice, set(rule.OWED) | {rule.PAID}, "made void")
    check_not_legacy(invoice)
    released = free_sales(actor=actor, invoice=invoice, held=held, now=now, reason=reason)
    void_corrections(invoice, held)
    invoice.status, invoice.paid_at = rule.VOID, None
    invoice.save()
    free_sources(invoice)
    released.settle()
    return invoice


@unit_of_work
def delete_invoice(*, actor: User | None, invoice: Invoice, now: datetime, reason: str = "") -> Invoice:
    """Delete an invoice softly: gone from lists, its sources are free, its number stays used; `recover_invoice` undoes it.

    *Raises* InvoiceHasMoney (void it, or take its allocations back first), InvoiceIsDeleted, InvoiceIsLegacy.
    """
    check_staff(actor, invoice.tenant_id, roles=OFFICE)
    check_moment(now, name="now")
    held = hold(customer_id=invoice.customer_id, invoices=[invoice], with_allocated=True)
    invoice = held.invoices[invoice.pk]
    check_not_deleted(invoice)
    if invoice.allocated_cents or corrections_of(invoice, held):
        raise InvoiceHasMoney(
            f"{invoice.allocated_cents} cents are paid of invoice {invoice}, or a credit note corrects it. Void the invoice, or "
            "take its allocations back and void its credit notes first."
        )
    check_not_legacy(invoice)
    released = free_sales(actor=actor, invoice=invoice, held=held, now=now, reason=reason)
    invoice.deleted_at = now
    invoice.save()
    free_sources(invoice)
    released.settle()
    return invoice


@unit_of_work
def recover_invoice(*, actor: User | None, invoice: Invoice, now: datetime, reason: str = "") -> Invoice:
    """Bring a deleted invoice back as it was, with its sources. *Raises* IllegalInvoiceMove, AlreadyBilled, SaleChanged."""
    check_staff(actor, invoice.tenant_id, roles=OFFICE)
    check_moment(now, name="now")
    held = hold(customer_id=invoice.customer_id, invoices=[invoice])
    invoice = held.invoices[invoice.pk]
    if invoice.deleted_at is None:
        raise IllegalInvoiceMove(f"Invoice {invoice} is not deleted: there is nothing to recover.")
    if invoice.status != rule.VOID:
        claim_sources(invoice)
    held = hold(customer_id=invoice.customer_id, invoices=[invoice], with_allocated=True)
    invoice = held.invoices[invoice.pk]
    invoice.deleted_at = None
    if invoice.is_asking and invoice.counts_by_allocations:
        check_sales_unchanged(invoice, held)
        settle_invoice(invoice, now=now)
    invoice.save()
    if invoice.is_asking:
        take_over_sales(actor=actor, invoice=invoice, held=held, now=now)
    return invoice


def check_not_deleted(invoice: Invoice) -> None:
    """Let pass an invoice that is there. *Raises* InvoiceIsDeleted."""
    if invoice.deleted_at is not None:
        raise InvoiceIsDeleted(f"Invoice {invoice} was deleted on {invoice.deleted_at:%Y-%m-%d}. Recover it first.")


def check_not_legacy(invoice: Invoice) -> None:
    """Let pass an invoice whose money is written down as allocations, or that has none. *Raises* InvoiceIsLegacy."""
    if invoice.counts_by_allocations or invoice.allocated_cents:
        return
    paid = Invoice.objects.with_money().values_list("paid_cents", flat=True).get(pk=invoice.pk)
    if paid:
        raise InvoiceIsLegacy(
            f"Invoice {invoice} is of the old system, which knew {paid} cents as paid; they are not allocated yet. "
            "Run the allocation backfill first: python manage.py backfill_payment_allocations."
        )


def _check_draft(source: str, period_start: date | None, period_end: date | None, due_at: datetime | None) -> None:
    if source not in Invoice.Source.values:
        raise InvoiceRefused(f"There is no source {source!r}. Choose one of: {', '.join(Invoice.Source.values)}.")
    if (period_start is None) != (period_end is None) or (period_start and period_end and period_end < period_start):
        raise InvoiceRefused(f"The period {period_start} to {period_end} is none. Give both days, the first one first.")
    if due_at is not None:
        check_moment(due_at, name="due_at")


def _check_move(invoice: Invoice, allowed: set[str], to: str) -> None:
    check_not_deleted(invoice)
    if invoice.status not in allowed:
        cure = "Delete the draft instead." if invoice.status == rule.DRAFT else "Make a new invoice."
        raise IllegalInvoiceMove(
            f"Invoice {invoice} is {invoice.get_status_display().lower()} and cannot be {to}. {cure}"
        )


def due_after(issued_at: datetime, days: int, zone: Any) -> datetime:
    """The end of the day so many days after the issue. *Raises* DueDateRefused."""
    if type(days) is not int or not 0 <= days <= LONGEST_DUE_DAYS:
        raise DueDateRefused(f"due_in_days is {days!r}: give whole days from 0 to {LONGEST_DUE_DAYS}.")
    return due_moment(issued_at, days=days, zone=zone)
