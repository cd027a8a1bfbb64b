"""Odd stories about *what* a payment paid: too much, too little, twice, for nothing, for goods that came back."""

from datetime import timedelta

from billing.demo.goods import RETURN_REASONS
from billing.demo.odd_links import office, ordinary_sale, pay, shop_of
from billing.demo.shops import Business
from routes.models import Route


def paid_too_much(business: Business, route: Route) -> None:
    """Rounded up to the next ten pounds: the rest is the customer's credit."""
    sale = ordinary_sale(business, route)
    pay(business, sale, at=business.on_the_round(route), cents=(sale.total_cents // 1000 + 1) * 1000)


def paid_in_part(business: Business, route: Route) -> None:
    """A third now, the rest on another day that has not come yet."""
    sale = ordinary_sale(business, route)
    pay(business, sale, at=business.on_the_round(route), cents=business.money(sale.total_cents // 3))


def brought_back_in_part(business: Business, route: Route) -> None:
    """Some of it went back at the door and the rest was paid."""
    sale = ordinary_sale(business, route)
    at = business.on_the_round(route)
    reason = business.chance.choice(RETURN_REASONS[business.tenant.slug])
    business.books.bring_back(sale, at=at, reason=reason, by=route.assigned_to)
    pay(business, sale, at=at + timedelta(minutes=2))


def brought_back_after_it_was_paid(business: Business, route: Route) -> None:
    """Paid in full, then some of it came back: what was paid for it is the customer's credit."""
    sale = ordinary_sale(business, route)
    at = business.on_the_round(route)
    pay(business, sale, at=at, history=True)
    business.books.bring_back(sale, at=at + timedelta(hours=1), reason="Packing leaked", by=office(business))


def cancelled_after_it_was_paid(business: Business, route: Route) -> None:
    """The sale was cancelled; its payment stays, as credit."""
    sale = ordinary_sale(business, route)
    at = business.on_the_round(route)
    pay(business, sale, at=at, history=True)
    business.books.cancel(sale, at=at + timedelta(hours=2), reason="Billed to the wrong shop", by=office(business))


def cancelled_unpaid(business: Business, route: Route) -> None:
    """Nobody was there; the sale was cancelled."""
    sale = ordinary_sale(business, route)
    business.books.cancel(sale, at=business.on_the_round(route), reason="Shop closed for good", by=office(business))


def cheque_that_bounced(business: Business, route: Route) -> None:
    """The bank sent the cheque back; the shop then paid cash before the route was settled."""
    sale = ordinary_sale(business, route)
    at = business.on_the_round(route)
    cheque = pay(business, sale, at=at, channel="CHEQUE", reference="CHQ 001187", history=True)
    morning = business.clock(route.route_date + timedelta(days=1), 10, 15)
    business.books.reverse(cheque, at=morning, reason="Refer to drawer", by=office(business))
    pay(business, sale, at=morning + timedelta(hours=3))


def payments_that_do_not_count(business: Business, route: Route) -> None:
    """A card machine without signal, a transfer that nobody verified, one that was rejected, one that never came."""
    sale = ordinary_sale(business, route)
    at = business.on_the_round(route)
    for minutes, fields in enumerate(
        (
            {"status": "FAILED", "channel": "CARD", "reference": "no signal"},
            {"status": "SUCCEEDED", "verification_status": "PENDING_VERIFICATION", "channel": "BANK_TRANSFER"},
            {"status": "SUCCEEDED", "verification_status": "REJECTED", "channel": "BANK_TRANSFER"},
            {"status": "PENDING", "channel": "BANK_TRANSFER", "reference": "promised for Friday"},
            {"status": "INITIATED", "channel": "GATEWAY"},
        )
    ):
        pay(business, sale, at=at + timedelta(minutes=minutes), **fields)


def advance_for_no_sale(business: Business, route: Route) -> None:
    """Money in advance of the holidays, for no sale at all."""
    shop = shop_of(business, route)
    at = business.on_the_round(route)
    business.books.pay(
        shop, at=at, cents=15_000, collected_by=route.assigned_to, history=False, reference="Holiday milk"
    )


def debt_of_the_paper_books(business: Business, route: Route) -> None:
    """Part of what the shop owed before this system knew it."""
    shop = business.opening_debtors.pop(0)
    cents = business.money(shop.opening_balance_cents // 2)
    at = business.on_the_round(route)
    business.books.pay(shop, at=at, cents=cents, settles_opening=True, collected_by=route.assigned_to, history=False)


MONEY_STORIES = (
    paid_too_much,
    paid_in_part,
    brought_back_in_part,
    brought_back_after_it_was_paid,
    cancelled_after_it_was_paid,
    cancelled_unpaid,
    cheque_that_bounced,
    payments_that_do_not_count,
    advance_for_no_sale,
    debt_of_the_paper_books,
)
