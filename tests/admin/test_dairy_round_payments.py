"""The payments of a round typed in at once: checked together, wrong rows named beside them, nothing lost, nothing twice."""

import pytest

from accounts.admin import page_of
from billing.models import BulkOperation, Customer, Payment
from routes.models import Round
from subscriptions.admin import round_payments
from tests import make
from tests.admin.actions.clicks import text_of

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]


@pytest.fixture
def north():
    """A round with two customers who owe 10.00 and 20.00 from before."""
    north = Round.objects.create(tenant=make.tenant(), name="North")
    for name, cents in (("Anwar", 1000), ("Bose", 2000)):
        make.customer(name=name, round=north, opening_balance_cents=cents)
    return north


def address(north):
    return f"/admin/dairy/round-payments/?round={north.pk}"


def filled(browser, north, **amounts):
    """The page as it is opened, with amounts beside names."""
    shown = browser.get(address(north)).context
    keys = {line.name: line.key for line in shown["lines"]}
    typed = {name: shown[name] for name in ("key", "opened_at", "received_on", "channel", "mode")}
    return typed | {f"amount-{keys[name]}": amount for name, amount in amounts.items()}


def test_without_a_round_the_page_asks_for_one_and_an_empty_round_says_how_to_fill_it(bookkeeper):
    assert "Add one under Standing rounds" in text_of(bookkeeper.get("/admin/dairy/round-payments/"))
    empty = Round.objects.create(tenant=make.tenant(), name="South")
    assert "Choose it above" in text_of(bookkeeper.get("/admin/dairy/round-payments/"))
    assert "Nobody is on this round" in text_of(bookkeeper.get(address(empty)))


def test_every_customer_stands_there_with_what_they_owe_and_the_payments_are_recorded(north, bookkeeper):
    make.delivery(of=Customer.objects.get(name="Anwar"))
    lines = {line.name: line for line in bookkeeper.get(address(north)).context["lines"]}
    assert "150.00" in lines["Anwar"].owes and lines["Anwar"].unbilled == "140.00 of it not invoiced yet"
    done = bookkeeper.post(address(north), filled(bookkeeper, north, Anwar="10", Bose="25.50"), follow=True)
    operation = BulkOperation.objects.get()
    assert done.redirect_chain[-1][0] == page_of(operation) and operation.items_done == 2
    paid = {
        row.customer.name: (row.amount_cents, row.allocated_cents) for row in Payment.objects.select_related("customer")
    }
    assert paid == {"Anwar": (1000, 1000), "Bose": (2550, 2000)}


@pytest.mark.parametrize("wrong", ["ten", "-5", "1.005", "0", "NaN"])
def test_one_wrong_row_is_named_beside_it_and_nothing_is_written_or_lost(north, bookkeeper, wrong):
    refused = bookkeeper.post(address(north), filled(bookkeeper, north, Anwar=wrong, Bose="7"))
    lines = {line.name: line for line in refused.context["lines"]}
    assert refused.status_code == 422 and not Payment.objects.exists() and not BulkOperation.objects.exists()
    assert lines["Anwar"].error and not lines["Bose"].error
    assert (lines["Anwar"].amount, lines["Bose"].amount) == (wrong, "7")


def test_what_the_service_refuses_stands_beside_its_row(north, bookkeeper):
    tenant = make.tenant()
    tenant.payment_limits = {"CASH": 1500}
    tenant.save()
    refused = bookkeeper.post(address(north), filled(bookkeeper, north, Anwar="5", Bose="20"))
    lines = {line.name: line for line in refused.context["lines"]}
    assert refused.status_code == 422 and not Payment.objects.exists()
    assert "more than" in lines["Bose"].error and not lines["Anwar"].error


def test_the_same_page_sent_again_writes_nothing_twice(north, bookkeeper):
    typed = filled(bookkeeper, north, Anwar="10", Bose="20")
    for _ in range(2):
        assert bookkeeper.post(address(north), typed).status_code == 302
    assert Payment.objects.count() == 2
    assert list(BulkOperation.objects.order_by("created_at").values_list("items_done", "items_skipped")) == [
        (2, 0),
        (0, 2),
    ]


def test_nothing_typed_a_wrong_day_and_strangers_are_refused_in_words(north, bookkeeper):
    assert "No amount is typed yet" in bookkeeper.post(address(north), filled(bookkeeper, north)).context["refusal"]
    typed = filled(bookkeeper, north, Anwar="10")
    assert bookkeeper.post(address(north), {**typed, "received_on": "someday"}).status_code == 422
    stranger = make.customer(of=make.tenant("elsewhere"))
    refused = bookkeeper.post(address(north), {**filled(bookkeeper, north), f"amount-{stranger.pk}": "10"})
    assert refused.status_code == 422 and not Payment.objects.exists()


def test_a_long_round_has_pages_and_what_is_typed_on_the_last_is_recorded(north, bookkeeper, monkeypatch):
    monkeypatch.setattr(round_payments, "LISTED", 2)
    make.customer(name="Zafar", round=north, opening_balance_cents=3000)
    first = bookkeeper.get(address(north))
    assert [line.name for line in first.context["lines"]] == ["Anwar", "Bose"]
    assert "Customers 1 to 2 of 3" in text_of(first)
    second = bookkeeper.get(f"{address(north)}&page=2").context
    [zafar] = second["lines"]
    typed = {name: second[name] for name in ("key", "opened_at", "received_on", "channel", "mode")}
    done = bookkeeper.post(f"{address(north)}&page=2", {**typed, f"amount-{zafar.key}": "30"})
    assert done.status_code == 302 and Payment.objects.get().customer.name == "Zafar"
