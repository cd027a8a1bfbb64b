"""The top of an invoice's page: what it is, and its total less what is paid."""

from typing import Any

from django.urls import reverse
from django.utils import timezone

from accounts.admin import Card, Figure, Link, page_of, when
from accounts.words import counted
from billing.admin.money import money, subtraction
from billing.admin.states import invoice_state
from billing.models import Invoice
from billing.rules import invoice_status as rule


def card_of(row: Invoice) -> Card:
    """The whole top."""
    return Card(
        what=what(row),
        state=invoice_state(row),
        figures=figures(row),
        sum_shown=sum_shown(row),
        links=links(row),
        warning=warning(row),
    )


def days_late(row: Any) -> int:
    """The days since it was due, if something is left to pay."""
    return rule.days_overdue(balance_cents=row.balance_now_cents, due_at=row.due_at, now=timezone.now())


def days_in_words(days: int) -> str:
    """A number of days.

    >>> days_in_words(1), days_in_words(40)
    ('1 day', '40 days')
    """
    return counted(days, "days")


def what(row: Invoice) -> str:
    """What the invoice is, in a sentence."""
    issued = f", issued {when(row.issued_at)}, due {when(row.due_at)}" if row.issued_at else ", not issued yet"
    late = f": {days_in_words(days_late(row))} late" if days_late(row) else ""
    about = f" for {row.description}" if row.description else ""
    return f"{row.get_source_display()} invoice to {row.customer}{about}{issued}{late}."


def figures(row: Any) -> list[Figure]:
    """Total - paid by payments - paid by credits = still to pay."""
    rows = f"{reverse('admin:billing_allocation_changelist')}?invoice__id__exact={row.pk}"
    found = [
        Figure("Total", money(row.total_cents, row.currency)),
        Figure("paid by payments", money(row.paid_cents - row.credited_cents, row.currency), href=rows, sign="−"),
        Figure("paid by credits", money(row.credited_cents, row.currency), "collected by nobody", rows, "−"),
    ]
    left = Figure("still to pay", money(row.balance_now_cents, row.currency), sign="=")
    return [*found, left] if asks(row) else found[:1]


def asks(row: Any) -> bool:
    """Whether the invoice asks for money at all."""
    return row.deleted_at is None and row.computed_status not in rule.STICKY


def sum_shown(row: Any) -> str:
    """The figures as one line that can be checked by hand; or why it asks for nothing."""
    if row.deleted_at is not None:
        return f"Deleted on {when(row.deleted_at)}: it asks for nothing. Its number stays used."
    if not asks(row):
        reason = "is not issued yet" if row.status == rule.DRAFT else "asks for nothing any more"
        return f"{row.get_status_display()}: it {reason}."
    parts = (row.total_cents, row.paid_cents - row.credited_cents, row.credited_cents)
    return subtraction(parts, row.balance_now_cents, row.currency)


def warning(row: Any) -> str:
    """That it counts by what the old system knew, while it does."""
    if not asks(row) or row.counts_by_allocations or row.allocated_cents or not row.paid_cents:
        return ""
    return (
        "It is of the old system: what is paid of it is not written down as allocations yet. It can be changed once the "
        "allocation backfill has run."
    )


def links(row: Invoice) -> list[Link]:
    """What the invoice hangs together with."""
    of_customer = f"{reverse('admin:billing_invoice_changelist')}?customer__id__exact={row.customer_id}"
    found = [Link("Customer", str(row.customer), page_of(row.customer)), Link("", "All their invoices", of_customer)]
    printed = Link("", "Print (PDF)", reverse("admin:print-invoice", args=[row.pk]))
    return found if row.deleted_at else [*found, printed]
