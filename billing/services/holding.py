"""Holding rows: every money service locks in one order, so that two of them never wait for each other in a circle.

The order: routes by id, the customer, then that customer's payments, credits, sales and invoices, each by id. Routes come first
because a route is closed as a whole: who holds it knows that nothing on it changes. A sale or payment names its route, so that
route is read first, locked, and read again under the lock; if it moved in between, the locks are given back and taken anew.
Whoever holds the customer knows that nobody else allocates, issues or voids anything of theirs.
"""

from collections.abc import Iterable, Set
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from django.db import models, transaction

from accounts.errors import Conflict, NotFound
from accounts.locks import locked
from billing.models import Credit, Customer, Invoice, InvoiceLine, Payment, Sale
from billing.selectors.allocations import other_ends
from operations.backfill.compiled import Keys
from operations.kept_rows import KeptRows, kept_rows
from routes.models import Route

ATTEMPTS = 5
SALE = "sale"  # the `source_kind` of an invoice line that bills a sale


class KeepsMoving(Conflict):
    """The sale or payment changed its route again and again while this waited for it."""

    code = "keeps_moving"


class _Moved(Exception):  # noqa: N818 - caught here, never seen outside
    pass


@dataclass(slots=True)
class _Named:
    routes: set[UUID]
    payments: set[UUID]
    credits: set[UUID]
    sales: set[UUID]
    invoices: set[UUID]


@dataclass(frozen=True, slots=True)
class Held:
    """Rows under lock, freshly read, by id."""

    customer: Customer
    routes: dict[UUID, Route]
    payments: dict[UUID, Payment]
    credits: dict[UUID, Credit]
    sales: dict[UUID, Sale]
    invoices: dict[UUID, Invoice]

    def route(self, route_id: UUID | None) -> Route | None:
        """The held route with this id; None for None."""
        return None if route_id is None else self.routes[route_id]

    def asks_for(self, sale: Sale) -> Sale | Invoice:
        """Who asks for a held sale's money: the issued invoice that bills it, else the sale itself."""
        return self.invoices[sale.invoice_id] if sale.invoice_id else sale


def hold(
    *,
    customer_id: UUID,
    payments: Iterable[Any] = (),
    credits: Iterable[Any] = (),  # noqa: A002 - the table's name
    sales: Iterable[Any] = (),
    invoices: Iterable[Any] = (),
    routes: Iterable[Any] = (),
    with_allocated: bool = False,
) -> Held:
    """Lock these rows (given as rows or ids), the routes that they are on, the invoices that ask for these sales, and all sales
    that these invoices ask for: they follow what becomes of their invoice.

    `with_allocated` also locks what pays for these sales and invoices, what these payments and credits pay for, the sales that
    these invoices bill, and their credit notes and write-offs. *Raises* NotFound, KeepsMoving.
    """
    named = _Named(_ids(routes), _ids(payments), _ids(credits), _ids(sales), _ids(invoices))
    may_move = bool(named.payments or named.sales)  # else nothing here is on a route that could change meanwhile
    for _ in range(ATTEMPTS):
        with suppress(_Moved), transaction.atomic(savepoint=may_move):
            return _hold(customer_id, named, with_allocated)
    raise KeepsMoving("Somebody is moving this sale between routes right now. Try again in a moment.")


def _hold(customer_id: UUID, named: _Named, with_allocated: bool) -> Held:
    found_on = _route_ids(Payment, named.payments) | _route_ids(Sale, named.sales)
    # A route that nobody named may have been deleted while we waited for it; a named one must be there.
    routes = _lock(Route, named.routes | found_on, may_be_gone=found_on - named.routes)
    [customer] = _lock(Customer, {customer_id}, along="tenant").values()  # whose rules every service asks
    wanted = _with_allocated(named) if with_allocated else named  # nobody allocates for this customer any more
    payments, credit_rows = _lock(Payment, wanted.payments), _lock(Credit, wanted.credits)
    asking = wanted.invoices | _asking_for(wanted.sales)
    sales = _lock(Sale, wanted.sales | _asked_for_by(asking))
    invoices = _lock(Invoice, asking)
    held = Held(customer, routes, payments, credit_rows, sales, invoices)
    now_on = {held.payments[pk].route_id for pk in named.payments} | {held.sales[pk].route_id for pk in named.sales}
    if now_on - routes.keys() - {None}:
        raise _Moved
    return held


def _with_allocated(named: _Named) -> _Named:
    """The rows at the other ends of allocations, and the sales on the invoices: all are this customer's."""
    sales = named.sales | _billed_by(named.invoices)
    return _Named(
        named.routes,
        named.payments
        | other_ends(near="sale", ids=sales, far="payment")
        | other_ends(near="invoice", ids=named.invoices, far="payment"),
        named.credits
        | _corrections_of(named.invoices)
        | other_ends(near="sale", ids=sales, far="credit")
        | other_ends(near="invoice", ids=named.invoices, far="credit"),
        sales | _paid_for(named, "sale"),
        named.invoices | _paid_for(named, "invoice"),
    )


def _asking_for(sales: set[UUID]) -> set[Any]:
    """The issued invoices that ask in the place of these sales."""
    asking = Sale.objects.filter(pk__in=sales, invoice__isnull=False).order_by()
    return set(asking.values_list("invoice_id", flat=True)) if sales else set()


def _asked_for_by(invoices: set[Any]) -> set[Any]:
    """The sales in whose place these invoices ask."""
    return {pk for (pk,) in _sales_billed_by().read(invoices=invoices)} if invoices else set()


def _billed_by(invoices: set[UUID]) -> set[Any]:
    """The sales that these invoices bill."""
    billed = InvoiceLine.objects.filter(invoice__in=invoices, source_kind=SALE, is_live=True)
    return set(billed.values_list("source_id", flat=True)) if invoices else set()


def _corrections_of(invoices: set[UUID]) -> set[UUID]:
    """The credit notes and write-offs of these invoices."""
    return set(Credit.objects.filter(invoice__in=invoices).values_list("pk", flat=True)) if invoices else set()


def _paid_for(named: _Named, far: str) -> set[UUID]:
    by_payments = other_ends(near="payment", ids=named.payments, far=far)
    return by_payments | other_ends(near="credit", ids=named.credits, far=far)


def _route_ids(model: type[models.Model], ids: set[UUID]) -> set[UUID]:
    if not ids:
        return set()
    return set(model._base_manager.filter(pk__in=ids, route__isnull=False).values_list("route_id", flat=True))


def _lock(
    model: type[models.Model], ids: set[UUID], *, may_be_gone: Set[UUID] = frozenset(), along: str | None = None
) -> dict[UUID, Any]:
    if not ids:
        return {}
    rows = {row.pk: row for row in _locks(model, along).find(ids=ids)}
    if missing := ids - rows.keys() - may_be_gone:
        raise NotFound(f"There is no {model._meta.verbose_name} {missing.pop()} any more. Look at the list again.")
    return rows


@cache
def _locks(model: type[models.Model], along: str | None) -> KeptRows:
    found = model._base_manager.filter(pk__any_of=Keys("ids"))
    return kept_rows(locked(found.select_related(along) if along else found))


@cache
def _sales_billed_by() -> KeptRows:
    return kept_rows(Sale.objects.filter(invoice__any_of=Keys("invoices")).order_by().values_list("pk"))


def _ids(rows: Iterable[Any]) -> set[UUID]:
    return {getattr(row, "pk", row) for row in rows}
