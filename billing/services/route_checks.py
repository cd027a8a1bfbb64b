"""What a route still accepts: sales until it is back, money until it is reconciled, nothing afterwards."""

from typing import Any

from accounts.errors import RuleBroken
from routes import rules
from routes.models import Route
from routes.services import RouteIsClosed


class ForeignRoute(RuleBroken):
    """The route belongs to another business."""

    code = "foreign_route"


class RouteAlreadyReconciled(RouteIsClosed):
    """The route is reconciled: its figures are signed and stay as they are."""

    code = "route_already_reconciled"


def check_figures_open(route: Route | None, *, change: str) -> None:
    """Let pass a change that concerns no route, or one that is not reconciled. *Raises* RouteAlreadyReconciled."""
    if route is not None and not route.is_open:
        raise RouteAlreadyReconciled(
            f"Route {route.number} was reconciled on {route.reconciled_at:%Y-%m-%d %H:%M} UTC: {change} would alter figures "
            "that are signed. Record the correction on an open route, or as a credit."
        )


def check_accepts_sales(route: Route, *, tenant_id: Any) -> None:
    """Let pass a planned or started route of this tenant. *Raises* ForeignRoute, RouteAlreadyReconciled, RouteIsClosed."""
    if route.tenant_id != tenant_id:
        raise ForeignRoute(f"Route {route.pk} is not one of this business. Choose one of its own routes.")
    check_figures_open(route, change="putting a sale on it or taking one off")
    if route.status == rules.COMPLETED:
        raise RouteIsClosed(
            f"Route {route.number} is back: what was on it is being counted. Reopen it, or choose a route that is planned or out."
        )
