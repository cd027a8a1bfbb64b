"""The office plans in the admin: products with prices, standing orders, pauses and changes, and their end."""

from datetime import date

import pytest
from django.urls import reverse

from subscriptions.models import Product, ProductPrice, StandingOrder
from subscriptions.selectors.prices import price_on
from tests import make
from tests.admin.actions.clicks import address, do, offered, text_of
from tests.admin.business import page

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]


def opened(answer, *names):
    """The values with which a form opens."""
    form = answer.context["form"]
    return {name: str(form[name].value()) for name in names}


def test_a_product_is_added_with_its_price_once_however_often_it_is_clicked(bookkeeper):
    new = reverse("admin:new-product")
    typed = {"code": "MILK", "name": "Milk", "unit": "litre", "unit_price_cents": "70.00", "tax_percent": "12.5"}
    typed |= opened(bookkeeper.get(new), "valid_from", "id")
    for _ in range(2):
        assert bookkeeper.post(new, typed).status_code == 302
    product, price = Product.objects.get(), ProductPrice.objects.get()
    assert (product.code, price.unit_price_cents, price.tax_rate_bps) == ("MILK", 7000, 1250)
    taken = bookkeeper.post(new, {**typed, "id": opened(bookkeeper.get(new), "id")["id"]})
    assert taken.status_code == 409 and "MILK" in taken.context["refusal"]
    assert "Add a product" in text_of(bookkeeper.get(page(Product, "changelist")))


def test_a_new_price_holds_from_its_day_and_a_product_leaves_the_range_and_comes_back(bookkeeper):
    milk = make.product()
    assert offered(bookkeeper, milk) == ["price", "retire"]
    do(bookkeeper, milk, "price", unit_price_cents="80", tax_percent="5", valid_from="2026-02-01")
    prices = [price_on(milk, day).unit_price_cents for day in (date(2026, 1, 31), date(2026, 2, 1))]
    assert prices == [7000, 8000]
    do(bookkeeper, milk, "retire", reason="no cows")
    assert offered(bookkeeper, milk) == ["price", "restore"]
    do(bookkeeper, milk, "restore", reason="cows again")
    milk.refresh_from_db()
    assert milk.is_active


def test_a_standing_order_is_started_paused_changed_and_ended(bookkeeper):
    shop, milk = make.customer(name="Corner shop"), make.product()
    start = address(shop, "standing-order")
    typed = {"product": milk.pk, "quantities": "2, 0", "slot": "", "starts_on": "2026-01-01", "ends_on": ""}
    typed |= opened(bookkeeper.get(start), "id")
    for _ in range(2):
        assert bookkeeper.post(start, typed).status_code == 302
    order = StandingOrder.objects.get()
    assert [str(day.quantity) for day in order.days.all()] == ["2.000", "0.000"]
    assert offered(bookkeeper, order) == ["change", "end", "end-change"]
    pause = {"kind": "SKIP", "quantity": "", "first_day": "2026-01-10", "last_day": "", "note": "away"}
    do(bookkeeper, order, "change", **pause, **opened(bookkeeper.get(address(order, "change")), "id"))
    change = order.changes.get()
    do(bookkeeper, order, "end-change", change=change.pk, last_day="2026-01-20", reason="back")
    change.refresh_from_db()
    assert (change.kind, change.last_day) == ("SKIP", date(2026, 1, 20))
    do(bookkeeper, order, "end-change", change=change.pk, last_day="", reason="never left")
    change.refresh_from_db()
    assert change.withdrawn_at is not None
    do(bookkeeper, order, "end", ends_on="2026-01-31", reason="moved")
    order.refresh_from_db()
    assert order.ends_on == date(2026, 1, 31)


def test_what_services_refuse_is_said_on_the_page(bookkeeper):
    order = make.standing_order()
    form = opened(bookkeeper.get(address(order, "change")), "id")
    wrong = {"kind": "INCREASE", "quantity": "", "first_day": "2026-01-10", "last_day": "", "note": ""}
    refused = do(bookkeeper, order, "change", **wrong, **form)
    assert refused.status_code == 422 and "needs the quantity" in refused.context["refusal"]
    early = do(bookkeeper, order, "end", ends_on="2025-01-01", reason="moved")
    assert "cannot end on 2025-01-01" in early.context["refusal"]
    again = {"product": order.product_id, "quantities": "many", "slot": "", "starts_on": "2026-01-01", "ends_on": ""}
    typed = opened(bookkeeper.get(address(order.customer, "standing-order")), "id")
    assert do(bookkeeper, order.customer, "standing-order", **again, **typed).status_code == 422
