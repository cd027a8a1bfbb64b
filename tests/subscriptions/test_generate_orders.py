"""The orders of a day, made from the standing orders, as often as anybody likes."""

from decimal import Decimal

import pytest

from subscriptions import services
from subscriptions.models import DailyOrder
from tests import make

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]

DAY = make.TODAY


def generate(day=DAY, **fields):
    fields.setdefault("tenant", make.tenant())
    return services.generate_orders(actor=fields.pop("actor", None), day=day, now=make.NOW, **fields)


def counts(answer):
    return {
        name: getattr(answer, name)
        for name in ("created", "changed", "withdrawn", "unchanged", "delivered", "not_delivered")
        if getattr(answer, name)
    }


def test_every_standing_order_gets_its_order_of_the_day():
    north = make.routes.create_round(actor=None, tenant=make.tenant(), name="North", slots=["morning", "evening"])
    customer, milk = make.customer(round=north), make.product(7000, tax_rate_bps=500)
    standing = make.standing_order("1.5", of=customer, product=milk, slot="morning")
    assert counts(generate()) == {"created": 1}
    order = DailyOrder.objects.get()
    assert (order.standing_order, order.customer, order.product, order.tenant) == (
        standing,
        customer,
        milk,
        make.tenant(),
    )
    assert (order.round, order.slot, order.order_date, order.status) == (north, "morning", DAY, "GENERATED")
    assert (order.planned_quantity, order.unit_price_cents, order.tax_rate_bps) == (Decimal("1.5"), 7000, 500)
    assert (order.note, order.created_at) == ("", make.NOW)
