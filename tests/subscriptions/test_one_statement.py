"""A customer has one account: the API of money and the reports of the round tell it alike, on any day. ADR 0018."""

from datetime import date, timedelta

import pytest

from billing import services as billing
from tests import make
from tests.api.clients import client_as, client_of, error_of
from tests.billing.proof import assert_books_are_right
from tests.subscriptions.bills import FEBRUARY_1, bill, delivered, on_credit

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]

DAYS = [date(2026, 1, 1) + timedelta(days=number) for number in range(45)]


@pytest.fixture
def shop():
    """10.00 from before, corrected; milk and goods of January invoiced, a membership, milk of February not; paid, part back."""
    shop = make.customer(opening_balance_cents=1000)
    billing.correct_opening_balance(actor=None, customer=shop, opening_balance_cents=1500, reason="paper book")
    delivered(shop), delivered(shop), on_credit(shop)
    bill(shop)
    make.invoice(3000, to=shop, now=FEBRUARY_1)
    make.delivery(of=shop, day=date(2026, 2, 4))
    paid = make.payment(9000, by=shop, received_at=FEBRUARY_1 + timedelta(days=3))
    billing.refund_payment(actor=None, payment=paid, amount_cents=400, reason="too much", now=make.NOW)
    assert_books_are_right()
    return shop


def test_both_doors_answer_the_same_account_on_any_day_and_over_any_period(shop):
    office = client_as("FINANCE")
    closings = set()
    for first in (None, *DAYS[::11]):
        for last in (None, *DAYS):
            days = "".join(f"&{name}={day}" for name, day in (("from", first), ("to", last)) if day)
            if first and last and last < first:
                continue
            by_money = office.get(f"/api/billing/customers/{shop.pk}/statement?{days[1:]}").json()
            by_round = office.get(f"/api/dairy/reports/statement?customer={shop.pk}{days}").json()
            for name in ("opening_cents", "charged_cents", "paid_cents", "closing_cents"):
                assert by_money[name] == by_round[name], (first, last, name)
            told = [
                [(line["kind"], line["id"], line["day"], line["balance_cents"]) for line in one["lines"]]
                for one in (by_money, by_round)
            ]
            assert told[0] == told[1]
            closings.add(by_money["closing_cents"])
    assert len(closings) > 4


def test_the_account_closes_at_what_is_outstanding_and_not_yet_invoiced_less_credit(shop):
    office = client_as("FINANCE")
    owed = office.get(f"/api/billing/customers/{shop.pk}/outstanding").json()
    account = office.get(f"/api/billing/customers/{shop.pk}/statement").json()
    [by_round] = office.get("/api/dairy/reports/outstanding").json()["customers"]
    assert owed["unbilled_cents"] == by_round["deliveries_unbilled_cents"] > 0
    net = owed["outstanding_cents"] + owed["unbilled_cents"] - owed["credit_cents"]
    assert account["closing_cents"] == net == by_round["net_cents"] == by_round["transactions_cents"]


def test_a_customer_reads_their_own_account_with_the_milk_in_it():
    person = make.user("CUSTOMER")
    shop = make.customer(user=person)
    milk = make.delivery(of=shop)
    told = client_of(person).get(f"/api/billing/customers/{shop.pk}/statement").json()
    assert [(line["kind"], line["charged_cents"]) for line in told["lines"]] == [("delivery", milk.total_cents)]
    error_of(client_of(person).get(f"/api/dairy/reports/statement?customer={shop.pk}"), 403)
