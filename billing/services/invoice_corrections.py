"""Asking for less than an invoice says: a credit note gives part of it back, a write-off gives it up.

SAL-2026-0001 asks for 100.00, of which 40.00 are paid. Goods for 70.00 were broken: credit note CN-2026-0001 over 70.00 pays the
60.00 that are open, and 10.00 of it are the customer's credit. Another invoice will never be paid: its balance is written off
with a reason, by a credit that is void again when the customer pays after all (`void_credit`). Neither counts as collected:
`invoices.credited_cents` keeps apart what credits have paid.
"""

from datetime import datetime

from django.db.models import Sum

from accounts.errors import RuleBroken
from accounts.models import User
from accounts.roles import OFFICE
from accounts.unit_of_work import unit_of_work
from billing.models import Credit, Invoice
from billing.rules.invoice_due import issue_date
from billing.services.allocations import CREDIT_NOTE, WRITE_OFF, allocate
from billing.services.checks import check_cents, check_moment, check_reason
from billing.services.holding import Held, hold
from billing.services.invoice_numbers import next_credit_note_number
from billing.services.named_debts import check_takes_money
from routes.services import check_staff


class MoreThanInvoiced(RuleBroken):
    """The credit notes of an invoice, with what is written off of it, would exceed what it asks for."""

    code = "more_than_invoiced"


class NothingToWriteOff(RuleBroken):
    """Nothing of the invoice is left to pay."""

    code = "nothing_to_write_off"


@unit_of_work
def issue_credit_note(*, actor: User | None, invoice: Invoice, amount_cents: int, reason: str, now: datetime) -> Credit:
    """Give part of an invoice back: the note pays what is open of it, and the rest is the customer's credit.

    *Money*: the credit notes of an invoice and what is written off of it are together at most its total: what nobody paid and
    nobody asks for any more is not given back. *Raises* MoreThanInvoiced, InvoiceAsksNothing, InvoiceIsDeleted,
    InvoiceIsLegacy, NotAnAmount, ReasonMissing.
    """
    held, invoice, reason = _hold(actor, invoice, reason, "A credit note", now)
    check_cents(amount_cents)
    _check_within(invoice, amount_cents)
    tenant = held.customer.tenant
    number = next_credit_note_number(tenant=tenant, year=issue_date(now, tenant.zone).year)
    credit = _credit(invoice, Credit.Kind.CREDIT_NOTE, amount_cents, reason, number)
    _pay(actor, credit, invoice, held, CREDIT_NOTE, now)
    return credit


@unit_of_work
def write_off_invoice(*, actor: User | None, invoice: Invoice, reason: str, now: datetime) -> Credit:
    """Give up what is open of an invoice: it asks for nothing more. Voiding the credit that this returns takes it back.

    *Raises* NothingToWriteOff, InvoiceAsksNothing, InvoiceIsDeleted, InvoiceIsLegacy, ReasonMissing.
    """
    held, invoice, reason = _hold(actor, invoice, reason, "Writing off an invoice", now)
    if not invoice.balance_cents:
        raise NothingToWriteOff(f"Invoice {invoice} is paid: there is nothing to write off. Choose one with a balance.")
    credit = _credit(invoice, Credit.Kind.WRITE_OFF, invoice.balance_cents, reason, None)
    _pay(actor, credit, invoice, held, WRITE_OFF, now)
    return credit


def _hold(actor: User | None, invoice: Invoice, reason: str, what: str, now: datetime) -> tuple[Held, Invoice, str]:
    check_staff(actor, invoice.tenant_id, roles=OFFICE)
    reason = check_reason(reason, what=what)
    check_moment(now, name="now")
    held = hold(customer_id=invoice.customer_id, invoices=[invoice])
    invoice = held.invoices[invoice.pk]
    check_takes_money(invoice)
    return held, invoice, reason


def _check_within(invoice: Invoice, amount_cents: int) -> None:
    corrections = Credit.objects.filter(invoice=invoice).exclude(status=Credit.Status.VOIDED)
    given_up = corrections.aggregate(cents=Sum("amount_cents"))["cents"] or 0
    if given_up + amount_cents > invoice.total_cents:
        raise MoreThanInvoiced(
            f"Invoice {invoice} asks for {invoice.total_cents}, of which {given_up} were given back or written off before: "
            f"{amount_cents} more cannot. Lower the amount, or void the write-off first."
        )


def _credit(invoice: Invoice, kind: str, amount_cents: int, reason: str, number: str | None) -> Credit:
    return Credit.objects.create(
        tenant_id=invoice.tenant_id,
        customer_id=invoice.customer_id,
        kind=kind,
        invoice=invoice,
        number=number,
        reason=reason,
        amount_cents=amount_cents,
        currency=invoice.currency,
    )


def _pay(actor: User | None, credit: Credit, invoice: Invoice, held: Held, rule: str, now: datetime) -> None:
    amount = min(credit.amount_cents, invoice.balance_cents)
    if amount > 0:
        allocate(
            actor=actor,
            source=credit,
            target=invoice,
            amount_cents=amount,
            rule=rule,
            held=held,
            now=now,
            reason=credit.reason,
        )
