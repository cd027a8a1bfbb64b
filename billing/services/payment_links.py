"""Setting by hand on which route a payment was collected: what a person decides about a finding."""

from accounts.models import User
from accounts.unit_of_work import unit_of_work
from billing.models import Payment
from billing.rules.route_link import LINK
from billing.selectors.route_money import link_verdict_of
from billing.services.checks import check_reason
from billing.services.holding import Held
from billing.services.reversals import hold_payment
from billing.services.route_checks import ForeignRoute, check_figures_open
from routes.models import Route
from routes.services import check_staff


@unit_of_work
def set_payment_route(*, actor: User | None, payment: Payment, route: Route | None, reason: str) -> Payment:
    """Say on which route a payment was collected (None: on none); its history says who decided that and why.

    A reconciled route neither gives nor takes a payment, except that the link may be written down which the report counts
    already. *Raises* RouteAlreadyReconciled, ForeignRoute, ReasonMissing.
    """
    check_staff(actor, payment.tenant_id)
    reason = check_reason(reason, what=f"Setting the route of payment {payment.pk}")
    if route is not None and route.tenant_id != payment.tenant_id:
        raise ForeignRoute(f"Route {route.pk} is not one of this business. Choose one of its own routes.")
    held = hold_payment(payment, routes=(route,) if route else ())
    payment = held.payments[payment.pk]
    to_route = held.routes[route.pk] if route else None
    through_sale = _route_through_sale(payment, held)
    counted_on = held.route(payment.route_id) or through_sale
    if to_route != counted_on:
        check_figures_open(counted_on, change=f"taking payment {payment.pk} away")
        check_figures_open(to_route or through_sale, change=f"adding payment {payment.pk}")
    if payment.route_id == (route.pk if route else None):
        return payment
    payment.route = to_route
    payment.save()
    return payment


def _route_through_sale(payment: Payment, held: Held) -> Route | None:
    """The route that counts the payment while its own link is empty."""
    if payment.sale_id and link_verdict_of(payment) == LINK:
        return held.route(held.sales[payment.sale_id].route_id)
    return None
