"""Goods that came back: counted once, through whichever door they are reported.

Sale S-1 over 50.00 is paid with 45.00. Goods for 10.00 come back: the sale asks for 40.00, so 5.00 of what was paid is the
customer's credit again, and nothing is owed. The representative's phone and the office may both report it: with the same
`return_key` it is one return.
"""

from collections.abc import Iterable, Mapping
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
from billing.services.holding import hold_sale_payments
from billing.services.route_checks import check_figures_open
from billing.services.sales import check_not_cancelled
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
    lines: Iterable[Mapping[str, Any]] = (),
    return_key: str | None = None,
) -> list[SaleReturn]:
    """Record what came back of a sale: an amount, or lines (`line` a row or id, `quantity`), one row each.

    The sale asks for less; what was paid beyond that is the customer's credit again. A repeat by key returns the first rows.
    *Raises* MoreThanSold, ReturnRefused, ReturnAlreadyKnown, SaleIsCancelled, RouteAlreadyReconciled, ReasonMissing.
    """
    check_staff(actor, sale.tenant_id)
    reason = check_reason(reason, what=f"A return on sale {sale.number}")
    held = hold_sale_payments(sale)
    sale = held.sales[sale.pk]
    rows = _from_lines(sale, list(lines)) if lines else [SaleReturn(amount_cents=check_cents(amount_cents))]
    if known := _known(sale, rows, return_key):
        return known
    check_not_cancelled(sale)
    check_figures_open(held.route(sale.route_id), change=f"a return on sale {sale.number}")
    returned = _check_within(sale, rows)
    _write(rows, sale=sale, reason=reason, return_key=return_key, recorded_by=actor)
    net_cents = sale.total_cents - sale.returned_cents - returned
    release_excess(actor=actor, sale=sale, held=held, net_cents=net_cents, reason=reason)
    sale.returned_cents += returned
    settle_status(sale)
    sale.save()
    return rows


def _from_lines(sale: Sale, lines: list[Mapping[str, Any]]) -> list[SaleReturn]:
    sold = {line.pk: line for line in SaleLine.objects.filter(sale=sale)}
    rows = []
    for entry in lines:
        line = sold.pop(_line_id(entry), None)
        if line is None:
            raise ReturnRefused(
                f"{entry.get('line')!r} is no line of sale {sale.number}, or is named twice. Name each line once."
            )
        rows.append(_from_line(line, check_quantity(entry.get("quantity"))))
    return rows


def _line_id(entry: Mapping[str, Any]) -> Any:
    line = entry.get("line")
    return getattr(line, "pk", line)


def _from_line(line: SaleLine, quantity: Decimal) -> SaleReturn:
    already = SaleReturn.objects.filter(sale_line=line).aggregate(all=Sum("quantity"))["all"] or Decimal(0)
    if already + quantity > line.quantity:
        raise MoreThanSold(
            f"{line.quantity} of {line.description!r} were sold and {already} came back before: {quantity} more cannot. "
            "Correct the quantity."
        )
    cents = returned_line_cents(
        line_cents=line.total_cents, sold_quantity=line.quantity, already_returned=already, returned_now=quantity
    )
    return SaleReturn(
        sale_line=line, quantity=quantity, amount_cents=check_cents(cents, name="the value of the return")
    )


def _known(sale: Sale, rows: list[SaleReturn], return_key: str | None) -> list[SaleReturn]:
    if not return_key:
        return []
    known = list(SaleReturn.objects.filter(tenant_id=sale.tenant_id, return_key__in=_keys(return_key, rows)))
    if known and {(row.sale_id, row.sale_line_id, row.quantity) for row in known} != {
        (sale.pk, row.sale_line_id, row.quantity) for row in rows
    }:
        raise _already_known(return_key)
    if known and not rows[0].sale_line_id and known[0].amount_cents != rows[0].amount_cents:
        raise _already_known(return_key)
    return known


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


def _keys(return_key: str | None, rows: list[SaleReturn]) -> list[str | None]:
    """One key a row: the client's own for the first, numbered ones for further lines of the same return."""
    if not return_key:
        return [None] * len(rows)
    return [return_key, *(f"{return_key}#{number}" for number in range(2, len(rows) + 1))]


def _write(rows: list[SaleReturn], *, sale: Sale, reason: str, return_key: str | None, recorded_by: User) -> None:
    for row, key in zip(rows, _keys(return_key, rows), strict=True):
        row.tenant_id, row.sale, row.reason, row.return_key, row.recorded_by = (
            sale.tenant_id,
            sale,
            reason,
            key,
            recorded_by,
        )
    try:
        with transaction.atomic():
            SaleReturn.objects.bulk_create(rows)
    except IntegrityError as error:
        raise _already_known(return_key or "") from error
