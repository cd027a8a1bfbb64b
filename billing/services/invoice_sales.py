"""Sales on an invoice: an issued invoice asks for their money in their place, so that no cent is asked for twice.

What was paid for the sale moves to the invoice, and back when the invoice is void or deleted: each by a reversing row and a new
one in the same transaction. The payment keeps its sale and its route all along.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accounts.errors import Conflict
from accounts.models import User
from billing.models import Credit, Invoice, InvoiceLine, Payment, Sale
from billing.services.allocations import (
    FREED_SALE,
    INVOICED_SALE,
    Source,
    allocate,
    release,
    settle_status,
    source_of,
)
from billing.services.holding import SALE, Held


class SaleChanged(Conflict):
    """Since the invoice was made, the sale on it was cancelled, or goods of it came back."""

    code = "sale_changed"


class CreditNoteIsSpent(Conflict):
    """A credit note of the invoice pays for something else already."""

    code = "credit_note_is_spent"


def sales_on(invoice: Invoice, held: Held) -> list[Sale]:
    """The held sales that a live invoice bills, by line."""
    return [held.sales[line.source_id] for line in _sale_lines(invoice)]


def check_sales_unchanged(invoice: Invoice, held: Held) -> None:
    """Let pass an invoice whose lines ask what its sales ask for now. *Raises* SaleChanged."""
    for line in _sale_lines(invoice):
        sale = held.sales[line.source_id]
        if sale.net_cents != line.total_cents or sale.status == Sale.Status.CANCELLED:
            raise SaleChanged(
                f"Invoice {invoice} asks {line.total_cents} cents for sale {sale.number}, which asks for {sale.net_cents} now. "
                "Delete it, and make it anew."
            )


def take_over_sales(*, actor: User | None, invoice: Invoice, held: Held, now: datetime) -> None:
    """Let an issued invoice ask for its sales' money: what is paid of them moves to it."""
    for sale in sales_on(invoice, held):
        moved = release(actor=actor, held=held, reason=f"invoiced by {invoice}", now=now, sale=sale)
        sale.invoice = invoice
        settle_status(sale, asked_by=invoice)
        sale.save()
        for allocation in moved:
            allocate(
                actor=actor,
                source=source_of(allocation, held),
                target=invoice,
                amount_cents=allocation.amount_cents,
                rule=INVOICED_SALE,
                held=held,
                now=now,
                reason=f"sale {sale.number} is invoiced",
            )


@dataclass(slots=True)
class Freed:
    """What an invoice let go: its sales, and the money that lay on it, to be applied to those sales again."""

    actor: User | None
    held: Held
    now: datetime
    reason: str
    sales: list[Sale]
    money: list[tuple[Source, int]] = field(default_factory=list)

    def settle(self) -> None:
        """Let each sale ask for itself again, and its own payments pay for it, each at most with what it gave the invoice."""
        for freed in self.sales:
            freed.invoice = None
            settle_status(freed)
            freed.save()
        sales: dict[Any, Sale] = {sale.pk: sale for sale in self.sales}
        for source, cents in self.money:
            sale = sales.get(source.sale_id) if isinstance(source, Payment) else None
            amount = min(cents, sale.balance_cents) if sale else 0
            if sale and amount > 0:
                allocate(
                    actor=self.actor,
                    source=source,
                    target=sale,
                    amount_cents=amount,
                    rule=FREED_SALE,
                    held=self.held,
                    now=self.now,
                    reason=self.reason,
                )


def free_sales(*, actor: User | None, invoice: Invoice, held: Held, now: datetime, reason: str) -> Freed:
    """Take all money off an invoice and hand out its sales; `settle()` after the invoice is closed."""
    freed = Freed(actor, held, now, reason, [sale for sale in sales_on(invoice, held) if sale.invoice_id == invoice.pk])
    for allocation in release(actor=actor, held=held, reason=reason, now=now, invoice=invoice):
        freed.money.append((source_of(allocation, held), allocation.amount_cents))
    return freed


def void_corrections(invoice: Invoice, held: Held) -> None:
    """Void the credit notes and write-offs of an invoice that is void itself. *Raises* CreditNoteIsSpent."""
    for credit in corrections_of(invoice, held):
        if credit.allocated_cents:
            raise CreditNoteIsSpent(
                f"{credit.allocated_cents} cents of {credit}, a credit note of invoice {invoice}, pay for something else. "
                "Void that credit note first."
            )
        credit.status = Credit.Status.VOIDED
        credit.save()


def corrections_of(invoice: Invoice, held: Held) -> list[Credit]:
    """The held credit notes and write-offs of an invoice that stand."""
    return [
        credit
        for credit in held.credits.values()
        if credit.invoice_id == invoice.pk and credit.status != Credit.Status.VOIDED
    ]


def _sale_lines(invoice: Invoice) -> Any:
    """The live lines of an invoice that bill a sale."""
    return InvoiceLine.objects.filter(invoice=invoice, source_kind=SALE, is_live=True).order_by("id")
