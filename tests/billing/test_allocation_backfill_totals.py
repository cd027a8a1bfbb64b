"""Running totals that raw SQL damaged are repaired by a run like any other."""

from typing import Any

import pytest

from billing import services as billing
from billing.models import Credit, Customer, Invoice, Payment, Sale
from operations.invariants import invariants
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.engine.here import command, execute, found, undo

pytestmark = [pytest.mark.allocations, pytest.mark.django_db]

NAME = "allocation_totals"


@pytest.fixture(autouse=True)
def no_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else writes meanwhile."""
    monkeypatch.setattr("operations.backfill.runner.SQLITE_REST_SECONDS", 0)


def books() -> dict[str, Any]:
    """A customer with a paid sale, an invoice paid in part by a payment and in part by a credit."""
    buyer = make.customer(opening_balance_cents=500)
    make.payment(5_000, sale=make.sale(5_000, to=buyer))
    asked = make.invoice(9_000, to=buyer)
    payment = make.payment(4_000, by=buyer)
    billing.allocate_payment(
        actor=None, payment=payment, splits=[{"invoice": asked, "amount_cents": 3_000}], now=make.NOW
    )
    credit = billing.grant_credit(actor=None, customer=buyer, amount_cents=1_000, currency="BDT", reason="late")
    billing.apply_credit(actor=None, credit=credit, splits=[{"invoice": asked, "amount_cents": 600}], now=make.NOW)
    return {"customer": buyer, "invoice": asked, "payment": payment, "credit": credit}


def totals() -> dict[str, list]:
    """Every running total."""
    return {
        "payments": list(Payment.objects.order_by("pk").values_list("allocated_cents", flat=True)),
        "sales": list(Sale.objects.order_by("pk").values_list("allocated_cents", flat=True)),
        "credits": list(Credit.objects.order_by("pk").values_list("allocated_cents", flat=True)),
        "invoices": list(Invoice.objects.order_by("pk").values_list("allocated_cents", "credited_cents")),
        "customers": list(Customer.objects.order_by("pk").values_list("opening_balance_allocated_cents", flat=True)),
    }


def damage() -> None:
    """What a statement typed by hand does: no service, no history. The status of the sale has to go along."""
    Payment.objects.filter(amount_cents=4_000).update(allocated_cents=2_000)
    Invoice.objects.update(allocated_cents=7_000, credited_cents=100)
    Credit.objects.update(allocated_cents=999)
    Customer.objects.update(opening_balance_allocated_cents=100)


def broken() -> set[str]:
    return {entry.name for entry in invariants() if "sum of" in entry.name and list(entry.find(using="default"))}


def test_every_damaged_total_is_put_right_and_the_books_hold_again():
    books()
    right = totals()
    damage()
    assert len(broken()) == 5
    run = execute(NAME)
    assert totals() == right and broken() == set()
    assert run.counts["along"] == {"credits_touched": 1, "invoices_touched": 1, "payments_touched": 1}
    assert_books_are_right("allocations")


def test_right_books_are_left_alone_and_a_second_run_plans_nothing():
    books()
    assert execute(NAME).counts["population"] == {"candidates": 0}
    damage()
    execute(NAME)
    assert execute(NAME).counts["written"] == 0


@pytest.mark.damages_rows
def test_the_undo_brings_the_damage_back_and_leaves_what_moved_since():
    first, second = books(), books()
    damage()
    damaged = totals()
    run = execute(NAME)
    undone = undo(run)
    assert totals() == damaged and undone.counts["written"] == 2
    run = execute(NAME)
    split = [{"invoice": Invoice.objects.get(pk=first["invoice"].pk), "amount_cents": 500}]
    billing.allocate_payment(
        actor=None, payment=Payment.objects.get(pk=first["payment"].pk), splits=split, now=make.NOW
    )
    undone = undo(run)
    assert found(undone) == {"changed_since": 1} and undone.counts["written"] == 1
    assert Invoice.objects.get(pk=first["invoice"].pk).allocated_cents == 4_100
    assert Invoice.objects.get(pk=second["invoice"].pk).allocated_cents == 7_000


@pytest.mark.damages_rows
def test_allocations_beyond_what_the_row_can_hold_wait_for_a_person():
    made = books()
    Invoice.objects.update(total_cents=3_000, allocated_cents=1_000, credited_cents=0)
    run = execute(NAME)
    assert found(run) == {"more_than_it_holds": 1}
    assert f"invoice {made['invoice'].pk}: 3600" in run.findings.get().detail["rows"]


@pytest.mark.damages_rows
@pytest.mark.parametrize("idle", [{"status": "FAILED"}, {"verification_status": "REJECTED"}, {"refunded_cents": 2_000}])
def test_allocations_of_a_payment_that_is_no_money_any_more_wait_for_a_person(idle):
    made = books()
    Payment.objects.filter(pk=made["payment"].pk).update(allocated_cents=0, **idle)
    run = execute(NAME)
    assert found(run) == {"more_than_it_holds": 1}
    assert f"payment {made['payment'].pk}: 3500" in run.findings.get().detail["rows"]


@pytest.mark.damages_rows
def test_allocations_to_an_invoice_that_asks_for_nothing_wait_for_a_person():
    made = books()
    Invoice.objects.update(status="VOID", allocated_cents=0, credited_cents=0)
    run = execute(NAME)
    assert found(run) == {"more_than_it_holds": 1}
    assert f"invoice {made['invoice'].pk}: 3600" in run.findings.get().detail["rows"]


@pytest.mark.damages_rows
def test_the_command_is_a_dry_run_by_default():
    books()
    damage()
    damaged = totals()
    ended = command("backfill_allocation_totals")
    assert ended.code == 0 and "dry run, nothing is written" in ended.out and totals() == damaged
