"""Which route a sale goes out on: one at a time, and its history says who moved it when and why."""

from collections.abc import Sequence

from django.db.models import Q

from accounts.errors import Conflict, NotAllowed
from accounts.locks import locked
from accounts.models import User
from accounts.unit_of_work import unit_of_work
from billing.models import RouteOpeningDebt, Sale
from billing.services.holding import hold
from billing.services.route_checks import check_accepts_sales
from billing.services.sales import check_not_cancelled
from routes import rules
from routes.models import Route
from routes.services import check_staff


class SaleNotOnRoute(Conflict):
    """The sale is not on the route that it should be taken from."""

    code = "sale_not_on_route"


class NotYourRoute(NotAllowed):
    """A representative loads and unloads their own routes only."""

    code = "not_your_route"


class DebtIsCarried(Conflict):
    """An open route already collects this sale as older debt."""

    code = "debt_is_carried"


@unit_of_work
def add_sale_to_route(*, actor: User | None, sale: Sale, route: Route, reason: str = "") -> Sale:
    """Put a sale on a planned or started route, taking it off the one it was on; adding it twice is harmless.

    Payments already taken keep the route on which they were collected. *Raises* RouteIsClosed when one of the two routes is
    back or reconciled, SaleIsCancelled, ForeignRoute, DebtIsCarried, NotYourRoute.
    """
    check_staff(actor, sale.tenant_id)
    held = hold(customer_id=sale.customer_id, sales=[sale], routes=[route])
    sale = held.sales[sale.pk]
    if sale.route_id == route.pk:
        return sale
    _check_own(actor, held.routes[route.pk], held.route(sale.route_id))
    check_accepts_sales(held.routes[route.pk], tenant_id=sale.tenant_id)
    check_not_cancelled(sale)
    if sale.route_id is not None:
        check_accepts_sales(held.routes[sale.route_id], tenant_id=sale.tenant_id)
    _check_not_carried(sale)
    sale.route = held.routes[route.pk]
    sale.save()
    return sale


@unit_of_work
def remove_sale_from_route(*, actor: User | None, sale: Sale, route: Route, reason: str = "") -> Sale:
    """Take a sale off the route that it is on; payments keep the route on which they were collected.

    *Raises* SaleNotOnRoute, RouteIsClosed, NotYourRoute.
    """
    check_staff(actor, sale.tenant_id)
    held = hold(customer_id=sale.customer_id, sales=[sale], routes=[route])
    sale = held.sales[sale.pk]
    if sale.route_id != route.pk:
        raise SaleNotOnRoute(f"Sale {sale.number} is not on route {route.number}. Look up the route that it is on.")
    _check_own(actor, held.routes[route.pk])
    check_accepts_sales(held.routes[route.pk], tenant_id=sale.tenant_id)
    sale.route = None
    sale.save()
    return sale


@unit_of_work
def add_sales_to_route(*, actor: User | None, sales: Sequence[Sale], route: Route, reason: str = "") -> list[Sale]:
    """Put several sales on a route, all or none. *Raises* what `add_sale_to_route` raises."""
    in_order = _in_lock_order(sales, route)
    return [add_sale_to_route(actor=actor, sale=sale, route=route, reason=reason) for sale in in_order]


@unit_of_work
def remove_sales_from_route(*, actor: User | None, sales: Sequence[Sale], route: Route, reason: str = "") -> list[Sale]:
    """Take several sales off the route that they are on, all or none. *Raises* what `remove_sale_from_route` raises."""
    in_order = _in_lock_order(sales, route)
    return [remove_sale_from_route(actor=actor, sale=sale, route=route, reason=reason) for sale in in_order]


def _in_lock_order(sales: Sequence[Sale], route: Route) -> list[Sale]:
    """Lock all routes first, then hand out the sales by customer and id: nobody waits for another in a circle."""
    in_order = sorted(sales, key=lambda sale: (sale.customer_id, sale.pk))
    now_on = Sale.objects.filter(pk__in=[sale.pk for sale in in_order]).order_by().values("route")
    list(locked(Route.objects.filter(Q(pk=route.pk) | Q(pk__in=now_on))))
    return in_order


def _check_own(actor: User | None, *routes: Route | None) -> None:
    """Look under the lock: since the representative saw it, the sale or the route may have become somebody else's."""
    if actor is None or not actor.is_representative:
        return
    for route in routes:
        if route is not None and route.assigned_to_id != actor.pk:
            raise NotYourRoute(f"Route {route.number} is another representative's. Ask the office to move the sale.")


def _check_not_carried(sale: Sale) -> None:
    carried = RouteOpeningDebt.objects.filter(sale=sale).select_related("opening_due__route")
    debt = carried.filter(opening_due__route__status__in=rules.OPEN_STATUSES).first()
    if debt is not None:
        raise DebtIsCarried(
            f"Sale {sale.number} is being collected as older debt on route {debt.opening_due.route.number}. "
            "Reconcile that route first: else two routes would expect the same money."
        )
