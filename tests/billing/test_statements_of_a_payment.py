"""How many statements money costs: what a payment asks of the database is counted, so that it does not grow unseen."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing import services
from billing.models import Customer
from tests import make

pytestmark = [pytest.mark.allocations, pytest.mark.django_db]


def statements_of(act: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(connection) as asked:
        act()
    return [query["sql"] for query in asked]


def of_table(statements: list[str], verb: str, table: str) -> list[str]:
    return [sql for sql in statements if sql.startswith(verb) and f'"{table}"' in sql]


@pytest.fixture
def of_a_payment():
    """What a payment for an invoice sends, by a customer as a request finds them."""
    invoice = make.invoice(10_000)
    asked = {
        "customer": Customer.objects.get(pk=invoice.customer_id),
        "splits": [{"invoice": invoice.pk, "amount_cents": 6_000}],
        "amount_cents": 6_000,
        "currency": "BDT",
        "channel": "CASH",
        "idempotency_key": "k-1",
        "received_at": make.NOW,
        "now": make.NOW,
    }
    return statements_of(lambda: services.record_payment(actor=None, **asked))


def test_a_payment_for_an_invoice_costs_at_most_twenty_statements(of_a_payment):
    assert len(of_a_payment) <= 20, of_a_payment


def test_the_business_is_read_with_the_customer_under_the_one_lock(of_a_payment):
    assert not [sql for sql in of_a_payment if 'FROM "tenants"' in sql]
    assert len(of_table(of_a_payment, "SELECT", "customers")) == 1


def test_nothing_that_could_move_is_named_so_no_way_back_is_kept_before_the_locks(of_a_payment):
    [service, insert] = [sql for sql in of_a_payment if sql.startswith("SAVEPOINT")]
    assert of_a_payment.index(insert) == of_a_payment.index(of_table(of_a_payment, "INSERT", "payments")[0]) - 1


def test_a_row_that_was_just_written_is_not_asked_for_its_history(of_a_payment):
    assert not of_table(of_a_payment, "SELECT", "historical_payments")
    assert len(of_table(of_a_payment, "INSERT", "historical_payments")) == 2
    assert len(of_table(of_a_payment, "SELECT", "historical_invoices")) == 1, "an old row may have none"
