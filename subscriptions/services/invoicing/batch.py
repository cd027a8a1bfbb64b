"""Invoices of many customers with a few statements, in the caller's transaction: what `invoice_period` does, set-based.

The customers are locked, then what is to be billed, in the order in which every service locks. Headers are inserted first, with
their numbers from one step of the counter; the lines by `INSERT … SELECT` from the deliveries and the sales; the totals from
the lines; the sales are billed; and every row gets its image in history. Customers with part-paid sales are left to
`invoice_period`, which moves the money.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS
from django.db.models import (
    BigIntegerField,
    BooleanField,
    CharField,
    DecimalField,
    F,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
    TextField,
    UUIDField,
    Value,
    Window,
)
from django.db.models.functions import Cast, Concat, RowNumber

from accounts.errors import DomainError
from accounts.locks import lock_unread, locked
from accounts.models import Tenant
from billing.models import Customer, Invoice, InvoiceLine, Sale
from billing.rules.period import Period
from billing.services.checks import LARGEST_CENTS, NotAnAmount
from billing.services.issued_sets import issued_header, store_headers
from operations.backfill.compiled import Given, insert_select
from operations.backfill.images import RowId
from operations.backfill.new_ids import NewId
from operations.backfill.sql import look_rows_up
from operations.history_writing import write_baselines, write_images
from subscriptions.models import DELIVERY
from subscriptions.selectors.billable import SALE, billable_deliveries, billable_sales, invoices_of_period, with_line

LINE = (
    "id",
    "invoice_id",
    "description",
    "quantity",
    "unit_price_cents",
    "total_cents",
    "tax_rate_bps",
    "tax_cents",
    "source_kind",
    "source_id",
    "is_live",
)
CENTS = BigIntegerField()
AFTER_DELIVERIES = timedelta(seconds=1)  # the lines of an invoice stand in the order of their ids


class PartPaidMeanwhile(DomainError):
    """Money came in for a sale of this batch after it was planned: its customer is invoiced alone."""

    code = "part_paid_meanwhile"


@dataclass(frozen=True, slots=True)
class Terms:
    """What all invoices of a run have in common."""

    tenant: Tenant
    first: date
    last: date
    issued_at: datetime
    due_in_days: int

    @property
    def period(self) -> Period:
        """The days that are billed."""
        return Period(self.first, self.last)


@dataclass(slots=True)
class Billed:
    """What became of the customers of a batch: their new invoice, the one that they had, only what costs nothing, or nothing."""

    made: dict[UUID, Invoice] = field(default_factory=dict)
    had: dict[UUID, Invoice] = field(default_factory=dict)
    free: list[UUID] = field(default_factory=list)
    nothing: list[UUID] = field(default_factory=list)


def part_paid_customers(terms: Terms, customers: Sequence[UUID]) -> list[UUID]:
    """Those of these customers with money on a sale that is to be billed: it must move to the invoice."""
    sales = billable_sales(terms.tenant, terms.period).filter(customer__pk__any_of=customers, allocated_cents__gt=0)
    return list(sales.order_by("customer").values_list("customer", flat=True).distinct())


def invoice_customers(terms: Terms, customers: Sequence[UUID]) -> Billed:
    """Invoice these customers, all or none of them. *Raises* PartPaidMeanwhile, NotAnAmount."""
    look_rows_up(DEFAULT_DB_ALIAS)
    present = [customer.pk for customer in locked(Customer.objects.filter(pk__any_of=customers)).only("pk")]
    asked = invoices_of_period(terms.tenant, terms.period).filter(customer__pk__any_of=present)
    had = {invoice.customer_id: invoice for invoice in asked.only("id", "number", "customer_id")}
    left = [pk for pk in present if pk not in had]
    asking = _hold_what_is_billed(terms, left)
    made = _write_headers(terms, [pk for pk in left if asking.get(pk)])
    if made:
        _write_lines(terms, made)
        invoices = Invoice.objects.filter(pk__any_of=[invoice.pk for invoice in made.values()])
        _total(invoices)
        write_images(invoices, history_type="+")
        lines = InvoiceLine.objects.filter(invoice__pk__any_of=[invoice.pk for invoice in made.values()])
        write_images(lines, history_type="+")
        _bill_sales(terms, lines.filter(source_kind=SALE))
    free = [pk for pk, cents in asking.items() if not cents]
    return Billed(made, had, free, [pk for pk in customers if pk not in {*had, *asking}])


def _hold_what_is_billed(terms: Terms, customers: Sequence[UUID]) -> dict[UUID, int]:
    """Lock the sales and deliveries that are to be billed; returns what they ask for, by customer."""
    sales = billable_sales(terms.tenant, terms.period).filter(customer__pk__any_of=customers)
    deliveries = billable_deliveries(terms.tenant, terms.period).filter(customer__pk__any_of=customers)
    for rows in (sales, deliveries):
        lock_unread(rows)
    if sales.filter(allocated_cents__gt=0).exists():
        raise PartPaidMeanwhile("A sale of this batch was part-paid while it waited. Its customer is invoiced alone.")
    asking: dict[UUID, int] = {}
    for rows, cents in ((deliveries, F("total_cents")), (sales, F("total_cents") - F("returned_cents"))):
        for customer, asked in rows.order_by().values_list("customer").annotate(cents=Cast(Sum(cents), CENTS)):
            asking[customer] = asking.get(customer, 0) + asked
    if any(cents > LARGEST_CENTS for cents in asking.values()):
        raise NotAnAmount(f"An invoice would ask for more than {LARGEST_CENTS} cents. Check the deliveries.")
    return asking


def _write_headers(terms: Terms, customers: Sequence[UUID]) -> dict[UUID, Invoice]:
    """Store numbered invoices that ask for nothing yet, by customer."""
    made = {
        pk: issued_header(
            terms.tenant,
            pk,
            source=Invoice.Source.SALES,
            issued_at=terms.issued_at,
            period_start=terms.first,
            period_end=terms.last,
            due_in_days=terms.due_in_days,
            bills_period=True,
        )
        for pk in customers
    }
    store_headers(list(made.values()), tenant=terms.tenant, issued_at=terms.issued_at)
    return made


def _write_lines(terms: Terms, made: dict[UUID, Invoice]) -> None:
    """Write a line for each delivery, then one for each sale.

    The new invoice of a row's customer is told in the statement: PostgreSQL has not looked at invoices yet that are this new.
    """
    told = json.dumps({str(customer): invoice.pk.hex for customer, invoice in made.items()})
    deliveries = billable_deliveries(terms.tenant, terms.period).filter(customer__pk__any_of=list(made))
    billed = with_line(deliveries, terms.period).values_list(
        *_ids(terms.issued_at, "delivery_date", "slot"),
        "line_description",
        "quantity",
        "unit_price_cents",
        "total_cents",
        "tax_rate_bps",
        "line_tax_cents",
        *_source(DELIVERY),
    )
    insert_select(InvoiceLine, LINE, billed.order_by(), DEFAULT_DB_ALIAS).count(invoices=told)
    net, nothing = F("total_cents") - F("returned_cents"), Value(0, CENTS)
    sales = billable_sales(terms.tenant, terms.period).filter(customer__pk__any_of=list(made))
    billed = sales.values_list(
        *_ids(terms.issued_at + AFTER_DELIVERIES, "sold_at"),
        Concat(Value("Sale "), "number", output_field=TextField()),
        Value(1, DecimalField()),
        net,
        net,
        nothing,
        nothing,
        *_source(SALE),
    )
    insert_select(InvoiceLine, LINE, billed.order_by(), DEFAULT_DB_ALIAS).count(invoices=told)


def _ids(moment: datetime, *order: str) -> tuple[Any, Any]:
    """The id of a line, in the order of the invoice, and the invoice that was just made for the row's customer."""
    place = Window(RowNumber(), partition_by="customer", order_by=[*order, "pk"])
    return NewId(moment, place), Cast(Given("invoices", RowId("customer__pk")), UUIDField())


def _source(kind: str) -> tuple[Any, ...]:
    return Value(kind, CharField()), F("pk"), Value(True, BooleanField())


def _total(invoices: QuerySet[Invoice]) -> None:
    """Let the new invoices ask for the sum of their lines."""
    lines = InvoiceLine.objects.filter(invoice=OuterRef("pk")).order_by().values("invoice")
    cents = lines.annotate(cents=Cast(Sum("total_cents"), CENTS)).values("cents")
    invoices.update(total_cents=Subquery(cents, output_field=CENTS))


def _bill_sales(terms: Terms, lines: QuerySet[InvoiceLine]) -> None:
    """Let the invoices ask for the money of the sales on these lines."""
    sales = Sale.objects.filter(pk__in=lines.values("source_id"))
    if not sales.exists():
        return
    write_baselines(sales)
    billing = InvoiceLine.objects.filter(source_kind=SALE, source_id=OuterRef("pk"), is_live=True)
    sales.update(invoice_id=Subquery(billing.values("invoice")[:1]), status=Sale.Status.BILLED)
    write_images(sales, history_type="~")
