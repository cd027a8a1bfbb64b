"""Extra items: at the price of the day on which they were delivered, to somebody with a door, on a round that is one's own."""

from datetime import date, timedelta

import pytest

from accounts.ids import new_id
from billing.services.checks import NotAQuantity
from subscriptions import services
from subscriptions.models import Delivery
from subscriptions.services.checks import NotADay
from subscriptions.services.deliveries import DeliveryAlreadyKnown, DeliveryInTheFuture, NotYourRound, WalkInHasNoDoor
from subscriptions.services.orderable import CustomerNotActive, ForeignProduct, ProductNotActive, UnknownSlot
from subscriptions.services.orders import NoPriceOnThatDay
from subscriptions.services.products import set_price
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.subscriptions.orders import a_product, a_round

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]


def add(quantity=1, *, to=None, **fields):
    fields = {"actor": None, "product": fields.pop("product", None) or a_product(), "day": make.TODAY, **fields}
    return services.add_delivery(customer=to or make.customer(), quantity=quantity, now=make.NOW, **fields)


def test_an_extra_item_costs_what_it_cost_that_day_and_is_dated_that_day():
    """The reference gave extra items today's date and the slot Morning, whatever the day of the orders."""
    milk = a_product(cents=7000)
    set_price(actor=None, product=milk, unit_price_cents=7500, tax_rate_bps=500, valid_from=date(2026, 1, 10))
    on_the_9th = add(2, product=milk, day=date(2026, 1, 9), to=make.customer(round=a_round()), slot="evening")
    on_the_10th = add(2, product=milk, day=date(2026, 1, 10))
    assert (on_the_9th.total_cents, on_the_9th.tax_rate_bps) == (14000, 0)
    assert (on_the_10th.total_cents, on_the_10th.tax_rate_bps) == (15000, 500)
    assert (on_the_9th.delivery_date, on_the_9th.slot, on_the_9th.round) == (date(2026, 1, 9), "evening", a_round())
    set_price(actor=None, product=milk, unit_price_cents=9900, tax_rate_bps=0, valid_from=date(2026, 1, 13))
    assert list(Delivery.objects.order_by("pk").values_list("total_cents", flat=True)) == [14000, 15000]
    assert_books_are_right()


def test_an_item_sent_again_is_the_same_item():
    shop, identity = make.customer(), new_id()
    first = add("1.5", to=shop, id=identity)
    assert add("1.500", to=shop, id=identity).pk == first.pk == Delivery.objects.get().pk
    for other in ({"quantity": 2}, {"day": make.TODAY - timedelta(days=1)}, {"note": "x"}):
        with pytest.raises(DeliveryAlreadyKnown):
            add(**{"quantity": "1.5", **other}, to=shop, id=identity)


@pytest.mark.parametrize(
    ("error", "fields"),
    [
        (DeliveryInTheFuture, {"day": make.TODAY + timedelta(days=1)}),
        (NoPriceOnThatDay, {"day": date(2025, 12, 31)}),
        (NotADay, {"day": date(1899, 12, 31)}),
        (NotAQuantity, {"quantity": 0}),
        (NotAQuantity, {"quantity": "-1"}),
        (ForeignProduct, {"product": lambda: a_product(of=make.tenant("dairy"))}),
        (ProductNotActive, {"product": lambda: a_product("OLD", of=make.tenant()), "inactive": "product"}),
        (CustomerNotActive, {"to": lambda: make.customer(is_active=False)}),
        (WalkInHasNoDoor, {"to": lambda: make.customer(is_walk_in=True)}),
        (UnknownSlot, {"to": lambda: make.customer(round=a_round()), "slot": "midnight"}),
    ],
    ids=lambda value: getattr(value, "__name__", None) or "",
)
def test_what_cannot_be_delivered_is_refused_and_nothing_is_written(error, fields):
    said = {name: value() if callable(value) else value for name, value in fields.items()}
    if said.pop("inactive", None):
        said["product"].is_active = False
        said["product"].save()
    with pytest.raises(error):
        add(**said)
    assert not Delivery.objects.exists()


def test_a_representative_adds_items_on_their_own_rounds():
    rep = make.user()
    north, south = a_round("North", rep=rep), a_round("South")
    assert add(to=make.customer(round=north), actor=rep).delivered_by == rep
    for customer in (make.customer(round=south), make.customer()):
        with pytest.raises(NotYourRound):
            add(to=customer, actor=rep)
