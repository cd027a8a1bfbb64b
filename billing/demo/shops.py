"""How a demo business gets its customers, and the ordinary week that its odd cases are hidden in."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from accounts.demo.dates import BOOKS_OPEN, LINKS_BEGIN, TODAY, local
from accounts.demo.ids import DemoIds
from accounts.models import Tenant, User
from billing.demo.books import Books, routes_of
from billing.demo.goods import SHOPS, phone
from billing.models import Customer, Payment, Sale
from routes.models import Route

Channel = Payment.Channel


@dataclass
class Business:
    """One demo business while its story is told: its books, people, routes, and the shops of each round."""

    books: Books
    people: dict[str, User]
    routes: list[Route]
    shops: dict[Any, list[Customer]]  # by round id
    chance: random.Random
    opening_debtors: list[Customer] = field(default_factory=list)

    @property
    def tenant(self) -> Tenant:
        return self.books.tenant

    def clock(self, day: Any, hour: int, minute: int = 0, second: int = 0) -> datetime:
        """A moment on the business's own clock."""
        return local(self.tenant.zone, day, hour, minute, second)

    def out(self) -> list[Route]:
        """Routes that have left by the demo's today."""
        return [route for route in self.routes if route.started_at]

    def sale_on(self, route: Route, customer: Customer, *, on_credit: bool = False, history: bool = True) -> Sale:
        """An ordinary order: taken the morning before, put on the truck when the trip is planned."""
        eve = route.route_date - timedelta(days=1)
        ordered_at = self.clock(eve, self.chance.randint(9, 14), self.chance.randint(0, 59), self.chance.randint(0, 59))
        lines = self.chance.randint(1, 4)
        sale = self.books.sell(customer, at=ordered_at, on_credit=on_credit, history=history, lines=lines)
        self.books.put_on(route, sale, at=self.clock(eve, 16, self.chance.randint(1, 40)))
        return sale

    def on_the_round(self, route: Route) -> datetime:
        """A moment of the trip at which a shop is visited."""
        return self.clock(
            route.route_date, self.chance.randint(9, 15), self.chance.randint(0, 59), self.chance.randint(0, 59)
        )

    def money(self, cents: int) -> int:
        """An amount as people pay it: to the nearest hundred taka, or fifty pence."""
        step = 10_000 if self.tenant.currency == "BDT" else 50
        return max(step, round(cents / step) * step)


def open_business(slug: str, *, seed: int, using: str, ids: str) -> Business:
    """Start a business's books with its customers; one shop in three brings a debt from the paper books."""
    tenant = Tenant.objects.using(using).get(slug=slug)
    chance = random.Random(f"{seed}:billing:{slug}")  # noqa: S311 - made-up data, not a secret
    books = Books(tenant=tenant, new_id=DemoIds(seed=seed, mode=ids, part=f"billing-{slug}"), chance=chance)
    users = User.objects.using(using).filter(tenant=tenant)
    people = {user.email.split("@")[0]: user for user in users}
    routes = list(routes_of(tenant, using=using))
    business = Business(books, people, routes, {}, chance)
    rounds = {route.number.rsplit("-", 1)[1]: route.round for route in routes}
    for code, names in SHOPS[slug].items():
        business.shops[rounds[code].pk] = [_open_shop(business, rounds[code], name) for name in names]
    return business


def _open_shop(business: Business, standing: Any, name: str) -> Customer:
    number = len(business.books.rows[Customer])
    at = business.clock(BOOKS_OPEN, 10) + timedelta(days=number // 3, minutes=17 * number)
    owes = business.money(business.chance.randint(40, 300) * (10_000 if business.tenant.currency == "BDT" else 60))
    shop = business.books.customer(
        at=at,
        name=name,
        phone=phone(business.tenant.slug, number),
        standing=standing,
        opening_cents=owes if number % 3 == 0 else 0,
    )
    if shop.opening_balance_cents:
        business.opening_debtors.append(shop)
    return shop


def stored_with_its_route(at: datetime, business: Business) -> bool:
    """Whether a payment of this time was stored with its route."""
    return at >= business.clock(LINKS_BEGIN, 0)


def is_past(at: datetime, business: Business) -> bool:
    """Whether this lies before the demo's evening of today."""
    return at <= business.clock(TODAY, 16)
