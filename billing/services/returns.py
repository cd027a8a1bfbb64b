"""Goods that came back: counted once, through whichever door they are reported.

Sale S-1 over 50.00 is paid with 45.00. Goods for 10.00 come back: the sale asks for 40.00, so 5.00 of what was paid is the
customer's credit again, and nothing is owed. The representative's phone and the office may both report it: with the same
`return_key` it is one return.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Sum

from accounts.errors import Conflict, RuleBroken
from accounts.models import User
from accounts.unit_of_work import unit_of_work
from billing.models import Sale, SaleLine, SaleReturn
from billing.rules.returned_lines import returned_line_cents
from billing.services.allocations import release_excess, settle_status
from billing.services.checks import check_cents, check_quantity, check_reason
from billing.services.holding import hold
from billing.services.route_checks import check_figures_open
from billing.services.sales import check_not_cancelled, check_not_invoiced
from routes.services import check_staff


class MoreThanSold(RuleBroken):
    """More would come back than was sold."""

    code = "more_than_sold"


class ReturnRefused(RuleBroken):
    """The return does not say what came back of which sale."""

    code = "return_refused"


class ReturnAlreadyKnown(Conflict):
    """A return with this key was recorded before, with other content."""

    code = "return_already_known"


@unit_of_work
def record_return(
    *,
    actor: User,
    sale: Sale,
    reason: str,
    amount_cents: int | None = None,
    lines: Sequence[Mapping[str, Any]] = (),
    return_key: str | None = None,
) -> list[SaleReturn]:
    """Record what came back of a sale: an amount, or lines (`line` a row or id, `quantity`), one row each.

    The sale asks for less; what was paid beyond that is the customer's credit again. A repeat by key returns the first rows.
    *Raises* MoreThanSold, ReturnRefused, ReturnAlreadyKnown, SaleIsCancelled, SaleIsInvoiced, RouteAlreadyReconciled,
    ReasonMissing.
    """
    check_staff(actor, sale.tenant_id)
    reason = check_reason(reason, what=f"A return on sale {sale.number}")
    held = hold(customer_id=sale.customer_id, sales=[sale], with_allocated=True)
    sale = held.sales[sale.pk]
    asked = _asked(sale, list(lines), amount_cents)
    if known := _known(asked, return_key):
        return known
    check_not_cancelled(sale)
    check_not_invoiced(sale, held, cure="Issue a credit note on the invoice instead")
    check_figures_open(held.route(sale.route_id), change=f"a return on sale {sale.number}")
    rows = [_valued(row) for row in asked]
    returned = _check_within(sale, rows)
    _write(rows, sale=sale, reason=reason, return_key=return_key, recorded_by=actor)
    net_cents = sale.total_cents - sale.returned_cents - returned
    release_excess(actor=actor, sale=sale, held=held, net_cents=net_cents, reason=reason)
    sale.returned_cents += returned
    settle_status(sale)
    sale.save()
    return rows


def _asked(sale: Sale, lines: list[Mapping[str, Any]], amount_cents: int | None) -> list[SaleReturn]:
    """The rows that are asked for; those of a line have no amount yet."""
    if not lines:
        return [SaleReturn(sale=sale, amount_cents=check_cents(amount_cents))]
    sold = {str(line.pk): line for line in SaleLine.objects.filter(sale=sale)}
    rows = []
    for entry in lines:
        line = sold.pop(str(getattr(entry.get("line"), "pk", entry.get("line"))), None)
        if line is None:
            raise ReturnRefused(
                f"{entry.get('line')!r} is no line of sale {sale.number}, or is named twice. Name each line once."
            )
        rows.append(SaleReturn(sale=sale, sale_line=line, quantity=check_quantity(entry.get("quantity"))))
    return rows


def _valued(row: SaleReturn) -> SaleReturn:
    """Give a returned part of a line its amount; a return by amount has one."""
    line, quantity = row.sale_line, row.quantity
    if line is None or quantity is None:
        return row
    already = SaleReturn.objects.filter(sale_line=line).aggregate(all=Sum("quantity"))["all"] or Decimal(0)
    if already + quantity > line.quantity:
        raise MoreThanSold(
            f"{line.quantity.normalize():f} of {line.description!r} were sold and {already.normalize():f} came back before: "
            f"{quantity.normalize():f} more cannot. Correct the quantity."
        )
    cents = returned_line_cents(
        line_cents=line.total_cents, sold_quantity=line.quantity, already_returned=already, returned_now=quantity
    )
    row.amount_cents = check_cents(cents, name="the value of the return")
    return row


def _known(asked: list[SaleReturn], return_key: str | None) -> list[SaleReturn]:
    """The rows that were recorded before under this key. *Raises* ReturnAlreadyKnown when they say something else."""
    if not return_key:
        return []
    keys = _keys(return_key, len(asked) + 1)  # one more: a repeat that leaves lines out says something else
    known = list(
        SaleReturn.objects.filter(tenant_id=asked[0].sale.tenant_id, return_key__in=keys).order_by("return_key")
    )
    if known and {_content(row) for row in known} != {_content(row) for row in asked}:
        raise _already_known(return_key)
    return known


def _content(row: SaleReturn) -> tuple[Any, ...]:
    return row.sale_id, row.sale_line_id, row.quantity, None if row.sale_line_id else row.amount_cents


def _already_known(return_key: str) -> ReturnAlreadyKnown:
    return ReturnAlreadyKnown(
        f"A return with the key {return_key!r} was recorded before with other content. Give another return its own key."
    )


def _check_within(sale: Sale, rows: list[SaleReturn]) -> int:
    returned = sum(row.amount_cents for row in rows)
    if returned > sale.total_cents - sale.returned_cents:
        raise MoreThanSold(
            f"Sale {sale.number} is over {sale.total_cents}, of which {sale.returned_cents} came back before: "
            f"{returned} more cannot. Correct the amount."
        )
    return returned


def _keys(return_key: str | None, count: int) -> list[str | None]:
    """One key a row: the client's own for the first, numbered ones for further lines of the same return."""
    if not return_key:
        return [None] * count
    return [return_key, *(f"{return_key}#{number}" for number in range(2, count + 1))]


def _write(rows: list[SaleReturn], *, sale: Sale, reason: str, return_key: str | None, recorded_by: User) -> None:
    for row, key in zip(rows, _keys(return_key, len(rows)), strict=True):
        row.tenant_id, row.sale, row.recorded_by = sale.tenant_id, sale, recorded_by
        row.reason, row.return_key = reason, key
    try:
        with transaction.atomic():
            SaleReturn.objects.bulk_create(rows)
    except IntegrityError as error:
        raise _already_known(return_key or "") from error
