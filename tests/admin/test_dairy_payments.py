"""Money in, in the admin: one payment for all kinds of debts by an order or as typed, quick pay, and what lies unapplied."""

import pytest
from django.urls import reverse

from billing.models import Allocation, Payment
from billing.money import as_units
from tests import make
from tests.admin.actions.clicks import address, do, offered, text_of

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]


@pytest.fixture
def shop():
    """Owes 10.00 from before, 50.00 on an invoice and 30.00 for a sale on credit."""
    customer = make.customer(name="Corner shop", opening_balance_cents=1000)
    make.invoice(5000, to=customer)
    make.sale(3000, to=customer, sale_type="CREDIT")
    return customer


def filled(browser, shop, **typed):
    """The form as it is opened, with what is typed into it."""
    form = browser.get(address(shop, "pay")).context["form"]
    opened = {name: form[name].value() for name in ("key", "opened_at", "received_on", "mode")}
    return {**opened, "channel": "CASH", "reference": "", **typed}


def looked_at(browser, shop, typed):
    """The page that shows what the payment would pay, and the same form ready to be taken."""
    page = browser.post(address(shop, "pay"), {**typed, "look": "yes"})
    return page, {**typed, "shown": page.context["says"], "take": "yes"}


def plan_of(page):
    return {
        debt.label.split(",")[0].split()[0]: text_of_money(debt.pays) for debt in page.context["debts"] if debt.pays
    }


def text_of_money(value):
    return str(value).split(">")[1].split("<")[0]


@pytest.mark.parametrize(
    ("mode", "plan"),
    [
        ("OPENING_FIRST", {"Opening": "10.00", "Invoice": "50.00"}),
        ("OLDEST", {"Invoice": "50.00", "Sale": "10.00"}),
        ("LARGEST", {"Invoice": "50.00", "Sale": "10.00"}),
    ],
)
def test_what_an_order_would_pay_is_shown_then_done_in_one_payment(shop, bookkeeper, mode, plan):
    page, ready = looked_at(bookkeeper, shop, filled(bookkeeper, shop, amount_cents="60.00", mode=mode))
    assert page.status_code == 200 and plan_of(page) == plan and not Payment.objects.exists()
    done = bookkeeper.post(address(shop, "pay"), ready, follow=True)
    payment = Payment.objects.get()
    assert (payment.amount_cents, payment.allocated_cents, payment.customer) == (6000, 6000, shop)
    assert "60.00 BDT is taken; 60.00 pays for debts." in text_of(done)
    assert {row.rule for row in Allocation.objects.filter(payment=payment)} == {mode.lower()}


def test_a_payment_for_all_three_kinds_of_debt_leaves_the_rest_as_credit(shop, bookkeeper):
    page, ready = looked_at(bookkeeper, shop, filled(bookkeeper, shop, amount_cents="100"))
    assert plan_of(page) == {"Opening": "10.00", "Invoice": "50.00", "Sale": "30.00"}
    assert "10.00 BDT is left as credit" in text_of(page)
    done = bookkeeper.post(address(shop, "pay"), ready, follow=True)
    assert "10.00 is left as credit" in text_of(done)


def test_amounts_are_typed_beside_the_debts(shop, bookkeeper):
    typed = filled(bookkeeper, shop, amount_cents="25", mode="MANUAL", opening="5.00")
    [sale] = [name for name in bookkeeper.get(address(shop, "pay")).context["form"].debts if name.startswith("sale-")]
    page, ready = looked_at(bookkeeper, shop, {**typed, sale: "20.00"})
    assert plan_of(page) == {"Opening": "5.00", "Sale": "20.00"}
    bookkeeper.post(address(shop, "pay"), ready)
    assert sorted(Allocation.objects.values_list("amount_cents", flat=True)) == [500, 2000]
    for wrong, said in (
        ({"opening": ""}, "Type beside at least one debt"),
        ({"opening": "26"}, "more than the 25.00"),
    ):
        refused = bookkeeper.post(address(shop, "pay"), {**filled(bookkeeper, shop), **typed, **wrong})
        assert refused.status_code == 422 and said in text_of(refused)


def test_nothing_is_taken_before_it_was_shown_nor_when_it_would_pay_something_else(shop, bookkeeper):
    typed = filled(bookkeeper, shop, amount_cents="60")
    bookkeeper.post(address(shop, "pay"), {**typed, "take": "yes"})
    assert not Payment.objects.exists()
    _, ready = looked_at(bookkeeper, shop, typed)
    make.payment(1000, by=shop)  # meanwhile the opening balance is paid
    again = bookkeeper.post(address(shop, "pay"), ready)
    assert "not what was shown before" in again.context["refusal"] and Payment.objects.count() == 1
    assert plan_of(again) == {"Invoice": "50.00", "Sale": "10.00"}


def test_a_second_click_takes_nothing_twice(shop, bookkeeper):
    _, ready = looked_at(bookkeeper, shop, filled(bookkeeper, shop, amount_cents="60"))
    answers = [bookkeeper.post(address(shop, "pay"), ready) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302] and answers[0].url == answers[1].url
    assert Payment.objects.count() == 1


def test_a_wrong_day_or_amount_is_refused_with_what_was_typed_still_there(shop, bookkeeper):
    for wrong in ({"amount_cents": "0"}, {"amount_cents": "ten"}, {"received_on": "2126-01-01"}, {"channel": "LEGACY"}):
        typed = filled(bookkeeper, shop, **{"amount_cents": "60", "reference": "slip 9", **wrong})
        page, ready = looked_at(bookkeeper, shop, typed) if "received_on" in wrong else (None, typed)
        refused = bookkeeper.post(address(shop, "pay"), ready)
        assert refused.status_code == 422 and 'value="slip 9"' in refused.content.decode(), wrong
    assert not Payment.objects.exists()


def test_a_sale_is_paid_exactly_and_once_by_quick_pay(bookkeeper):
    sale = make.sale(3000)
    make.payment(1000, sale=sale)
    assert offered(bookkeeper, sale)[-1] == "pay"
    form = bookkeeper.get(address(sale, "pay")).context["form"]
    typed = {name: form[name].value() for name in ("key", "opened_at", "received_on")} | {"channel": "MOBILE_MONEY"}
    for _ in range(2):
        do(bookkeeper, sale, "pay", **typed)
    sale.refresh_from_db()
    assert (sale.balance_cents, Payment.objects.filter(channel="MOBILE_MONEY").count()) == (0, 1)
    assert "pay" not in offered(bookkeeper, sale)


def test_unapplied_money_is_listed_until_it_is_applied(bookkeeper, shop):
    empty = text_of(bookkeeper.get(reverse("admin:unapplied")))
    assert "Nothing lies unapplied" in empty and "appears here when" in empty
    payment = make.payment(9000, by=shop)  # 10.00 of it pays the opening balance
    listed = bookkeeper.get(reverse("admin:unapplied"))
    [row] = listed.context["rows"]
    assert row["payment"] == payment and "80.00" in row["left"]
    assert [label for label, *_ in row["ways"]] == ["Apply…", "Give back…"]
    page = f"{address(payment, 'allocate')}?mode=OLDEST"
    form = bookkeeper.get(page).context["form"]
    assert sorted(form.proposed.values()) == [3000, 5000]
    bookkeeper.post(page, {name: str(as_units(cents)) for name, cents in form.proposed.items()})
    assert set(Allocation.objects.filter(payment=payment).values_list("rule", flat=True)) == {
        "opening_balance",
        "oldest",
    }
    assert bookkeeper.get(reverse("admin:unapplied")).context["rows"] == []


def test_unapplied_money_of_another_business_is_not_listed(bookkeeper):
    make.payment(100, by=make.customer(of=make.tenant("elsewhere")))
    assert bookkeeper.get(reverse("admin:unapplied")).context["rows"] == []


def test_the_list_of_unapplied_money_costs_the_same_however_long(bookkeeper, django_assert_max_num_queries):
    for _ in range(8):
        make.payment(100)
    with django_assert_max_num_queries(9):
        bookkeeper.get(reverse("admin:unapplied"))
