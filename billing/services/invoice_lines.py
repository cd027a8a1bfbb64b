"""Lines of invoices: what they cost, and which row they bill, once while their invoice is live."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from accounts.copying import new_row
from accounts.errors import Conflict, RuleBroken
from billing.models import Invoice, InvoiceLine, Sale
from billing.money import round_half_up
from billing.services.checks import LARGEST_CENTS, NotAnAmount, check_cents, check_currency, check_quantity
from billing.services.holding import SALE, Held
from billing.services.sales import check_not_cancelled

MOST_LINES = (
    1000  # that somebody types or chooses; an invoice of a period has one for each delivery, however many were late
)
WHOLE_BPS = 10_000
CLAIM_CHECKS: dict[str, Callable[[list[InvoiceLine]], None]] = {}  # by source_kind; an app above registers its own


class InvoiceRefused(RuleBroken):
    """The invoice contradicts itself or its customer."""

    code = "invoice_refused"


class AlreadyBilled(Conflict):
    """Another live invoice bills this already."""

    code = "already_billed"


def lines_of(lines: Sequence[Any], *, held: Held, currency: str, most: int | None = MOST_LINES) -> list[InvoiceLine]:
    """Make the lines of a draft from sales and mappings; nothing is written. *Raises* InvoiceRefused, NotAnAmount."""
    if not lines or (most and len(lines) > most):
        raise InvoiceRefused(
            f"An invoice has 1 to {most or 'any number of'} lines, not {len(lines)}. Split it, or add what is billed."
        )
    made = [
        line_of(line) if isinstance(line, Mapping) else _sale_line(held.sales[line.pk], held, currency)
        for line in lines
    ]
    if (total := sum(line.total_cents for line in made)) > LARGEST_CENTS:
        raise NotAnAmount(f"The lines add up to {total} cents, more than {LARGEST_CENTS}. Split the invoice.")
    return made


def write_lines(invoice: Invoice, lines: list[InvoiceLine]) -> None:
    """Store the lines of a new invoice, which claims their sources. *Raises* AlreadyBilled."""
    for line in lines:
        line.invoice = invoice
    try:
        with transaction.atomic():
            for line in lines:
                line.save(force_insert=True)
    except IntegrityError as error:
        raise _already_billed(lines) from error


def free_sources(invoice: Invoice) -> None:
    """Let go of exactly this invoice's sources: they may be billed again."""
    for line in InvoiceLine.objects.filter(invoice=invoice, is_live=True):
        line.is_live = False
        line.save()


def claim_sources(invoice: Invoice) -> None:
    """Take an invoice's sources, and its period, back. *Raises* AlreadyBilled when one was billed again meanwhile."""
    if other := _other_of_the_period(invoice):
        raise AlreadyBilled(
            f"Its period {invoice.period_start} to {invoice.period_end} is invoiced by {other} already. "
            "Void or delete that invoice first."
        )
    lines = list(InvoiceLine.objects.filter(invoice=invoice))
    for kind, check in CLAIM_CHECKS.items():
        check([line for line in lines if line.source_kind == kind])
    try:
        with transaction.atomic():
            for line in lines:
                line.is_live = True
                line.save()
    except IntegrityError as error:
        raise _already_billed(lines) from error


def _other_of_the_period(invoice: Invoice) -> Invoice | None:
    if not invoice.bills_period:
        return None
    same = {name: getattr(invoice, name) for name in ("customer_id", "source", "period_start", "period_end")}
    others = Invoice.objects.live().filter(**same, bills_period=True).exclude(pk=invoice.pk)
    return others.exclude(status=Invoice.Status.VOID).first()


def line_of(line: Mapping[str, Any]) -> InvoiceLine:
    """Make a line of a mapping as `draft_invoice` takes it. *Raises* InvoiceRefused, NotAnAmount, NotAQuantity."""
    quantity = check_quantity(line.get("quantity", 1))
    price = check_cents(line.get("unit_price_cents"), name="unit_price_cents", least=0)
    total = check_cents(round_half_up(Decimal(price) * quantity), name="the total of a line", least=0)
    rate = check_cents(line.get("tax_rate_bps", 0), name="tax_rate_bps", least=0)
    if not line.get("description"):
        raise InvoiceRefused("A line says for what it asks. Give a description.")
    _check_source(line.get("source_kind", ""), line.get("source_id"))
    return new_row(
        InvoiceLine,
        description=line["description"],
        quantity=quantity,
        unit_price_cents=price,
        total_cents=total,
        tax_rate_bps=rate,
        tax_cents=round_half_up(Decimal(total) * rate / (WHOLE_BPS + rate)),
        source_kind=line.get("source_kind", ""),
        source_id=line.get("source_id"),
    )


def _check_source(kind: str, source_id: Any) -> None:
    """A sale is looked at, and held, before it is billed: nobody claims one by its bare id."""
    if kind == SALE:
        raise InvoiceRefused(f"Sale {source_id} is named by its id. Give the sale itself as a line.")
    if bool(kind) != (source_id is not None):
        raise InvoiceRefused("A line names what it bills by source_kind and source_id. Give both, or neither.")


def _sale_line(sale: Sale, held: Held, currency: str) -> InvoiceLine:
    if sale.customer_id != held.customer.pk:
        raise InvoiceRefused(f"Sale {sale.number} is not a sale of this customer. Invoice each customer's own sales.")
    check_not_cancelled(sale)
    check_currency(currency, sale.currency, of=f"sale {sale.number}", what="The invoice")
    return InvoiceLine(
        description=f"Sale {sale.number}",
        quantity=1,
        unit_price_cents=sale.net_cents,
        total_cents=sale.net_cents,
        source_kind=SALE,
        source_id=sale.pk,
    )


def _already_billed(lines: list[InvoiceLine]) -> AlreadyBilled:
    for line in lines:
        other = InvoiceLine.objects.filter(source_kind=line.source_kind, source_id=line.source_id, is_live=True)
        if line.source_id and (found := other.exclude(invoice_id=line.invoice_id).select_related("invoice").first()):
            return AlreadyBilled(
                f"{line.description}: invoice {found.invoice} bills it already. Void or delete that invoice first."
            )
    return AlreadyBilled("Something on this invoice is billed twice by it. Name each source once.")
