"""The page of a day: orders are generated, confirmed with exceptions, corrected and cancelled; what is done leaves the list."""

import re

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from subscriptions.admin.invoicing import month_before
from subscriptions.models import DailyOrder, Delivery
from tests import make
from tests.admin.actions.clicks import address, do, offered, text_of

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]

TODAY = "/admin/dairy/today/?date=2026-01-13"


@pytest.fixture
def milk():
    return make.product()


@pytest.fixture
def three_orders(milk):
    """Three customers who want two litres a day, and the orders of 13 January."""
    for name in ("Anwar", "Bose", "Chandra"):
        make.standing_order(of=make.customer(name=name), product=milk)


@pytest.fixture
def generated(three_orders, bookkeeper):
    bookkeeper.post(TODAY, {"generate": "yes"})
    return {order.customer.name: order for order in DailyOrder.objects.select_related("customer")}


def typed_for(orders, **changed):
    """The list as it is posted: every row as planned but for what is changed: `Anwar=("1.5", "")`."""
    typed = {}
    for name, order in orders.items():
        quantity, note = changed.get(name, ("2", ""))
        typed |= {f"quantity-{order.pk}": quantity, f"note-{order.pk}": note}
    return typed


def to_deliver(browser):
    return [row.order.customer.name for row in browser.get(TODAY).context["waiting"]]


def test_an_empty_day_says_what_would_be_here_and_how_it_comes(bookkeeper):
    said = text_of(bookkeeper.get(TODAY))
    assert "appear here once they are generated from the standing orders" in said
    assert "What is confirmed above goes here" in said


def test_generating_is_previewed_by_counts_then_done_and_can_be_repeated(three_orders, bookkeeper):
    page = bookkeeper.get(TODAY)
    assert page.context["generation"].created == 3 and not DailyOrder.objects.exists()
    done = bookkeeper.post(TODAY, {"generate": "yes"}, follow=True)
    assert "The orders of 13 January are generated: 3 made, 0 changed, 0 withdrawn." in text_of(done)
    assert "agree with the standing orders" in text_of(done)
    bookkeeper.post(TODAY, {"generate": "yes"})
    assert DailyOrder.objects.count() == 3


def test_a_list_is_confirmed_as_typed_and_leaves_what_is_to_deliver(generated, bookkeeper):
    typed = typed_for(generated, Bose=("1,5", "half a litre less"), Chandra=("0", "door shut"))
    done = bookkeeper.post(TODAY, typed, follow=True)
    assert "2 delivered, 1 not delivered." in text_of(done)
    delivered = {
        row.customer.name: (str(row.quantity), row.note) for row in Delivery.objects.select_related("customer")
    }
    assert delivered == {"Anwar": ("2.000", ""), "Bose": ("1.500", "half a litre less")}
    assert to_deliver(bookkeeper) == []
    assert [(order.customer.name, why) for order, why, _ in done.context["not_delivered"]] == [("Chandra", "door shut")]
    assert done.context["counts"]["delivered"] == 2


def test_a_wrong_row_is_named_beside_it_and_nothing_is_written_or_lost(generated, bookkeeper):
    typed = typed_for(generated, Anwar=("1.2345", ""), Bose=("1", "spilt"))
    refused = bookkeeper.post(TODAY, typed)
    assert refused.status_code == 422 and not Delivery.objects.exists()
    rows = {row.order.customer.name: row for row in refused.context["waiting"]}
    assert "three decimals" in rows["Anwar"].error and not rows["Bose"].error
    assert (rows["Anwar"].quantity, rows["Bose"].quantity, rows["Bose"].note) == ("1.2345", "1", "spilt")


def test_nothing_delivered_needs_its_reason_beside_the_row(generated, bookkeeper):
    refused = bookkeeper.post(TODAY, typed_for(generated) | {"nothing": str(generated["Anwar"].pk)})
    [row] = [row for row in refused.context["waiting"] if row.error]
    assert row.order == generated["Anwar"] and "reason" in row.error and not Delivery.objects.exists()


def test_one_row_is_confirmed_alone_and_what_was_typed_elsewhere_stays(generated, bookkeeper):
    typed = typed_for(generated, Bose=("1.25", "later")) | {"only": str(generated["Anwar"].pk)}
    shown = bookkeeper.post(TODAY, typed)
    assert [row.customer_id for row in Delivery.objects.all()] == [generated["Anwar"].customer_id]
    rows = {row.order.customer.name: (row.quantity, row.note) for row in shown.context["waiting"]}
    assert rows == {"Bose": ("1.25", "later"), "Chandra": ("2", "")}


def test_a_row_without_a_quantity_stays_as_it_is(generated, bookkeeper):
    bookkeeper.post(TODAY, typed_for(generated, Bose=("", "")))
    assert to_deliver(bookkeeper) == ["Bose"]
    assert bookkeeper.post(TODAY, {}).status_code == 422


def test_the_rest_beyond_the_list_is_confirmed_as_planned(generated, bookkeeper):
    only_one = {name: order for name, order in generated.items() if name == "Bose"}
    bookkeeper.post(TODAY, typed_for(only_one, Bose=("1", "")) | {"rest": "yes"})
    assert sorted(str(quantity) for quantity in Delivery.objects.values_list("quantity", flat=True)) == [
        "1.000", "2.000", "2.000",
    ]  # fmt: skip


def test_made_up_fields_and_a_stranger_s_order_are_refused_in_words(generated, bookkeeper):
    elsewhere = make.daily_order(of=make.customer(of=make.tenant("elsewhere")))
    assert bookkeeper.post(TODAY, {"quantity-nothing": "1"}).status_code == 422
    refused = bookkeeper.post(TODAY, {f"quantity-{elsewhere.pk}": "1"})
    assert refused.status_code == 422 and not Delivery.objects.exists()


def test_a_day_to_come_is_generated_but_not_confirmed(three_orders, bookkeeper):
    shown = bookkeeper.get("/admin/dairy/today/?date=2126-01-13")
    assert shown.context["generation"] is None and "days from today" in text_of(shown)


def test_a_delivery_is_corrected_and_cancelled_from_the_list(generated, bookkeeper):
    bookkeeper.post(TODAY, typed_for(generated))
    delivery = Delivery.objects.get(customer__name="Anwar")
    corrected = do(bookkeeper, delivery, "correct", quantity="1.5", reason="misread")
    assert corrected.redirect_chain[-1][0] == TODAY.replace("&", "&amp;")
    delivery.refresh_from_db()
    assert (str(delivery.quantity), delivery.total_cents) == ("1.500", 10500)
    do(bookkeeper, delivery, "cancel", reason="wrong door")
    assert to_deliver(bookkeeper) == ["Anwar"]
    refused = do(bookkeeper, delivery, "correct", quantity="1", reason="again")
    assert refused.status_code == 409 and "cancelled" in refused.context["refusal"]


def test_an_order_s_page_offers_to_deliver_it_or_to_say_that_nothing_was_left(generated, bookkeeper):
    order = generated["Anwar"]
    assert offered(bookkeeper, order) == ["deliver", "nothing"]
    do(bookkeeper, order, "nothing", reason="door shut")
    do(bookkeeper, order, "deliver", quantity="2", note="came back later")
    assert Delivery.objects.get().note == "came back later"
    assert offered(bookkeeper, order) == [] and to_deliver(bookkeeper) == ["Bose", "Chandra"]


def test_an_order_for_one_day_alone_can_be_withdrawn(milk, bookkeeper):
    order = make.daily_order(of=make.customer(name="Dutta"), product=milk)
    assert offered(bookkeeper, order) == ["deliver", "nothing", "withdraw"]
    do(bookkeeper, order, "withdraw", reason="moved away")
    assert to_deliver(bookkeeper) == []


def test_an_extra_item_is_added_once_however_often_it_is_clicked(milk, bookkeeper):
    shop = make.customer(name="Corner shop")
    page = reverse("admin:dairy-extra-item") + "?date=2026-01-13"
    form = bookkeeper.get(page).context["form"]
    typed = {"customer": f"{shop.number} Corner shop", "product": milk.pk, "quantity": "3", "day": "2026-01-13"}
    typed["id"] = str(form["id"].value())
    for _ in range(2):
        assert bookkeeper.post(page, typed).status_code == 302
    assert [(row.customer_id, row.total_cents) for row in Delivery.objects.all()] == [(shop.pk, 21000)]
    assert bookkeeper.get(TODAY).context["counts"]["extra"] == 1
    unknown = bookkeeper.post(page, {**typed, "customer": "Nobody"})
    assert unknown.status_code == 422 and "names no customer of" in text_of(unknown)


def test_customers_are_offered_by_number_and_by_how_their_name_begins(bookkeeper):
    shop = make.customer(name="Corner shop")
    make.customer(of=make.tenant("elsewhere"), name="Corner house")
    for typed in (shop.number, "corner", "Corner sh"):
        offers = bookkeeper.get(reverse("admin:customer-offers"), {"q": typed}).json()["offers"]
        assert offers == [{"value": f"{shop.number} Corner shop", "words": "Corner shop"}]


def test_the_list_costs_the_same_queries_however_many_rows_it_has(
    generated, bookkeeper, django_assert_max_num_queries, milk
):
    for number in range(12):
        make.daily_order(of=make.customer(name=f"Shop {number}"), product=milk)
    bookkeeper.post(TODAY, typed_for(dict(list(generated.items())[:2])))
    with django_assert_max_num_queries(32):
        bookkeeper.get(TODAY)


def test_a_round_and_a_part_of_the_day_narrow_the_list_and_lead_to_its_sheet(bookkeeper, milk):
    from routes.models import Round

    north = Round.objects.create(tenant=make.tenant(), name="North", slots=["morning", "evening"])
    on_it, off_it = make.customer(name="On it", round=north), make.customer(name="Off it")
    make.daily_order(of=on_it, product=milk, slot="evening")
    make.daily_order(of=off_it, product=milk)
    shown = bookkeeper.get(f"{TODAY}&round={north.pk}&slot=evening")
    assert [row.order.customer.name for row in shown.context["waiting"]] == ["On it"]
    assert re.search(rf"report|route-sheet.*round={north.pk}", shown.context["sheet"])
    sheet = bookkeeper.get(shown.context["sheet"])
    assert sheet["Content-Type"] == "application/pdf"


def test_the_page_needs_the_office(as_user):
    rep = make.user(is_staff=True)
    assert as_user(rep).get(TODAY).status_code == 403


def test_one_order_is_addressed_by_its_own_page_alone(generated, foreign_rows, bookkeeper):
    assert bookkeeper.get(address(foreign_rows[Delivery], "cancel")).status_code == 404


def test_the_home_page_names_the_orders_that_wait_today_and_leads_to_them(bookkeeper, milk):
    today = make.tenant().day_of(timezone.now())
    make.daily_order(of=make.customer(name="Dutta"), product=milk, day=today)
    [waits] = [card for card in bookkeeper.get("/admin/").context["cards"] if card["question"] == "What waits for me?"]
    [line] = [line for line in waits["lines"] if line["label"] == "Orders to deliver today"]
    assert line["value"] == "1" and bookkeeper.get(line["href"]).context["counts"]["waiting"] == 1


def test_the_home_page_names_the_month_that_is_to_be_invoiced_and_leads_to_its_preview(bookkeeper):
    today = make.tenant().day_of(timezone.now())
    first, last = month_before(today)
    label = f"Customers to invoice up to {last:%-d %B}"
    make.delivery(of=make.customer(name="of this month"), day=today)
    cache.clear()
    assert label not in text_of(bookkeeper.get("/admin/"))
    shop = make.customer(name="Dutta")
    for day in (first, last):
        make.delivery(of=shop, day=day)
    cache.clear()
    [waits] = [card for card in bookkeeper.get("/admin/").context["cards"] if card["question"] == "What waits for me?"]
    [line] = [line for line in waits["lines"] if line["label"] == label]
    assert line["value"] == "1" and "Dutta" in text_of(bookkeeper.get(line["href"]))
