"""Odd stories about *where* a payment was collected: what the payment, its sale and the sale's history say does not agree.

Each story takes a settled route of the old days as its stage and tells one thing that happened there.
"""

from datetime import datetime, timedelta
from typing import Any

from billing.demo.shops import Business
from billing.models import Payment, Sale
from routes.models import Route


def moved_after_it_was_paid(business: Business, route: Route) -> None:
    """Paid on one truck, then moved to one that is still to be settled: nobody can tell from the sale where the money is."""
    sale = ordinary_sale(business, route)
    pay(business, sale, at=business.on_the_round(route))
    later = unsettled_route(business)
    at = business.clock(later.route_date - timedelta(days=1), 16, 12)
    business.books.put_on(
        later, sale, at=at, by=office(business), reason="Shop was closed; goes out again with a later truck"
    )


def paid_on_the_first_truck_and_linked(business: Business, route: Route) -> None:
    """The payment says the first truck, the sale the second: a mismatch, and the payment may well be right."""
    sale = ordinary_sale(business, route)
    pay(business, sale, at=business.on_the_round(route), route=route)
    move(business, sale, next_route(business, route), "Moved by the office")


def taken_off_the_truck(business: Business, route: Route) -> None:
    """The payment has a route, but its sale is on none any more."""
    sale = ordinary_sale(business, route)
    pay(business, sale, at=business.on_the_round(route), route=route)
    move(business, sale, None, "Customer fetched the goods at the depot")


def paid_before_it_was_on_a_truck(business: Business, route: Route) -> None:
    """Paid by card when it was ordered, a day before any truck had it."""
    eve = business.clock(route.route_date - timedelta(days=1), 9, 40)
    sale = business.books.sell(shop_of(business, route), at=eve)
    pay(business, sale, at=eve + timedelta(minutes=20), channel="CARD", collected_by=office(business))
    business.books.put_on(route, sale, at=business.clock(route.route_date - timedelta(days=1), 16, 12))


def paid_after_the_route_was_settled(business: Business, route: Route) -> None:
    """The rest came two days after the route's cash had been counted: that day's figures are closed."""
    sale = ordinary_sale(business, route)
    pay(business, sale, at=business.on_the_round(route), cents=sale.total_cents // 2)
    pay(business, sale, at=_settled_at(route) + timedelta(days=2, hours=-7), channel="BANK_TRANSFER")


def collected_by_a_colleague(business: Business, route: Route) -> None:
    """The next round's representative passed by and took the money along."""
    sale = ordinary_sale(business, route)
    pay(business, sale, at=business.on_the_round(route), collected_by=colleague(business, route))


def collected_by_somebody_who_left(business: Business, route: Route) -> None:
    """The collector does not work here any more."""
    sale = ordinary_sale(business, route)
    pay(business, sale, at=business.on_the_round(route), collected_by=business.people["colin"])


def paid_at_the_counter(business: Business, route: Route) -> None:
    """A routed sale, paid at the depot's counter on the same day; nobody was written down."""
    sale = ordinary_sale(business, route)
    pay(business, sale, at=business.clock(route.route_date, 16, 45), collected_by=None)


def there_and_back_within_a_second(business: Business, route: Route) -> None:
    """Moved by mistake and moved back in the same second, in which the payment came in too."""
    sale = ordinary_sale(business, route)
    at = business.on_the_round(route)
    business.books.put_on(next_route(business, route), sale, at=at, by=office(business), reason="Wrong row")
    business.books.put_on(route, sale, at=at, by=office(business), reason="Wrong row, put back")
    pay(business, sale, at=at)


def two_payments_in_one_second(business: Business, route: Route) -> None:
    """Half cash, half card, entered in one second: only the ids tell them apart."""
    sale = ordinary_sale(business, route)
    at = business.on_the_round(route)
    pay(business, sale, at=at, cents=sale.total_cents // 2)
    pay(business, sale, at=at, channel="CARD")


def partly_linked(business: Business, route: Route) -> None:
    """Two payments of one sale; somebody filled in the route of one of them by hand."""
    sale = ordinary_sale(business, route)
    at = business.on_the_round(route)
    pay(business, sale, at=at, cents=sale.total_cents // 3, route=route)
    pay(business, sale, at=at + timedelta(minutes=35))


def on_a_truck_without_history(business: Business, route: Route) -> None:
    """From before history was kept: nothing shows that the sale ever was elsewhere."""
    sale = business.sale_on(route, shop_of(business, route), history=False)
    pay(business, sale, at=business.on_the_round(route))


LINK_STORIES = (
    moved_after_it_was_paid,
    paid_on_the_first_truck_and_linked,
    taken_off_the_truck,
    paid_before_it_was_on_a_truck,
    paid_after_the_route_was_settled,
    collected_by_a_colleague,
    collected_by_somebody_who_left,
    paid_at_the_counter,
    there_and_back_within_a_second,
    two_payments_in_one_second,
    partly_linked,
    on_a_truck_without_history,
)


def ordinary_sale(business: Business, route: Route) -> Sale:
    """A sale with history, on this route since the day before."""
    return business.sale_on(route, shop_of(business, route))


def shop_of(business: Business, route: Route) -> Any:
    """A shop of the route's round."""
    return business.chance.choice(business.shops[route.round_id])


def pay(business: Business, sale: Sale, *, at: datetime, cents: int | None = None, **fields: Any) -> Payment:
    """Pay this sale as the old system stored it: collected by the route's representative, without a route or history."""
    rep = sale.route.assigned_to if sale.route else None
    values = {"collected_by": rep, "history": False} | fields
    return business.books.pay(sale.customer, at=at, cents=cents or sale.balance_cents, sale=sale, **values)


def move(business: Business, sale: Sale, route: Route | None, reason: str) -> None:
    """Put a sale elsewhere in the evening of the day on which it was paid, before anything is settled."""
    paid_at = business.books.last_event[sale.pk]
    evening = business.tenant.day_of(paid_at)
    business.books.put_on(route, sale, at=business.clock(evening, 17, 30), by=office(business), reason=reason)


def next_route(business: Business, route: Route) -> Route:
    """The next day's truck, or the first one after it."""
    return next(later for later in business.routes if later.route_date > route.route_date)


def unsettled_route(business: Business) -> Route:
    """The last truck that is back, but not settled yet: its figures may still change."""
    back = [route for route in business.routes if route.status == Route.Status.COMPLETED]
    return max(back, key=lambda route: (route.route_date, route.number))


def colleague(business: Business, route: Route) -> Any:
    """Another representative who still works here."""
    reps = [user for user in business.people.values() if user.role == "SALES_REP" and user.is_active]
    return next(user for user in reps if user.pk != route.assigned_to_id)


def office(business: Business) -> Any:
    """Who corrects things at the office."""
    return business.people["larkfield.admin"]


def _settled_at(route: Route) -> datetime:
    assert route.reconciled_at is not None  # stories are told on settled routes
    return route.reconciled_at
