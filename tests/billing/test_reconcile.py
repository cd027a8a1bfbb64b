"""What should be, what is, and the difference, after somebody typed SQL by hand; and the repair."""

import pytest
from django.db import IntegrityError, connection, transaction

from billing import services
from billing.models import Customer
from billing.selectors.credits import credit_cents
from billing.selectors.reconcile import wrong_credit, wrong_documents
from tests import make
from tests.api.clients import client_of, error_of
from tests.billing.proof import assert_books_are_right
from tests.billing.test_allocation_backfill_totals import NAME, books, damage, no_rests  # noqa: F401 - a fixture
from tests.engine.here import execute

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]
ADDRESS = "/api/billing/reconcile"


def run_sql(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text)


def wrong(customer: Customer) -> list[tuple[str, int, int, int]]:
    names = ("kind", "expected_cents", "actual_cents", "difference_cents")
    return [tuple(row[name] for name in names) for row in wrong_documents(customer.tenant)]


def test_gap_004_right_books_have_nothing_to_show():
    shop = books()["customer"]
    assert wrong(shop) == [] and list(wrong_credit(shop.tenant)) == []
    assert client_of(make.user("FINANCE")).get(ADDRESS).json() == {
        "is_clean": True,
        "documents": [],
        "customers": [],
        "is_complete": True,
        "next_step": "",
    }


def test_gap_004_what_raw_sql_damaged_is_shown_with_expected_actual_and_difference_and_repaired():
    """Of a payment of 1000.00, 700.00 are used: somebody types that nothing is, and 700.00 of credit appear from nowhere."""
    shop = make.customer()
    bill = make.invoice(70_000, to=shop)
    paid = make.payment(100_000, by=shop, splits=[{"invoice": bill.pk, "amount_cents": 70_000}])
    run_sql("UPDATE payments SET allocated_cents = 0")
    assert credit_cents(shop) == {"BDT": 100_000}
    assert wrong(shop) == [("payment", 70_000, 0, -70_000)]
    [row] = wrong_credit(shop.tenant)
    assert (row["expected_cents"], row["actual_cents"], row["difference_cents"]) == (30_000, 100_000, 70_000)

    answer = client_of(make.user("FINANCE")).get(ADDRESS).json()
    assert not answer["is_clean"] and answer["documents"][0]["id"] == str(paid.pk)
    assert answer["customers"][0]["customer_id"] == str(shop.pk)
    assert "backfill_allocation_totals --tenant distro" in answer["next_step"]

    assert execute(NAME).status == "SUCCEEDED"
    assert wrong(shop) == [] and list(wrong_credit(shop.tenant)) == [] and credit_cents(shop) == {"BDT": 30_000}
    assert_books_are_right()


@pytest.mark.damages_rows
def test_gap_004_every_kind_of_total_is_read_twice():
    shop = books()["customer"]
    damage()
    run_sql("UPDATE sales SET allocated_cents = 4999, status = 'PENDING'")
    assert sorted(wrong(shop)) == [
        ("credit", 600, 999, 399),
        ("invoice", 3_600, 7_000, 3_400),
        ("invoice_credited", 600, 100, -500),
        ("opening_balance", 500, 100, -400),
        ("payment", 3_500, 2_000, -1_500),
        ("sale", 5_000, 4_999, -1),
    ]


@pytest.mark.parametrize("cents", [-1, 100_001])
def test_gap_004_a_payment_cannot_say_that_it_pays_less_than_nothing_or_more_than_it_has(cents):
    make.payment(100_000)
    with pytest.raises(IntegrityError), transaction.atomic():
        run_sql(f"UPDATE payments SET allocated_cents = {cents}")


@pytest.mark.damages_rows
def test_one_customer_is_asked_for_alone_and_strangers_are_not_there():
    shop, other = books()["customer"], make.customer()
    run_sql("UPDATE payments SET allocated_cents = 1 WHERE amount_cents = 4000")
    office = client_of(make.user("FINANCE"))
    assert office.get(f"{ADDRESS}?customer_id={other.pk}").json()["is_clean"]
    assert not office.get(f"{ADDRESS}?customer_id={shop.pk}").json()["is_clean"]
    stranger = client_of(make.user("FINANCE", of=make.tenant("dairy")))
    assert stranger.get(ADDRESS).json()["is_clean"]
    error_of(stranger.get(f"{ADDRESS}?customer_id={shop.pk}"), 404)
    error_of(client_of(make.user("SALES_REP")).get(ADDRESS), 403)


@pytest.mark.damages_rows
def test_a_void_credit_and_an_idle_payment_are_no_credit_either_way():
    shop = make.customer()
    services.void_credit(actor=None, credit=make.credit(500, to=shop), reason="typo", now=make.NOW)
    make.payment(700, by=shop, channel="GATEWAY", external_reference="TX-1")
    make.payment(1_000, by=shop)
    run_sql("UPDATE payments SET allocated_cents = 10 WHERE amount_cents = 1000")
    [row] = wrong_credit(shop.tenant)
    assert (row["expected_cents"], row["actual_cents"]) == (1_000, 990)
