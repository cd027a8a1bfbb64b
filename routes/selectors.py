"""Finding a trip by what a person remembers of it: its number, its day, or who went."""

from datetime import date, datetime

from accounts.models import Tenant, User
from routes.models import Route, RouteQuerySet

MOST = 12
NEWEST = 2000  # how far back the beginning of a number is looked for; a whole number is found however old
MOST_PEOPLE = 20
DATE_FORMATS = ("%Y-%m-%d", "%d %b %Y", "%d %B %Y", "%d.%m.%Y", "%d/%m/%Y")


def routes_like(*, tenant: Tenant, text: str, most: int = MOST) -> list[Route]:
    """The routes of a business that a person may mean, newest first; with no text its newest ones.

    A whole number, the beginning of one, a day such as `2026-01-13` or `13 Jan 2026`, or a part of the representative's name.
    Every way of looking follows an index or reads a bounded number of rows.
    """
    newest_first = Route.objects.of_tenant(tenant).select_related("assigned_to").order_by("-route_date", "-pk")
    found = {route.pk: route for rows in _meant_by(text.strip()[:100], tenant, newest_first) for route in rows[:most]}
    return sorted(found.values(), key=lambda route: (route.route_date, route.pk), reverse=True)[:most]


def date_in(text: str) -> date | None:
    """The day that a text says, in one of the ways in which people write it.

    >>> date_in("2026-01-13") == date_in("13 Jan 2026") == date_in("13.1.2026"), date_in("N-13")
    (True, None)
    """
    for form in DATE_FORMATS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day, not a moment
        except ValueError:
            continue
    return None


def _meant_by(text: str, tenant: Tenant, newest_first: RouteQuerySet) -> list[RouteQuerySet]:
    day = date_in(text)
    if day is not None:
        return [newest_first.filter(route_date=day)]
    if not text:
        return [newest_first]
    recent = newest_first.values("pk")[:NEWEST]
    people = User.objects.filter(tenant=tenant, name__icontains=text).order_by("pk").values_list("pk", flat=True)
    return [
        newest_first.filter(number=text),
        newest_first.filter(pk__in=recent, number__istartswith=text),
        newest_first.filter(assigned_to__in=list(people[:MOST_PEOPLE])),
    ]
