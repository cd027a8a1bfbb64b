"""Holding rows: every money service locks in one order, so that two of them never wait for each other in a circle.

The order: routes by id, the customer, payments by id, sales by id. Routes come first because a route is closed as a whole: who
holds it knows that nothing on it changes. A sale or payment names its route, so that route is read first, locked, and read again
under the lock; if it moved in between, the locks are given back and taken anew.
"""

from collections.abc import Iterable, Set
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import models, transaction

from accounts.errors import Conflict, NotFound
from accounts.locks import locked
from billing.models import Customer, Payment, Sale
from billing.selectors.allocations import paid_by, paying_for
from routes.models import Route

ATTEMPTS = 5


class KeepsMoving(Conflict):
    """The sale or payment changed its route again and again while this waited for it."""

    code = "keeps_moving"


class _Moved(Exception):  # noqa: N818 - caught here, never seen outside
    pass


@dataclass(frozen=True, slots=True)
class _Named:
    payments: set[UUID]
    sales: set[UUID]
    routes: set[UUID]


@dataclass(frozen=True, slots=True)
class Held:
    """Rows under lock, freshly read, by id."""

    customer: Customer
    routes: dict[UUID, Route]
    payments: dict[UUID, Payment]
    sales: dict[UUID, Sale]

    def route(self, route_id: UUID | None) -> Route | None:
        """The held route with this id; None for None."""
        return None if route_id is None else self.routes[route_id]


def hold(
    *,
    customer_id: UUID,
    payments: Iterable[Any] = (),
    sales: Iterable[Any] = (),
    routes: Iterable[Any] = (),
    with_allocated: bool = False,
) -> Held:
    """Lock these rows (given as rows or ids) and the routes that they are on. *Raises* NotFound, KeepsMoving.

    `with_allocated` also locks the payments that pay for these sales, and the sales that these payments pay for.
    """
    named = _Named(_ids(payments), _ids(sales), _ids(routes))
    for _ in range(ATTEMPTS):
        with suppress(_Moved), transaction.atomic():
            return _hold(customer_id, named, with_allocated)
    raise KeepsMoving("Somebody is moving this sale between routes right now. Try again in a moment.")


def _hold(customer_id: UUID, named: _Named, with_allocated: bool) -> Held:
    found_on = _route_ids(Payment, named.payments) | _route_ids(Sale, named.sales)
    routes = _lock(
        Route, named.routes | found_on, may_be_gone=found_on - named.routes
    )  # deleted while we waited for it
    [customer] = _lock(Customer, {customer_id}).values()
    payments, sales = set(named.payments), set(named.sales)
    if with_allocated:  # nobody allocates for this customer any more
        payments, sales = payments | paying_for(named.sales), sales | paid_by(named.payments)
    held = Held(customer, routes, _lock(Payment, payments), _lock(Sale, sales))
    now_on = {held.payments[pk].route_id for pk in named.payments} | {held.sales[pk].route_id for pk in named.sales}
    if now_on - routes.keys() - {None}:
        raise _Moved
    return held


def _route_ids(model: type[models.Model], ids: set[UUID]) -> set[UUID]:
    if not ids:
        return set()
    return set(model._base_manager.filter(pk__in=ids, route__isnull=False).values_list("route_id", flat=True))


def _lock(model: type[models.Model], ids: set[UUID], *, may_be_gone: Set[UUID] = frozenset()) -> dict[UUID, Any]:
    rows = {row.pk: row for row in locked(model._base_manager.filter(pk__in=ids))} if ids else {}
    if missing := ids - rows.keys() - may_be_gone:
        raise NotFound(f"There is no {model._meta.verbose_name} {missing.pop()} any more. Look at the list again.")
    return rows


def _ids(rows: Iterable[Any]) -> set[UUID]:
    return {getattr(row, "pk", row) for row in rows}
