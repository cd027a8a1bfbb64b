"""The goods distributor of the runbook: 150 payments without a route, 120 of them on a sale that has one, nothing in doubt.

Money changes hands on the round, at the counter and by telephone; some is promised and comes days later. Nobody at this
business ever moved a sale to another truck after it was paid, so every link can be told from the sale.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from accounts.demo.dates import LINKS_BEGIN, TODAY
from accounts.demo.people import DISTRO
from billing.demo.goods import RETURN_REASONS
from billing.demo.settlements import open_debts, settle_routes
from billing.demo.shops import Business, Channel, is_past, open_business, stored_with_its_route
from billing.models import Payment, Sale
from routes.models import Route

LINKABLE: Final = 120
AT_THE_COUNTER: Final = 22
WITHOUT_SALE: Final = 8
KINDS_OF_MONEY: Final = (Channel.CASH,) * 6 + (Channel.MOBILE_MONEY,) * 3 + (Channel.BANK_TRANSFER, Channel.CHEQUE)
FULL: Final = 100
HISTORY_BEGINS: Final = date(2025, 12, 27)  # the old system kept images of sales from here on, of some before
HABITS: Final = {"at once": 44, "part": 22, "two parts": 10, "later": 12, "not yet": 12}  # of a hundred sales


@dataclass(frozen=True, slots=True)
class Intent:
    """A payment that a shop is going to make: when, of which sale, what share of its balance, how."""

    at: datetime
    sale: Sale
    share: int
    channel: str


def load_distro(*, seed: int, using: str, ids: str, say: Callable[[str], Any]) -> None:
    """Write the runbook's business."""
    business = open_business(DISTRO, seed=seed, using=using, ids=ids)
    intents = [intent for route in business.routes for intent in _trip(business, route)]
    old = [intent for intent in intents if not stored_with_its_route(intent.at, business)]
    new = [intent for intent in intents if stored_with_its_route(intent.at, business)]
    meant = [*_exactly_as_in_the_runbook(business, old), *new]
    _pay(business, sorted(meant, key=lambda intent: (intent.at, intent.sale.number)))
    _counter(business)
    _old_debts(business)
    _returns(business)
    business.books.write(using=using)
    open_debts(business.tenant, new_id=business.books.new_id, using=using)
    settled = settle_routes(business.tenant, new_id=business.books.new_id, chance=business.chance, using=using)
    say(f"{DISTRO}: {len(business.books.rows[Payment])} payments, {settled} routes settled")


def _exactly_as_in_the_runbook(business: Business, old: list[Intent]) -> list[Intent]:
    """Take payments away (these shops bought on credit) or add some, until there are as many as the runbook says."""
    chance = business.chance
    if len(old) >= LINKABLE:
        dropped = {number: old[number] for number in chance.sample(range(len(old)), len(old) - LINKABLE)}
        for intent in dropped.values():
            business.books.was_on_credit(intent.sale)
        return [intent for number, intent in enumerate(old) if number not in dropped]
    routes = [route for route in business.out() if route.route_date < LINKS_BEGIN]
    more = []
    for number in range(LINKABLE - len(old)):
        route = routes[number * 3 % len(routes)]
        sale = business.sale_on(route, chance.choice(business.shops[route.round_id]))
        more.append(Intent(business.on_the_round(route), sale, FULL, Channel.CASH))
    return [*old, *more]


def _trip(business: Business, route: Route) -> list[Intent]:
    chance = business.chance
    if route.route_date > TODAY + timedelta(days=1):
        return []  # orders are taken the day before
    shops = chance.sample(business.shops[route.round_id], chance.randint(3, 5))
    intents = []
    for shop in shops:
        has_history = route.route_date >= HISTORY_BEGINS or chance.random() < 0.5
        habit = chance.choices(tuple(HABITS), tuple(HABITS.values()))[0]
        sale = business.sale_on(route, shop, on_credit=habit not in {"at once", "two parts"}, history=has_history)
        intents += [intent for intent in _habits(business, route, sale, habit) if _in_time(business, route, intent)]
    return intents


def _habits(business: Business, route: Route, sale: Sale, habit: str) -> list[Intent]:
    """What this shop is going to pay, by its habit."""
    chance = business.chance
    at = business.on_the_round(route)
    later_day = route.route_date + timedelta(days=chance.randint(1, 6))
    later = business.clock(later_day, chance.randint(9, 17), chance.randint(0, 59))
    channel, other = chance.choice(KINDS_OF_MONEY), chance.choice(KINDS_OF_MONEY)
    return {
        "at once": [Intent(at, sale, FULL, channel)],
        "part": [Intent(at, sale, chance.choice((30, 40, 50, 60)), channel), Intent(later, sale, FULL, other)],
        "two parts": [
            Intent(at, sale, 50, Channel.CASH),
            Intent(at + timedelta(minutes=4), sale, FULL, Channel.MOBILE_MONEY),
        ],
        "later": [Intent(later, sale, FULL, other)],
        "not yet": [],
    }[habit]


def _in_time(business: Business, route: Route, intent: Intent) -> bool:
    """Only what happened: after the truck left, before the route was settled, and not in the demo's future."""
    left = route.started_at is not None and intent.at > route.started_at
    return left and is_past(intent.at, business) and (route.reconciled_at is None or intent.at < route.reconciled_at)


def _pay(business: Business, intents: list[Intent]) -> None:
    troubles = _troubles(business, intents)
    for number, intent in enumerate(intents):
        sale, linked = intent.sale, stored_with_its_route(intent.at, business)
        assert sale.route is not None  # an ordinary order of this business is always on a truck
        share = sale.balance_cents * intent.share // 100
        payment = business.books.pay(
            sale.customer,
            at=intent.at,
            cents=sale.balance_cents if intent.share == FULL else min(business.money(share), sale.balance_cents),
            sale=sale,
            route=sale.route if linked else None,
            history=linked or business.chance.random() < 0.4,
            collected_by=sale.route.assigned_to,
            **_means(business, intent.channel) | troubles.get(number, {}),
        )
        if number in troubles and payment.status == "SUCCEEDED":
            _bounce(business, payment)


def _troubles(business: Business, intents: list[Intent]) -> dict[int, dict[str, Any]]:
    """A few payments went wrong; never one whose sale has another payment, so that amounts stay as they were meant."""
    by_sale: dict[Any, list[int]] = {}
    for number, intent in enumerate(intents):
        by_sale.setdefault(intent.sale.pk, []).append(number)
    alone = [numbers[0] for numbers in by_sale.values() if len(numbers) == 1]
    failed = {"status": "FAILED", "channel": Channel.MOBILE_MONEY, "reference": "timeout at the operator"}
    rejected = {"status": "FAILED", "verification_status": "REJECTED", "channel": Channel.BANK_TRANSFER}
    waiting = {"status": "PENDING", "verification_status": "PENDING_VERIFICATION", "channel": Channel.CHEQUE}
    bounced = {"channel": Channel.CHEQUE, "reference": "CHQ 004417"}
    approved = {"verification_status": "APPROVED", "channel": Channel.BANK_TRANSFER}
    kinds = [failed] * 4 + [rejected] * 2 + [waiting] * 3 + [approved] * 3 + [bounced] * 3
    return dict(zip(business.chance.sample(alone, len(kinds)), kinds, strict=True))


def _bounce(business: Business, payment: Payment) -> None:
    two_days_later = payment.received_at + timedelta(days=2)
    if payment.channel == Channel.CHEQUE and is_past(two_days_later, business):
        finance = business.people["finance"]
        business.books.reverse(payment, at=two_days_later, reason="Cheque returned by the bank", by=finance)


def _means(business: Business, channel: str) -> dict[str, Any]:
    reference = {
        Channel.MOBILE_MONEY: f"MM{business.chance.randint(10**7, 10**8 - 1)}",
        Channel.BANK_TRANSFER: f"TRF-{business.chance.randint(10_000, 99_999)}",
        Channel.CHEQUE: f"CHQ {business.chance.randint(1000, 9999):06}",
    }
    return {"channel": channel, "reference": reference.get(Channel(channel), "")}


def _counter(business: Business) -> None:
    """Shops that fetch their goods themselves pay at the counter; the old till noted no collector for half of them."""
    shops = [shop for group in business.shops.values() for shop in group]
    for number in range(AT_THE_COUNTER):
        day = date(2025, 12, 22) + timedelta(days=number * 34 // AT_THE_COUNTER)
        at = business.clock(day, 10 + number % 7, business.chance.randint(0, 59), business.chance.randint(0, 59))
        sale = business.books.sell(business.chance.choice(shops), at=at, lines=business.chance.randint(1, 2))
        business.books.pay(
            sale.customer,
            at=at + timedelta(minutes=6),
            cents=sale.total_cents if number % 5 else business.money(sale.total_cents // 2),
            sale=sale,
            history=day >= LINKS_BEGIN,
            collected_by=None if number % 2 else business.people["finance"],
            **_means(business, business.chance.choice(KINDS_OF_MONEY)),
        )


def _old_debts(business: Business) -> None:
    """Payments for no sale: debts from the paper books, and one advance for the feast."""
    debtors = business.chance.sample(business.opening_debtors, WITHOUT_SALE - 1)
    for number, shop in enumerate(debtors):
        at = business.clock(date(2025, 12, 21) + timedelta(days=3 * number), 11, 7 * number)
        cents = business.money(shop.opening_balance_cents * (40 + 10 * number) // 100)
        rep = shop.round.usual_rep if shop.round else None
        business.books.pay(
            shop, at=at, cents=min(cents, shop.opening_balance_cents), settles_opening=True, collected_by=rep
        )
    shop = business.shops[business.routes[0].round_id][1]
    at = business.clock(TODAY - timedelta(days=4), 12, 30)
    business.books.pay(
        shop, at=at, cents=2_000_000, collected_by=None, channel=Channel.BANK_TRANSFER, reference="Advance"
    )


def _returns(business: Business) -> None:
    """Some shops send goods back, part of a sale that they have not paid for in full."""
    sales = [sale for sale in business.books.rows[Sale] if sale.route and sale.route.started_at]
    owing = [sale for sale in sales if sale.balance_cents > business.books.first_line(sale).total_cents]
    for number, sale in enumerate(business.chance.sample(owing, 6)):
        route = sale.route
        assert route is not None  # filtered above
        latest = max(route.started_at, business.books.last_event[sale.pk])
        reason = RETURN_REASONS[DISTRO][number % 4]
        at = latest + timedelta(minutes=25)
        business.books.bring_back(sale, at=at, reason=reason, by=route.assigned_to)
