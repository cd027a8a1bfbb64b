"""Weaknesses of the system before this one, by their numbers: those that no other test shows. docs/weaknesses.md names all 35."""

from contextlib import contextmanager
from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection

from accounts.errors import DomainError
from billing import services
from billing.models import Allocation, Invoice, Payment, PaymentAuditLog, Sale
from billing.selectors.reconcile import wrong_credit, wrong_documents
from subscriptions.models import Delivery
from subscriptions.selectors.account_figures import Scope
from subscriptions.selectors.outstanding import outstanding_of_customer
from tests import make
from tests.api.clients import client_of, error_of, post
from tests.billing.proof import assert_books_are_right
from tests.subscriptions.bills import FEBRUARY_1, JANUARY, bill, delivered, on_credit
from tests.subscriptions.orders import a_product, an_order

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]

GENERATE = "/api/billing/invoices/generate"


@pytest.fixture
def office():
    return client_of(make.user("FINANCE"))


def test_weakness_05_a_second_slice_of_one_payment_on_the_opening_balance_is_a_row_of_its_own():
    shop = make.customer()
    paid = make.payment(500, by=shop)
    services.correct_opening_balance(actor=None, customer=shop, opening_balance_cents=400, reason="forgotten")
    for _ in range(2):
        splits = [{"opening_balance": True, "amount_cents": 200}]
        services.allocate_payment(actor=None, payment=paid, splits=splits, now=make.NOW)
    shop.refresh_from_db()
    assert (shop.opening_balance_left_cents, Allocation.objects.count()) == (0, 2)
    assert_books_are_right()


def test_weakness_10_an_amount_changed_beside_money_on_a_sale_leaves_the_right_credit():
    """500 of which 150 pay a sale, corrected to 600: 450 are credit, and nothing is reported as a discrepancy."""
    shop = make.customer()
    sale = make.sale(150, to=shop, sale_type="CREDIT")
    paid = make.payment(500, by=shop, splits=[{"sale": sale.pk, "amount_cents": 150}])
    services.change_payment_amount(actor=None, payment=paid, amount_cents=600, reason="typo")
    assert Payment.objects.get().unallocated_cents == 450
    assert not [*wrong_documents(shop.tenant), *wrong_credit(shop.tenant)]


def test_weakness_12_a_list_of_all_three_kinds_is_applied_whole_or_not_at_all(office):
    shop = make.customer(opening_balance_cents=300)
    asked, sale = make.invoice(200, to=shop), make.sale(100, to=shop, sale_type="CREDIT")
    splits = [
        {"opening_balance": True, "amount_cents": 300},
        {"invoice_id": str(asked.pk), "amount_cents": 200},
        {"sale_id": str(sale.pk), "amount_cents": 101},
    ]
    body = {
        "customer_id": str(shop.pk),
        "amount_cents": 900,
        "channel": "CASH",
        "received_at": make.NOW.isoformat(),
        "allocations": splits,
    }
    answer = post(office, "/api/billing/payments", body, key="once")
    assert "100" in error_of(answer, 422)["message"]
    assert not Payment.objects.exists() and not Allocation.objects.exists()
    splits[2]["amount_cents"] = 100
    assert post(office, "/api/billing/payments", body, key="again").status_code == 201
    assert Payment.objects.get().allocated_cents == 600
    assert_books_are_right()


def test_weakness_13_the_customer_of_a_payment_is_never_changed(office):
    paid, other = make.payment(500), make.customer()
    body = {"amount_cents": 500, "customer_id": str(other.pk), "reason": "wrong shop"}
    answer = office.patch(f"/api/billing/payments/{paid.pk}", body, format="json")
    assert "customer_id" in error_of(answer, 400)["fields"]
    assert Payment.objects.get().customer_id == paid.customer_id


@pytest.mark.parametrize("method", ["delete", "put"])
def test_weakness_14_a_payment_is_reversed_but_never_deleted_or_overwritten(office, method):
    paid = make.payment(500)
    error_of(getattr(office, method)(f"/api/billing/payments/{paid.pk}", {}, format="json"), 405)
    assert Payment.objects.get().amount_cents == 500


@pytest.mark.parametrize("customer_ids", [["' OR 1=1 --"], ["1); DROP TABLE invoices; --"], "all", [], [None], [{}]])
def test_weakness_21_a_filter_is_a_list_of_ids_and_never_a_piece_of_sql(office, customer_ids):
    delivered(make.customer())
    body = {"period_start": "2026-01-01", "period_end": "2026-01-31", "customer_ids": customer_ids}
    assert "customer_ids" in error_of(post(office, f"{GENERATE}?dry_run=false", body), 400)["fields"]
    assert not Invoice.objects.exists()


def test_weakness_21_the_selected_customers_and_nobody_else_are_in_the_preview(office):
    first, second, _third = (make.customer() for _ in range(3))
    for shop in (first, second, _third):
        delivered(shop)
    body = {
        "period_start": "2026-01-01",
        "period_end": "2026-01-31",
        "customer_ids": [str(second.pk), str(first.pk)],
    }
    assert (post(office, GENERATE, body).json()["invoices"], Invoice.objects.count()) == (2, 0)


@pytest.mark.parametrize("method", ["patch", "put", "delete"])
def test_weakness_22_a_sale_is_not_edited_and_its_price_not_rewritten(office, method):
    sale = on_credit(make.customer())
    bill(sale.customer)
    error_of(getattr(office, method)(f"/api/billing/sales/{sale.pk}", {"total_cents": 1}, format="json"), 405)
    assert Sale.objects.get().status == "BILLED"


def test_weakness_23_what_was_left_too_much_of_an_invoiced_delivery_is_corrected_by_a_credit_note():
    """The delivery stays as billed and the difference is a document of its own, so that both ways of counting agree."""
    shop = make.customer()
    delivered(shop, litres=2)
    invoice = bill(shop)
    services.issue_credit_note(
        actor=None, invoice=invoice, amount_cents=4000, reason="one litre was sour", now=FEBRUARY_1
    )
    scope = Scope(shop.tenant, FEBRUARY_1)
    account = outstanding_of_customer(shop, scope)
    assert (account["net_cents"], account["transactions_cents"], account["anomalies"]) == (4000, 4000, [])
    assert_books_are_right()


def test_weakness_28_a_total_is_rounded_half_up_once_in_rule_row_and_invoice():
    """1.333 litres at 75.01 are 99.98833: 99.99."""
    shop = make.customer()
    delivered(shop, litres=Decimal("1.333"), cents=7501, code="CM-28")
    assert (Delivery.objects.get().total_cents, bill(shop).total_cents) == (9999, 9999)
    assert_books_are_right()


def test_weakness_29_who_is_not_active_any_more_still_owes_and_is_invoiced():
    shop = make.customer(opening_balance_cents=700)
    delivered(shop)
    shop.is_active = False
    shop.save()
    account = outstanding_of_customer(shop, Scope(shop.tenant, FEBRUARY_1))
    assert (account["outstanding_cents"], account["is_active"]) == (4700, False)
    assert bill(shop).total_cents == 4000


@contextmanager
def audit_trail_is_broken():
    """Until the end of the block the database takes no line of the audit trail."""
    on_postgres = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        if on_postgres:
            cursor.execute(
                "CREATE FUNCTION no_audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$"
            )
            cursor.execute(
                "CREATE TRIGGER no_audit BEFORE INSERT ON payment_audit_logs FOR EACH ROW EXECUTE FUNCTION no_audit()"
            )
        else:
            cursor.execute(
                "CREATE TRIGGER no_audit BEFORE INSERT ON payment_audit_logs BEGIN SELECT RAISE(ABORT, 'no'); END"
            )
        yield
        cursor.execute(f"DROP TRIGGER no_audit{' ON payment_audit_logs' if on_postgres else ''}")


def test_weakness_35_what_cannot_be_written_into_the_audit_trail_does_not_happen():
    shop = make.customer(opening_balance_cents=500)
    with audit_trail_is_broken(), pytest.raises(DatabaseError):
        make.payment(500, by=shop)
    assert not Payment.objects.exists() and not Allocation.objects.exists() and not PaymentAuditLog.objects.exists()
    shop.refresh_from_db()
    assert shop.opening_balance_left_cents == 500


def test_weakness_27_confirmed_is_delivered_and_delivered_is_invoiced():
    """There is no confirmation that leaves the order done and the milk unbilled."""
    from subscriptions.services import confirm_delivery

    order = an_order(2, on=date(2026, 1, 5), product=a_product(cents=4000))
    delivery = confirm_delivery(actor=None, order=order, now=make.NOW)
    order.refresh_from_db()
    assert (order.status, delivery.status) == ("DELIVERED", "DELIVERED")
    assert bill(order.customer).total_cents == delivery.total_cents
    with pytest.raises(DomainError):
        bill(order.customer, JANUARY)
