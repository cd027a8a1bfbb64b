"""The small demo's rounds and their routes, around the day on which links began: twice a week with goods, every day with milk."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from accounts.demo.dates import FIRST_ROUTE, LINKS_BEGIN, TODAY, days, local
from accounts.demo.ids import DemoIds
from accounts.demo.people import DISTRO, LARKFIELD, MEADOW, OPENED_AT
from accounts.demo.rows import image, insert, insert_images
from accounts.models import Tenant, User
from routes.models import Round, Route

Status = Route.Status


@dataclass(frozen=True, slots=True)
class Trips:
    """A standing round: its code in route numbers, who usually goes, in which slots, on which weekdays (Monday is 0)."""

    code: str
    name: str
    mailbox: str
    slots: tuple[str, ...]
    weekdays: tuple[int, ...]
    goes_on_holidays: bool = False


EVERY_DAY: Final = (0, 1, 2, 3, 4, 5, 6)
ROUNDS: Final = {
    DISTRO: (
        Trips("MIR", "Mirpur and Pallabi", "rafiq", ("morning",), (5, 1)),
        Trips("MOH", "Mohammadpur and Dhanmondi", "jamal", ("morning",), (6, 2)),
        Trips("UTT", "Uttara and Tongi", "shirin", ("morning", "evening"), (0, 3)),
        Trips("JAT", "Jatrabari and Demra", "babul", ("morning",), (5, 2)),
        Trips("LAL", "Lalbagh and Chawkbazar", "nasima", ("evening",), (6, 1)),
    ),
    LARKFIELD: (
        Trips("NOR", "North Side", "tom", ("morning",), (0, 3)),
        Trips("HAR", "Harbour and Quay Street", "priya", ("morning", "evening"), (1, 4)),
        Trips("VAL", "Valley Villages", "ewan", ("morning",), (2, 5)),
    ),
    MEADOW: (
        Trips("BAN", "Baner Road", "ganesh", ("morning", "evening"), EVERY_DAY, goes_on_holidays=True),
        Trips("KOT", "Kothrud", "meena", ("morning",), EVERY_DAY, goes_on_holidays=True),
    ),
}
CLOSED: Final = (date(2025, 12, 25), date(2025, 12, 26), date(2026, 1, 1))  # holidays: nobody goes out
LAST_ROUTE: Final = TODAY + timedelta(days=5)
OPEN_SINCE: Final = TODAY - timedelta(days=3)  # younger trips are back, but not settled yet


def load_routes(slug: str, *, seed: int, using: str, ids: str, say: Callable[[str], Any]) -> None:
    """Write the rounds of one business and every trip on them, with the history of each trip."""
    tenant = Tenant.objects.using(using).get(slug=slug)
    new_id = DemoIds(seed=seed, mode=ids, part=f"routes-{slug}")
    chance = random.Random(f"{seed}:routes:{slug}")  # noqa: S311 - made-up data, not a secret
    people = {user.email.split("@")[0]: user for user in User.objects.using(using).filter(tenant=tenant)}
    rounds, routes, images = [], [], []
    for trips in ROUNDS[slug]:
        standing = _round(tenant, trips, people[trips.mailbox], new_id)
        rounds.append(standing)
        images.append(image(standing, at=OPENED_AT))
        for day in _days_out(trips):
            route = _planned(tenant, standing, trips, day, new_id)
            routes.append(route)
            images += _travel(route, day, tenant, people, chance)
    insert(Round, rounds, using=using)
    insert(Route, routes, using=using)
    insert_images(images, using=using)
    say(f"{slug}: {len(rounds)} rounds, {len(routes)} routes")


def _days_out(trips: Trips) -> list[date]:
    closed = () if trips.goes_on_holidays else CLOSED
    return [day for day in days(FIRST_ROUTE, LAST_ROUTE) if day.weekday() in trips.weekdays and day not in closed]


def _round(tenant: Tenant, trips: Trips, rep: User, new_id: DemoIds) -> Round:
    return Round(
        id=new_id(OPENED_AT), tenant=tenant, name=trips.name, slots=list(trips.slots), usual_rep=rep, is_active=True
    )


def _planned(tenant: Tenant, standing: Round, trips: Trips, day: date, new_id: DemoIds) -> Route:
    planned_at = local(tenant.zone, min(day - timedelta(days=1), TODAY), 16)
    return Route(
        id=new_id(planned_at),
        tenant=tenant,
        number=f"RT-{day:%Y%m%d}-{trips.code}",
        round=standing,
        assigned_to=standing.usual_rep,
        route_date=day,
        status=Status.PENDING,
        created_at=planned_at,
    )


def _travel(route: Route, day: date, tenant: Tenant, people: dict[str, User], chance: random.Random) -> Iterator[Any]:
    """Take a route as far as it has come by the demo's today, and give an image of each step."""
    yield image(route, at=route.created_at)
    if day > TODAY:
        return
    route.status = Status.IN_PROGRESS
    route.started_at = local(tenant.zone, day, 7, chance.randint(20, 59))
    yield image(route, at=route.started_at, kind="~", by=route.assigned_to)
    if day == TODAY:
        return
    route.status = Status.COMPLETED
    route.completed_at = local(tenant.zone, day, 17, chance.randint(0, 55))
    yield image(route, at=route.completed_at, kind="~", by=route.assigned_to)
    # The old office settled two trips of three; since links are stored, every one that is old enough.
    if day >= OPEN_SINCE or (day < LINKS_BEGIN and chance.random() < 0.34):
        return
    route.status = Status.RECONCILED
    route.reconciled_at = local(tenant.zone, day + timedelta(days=1), 18, chance.randint(0, 59))
    finance = next(user for user in people.values() if user.role == "FINANCE")
    yield image(route, at=route.reconciled_at, kind="~", by=finance)
