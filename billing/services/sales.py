"""Sales: sold, on a route or at the counter, and cancelled when nothing came of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.errors import Conflict, RuleBroken
from accounts.models import User
from accounts.roles import OFFICE
from accounts.services import next_number
from accounts.unit_of_work import unit_of_work
from billing.models import Customer, Sale, SaleLine
from billing.money import round_half_up
from billing.services.allocations import release_excess, settle_status
from billing.services.checks import LARGEST_CENTS, NotAnAmount, check_cents, check_moment, check_quantity, check_reason
from billing.services.holding import Held, hold
from billing.services.route_checks import check_accepts_sales, check_figures_open
from billing.services.sale_repeats import must_be_the_same_sale
from routes.models import Route
from routes.services import NumberTaken, check_staff


class SaleRefused(RuleBroken):
    """The sale contradicts itself or its customer."""

    code = "sale_refused"


class SaleIsCancelled(Conflict):
    """The sale was cancelled."""

    code = "sale_is_cancelled"


class SaleIsInvoiced(Conflict):
    """An issued invoice asks for the sale's money."""

    code = "sale_is_invoiced"


@unit_of_work
def create_sale(
    *,
    actor: User | None,
    customer: Customer,
    sold_at: datetime,
    lines: Sequence[Mapping[str, Any]] = (),
    total_cents: int | None = None,
    sale_type: str = Sale.Type.CASH,
    route: Route | None = None,
    number: str | None = None,
    id: UUID | None = None,  # noqa: A002 - the field's name
) -> Sale:
    """Record a sale in the tenant's currency, by its lines or by its total alone; a repeat by id returns the first.

    A line has `description`, `quantity`, `unit_price_cents` and maybe `product_code`, `tax_rate_bps`. *Raises* SaleRefused,
    SaleAlreadyKnown, NumberTaken, RouteIsClosed, NotAnAmount, NotAQuantity.
    """
    check_staff(actor, customer.tenant_id)
    check_moment(sold_at, name="sold_at")
    sale_lines = [_line(line) for line in lines]
    sale = Sale(
        **({"id": id} if id else {}),
        tenant_id=customer.tenant_id,
        customer_id=customer.pk,
        number=number or "",
        route_id=route.pk if route else None,
        sale_type=sale_type,
        total_cents=_total(sale_lines, total_cents),
        sold_at=sold_at,
    )
    held = hold(customer_id=customer.pk, routes=[route] if route else [])
    if id and (earlier := Sale.objects.filter(pk=id).first()):
        return must_be_the_same_sale(earlier, sale, sale_lines)
    _check_customer(held.customer, sale_type)
    if route:
        check_accepts_sales(held.routes[route.pk], tenant_id=customer.tenant_id)
    sale.number = number or f"S-{next_number(tenant=held.customer.tenant, kind='sale')}"
    sale.customer, sale.currency = held.customer, held.customer.tenant.currency
    return _write(sale, sale_lines)


@unit_of_work
def cancel_sale(*, actor: User | None, sale: Sale, reason: str) -> Sale:
    """Cancel a sale: nothing is asked for it any more, and what was paid for it is the customer's credit again.

    The office's alone: a representative who could wipe out what they are to collect could keep it.
    *Raises* SaleIsCancelled, SaleIsInvoiced, RouteIsClosed on a reconciled route, ReasonMissing.
    """
    check_staff(actor, sale.tenant_id, roles=OFFICE)
    reason = check_reason(reason, what=f"Cancelling sale {sale.number}")
    held = hold(customer_id=sale.customer_id, sales=[sale], with_allocated=True)
    sale = held.sales[sale.pk]
    check_not_cancelled(sale)
    check_not_invoiced(sale, held, cure="Void the invoice first")
    check_figures_open(held.route(sale.route_id), change=f"cancelling sale {sale.number}")
    release_excess(actor=actor, sale=sale, held=held, net_cents=0, reason=reason)
    sale.status = Sale.Status.CANCELLED
    sale.save()
    return sale


def check_not_cancelled(sale: Sale) -> None:
    """Let pass a sale that stands. *Raises* SaleIsCancelled."""
    if sale.status == Sale.Status.CANCELLED:
        raise SaleIsCancelled(f"Sale {sale.number} was cancelled. Record a new sale instead.")


def check_not_invoiced(sale: Sale, held: Held, *, cure: str) -> None:
    """Let pass a held sale that asks for its money itself. *Raises* SaleIsInvoiced."""
    if sale.invoice_id:
        number = held.invoices[sale.invoice_id].number
        raise SaleIsInvoiced(f"Invoice {number} asks for the money of sale {sale.number}. {cure}.")


def _line(line: Mapping[str, Any]) -> SaleLine:
    quantity = check_quantity(line.get("quantity"))
    price = check_cents(line.get("unit_price_cents"), name="unit_price_cents", least=0)
    return SaleLine(
        description=line.get("description", ""),
        product_code=line.get("product_code", ""),
        quantity=quantity,
        unit_price_cents=price,
        total_cents=round_half_up(Decimal(price) * quantity),
        tax_rate_bps=line.get("tax_rate_bps", 0),
    )


def _total(lines: list[SaleLine], total_cents: int | None) -> int:
    if not lines:
        return check_cents(total_cents, name="total_cents", least=0)
    total = sum(line.total_cents for line in lines)
    if total_cents is not None and check_cents(total_cents, name="total_cents", least=0) != total:
        raise SaleRefused(
            f"The lines add up to {total}, but total_cents is {total_cents}. Correct one, or leave the total out."
        )
    if total > LARGEST_CENTS:
        raise NotAnAmount(f"The lines add up to {total} cents, more than {LARGEST_CENTS}. Split the sale.")
    return total


def _check_customer(customer: Customer, sale_type: str) -> None:
    if not customer.is_active:
        raise SaleRefused(f"Customer {customer.number} is not active. Activate them first.")
    if sale_type not in Sale.Type.values:
        raise SaleRefused(f"There is no sale type {sale_type!r}. Choose one of: {', '.join(Sale.Type.values)}.")


def _write(sale: Sale, lines: list[SaleLine]) -> Sale:
    settle_status(sale)
    try:
        with transaction.atomic():
            sale.save(force_insert=True)
    except IntegrityError as error:
        raise NumberTaken(f"Sale number {sale.number} or its id is taken. Give another one, or none.") from error
    for line in lines:
        line.sale = sale
    SaleLine.objects.bulk_create(lines)
    return sale
