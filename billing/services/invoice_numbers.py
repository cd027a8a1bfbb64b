"""Numbers of invoices and credit notes, without gaps: `SAL-2026-0001`, one series per tenant, type and year.

A business that numbers by the Indian financial year has one series a year for all types of invoices: `20262700001`. A number is
given at the issue and not to a draft, under the lock of its counter and in the same transaction: an issue that fails gives it
back. A number that came with the old system's rows is stepped over.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

from accounts.models import Tenant
from accounts.services import next_number
from billing.models import Credit, Invoice
from billing.rules.invoice_number import invoice_number, invoice_series

TYPES: Final = {
    Invoice.Source.DUES: "DUES",
    Invoice.Source.EVENT: "EVT",
    Invoice.Source.DONATION: "DON",
    Invoice.Source.SALES: "SAL",
    Invoice.Source.SUBSCRIPTION: "SUB",
    Invoice.Source.USAGE: "USE",
    Invoice.Source.OTHER: "OTH",
}
CREDIT_NOTE: Final = "CN"


def counter_kind(series: str) -> str:
    """The counter of a series."""
    return f"invoice {series}"


def give_number(invoice: Invoice, *, tenant: Tenant, day: date) -> None:
    """Give an invoice issued on this day the next number of its series; the caller saves it in this transaction."""
    give_numbers([invoice], tenant=tenant, day=day)


def give_numbers(invoices: Sequence[Invoice], *, tenant: Tenant, day: date) -> None:
    """Give invoices of one source, issued on this day, the next numbers of their series, in their order.

    The counter is taken once for all of them; the caller saves them in this transaction.
    """
    waiting = list(invoices)
    if not waiting:
        return
    kind = TYPES[Invoice.Source(waiting[0].source)]
    series = invoice_series(tenant.invoice_numbering, kind=kind, day=day)
    while waiting:
        last = next_number(tenant=tenant, kind=counter_kind(series), count=len(waiting))
        free = _free_numbers(tenant, series, range(last - len(waiting) + 1, last + 1))
        for invoice, (sequence, number) in zip(waiting, free, strict=False):
            invoice.series, invoice.sequence, invoice.number = series, sequence, number
        waiting = waiting[len(free) :]


def _free_numbers(tenant: Tenant, series: str, sequences: range) -> list[tuple[int, str]]:
    """Those of these that no row of the old system bears."""
    numbers = {invoice_number(series, sequence): sequence for sequence in sequences}
    taken = set(Invoice.objects.filter(tenant=tenant, number__any_of=list(numbers)).values_list("number", flat=True))
    return [(sequence, number) for number, sequence in numbers.items() if number not in taken]


def next_credit_note_number(*, tenant: Tenant, year: int) -> str:
    """The next number of a credit note."""
    while True:
        number = f"{CREDIT_NOTE}-{year}-{next_number(tenant=tenant, kind=f'credit note {year}'):04d}"
        if not Credit.objects.filter(tenant=tenant, number=number).exists():
            return number
