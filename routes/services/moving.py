"""The life of a route, step by step: planned, on the road, back, reconciled."""

from datetime import datetime

from accounts.errors import Conflict
from accounts.locks import locked
from accounts.models import User
from accounts.unit_of_work import unit_of_work
from routes import rules
from routes.models import Route
from routes.services.people import check_staff

TIME_OF_STATUS = {rules.IN_PROGRESS: "started_at", rules.COMPLETED: "completed_at", rules.RECONCILED: "reconciled_at"}


class IllegalRouteMove(Conflict):
    """This status may not follow that one."""

    code = "illegal_route_move"


class RouteIsClosed(Conflict):
    """The route no longer accepts this change."""

    code = "route_is_closed"


@unit_of_work
def move_route(*, actor: User | None, route: Route, to_status: str, now: datetime) -> Route:
    """Move a route to its next status under a lock and note when; nothing else happens here.

    Doors call `billing.services` (`start_route`, `complete_route`, `reopen_route`, `reconcile_route`), which say what the
    step means for the money. *Raises* IllegalRouteMove.
    """
    check_staff(actor, route.tenant_id)
    route = locked(Route.objects.filter(pk=route.pk)).get()
    if not rules.may_become(route.status, to_status):
        allowed = ", ".join(sorted(rules.NEXT_STATUSES[route.status])) or "nothing: it is closed for good"
        raise IllegalRouteMove(
            f"Route {route.number} is {route.status} and cannot become {to_status}. Next it may become: {allowed}."
        )
    if route.status == rules.COMPLETED and to_status == rules.IN_PROGRESS:
        route.completed_at = None
    else:
        setattr(route, TIME_OF_STATUS[to_status], now)
    route.status = to_status
    route.save()
    return route
