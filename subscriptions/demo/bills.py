"""December's invoices of the demo's dairy: a line for each delivery and credit sale, made in one go on New Year's Day."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from accounts.models import User
from billing.models import BulkOperation, BulkOperationItem, Customer, Invoice, InvoiceLine, Sale
from billing.money import round_half_up
from billing.rules.invoice_due import due_moment
from billing.rules.invoice_number import invoice_number, invoice_series
from billing.services.invoice_numbers import TYPES, counter_kind
from billing.services.invoices import DUE_IN_DAYS
from subscriptions.demo.calendar import PERIOD
from subscriptions.demo.ledger import Ledger
from subscriptions.models import DELIVERY, Delivery
from subscriptions.selectors.billable import SALE, WHOLE_BPS


class Bills:
    """Invoices the first month."""

    def __init__(self, ledger: Ledger, *, by: User) -> None:
        self.ledger, self.by = ledger, by

    def invoice_month(self, day: date) -> dict[Any, Invoice]:
        """Issue the invoices of December on a day, by customer, and keep the bulk operation that did it."""
        at = self.ledger.at(day, 11)
        made = {customer.pk: self._invoice(customer, rows, at) for customer, rows in self._unbilled(at).values()}
        operation = BulkOperation(
            kind=BulkOperation.Kind.INVOICING, requested_by=self.by, heartbeat_at=at, finished_at=at
        )
        operation.status, operation.items_total, operation.items_done = "SUCCEEDED", len(made), len(made)
        operation.parameters = {
            "period_start": str(PERIOD[0]),
            "period_end": str(PERIOD[1]),
            "issued_at": at.isoformat(),
            "due_in_days": DUE_IN_DAYS,
            "round": None,
            "customers": None,
            "expected": {"invoices": len(made), "total_cents": sum(each.total_cents for each in made.values())},
        }
        self.ledger.add(operation, at)
        for invoice in made.values():
            item = BulkOperationItem(operation=operation, customer=invoice.customer, outcome="DONE")
            item.document_id, item.message = invoice.pk, f"Invoice {invoice}"
            self.ledger.add(item, at)
        return made

    def _unbilled(self, at: datetime) -> dict[Any, tuple[Customer, list[Any]]]:
        """What was delivered in the period and confirmed by now, and sold on credit, by customer; days first, then sales."""
        found: dict[Any, list[Any]] = defaultdict(list)
        for delivery in self.ledger.rows[Delivery]:
            if delivery.delivery_date <= PERIOD[1] and delivery.confirmed_at < at:
                found[delivery.customer.pk].append(delivery)
        for sale in self.ledger.rows[Sale]:
            if sale.sale_type == Sale.Type.CREDIT and sale.sold_at < self.ledger.at(PERIOD[1] + timedelta(days=1), 0):
                found[sale.customer.pk].append(sale)
        return {pk: (rows[0].customer, rows) for pk, rows in found.items()}

    def _invoice(self, customer: Customer, rows: list[Any], at: datetime) -> Invoice:
        tenant = self.ledger.tenant
        lines = [self._delivery_line(row) if isinstance(row, Delivery) else self._sale_line(row) for row in rows]
        invoice = Invoice(
            customer=customer, source=Invoice.Source.SALES, status=Invoice.Status.ISSUED, currency=tenant.currency
        )
        invoice.series = invoice_series(tenant.invoice_numbering, kind=TYPES[Invoice.Source.SALES], day=at.date())
        invoice.sequence = self.ledger.next_number(counter_kind(invoice.series))
        invoice.number = invoice_number(invoice.series, invoice.sequence)
        invoice.total_cents = sum(line.total_cents for line in lines)
        invoice.counts_by_allocations = invoice.bills_period = True
        invoice.period_start, invoice.period_end = PERIOD
        invoice.issued_at, invoice.due_at = at, due_moment(at, days=DUE_IN_DAYS, zone=tenant.zone)
        self.ledger.add(invoice, at, by=self.by)
        for place, line in enumerate(lines):
            line.invoice = invoice
            self.ledger.add(line, at + timedelta(milliseconds=place), by=self.by)
        for sale in rows:
            if isinstance(sale, Sale):
                sale.invoice, sale.status = invoice, Sale.Status.BILLED
                self.ledger.changed(sale, at, by=self.by)
        return invoice

    def _delivery_line(self, row: Delivery) -> InvoiceLine:
        slot = f", {row.slot}" if row.slot else ""
        rate = row.tax_rate_bps
        return InvoiceLine(
            description=f"{row.delivery_date} {row.product.name}{slot}",
            quantity=row.quantity,
            unit_price_cents=row.unit_price_cents,
            total_cents=row.total_cents,
            tax_rate_bps=rate,
            tax_cents=round_half_up(Decimal(row.total_cents) * rate / (WHOLE_BPS + rate)),
            source_kind=DELIVERY,
            source_id=row.pk,
        )

    def _sale_line(self, sale: Sale) -> InvoiceLine:
        net = sale.total_cents
        return InvoiceLine(
            description=f"Sale {sale.number}",
            unit_price_cents=net,
            total_cents=net,
            source_kind=SALE,
            source_id=sale.pk,
        )
