"""Products and prices by day: what an order costs is what the product cost on its day."""

from datetime import date

import pytest

from accounts.errors import NotAllowed
from accounts.ids import new_id
from billing.services.checks import NotAnAmount, ReasonMissing
from subscriptions import services
from subscriptions.models import Product, ProductPrice
from subscriptions.selectors.prices import price_on
from subscriptions.services.checks import NotADay
from subscriptions.services.orders import OrderAlreadyKnown
from subscriptions.services.products import NameMissing, NotATaxRate, ProductAlreadyKnown
from tests import make

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)


def set_price(product, cents, valid_from, **fields):
    return services.set_price(actor=None, product=product, unit_price_cents=cents, valid_from=valid_from, **fields)


@pytest.mark.parametrize(
    ("day", "cents"),
    [
        (date(2025, 12, 31), None),
        (JANUARY, 7000),
        (date(2026, 1, 31), 7000),
        (FEBRUARY, 7200),
        (date(2028, 2, 29), 7200),
    ],
)
def test_a_price_is_valid_until_the_next_one(day, cents):
    milk = make.product(7000, valid_from=JANUARY)
    set_price(milk, 7200, FEBRUARY)
    found = price_on(milk, day)
    assert (found and found.unit_price_cents) == cents


def test_the_price_of_a_day_is_corrected_and_history_keeps_the_first():
    milk = make.product(7000, valid_from=JANUARY)
    corrected = set_price(milk, 7100, JANUARY, tax_rate_bps=500)
    assert ProductPrice.objects.get() == corrected
    assert [image.unit_price_cents for image in corrected.history.order_by("history_id")] == [7000, 7100]
    set_price(milk, 7100, JANUARY, tax_rate_bps=500)
    assert corrected.history.count() == 2


def test_an_order_keeps_its_price():
    milk = make.product(7000)
    order = make.daily_order(product=milk)
    set_price(milk, 9900, JANUARY)
    order.refresh_from_db()
    assert (order.unit_price_cents, order.tax_rate_bps) == (7000, 500)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"unit_price_cents": -1}, NotAnAmount),
        ({"unit_price_cents": 70.5}, NotAnAmount),
        ({"tax_rate_bps": 10_001}, NotATaxRate),
        ({"tax_rate_bps": -1}, NotATaxRate),
        ({"tax_rate_bps": 5.0}, NotATaxRate),
        ({"valid_from": "2026-01-01"}, NotADay),
        ({"name": " "}, NameMissing),
        ({"code": ""}, NameMissing),
    ],
)
def test_what_is_no_product_is_refused_whole(fields, error):
    with pytest.raises(error):
        make.product(**fields) if "code" not in fields else services.create_product(
            actor=None,
            tenant=make.tenant(),
            name="Milk",
            unit="litre",
            unit_price_cents=1,
            valid_from=JANUARY,
            **fields,
        )
    assert not Product.objects.exists()


def test_a_code_is_used_once_in_a_business():
    make.product(code="MILK")
    make.product(code="MILK", of=make.tenant("dairy"))
    with pytest.raises(services.ProductCodeTaken):
        make.product(code="MILK")


def test_the_same_id_again_is_the_same_product():
    identity = new_id()
    first = make.product(code="MILK", id=identity)
    assert make.product(code="MILK", id=identity) == first
    with pytest.raises(ProductAlreadyKnown):
        make.product(code="MILK", id=identity, name="Other")


def test_only_the_office_sets_prices():
    milk, rep = make.product(), make.user("SALES_REP")
    with pytest.raises(NotAllowed):
        services.set_price(actor=rep, product=milk, unit_price_cents=1, valid_from=JANUARY)
    with pytest.raises(ReasonMissing):
        services.set_product_active(actor=None, product=milk, is_active=False, reason="")


def test_an_order_for_a_day_needs_a_price_and_is_made_once():
    milk, customer, identity = make.product(valid_from=FEBRUARY), make.customer(), new_id()
    with pytest.raises(services.NoPriceOnThatDay):
        make.daily_order(of=customer, product=milk, day=JANUARY)
    first = make.daily_order(of=customer, product=milk, day=FEBRUARY, id=identity)
    assert make.daily_order(of=customer, product=milk, day=FEBRUARY, id=identity) == first
    with pytest.raises(OrderAlreadyKnown):
        make.daily_order(3, of=customer, product=milk, day=FEBRUARY, id=identity)


def test_an_order_for_a_day_is_withdrawn_while_it_is_to_deliver():
    order = make.daily_order()
    with pytest.raises(ReasonMissing):
        services.withdraw_order(actor=None, order=order, reason=" ")
    assert services.withdraw_order(actor=None, order=order, reason="not at home").status == "WITHDRAWN"
    with pytest.raises(services.OrderIsSettled):
        services.withdraw_order(actor=None, order=order, reason="again")


def test_an_order_of_a_standing_order_is_withdrawn_by_a_skip():
    make.standing_order()
    services.generate_orders(actor=None, tenant=make.tenant(), day=make.TODAY, now=make.NOW)
    order = make.DailyOrder.objects.get()
    with pytest.raises(services.OrderIsSettled):
        services.withdraw_order(actor=None, order=order, reason="not at home")
