"""An invoice on paper: what is asked for, line by line, the tax in it, what is paid, and what is still to pay by when."""

from collections import Counter
from datetime import datetime
from typing import Any

from billing.models import Invoice
from billing.money import grouped
from billing.printing.paper import Column, Paper, amount, quantity
from billing.rules import invoice_status as rule

COLUMNS = (
    Column("For", 7),
    Column("Quantity", 1.9, is_number=True),
    Column("Price", 3.1, is_number=True),
    Column("Tax in it", 1.9, is_number=True),
    Column("Amount", 4.3, is_number=True),
)


def printed_invoice(invoice: Invoice, *, now: datetime) -> bytes:
    """Print an invoice as it stands at a moment. *Money*: amounts include tax; the tax in them is told by rate."""
    row: Any = Invoice.objects.with_status(now).select_related("customer", "tenant").get(pk=invoice.pk)
    lines = list(row.lines.order_by("id"))
    told = _told(row)
    text = "".join([row.description, row.customer.name, row.customer.address, *(line.description for line in lines)])
    paper = Paper(
        title=_title(row),
        business=row.tenant.name,
        letters=text,
        made=f"Printed {_day(now, row)}",
    )
    paper.facts(told)
    currency = row.currency
    paper.listing(
        COLUMNS,
        [
            (
                line.description,
                quantity(line.quantity),
                grouped(line.unit_price_cents, currency),
                _percent(line.tax_rate_bps) if line.tax_rate_bps else "-",
                amount(line.total_cents, currency),
            )
            for line in lines
        ],
    )
    paper.totals(_totals(row, lines))
    paper.words("Prices include tax.")
    return paper.done()


def _title(invoice: Any) -> str:
    words = {rule.DRAFT: "Draft of an invoice", rule.VOID: f"Void: invoice {invoice.number}"}
    return words.get(invoice.status, f"Invoice {invoice.number}")


def _told(invoice: Any) -> list[tuple[str, str]]:
    customer = invoice.customer
    period = ""
    if invoice.period_start and invoice.period_end:
        period = f"{invoice.period_start:%-d %B %Y} to {invoice.period_end:%-d %B %Y}"
    return [
        ("Customer", f"{customer.name} ({customer.number})"),
        ("Address", customer.address),
        ("Phone", customer.phone),
        ("Invoice date", _day(invoice.issued_at, invoice)),
        ("Due", _day(invoice.due_at, invoice)),
        ("Period", period),
        ("About", invoice.description),
        ("State", str(Invoice.Status(invoice.computed_status).label)),
    ]


def _totals(invoice: Any, lines: list[Any]) -> list[tuple[str, str]]:
    """The sum, of which tax by rate, what is paid by money and by credits, and what is left."""
    currency = invoice.currency
    taxes: Counter[int] = Counter()
    for line in lines:
        taxes[line.tax_rate_bps] += line.tax_cents
    told = [("Total", amount(invoice.total_cents, currency))]
    told += [
        (f"of it tax of {_percent(rate)}", amount(cents, currency)) for rate, cents in sorted(taxes.items()) if cents
    ]
    credited = invoice.credited_cents
    if paid := invoice.paid_cents - credited:
        told.append(("Paid", amount(-paid, currency)))
    if credited:
        told.append(("Credited", amount(-credited, currency)))
    return [*told, ("Still to pay", amount(invoice.balance_now_cents, currency))]


def _percent(bps: int) -> str:
    """A rate in percent.

    >>> _percent(500), _percent(1250)
    ('5 %', '12.5 %')
    """
    return f"{bps / 100:g} %"


def _day(moment: datetime | None, invoice: Any) -> str:
    return f"{moment.astimezone(invoice.tenant.zone):%-d %B %Y}" if moment else ""
