"""How many statements money costs: what a payment asks of the database is counted, so that it does not grow unseen."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.db.models.sql.compiler import SQLCompiler, SQLInsertCompiler, SQLUpdateCompiler
from django.test.utils import CaptureQueriesContext

from billing import services
from billing.models import Customer, Invoice, Payment
from tests import make

pytestmark = [pytest.mark.allocations, pytest.mark.django_db]


def statements_of(act: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(connection) as asked:
        act()
    return [query["sql"] for query in asked]


def of_table(statements: list[str], verb: str, table: str) -> list[str]:
    return [sql for sql in statements if sql.startswith(verb) and f'"{table}"' in sql]


def pay(customer: Customer, invoice: Invoice, *, amount_cents: int, idempotency_key: str) -> Payment:
    return services.record_payment(
        actor=None,
        customer=customer,
        splits=[{"invoice": invoice.pk, "amount_cents": amount_cents}],
        amount_cents=amount_cents,
        currency="BDT",
        channel="CASH",
        idempotency_key=idempotency_key,
        received_at=make.NOW,
        now=make.NOW,
    )


@pytest.fixture
def of_a_payment():
    """What a payment for an invoice sends, by a customer as a request finds them."""
    invoice = make.invoice(10_000)
    customer = Customer.objects.get(pk=invoice.customer_id)
    return statements_of(lambda: pay(customer, invoice, amount_cents=6_000, idempotency_key="k-1"))


def test_a_payment_for_an_invoice_costs_at_most_seventeen_statements(of_a_payment):
    begin, *between, commit = of_a_payment  # in a test a savepoint stands for the transaction
    assert begin.startswith("SAVEPOINT") and commit.startswith("RELEASE")
    assert len(between) <= 17, between


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


def test_what_every_payment_asks_is_compiled_once(monkeypatch):
    """The ORM takes longer to compile a statement than the driver to send it; only the rows that are saved are compiled anew."""
    compiled: list[str] = []

    def count(kind: type[SQLCompiler]) -> None:
        as_sql = kind.as_sql
        monkeypatch.setattr(
            kind, "as_sql", lambda self, *a, **k: compiled.append(kind.__name__) or as_sql(self, *a, **k)
        )

    for amount in (1_000, 2_000):
        invoice = make.invoice(10_000)
        customer = Customer.objects.get(pk=invoice.customer_id)
        if amount == 2_000:
            for kind in (SQLCompiler, SQLInsertCompiler, SQLUpdateCompiler):
                count(kind)
        pay(customer, invoice, amount_cents=amount, idempotency_key=f"k-{amount}")
    assert sorted(compiled) == ["SQLInsertCompiler", "SQLUpdateCompiler", "SQLUpdateCompiler"]
