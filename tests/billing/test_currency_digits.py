"""Amounts are written, and typed, with the digits of their currency: on pages, on paper, in history."""

import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from billing.admin.charts import dataset
from billing.admin.customer_actions import GoodwillForm
from billing.admin.money import AmountField, MoneyTeller, grouped, money
from billing.admin.taking import TakingForm
from billing.models import Customer
from billing.printing.paper import amount
from operations.admin.workbench.evidence import amount as evidence_amount
from tests import make

pytestmark = pytest.mark.finance

MINOR_UNITS = 1_234_567


@pytest.mark.parametrize(
    ("currency", "page", "paper"),
    [
        ("BDT", "−12,345.67", "-12,345.67 BDT"),
        ("JPY", "−1,234,567", "-1,234,567 JPY"),
        ("KWD", "−1,234.567", "-1,234.567 KWD"),
    ],
)
def test_an_amount_has_the_digits_of_its_currency(currency, page, paper):
    assert grouped(-MINOR_UNITS, currency) == page
    assert f">{page}<" in money(-MINOR_UNITS, currency)
    assert f">{page}<" in evidence_amount(-MINOR_UNITS, currency)
    assert amount(-MINOR_UNITS, currency) == paper


@pytest.mark.parametrize(
    ("currency", "typed", "minor_units"),
    [
        ("BDT", "123.45", 12_345),
        ("BDT", "123", 12_300),
        ("JPY", "12345", 12_345),
        ("KWD", "12.345", 12_345),
        ("KWD", "12.3", 12_300),
    ],
)
def test_an_amount_is_typed_in_units_of_its_currency(currency, typed, minor_units):
    field = AmountField(currency=currency)
    assert field.clean(typed) == minor_units
    assert field.clean(field.prepare_value(minor_units)) == minor_units
    assert not field.has_changed(minor_units, field.prepare_value(minor_units))


@pytest.mark.parametrize(("currency", "typed"), [("BDT", "1.005"), ("JPY", "1.5"), ("KWD", "1.0005"), ("BDT", "-1")])
def test_what_a_currency_has_no_coin_for_cannot_be_typed(currency, typed):
    with pytest.raises(ValidationError):
        AmountField(currency=currency).clean(typed)


def yen_customer() -> Customer:
    return make.customer(of=make.tenant("yen", currency="JPY"))


@pytest.mark.django_db
def test_a_form_takes_amounts_of_the_customers_currency_and_says_how():
    form = GoodwillForm({"amount_cents": "1500", "reason": "sorry"}, yen_customer())
    assert form.is_valid() and form.cleaned_data["amount_cents"] == 1500
    assert form.fields["amount_cents"].help_text == "In JPY, such as 12345."
    taken = GoodwillForm({"amount_cents": "12.34", "reason": "sorry"}, make.customer())
    assert taken.is_valid() and taken.cleaned_data["amount_cents"] == 1234, "a form keeps its own currency"


@pytest.mark.django_db
def test_taking_a_payment_compares_what_is_typed_beside_the_debts_in_the_same_units():
    buyer = yen_customer()
    make.invoice(1500, to=buyer)
    form = TakingForm(None, buyer, make.NOW)
    assert [field.clean("1500") for name, field in form.fields.items() if name in form.debts] == [1500]


@pytest.mark.django_db
def test_history_tells_a_customers_money_in_the_currency_of_the_business():
    buyer = yen_customer()
    column = Customer._meta.get_field("credit_limit_cents")
    assert MoneyTeller(Customer).value_in_words(column, 5000, buyer) == "5,000 JPY"


@pytest.mark.django_db
def test_a_customer_is_added_and_corrected_in_the_currency_of_the_business(client):
    person = make.user("ADMIN", of=make.tenant("yen", currency="JPY"), is_staff=True)
    client.force_login(person, backend="accounts.permissions.RoleBackend")
    page: Any = client.get(reverse("admin:billing_customer_add")).content.decode()
    assert "In JPY, such as 12345." in page
    typed = {"number": "C-1", "name": "Tofu", "opening_balance_cents": "1500", "credit_limit_cents": "20000"}
    answer = client.post(reverse("admin:billing_customer_add"), {**typed, "is_active": "on"})
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    added = Customer.objects.get(number="C-1")
    assert (added.opening_balance_cents, added.credit_limit_cents) == (1500, 20_000)


def test_a_chart_draws_units_of_the_currency():
    assert [json.dumps(dataset("Cash", [1500], "", currency)["data"]) for currency in ("BDT", "JPY", "KWD")] == [
        "[15.0]",
        "[1500.0]",
        "[1.5]",
    ]


@pytest.mark.django_db
def test_the_runbooks_decimal_text_of_what_was_collected_has_the_digits_of_the_currency():
    from billing.selectors.accountability import accountability_of_all

    report = accountability_of_all(make.tenant("yen", currency="JPY"))
    assert report["totals"]["total_collected_from_payments"] == "0"
