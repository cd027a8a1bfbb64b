"""An object's page says what it is, shows its sum, tells its story and links on in both directions."""

import re

import pytest
from django.contrib import admin

from accounts.admin import State
from billing import services
from billing.admin.money import grouped
from billing.models import Customer, Payment, RouteOpeningDue, Sale
from billing.selectors.outstanding import outstanding_of
from routes.models import Route
from tests import make
from tests.admin.business import page

pytestmark = [pytest.mark.routes, pytest.mark.django_db]


def opened(browser, row):
    return browser.get(page(type(row), "change", row.pk))


def address(row):
    return page(type(row), "change", row.pk)


def told(answer):
    return [str(line.what) for line in answer.context["story"]]


@pytest.fixture
def payment(rows):
    return make.payment(6000, sale=make.sale(4500, route=rows[Route]), actor=make.user("FINANCE", name="Nadia"))


def test_the_heading_of_every_list_is_english():
    headings = [str(model._meta.verbose_name_plural) for model in admin.site._registry]
    assert [heading for heading in headings if re.search(r"([^aeiou]y|s|x|ch|sh)s$", heading)] == []


def test_a_payment_shows_its_sum(payment, bookkeeper):
    answer = opened(bookkeeper, payment)
    assert answer.context["card"].sum_shown == "60.00 = 45.00 + 0.00 + 15.00 BDT"
    assert answer.context["card"].state.word == "Received"


def test_a_payment_links_to_its_sale_route_and_customer_and_they_link_back(payment, bookkeeper):
    text = opened(bookkeeper, payment).content.decode()
    for other in (payment.sale, payment.route, payment.customer):
        assert address(other) in text
    assert address(payment) in opened(bookkeeper, payment.sale).content.decode()
    assert f"route__id__exact={payment.route_id}" in opened(bookkeeper, payment.route).content.decode()


def test_a_payments_story_is_told_newest_first(payment, bookkeeper):
    services.reverse_payment(
        actor=make.user("FINANCE", name="Omar"), payment=payment, reason="cheque bounced", now=make.later(days=1)
    )
    answer = opened(bookkeeper, payment)
    assert answer.context["card"].figures[-1].note == "no credit: it is not money in"
    lines = told(answer)
    assert any("45.00 BDT taken back from" in line for line in lines)
    assert any("45.00 BDT applied to" in line for line in lines)
    assert any("Status: Received → Reversed" in line for line in lines)
    assert "Recorded" in lines[-2:]
    assert {line.who for line in answer.context["story"]} == {"Nadia", "Omar"}
    assert "cheque bounced" in {line.why for line in answer.context["story"]}


def test_a_paid_sale_is_done_and_a_route_that_came_back_waits(rows, bookkeeper):
    paid = make.sale(1000)
    make.payment(1000, sale=paid)
    assert str(opened(bookkeeper, paid).context["card"].state) == str(State("Paid", "success"))
    back = make.route("COMPLETED")
    assert opened(bookkeeper, back).context["card"].state.kind == "warning"


def test_a_sale_shows_what_is_still_to_pay(rows, bookkeeper):
    answer = opened(bookkeeper, rows[Sale])
    assert answer.context["card"].sum_shown == "50.00 − 5.00 − 20.00 = 25.00 BDT"
    assert any("5.00 BDT returned" in line for line in told(answer))


def test_a_route_shows_expected_less_collected(rows, bookkeeper):
    answer = opened(bookkeeper, rows[Route])
    assert answer.context["card"].sum_shown.startswith("52.00 − 20.00 = 32.00 BDT")


def test_a_customer_shows_what_they_owe(rows, bookkeeper):
    answer = opened(bookkeeper, rows[Customer])
    assert answer.context["card"].sum_shown == "7.00 + 25.00 + 9.00 + 140.00 − 0.00 − 1.00 = 180.00 BDT"


def test_what_a_customer_owes_is_what_the_api_tells_less_their_credit(rows, bookkeeper):
    customer = rows[Customer]
    make.payment(300, by=customer)
    make.invoice(500, to=customer, currency="USD")
    told_by_api = outstanding_of(Customer.objects.get(pk=customer.pk))
    left = told_by_api["outstanding_cents"] + told_by_api["unbilled_cents"] - told_by_api["credit_cents"]
    assert told_by_api["credit_cents"] > 0 < told_by_api["unbilled_cents"]
    assert opened(bookkeeper, customer).context["card"].sum_shown.endswith(f"= {grouped(left)} BDT")


def test_a_payment_without_a_route_says_where_it_counts(bookkeeper):
    answer = opened(bookkeeper, make.payment(500))
    assert "counts under no representative, because the payment is for no sale" in answer.context["card"].warning


def test_history_shows_each_field_with_who_why_and_when(rows, manager, bookkeeper):
    customer = rows[Customer]
    values = {"number": customer.number, "name": "New name", "is_active": "on", "change_reason": "moved shop"}
    assert manager.post(page(Customer, "change", customer.pk), values).status_code == 302
    text = bookkeeper.get(page(Customer, "history", customer.pk)).content.decode()
    assert "<strong>Name</strong>: " in text and "New name" in text and "moved shop" in text
    assert customer.history.first().history_user.role == "ADMIN"


def test_money_is_typed_in_units(rows, manager):
    customer = rows[Customer]
    values = {"number": customer.number, "name": customer.name, "is_active": "on", "credit_limit_cents": "1500.50"}
    manager.post(page(Customer, "change", customer.pk), values)
    assert Customer.objects.get(pk=customer.pk).credit_limit_cents == 150050
    assert 'value="1500.50"' in opened(manager, customer).content.decode()


@pytest.mark.parametrize("wrong", ["-1", "1.005", "lots"])
def test_an_amount_that_is_none_is_refused_on_the_page(wrong, rows, manager):
    customer = rows[Customer]
    values = {"number": customer.number, "name": customer.name, "is_active": "on", "credit_limit_cents": wrong}
    answer = manager.post(page(Customer, "change", customer.pk), values)
    assert "credit_limit_cents" in answer.context["adminform"].form.errors


def test_what_was_owed_at_the_start_cannot_be_changed_later(rows, manager):
    customer = rows[Customer]
    values = {"number": customer.number, "name": customer.name, "is_active": "on", "opening_balance_cents": "0"}
    manager.post(page(Customer, "change", customer.pk), values)
    assert Customer.objects.get(pk=customer.pk).opening_balance_cents == 700


def test_amounts_are_listed_in_units_with_currency(payment, bookkeeper):
    assert "60.00<small>BDT</small>" in bookkeeper.get(page(Payment, "changelist")).content.decode()


def test_an_opening_due_lists_the_debts_that_make_it_up(bookkeeper):
    customer, route = make.customer(opening_balance_cents=700), make.route("PENDING")
    old = make.sale(500, to=customer)
    make.sale(100, to=customer, route=route)
    make.bring(route, to="IN_PROGRESS")
    text = opened(bookkeeper, RouteOpeningDue.objects.get()).content.decode()
    assert "opening balance" in text and address(old) in text
    assert all(amount in text for amount in ("12.00", "7.00", "5.00"))


def test_a_sale_that_was_on_no_route_says_so_in_its_story(bookkeeper):
    sale, route = make.sale(500), make.route("PENDING")
    services.add_sale_to_route(actor=None, sale=sale, route=route)
    [line] = [line for line in told(opened(bookkeeper, sale)) if "Route" in line]
    assert line.startswith("Route: – →") and route.number in line
