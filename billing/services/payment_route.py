"""On which route a payment is booked, at the moment when it is recorded."""

from accounts.errors import RuleBroken
from billing.models import Payment
from billing.services.holding import Held
from routes import rules
from routes.models import Route


class RouteRefused(RuleBroken):
    """The payment cannot be booked on the route that was named, or on that of its sale."""

    code = "route_refused"


def route_of_new_payment(payment: Payment, held: Held, *, named: Route | None) -> Route | None:
    """Choose the route: that of the sale now; where it has none or a reconciled one, the collector's own that was named.

    A reconciled route takes no more money: without a named one the payment has no route, and the report says why
    (`route_reconciled`). *Raises* RouteRefused.
    """
    named = held.routes[named.pk] if named else None
    of_sale = held.route(held.sales[payment.sale_id].route_id) if payment.sale_id else None
    if of_sale is None:
        return _own_route(payment, named)
    if of_sale.reconciled_at is None:
        return _same_route(of_sale, named)
    if named is not None and named.pk != of_sale.pk:
        return _own_route(payment, named)
    if payment.received_at <= of_sale.reconciled_at:
        raise RouteRefused(
            f"The sale's route {of_sale.number} was reconciled on {of_sale.reconciled_at:%Y-%m-%d %H:%M} UTC, after this payment "
            "was received: it would alter signed figures. Name the collector's open route, or the time when the office got it."
        )
    return None


def _same_route(of_sale: Route, named: Route | None) -> Route:
    if named is not None and named.pk != of_sale.pk:
        raise RouteRefused(
            f"The sale is on route {of_sale.number}, not on {named.number}. Leave the route out, or move the sale."
        )
    return of_sale


def _own_route(payment: Payment, named: Route | None) -> Route | None:
    if named is None:
        return None
    if named.tenant_id != payment.tenant_id or payment.collected_by_id != named.assigned_to_id:
        raise RouteRefused(
            f"Route {named.pk} is not the collector's own. Name the route of whoever collected it, or none."
        )
    if named.status not in {rules.IN_PROGRESS, rules.COMPLETED}:
        raise RouteRefused(
            f"Route {named.number} is {named.status}: only a route that is out or just back takes money. Name another."
        )
    return named
