"""Numbers of invoices and credit notes: `SAL-2026-0001`, one series per tenant, type and year, without gaps.

A number is given at the issue and not to a draft, under the lock of its counter and in the same transaction: an issue that fails
gives it back. A number that came with the old system's rows is stepped over.
"""

from typing import Final

from accounts.models import Tenant
from accounts.services import next_number
from billing.models import Credit, Invoice

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


def give_number(invoice: Invoice, *, tenant: Tenant, year: int) -> None:
    """Give an invoice the next number of its series; the caller saves it in this transaction."""
    invoice.series = f"{TYPES[Invoice.Source(invoice.source)]}-{year}"
    while True:
        invoice.sequence = next_number(tenant=tenant, kind=counter_kind(invoice.series))
        invoice.number = f"{invoice.series}-{invoice.sequence:04d}"
        if not Invoice.objects.filter(tenant=tenant, number=invoice.number).exists():
            return


def next_credit_note_number(*, tenant: Tenant, year: int) -> str:
    """The next number of a credit note."""
    while True:
        number = f"{CREDIT_NOTE}-{year}-{next_number(tenant=tenant, kind=f'credit note {year}'):04d}"
        if not Credit.objects.filter(tenant=tenant, number=number).exists():
            return number
