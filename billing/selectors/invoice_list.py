"""Invoices as everybody sees them: which ones, in which order, and what is told of each.

The list, the detail and the export all tell an invoice by `invoice_entry`, from a row annotated by the one definition of money
and status (`Invoice.objects.with_status`); the finance summary adds up the same columns. So the four views cannot differ.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import F, Q
from django.db.models.functions import Trim, Upper

from billing.models.invoice import InvoiceQuerySet
from billing.rules import invoice_status as rule
from billing.rules.invoice_source import OTHER, SOURCES, invoice_source, spellings
from operations.selectors.findings_csv import Line, safe_cell

BUCKETS: Final = {"OUTSTANDING": rule.OWED, "PAID": (rule.PAID,), "CANCELLED": rule.STICKY}
STATUSES: Final = (*BUCKETS, *(status for status in (*rule.STICKY, *rule.OWED) if status not in BUCKETS))
SORTS: Final = {
    "issued_at": "issued_at",
    "due_at": "due_at",
    "total_cents": "total_cents",
    "customer": "customer__name",
    "number": "number",
}
NEWEST_FIRST: Final = "-issued_at"
SEARCHED: Final = ("number", "description", "customer__name", "customer__number", "customer__phone")
EXPORTED: Final = (
    "number",
    "id",
    "customer_number",
    "customer_name",
    "source",
    "status",
    "currency",
    "total_cents",
    "allocated_cents",
    "credited_cents",
    "paid_cents",
    "balance_cents",
    "issued_at",
    "due_at",
    "paid_at",
    "days_overdue",
    "ageing",
    "description",
)
CHUNK: Final = 2000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which invoices: each part narrows, nothing given means all. `begins` and `ends` go by the issue."""

    statuses: Sequence[str] = ()
    sources: Sequence[str] = ()
    search: str = ""
    currency: str | None = None
    customer_id: UUID | None = None
    begins: datetime | None = None
    ends: datetime | None = None


def listed_invoices(invoices: InvoiceQuerySet, wanted: Wanted, *, now: datetime, sort: str = NEWEST_FIRST) -> Any:
    """The live ones of these invoices that are wanted, annotated with money and status at a moment, in a stable order.

    A status may be a bucket of the summary (OUTSTANDING, PAID, CANCELLED) or one status; each is the computed one. `sort` is a
    key of `SORTS`, with a minus for the greatest first; the id decides between equals.
    """
    found = invoices.live()
    if wanted.statuses:
        statuses = {each for name in wanted.statuses for each in BUCKETS.get(name, (name,))}
        found = found.in_status(*sorted(statuses), now=now)
    else:
        found = found.with_status(now)
    for narrowed in _conditions(wanted):
        found = found.filter(narrowed)
    if wanted.sources:
        found = found.annotate(spelt=Upper(Trim("source"))).filter(of_sources(wanted.sources))
    return found.order_by(*_order(sort))


def _conditions(wanted: Wanted) -> Iterator[Q]:
    if wanted.currency:
        yield Q(currency=wanted.currency)
    if wanted.customer_id:
        yield Q(customer=wanted.customer_id)
    if wanted.begins:
        yield Q(issued_at__gte=wanted.begins)
    if wanted.ends:
        yield Q(issued_at__lt=wanted.ends)
    for word in wanted.search.split():
        found = Q()
        for column in SEARCHED:
            found |= Q(**{f"{column}__icontains": word})
        yield found


def of_sources(sources: Sequence[str]) -> Q:
    """Whether an invoice annotated with `spelt` (its source trimmed and in capitals) comes from one of these."""
    found = Q(spelt__in=[spelt for source in sources for spelt in spellings(source)])
    if OTHER in sources:
        known = [spelt for source in SOURCES if source != OTHER for spelt in spellings(source)]
        found |= ~Q(spelt__in=known)
    return found


def _order(sort: str) -> tuple[Any, ...]:
    """Without a value last, or first when turned round: so PostgreSQL's index is read in either direction."""
    column = F(SORTS[sort.removeprefix("-")])
    if sort.startswith("-"):
        return column.desc(nulls_first=True), F("id").desc()
    return column.asc(nulls_last=True), F("id").asc()


def invoice_entry(invoice: Any, *, now: datetime) -> dict[str, Any]:
    """What is told of an invoice annotated by `with_status(now)`, its customer fetched along.

    *Money*: cents; `allocated_cents` is what its allocations pay, `paid_cents` what is paid of it: the same, but for a row of
    the old system that counts by its legacy money.
    """
    balance = invoice.balance_now_cents
    days = rule.days_overdue(balance_cents=balance, due_at=invoice.due_at, now=now)
    return {
        "id": invoice.pk,
        "number": invoice.number,
        "customer": {
            "id": invoice.customer.pk,
            "number": invoice.customer.number,
            "name": invoice.customer.name,
        },
        "source": invoice_source(invoice.source),
        "status": invoice.computed_status,
        "description": invoice.description,
        "currency": invoice.currency,
        "total_cents": invoice.total_cents,
        "allocated_cents": invoice.allocated_cents,
        "credited_cents": invoice.credited_cents,
        "paid_cents": invoice.paid_cents,
        "balance_cents": balance,
        "counts_by_allocations": invoice.counts_by_allocations or invoice.allocated_cents > 0,
        "issued_at": invoice.issued_at,
        "due_at": invoice.due_at,
        "paid_at": invoice.paid_at,
        "period_start": invoice.period_start,
        "period_end": invoice.period_end,
        "days_overdue": days,
        "ageing": rule.ageing_bucket(days),
        "created_at": invoice.created_at,
    }


def invoice_csv_lines(invoices: Any, *, now: datetime) -> Iterator[str]:
    """Yield the head line and one line per listed invoice, read in chunks: a million of them need no memory."""
    writer = csv.writer(Line())
    yield writer.writerow(EXPORTED)
    for invoice in invoices.select_related("customer").iterator(chunk_size=CHUNK):
        entry = invoice_entry(invoice, now=now)
        customer = entry["customer"]
        entry |= {"customer_number": customer["number"], "customer_name": customer["name"]}
        yield writer.writerow([_cell(entry[name]) for name in EXPORTED])


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        value = value.isoformat().replace("+00:00", "Z")
    return safe_cell(value)
