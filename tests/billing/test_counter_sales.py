"""Sold over the counter: sale and payment together or not at all, to the one customer who stands for all that walk in."""

from uuid import uuid4

import pytest

from accounts.errors import NotFound
from accounts.ids import new_id
from billing.models import Customer, Payment, Sale
from billing.services import sell_at_counter, walk_in_customer
from billing.services.checks import NotAnAmount, NotAQuantity
from billing.services.counter_sales import NotACounterChannel
from billing.services.payment_checks import PaymentRefused
from billing.services.payment_repeats import PaymentAlreadyKnown
from billing.services.sale_repeats import SaleAlreadyKnown
from tests import make
from tests.api.clients import client_as, error_of, post
from tests.billing.proof import assert_books_are_right
from tests.billing.test_races import at_once

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]
COUNTER = "/api/billing/counter-sales"
BODY = {"lines": [{"description": "Milk", "quantity": "1.5", "unit_price_cents": 7500}], "channel": "CASH"}


def sell(quantity=2, cents=7500, **fields):
    fields = {"actor": None, "tenant": make.tenant(), "channel": "CASH", "now": make.NOW, **fields}
    return sell_at_counter(lines=[make.line(quantity, cents)], **fields)


def test_a_sale_at_the_counter_is_paid_at_once():
    sale, payment = sell(channel="MOBILE_MONEY", reference="QR 7")
    assert (sale.sale_type, sale.status, sale.total_cents, sale.balance_cents) == ("CASH", "COMPLETED", 15000, 0)
    assert (payment.amount_cents, payment.allocation_status, payment.reference) == (15000, "fully_applied", "QR 7")
    assert payment.customer == sale.customer == walk_in_customer(tenant=make.tenant())
    assert_books_are_right()


def test_there_is_one_walk_in_customer_per_business():
    first, again, other = (walk_in_customer(tenant=make.tenant(slug)) for slug in ("distro", "distro", "dairy"))
    assert first == again != other
    assert Customer.objects.filter(is_walk_in=True).count() == 2


def test_a_sale_sent_again_is_answered_with_the_first_also_where_the_till_says_no_time():
    identity = new_id()
    first = sell(id=identity)
    assert sell(id=identity, now=make.later(minutes=5)) == first
    assert (Sale.objects.count(), Payment.objects.count()) == (1, 1)
    with pytest.raises(SaleAlreadyKnown):
        sell(3, id=identity)
    with pytest.raises(PaymentAlreadyKnown):
        sell(id=identity, channel="MOBILE_MONEY")


@pytest.mark.parametrize(
    ("error", "fields"),
    [
        (NotACounterChannel, {"channel": "CHEQUE"}),
        (NotACounterChannel, {"channel": "barter"}),
        (NotAQuantity, {"quantity": 0}),
        (NotAnAmount, {"cents": 0}),
        (PaymentRefused, {"now": make.NOW, "sold_at": make.later(days=2)}),
    ],
)
def test_what_is_no_sale_leaves_neither_sale_nor_payment(error, fields):
    with pytest.raises(error):
        sell(**fields)
    assert (Sale.objects.count(), Payment.objects.count()) == (0, 0)


def test_when_the_payment_is_refused_nothing_was_sold():
    tenant = make.tenant(payment_limits={"CASH": 10000})
    with pytest.raises(PaymentRefused, match="more than distro allows"):
        sell(tenant=tenant)
    assert not Sale.objects.exists()


def test_a_stranger_sells_nothing_here_and_a_representative_collects_it_themselves():
    with pytest.raises(NotFound):
        sell(actor=make.user("ADMIN", of=make.tenant("dairy")))
    rep = make.user()
    _, payment = sell(actor=rep)
    assert payment.collected_by == rep


def test_the_counter_over_http_is_idempotent_by_its_key():
    office, key = client_as("FINANCE"), uuid4().hex
    first = post(office, COUNTER, BODY, key=key)
    assert first.status_code == 201, first.content
    answer = first.json()
    assert (answer["sale"]["status"], answer["payment"]["amount_cents"]) == ("COMPLETED", 11250)
    assert post(office, COUNTER, BODY, key=key).json() == answer
    assert Sale.objects.count() == 1
    error_of(post(office, COUNTER, BODY), 400, "idempotency_key_missing")
    error_of(post(office, COUNTER, {**BODY, "channel": "CHEQUE"}, key=uuid4().hex), 400)
    error_of(post(office, COUNTER, {**BODY, "lines": []}, key=uuid4().hex), 400)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("postgres")
def test_many_first_sales_at_once_have_one_walk_in_customer():
    make.tenant()
    outcomes = at_once(*[sell] * 4)
    assert len({sale.customer_id for sale, _ in outcomes}) == 1
    assert Customer.objects.filter(is_walk_in=True).count() == 1
    assert_books_are_right()


@pytest.mark.parametrize("name", ["QR", " upi ", "mobile money"])
def test_gap_009_names_that_people_use_are_taken_at_the_counter_too(name):
    answer = post(client_as("SALES_REP"), COUNTER, {**BODY, "channel": name}, key="sold")
    assert (answer.status_code, answer.json()["payment"]["channel"]) == (201, "MOBILE_MONEY"), answer.content
    refused = error_of(post(client_as("SALES_REP"), COUNTER, {**BODY, "channel": "card"}, key="card"), 400, "invalid")
    assert refused["fields"]["channel"] == ["There is no channel 'CARD' here. Choose one of: CASH, MOBILE_MONEY."]
