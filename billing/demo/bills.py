"""The invoices of a small demo business while they are written: those that an old system left, and those of this one.

Nothing is written until `write`. An old invoice is a bare row: a status, maybe payments that name it, no lines and no history.
A new one is what the services would have left: numbered lines, allocations, credits, an audit trail, and images.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from accounts.demo.dates import local
from accounts.demo.ids import DemoIds
from accounts.demo.rows import image, insert, insert_images
from accounts.models import Counter as NumberCounter
from accounts.models import Tenant, User
from billing.models import Allocation, Credit, Customer, Invoice, InvoiceLine, Payment, PaymentAuditLog
from billing.rules.invoice_due import due_moment
from billing.services.invoice_numbers import TYPES, counter_kind
from billing.services.payment_audit import state_of

WRITE_ORDER = (Invoice, InvoiceLine, Payment, Credit, Allocation, PaymentAuditLog)
DUE_IN_DAYS = 14


class Bills:
    """The invoices of one business."""

    def __init__(self, tenant: Tenant, *, seed: int, using: str, ids: str) -> None:
        self.tenant = tenant
        self.using = using
        self.new_id = DemoIds(seed=seed, mode=ids, part=f"invoices-{tenant.slug}")
        self.customers = list(Customer.objects.using(using).filter(tenant=tenant).order_by("number"))
        self.office: User = User.objects.using(using).get(tenant=tenant, role="FINANCE")
        self.rows: dict[type, list[Any]] = defaultdict(list)
        self.images: list[Any] = []
        self.numbers: Counter[str] = Counter()

    def at(self, day: date, hour: int = 10) -> datetime:
        """A moment of a day on the business's clock."""
        return local(self.tenant.zone, day, hour)

    def due(self, issued_at: datetime) -> datetime:
        """When an invoice is to be paid."""
        return due_moment(issued_at, days=DUE_IN_DAYS, zone=self.tenant.zone)

    def old(self, customer: Customer, *, on: date, cents: int, status: str, **fields: Any) -> Invoice:
        """An invoice as the old system stored it, due in a fortnight."""
        at = self.at(on)
        self.numbers["old"] += 1
        values = {
            "number": f"{self.tenant.slug.upper()}-{on.year}-DUES-{self.numbers['old']:03}",
            "source": "DUES",
            "currency": self.tenant.currency,
            "issued_at": at,
            "due_at": self.due(at),
            "description": "Milk book, yearly fee",
            **fields,
        }
        return self._add(Invoice(customer=customer, total_cents=cents, status=status, **values), at)

    def old_payment(
        self, invoice: Invoice, *, on: date, cents: int, by: Customer | None = None, **fields: Any
    ) -> Payment:
        """A payment of the old system that names an invoice; nothing says what it pays for."""
        values = {"channel": "BANK_TRANSFER", "status": "SUCCEEDED", "currency": invoice.currency, **fields}
        return self._payment(by or invoice.customer, self.at(on, 15), cents, invoice=invoice, **values)

    def draft(self, customer: Customer, *, on: date, source: str, lines: Sequence[tuple[str, int]]) -> Invoice:
        """A draft of this system."""
        at = self.at(on)
        total = sum(cents for _, cents in lines)
        invoice = Invoice(customer=customer, source=source, status="DRAFT", total_cents=total)
        invoice.currency, invoice.counts_by_allocations, invoice.description = self.tenant.currency, True, lines[0][0]
        self._add(invoice, at)
        for description, cents in lines:
            line = InvoiceLine(invoice=invoice, description=description, unit_price_cents=cents, total_cents=cents)
            line.id = self.new_id(at)
            self.rows[InvoiceLine].append(line)
        return self._remember(invoice, at)

    def issue(self, customer: Customer, *, on: date, source: str, lines: Sequence[tuple[str, int]]) -> Invoice:
        """An invoice of this system, numbered and due in a fortnight."""
        invoice = self.draft(customer, on=on, source=source, lines=lines)
        at = self.at(on, 11)
        invoice.series = f"{TYPES[Invoice.Source(source)]}-{on.year}"
        self.numbers[counter_kind(invoice.series)] += 1
        invoice.sequence = self.numbers[counter_kind(invoice.series)]
        invoice.number = f"{invoice.series}-{invoice.sequence:04d}"
        invoice.status, invoice.issued_at, invoice.due_at = "ISSUED", at, self.due(at)
        return self._remember(invoice, at, kind="~")

    def void(self, invoice: Invoice, *, on: date, reason: str) -> None:
        """It asks for nothing any more, and lets go of what it billed."""
        invoice.status = "VOID"
        for line in self.rows[InvoiceLine]:
            line.is_live = line.is_live and line.invoice is not invoice
        self._remember(invoice, self.at(on), kind="~", reason=reason)

    def pay(self, parts: Sequence[tuple[Invoice, int]], *, on: date, cents: int, channel: str = "CASH") -> Payment:
        """One payment for one or more invoices; what they do not need stays on it as credit."""
        at = self.at(on, 15)
        payment = self._payment(parts[0][0].customer, at, cents, channel=channel, status="SUCCEEDED")
        self._step(payment, "CREATED", at, None)
        for rank, (invoice, part) in enumerate(parts, start=1):
            before = state_of(payment)
            payment.allocated_cents += part
            self._allocate(invoice, part, at, rank=rank, rule="manual", reason="As on the slip", payment=payment)
            self._step(payment, "ALLOCATED", at, before)
        self.images.append(image(payment, at=at, by=self.office))
        return payment

    def credit(self, invoice: Invoice, *, on: date, kind: str, cents: int, pays: int, reason: str) -> Credit:
        """A credit note, a write-off or goodwill, of which so much pays for an invoice."""
        at = self.at(on, 16)
        credit = Credit(customer=invoice.customer, kind=kind, reason=reason, amount_cents=cents, allocated_cents=pays)
        credit.currency, credit.status = invoice.currency, "APPLIED" if pays == cents else "AVAILABLE"
        if kind != "GOODWILL":
            credit.invoice = invoice
        if kind == "CREDIT_NOTE":
            self.numbers[f"credit note {on.year}"] += 1
            credit.number = f"CN-{on.year}-{self.numbers[f'credit note {on.year}']:04d}"
        self._add(credit, at)
        self.images.append(image(credit, at=at, by=self.office))
        if pays:
            self._allocate(invoice, pays, at, rank=1, rule=kind.lower(), reason=reason, credit=credit)
        return credit

    def write(self) -> int:
        """Write everything, and tell how many invoices there are."""
        for model in WRITE_ORDER:
            insert(model, self.rows[model], using=self.using)
        insert_images(self.images, using=self.using)
        counters = {kind: value for kind, value in self.numbers.items() if kind != "old"}
        NumberCounter.objects.using(self.using).bulk_create(
            NumberCounter(tenant=self.tenant, kind=kind, value=value) for kind, value in sorted(counters.items())
        )
        return len(self.rows[Invoice])

    def _allocate(self, invoice: Invoice, cents: int, at: datetime, **fields: Any) -> None:
        allocation = Allocation(invoice=invoice, amount_cents=cents, created_by=self.office, **fields)
        self._add(allocation, at)
        invoice.allocated_cents += cents
        invoice.credited_cents += cents if fields.get("credit") else 0
        is_paid = invoice.allocated_cents == invoice.total_cents
        invoice.status, invoice.paid_at = ("PAID", at) if is_paid else ("PARTIALLY_PAID", None)
        self._remember(invoice, at, kind="~", reason=fields["reason"])

    def _payment(self, customer: Customer, at: datetime, cents: int, **fields: Any) -> Payment:
        values = {"currency": self.tenant.currency, "received_at": at, **fields}
        return self._add(Payment(customer=customer, amount_cents=cents, **values), at)

    def _step(self, payment: Payment, action: str, at: datetime, before: dict[str, Any] | None) -> None:
        step = PaymentAuditLog(payment=payment, action=action, performed_by=self.office, previous_state=before)
        step.new_state = state_of(payment)
        self._add(step, at + timedelta(seconds=len(self.rows[PaymentAuditLog]) % 60))

    def _add(self, row: Any, at: datetime) -> Any:
        row.id, row.tenant, row.created_at = self.new_id(at), self.tenant, at
        self.rows[type(row)].append(row)
        return row

    def _remember(self, invoice: Invoice, at: datetime, *, kind: str = "+", reason: str = "") -> Invoice:
        self.images.append(image(invoice, at=at, kind=kind, by=self.office, reason=reason))
        return invoice
