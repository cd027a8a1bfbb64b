"""The dairy whose books hold every odd case: each story below is one, told on some shops between ordinary days."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from accounts.demo.dates import LINKS_BEGIN, TODAY
from accounts.demo.people import LARKFIELD
from accounts.models import User
from billing.demo.odd_links import LINK_STORIES
from billing.demo.odd_money import MONEY_STORIES
from billing.demo.settlements import open_debts, settle_routes
from billing.demo.shops import Business, Channel, open_business, stored_with_its_route
from billing.models import Payment, Sale
from routes.models import Route


def load_larkfield(*, seed: int, using: str, ids: str, say: Callable[[str], Any]) -> None:
    """Write the dairy: ordinary trips, and every odd story twice, on different shops and days."""
    business = open_business(LARKFIELD, seed=seed, using=using, ids=ids)
    stories = [*LINK_STORIES, *MONEY_STORIES] * 2
    for number, route in enumerate(business.out()):
        _ordinary_trip(business, route, skipped=number % 2)
    for story, route in zip(stories, _stages(business, len(stories)), strict=True):
        story(business, route)
    business.books.write(using=using)
    open_debts(business.tenant, new_id=business.books.new_id, using=using)
    settled = settle_routes(business.tenant, new_id=business.books.new_id, chance=business.chance, using=using)
    say(f"{LARKFIELD}: {len(business.books.rows[Payment])} payments, {settled} routes settled")


def _stages(business: Business, count: int) -> list[Route]:
    """Settled routes from before links were stored, with days after them for what comes later; used in turn."""
    settled = [route for route in business.out() if route.reconciled_at and route.route_date < LINKS_BEGIN]
    return [settled[number % len(settled)] for number in range(count)]


def _ordinary_trip(business: Business, route: Route, *, skipped: int) -> None:
    """Most shops pay the milk at the door; some keep a week's bill open."""
    for number, shop in enumerate(business.shops[route.round_id]):
        if number % 2 == skipped:
            continue
        pays_now = business.chance.random() < 0.75
        sale = business.sale_on(route, shop, on_credit=not pays_now, history=business.chance.random() < 0.8)
        at = business.on_the_round(route)
        if pays_now and at <= business.clock(TODAY, 16):
            _pay_at_the_door(business, sale, at, route.assigned_to)


def _pay_at_the_door(business: Business, sale: Sale, at: datetime, rep: User) -> None:
    linked = stored_with_its_route(at, business)
    business.books.pay(
        sale.customer,
        at=at + timedelta(minutes=1),
        cents=sale.balance_cents,
        sale=sale,
        route=sale.route if linked else None,
        history=linked,
        collected_by=rep,
        channel=business.chance.choice((Channel.CASH, Channel.CASH, Channel.CARD)),
    )
