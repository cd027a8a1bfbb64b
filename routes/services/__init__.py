"""What is done with rounds and routes. No money moves here; `billing.services` adds what a start or a settlement means."""

from routes.services.moving import IllegalRouteMove, RouteIsClosed, move_route
from routes.services.people import PersonCannotDoThis, check_staff, check_worker
from routes.services.planning import NumberTaken, create_round, plan_route, reassign_route

__all__ = [
    "IllegalRouteMove",
    "NumberTaken",
    "PersonCannotDoThis",
    "RouteIsClosed",
    "check_staff",
    "check_worker",
    "create_round",
    "move_route",
    "plan_route",
    "reassign_route",
]
