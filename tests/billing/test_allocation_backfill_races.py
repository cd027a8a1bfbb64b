"""The allocation backfill, its undo and the office at once, on PostgreSQL: no cent is used twice, and nothing deadlocks."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.errors import DomainError
from accounts.models import RefusedWrite
from billing import services
from billing.models import Allocation, Credit, Invoice, Payment
from operations.models import BackfillRun
from tests import legacy, make
from tests.billing.proof import assert_books_are_right
from tests.billing.test_allocation_backfill_rules import NAME, PAID_AT
from tests.billing.test_races import at_once
from tests.engine.here import execute, undo

pytestmark = [pytest.mark.allocations, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("postgres")]

KINDS = [("PAID", []), ("PAID", [4_000]), ("PARTIALLY_PAID", [4_000, 1_000]), ("ISSUED", [12_000]), ("ISSUED", [])]
CLERKS, STEPS, TURNS = 3, 60, 3


@pytest.fixture
def old_shops() -> None:
    """Three customers, each with old invoices of every kind, free payments and goodwill, for all to fight over."""
    for _ in range(3):
        shop = make.customer()
        for number in range(15):
            status, paid = KINDS[number % len(KINDS)]
            asked = legacy.invoice(10_000, to=shop, status=status, paid_at=PAID_AT if status == "PAID" else None)
            for cents in paid:
                legacy.payment(cents, by=shop, invoice=asked)
        for _ in range(5):
            make.payment(2_000, by=shop)
            make.credit(1_000, to=shop)


def clerk(seed: int) -> Counter[str]:
    """Steps at random on old invoices and on what pays for them; what was done, and what was refused and how."""
    chance, seen = random.Random(seed), Counter()
    for _ in range(STEPS):
        step = chance.choice([allocate, apply_credit, refund, take_back, note, write_off, void, delete])
        try:
            step(chance)
            seen[step.__name__] += 1
        except DomainError as error:
            seen[f"refused: {error.code}"] += 1
    return seen


def one(chance: random.Random, rows: Any) -> Any:
    return chance.choice(list(rows))


def splits(chance: random.Random, customer_id: Any) -> list[dict[str, Any]]:
    invoice = one(chance, Invoice.objects.filter(customer=customer_id))
    return [{"invoice": invoice, "amount_cents": chance.randint(1, 400)}]


def allocate(chance: random.Random) -> None:
    payment = one(chance, Payment.objects.all())
    services.allocate_payment(actor=None, payment=payment, now=make.NOW, splits=splits(chance, payment.customer_id))


def apply_credit(chance: random.Random) -> None:
    credit = one(chance, Credit.objects.all())
    services.apply_credit(actor=None, credit=credit, now=make.NOW, splits=splits(chance, credit.customer_id))


def refund(chance: random.Random) -> None:
    payment = one(chance, Payment.objects.all())
    services.refund_payment(actor=None, payment=payment, amount_cents=100, reason="twice", now=make.NOW)


def take_back(chance: random.Random) -> None:
    payment = one(chance, Payment.objects.filter(invoice=None))
    services.reverse_payment(actor=None, payment=payment, reason="bounced", now=make.NOW)


def note(chance: random.Random) -> None:
    invoice = one(chance, Invoice.objects.all())
    services.issue_credit_note(actor=None, invoice=invoice, amount_cents=50, reason="broken", now=make.NOW)


def write_off(chance: random.Random) -> None:
    services.write_off_invoice(actor=None, invoice=one(chance, Invoice.objects.all()), reason="gone", now=make.NOW)


def void(chance: random.Random) -> None:
    if chance.random() < 0.1:
        services.void_invoice(actor=None, invoice=one(chance, Invoice.objects.all()), reason="wrong", now=make.NOW)


def delete(chance: random.Random) -> None:
    if chance.random() < 0.1:
        services.delete_invoice(actor=None, invoice=one(chance, Invoice.objects.live()), now=make.NOW)


def there_and_back() -> list[BackfillRun]:
    """The backfill and its undo, again and again."""
    runs = []
    for _ in range(TURNS):
        runs.append(execute(NAME, batch_size=5))
        runs.append(undo(runs[-1]))
    return runs


def test_while_the_office_works_the_backfill_and_its_undo_use_no_cent_twice(old_shops):
    runs, *seen = at_once(there_and_back, *[lambda seed=seed: clerk(seed) for seed in range(CLERKS)])
    counted = sum(seen, Counter())
    assert counted.total() == CLERKS * STEPS and counted["allocate"] + counted["note"] + counted["refund"] > 5, counted
    assert not RefusedWrite.objects.filter(code="failed").exists(), "a deadlock or a broken constraint came through"
    assert not any(run.counts.get("quarantined") for run in runs), [run.counts for run in runs]
    assert_books_are_right()
    execute(NAME)
    reconstructed = Payment.objects.counting().filter(channel="LEGACY").values_list("invoice", flat=True)
    assert len(reconstructed) == len(set(reconstructed)), "an invoice was paid twice by what was reconstructed"
    assert_books_are_right()
    assert execute(NAME).counts["written"] == 0


def while_open(step: Callable[[], Any], work: Callable[[], BackfillRun]) -> BackfillRun:
    """Do the work while somebody's step is done and not committed; it commits once the work waits for it, or in two seconds."""
    done = threading.Event()

    def beside() -> None:
        try:
            with transaction.atomic():
                step()
                done.set()
                wait_until_somebody_waits()
        finally:
            done.set()
            connection.close()

    thread = threading.Thread(target=beside)
    thread.start()
    done.wait(timeout=10)
    try:
        return work()
    finally:
        thread.join(timeout=30)


def wait_until_somebody_waits() -> None:
    """Look for a statement that waits for a lock, for two seconds at most."""
    until = time.monotonic() + 2
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(waiting)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)


def test_a_payment_that_is_approved_in_this_moment_is_waited_for_and_used_first():
    asked = legacy.invoice(10_000, status="PAID", paid_at=PAID_AT)
    fields = {"status": "PENDING", "verification_status": "PENDING_VERIFICATION"}
    waiting = legacy.payment(4_000, by=asked.customer, invoice=asked, **fields)
    clerk = make.user("FINANCE")
    while_open(lambda: services.approve_payment(actor=clerk, payment=waiting, now=make.NOW), lambda: execute(NAME))
    paid = Allocation.objects.filter(invoice=asked).order_by("rank").values_list("payment__channel", "amount_cents")
    assert list(paid) == [("CASH", 4_000), ("LEGACY", 6_000)]
    assert_books_are_right()


def test_an_invoice_that_is_made_void_in_this_moment_is_waited_for_and_left_alone():
    asked = legacy.invoice(10_000)
    run = while_open(
        lambda: services.void_invoice(actor=None, invoice=asked, reason="wrong", now=make.NOW), lambda: execute(NAME)
    )
    asked.refresh_from_db()
    assert (asked.status, run.counts["written"]) == ("VOID", 0)
    assert_books_are_right()


def test_money_that_goes_back_in_this_moment_keeps_its_invoice_from_the_undo():
    asked = legacy.invoice(10_000, status="PAID", paid_at=PAID_AT)
    given = legacy.payment(10_000, by=asked.customer, invoice=asked)
    run = execute(NAME)
    fields = {"amount_cents": 3_000, "reason": "broken", "now": make.NOW}
    undone = while_open(lambda: services.refund_payment(actor=None, payment=given, **fields), lambda: undo(run))
    asked.refresh_from_db(), given.refresh_from_db()
    assert (undone.counts["written"], asked.allocated_cents, given.allocated_cents) == (0, 7_000, 7_000)
    assert undone.counts["verdicts"] == {"changed_since": 1} and "quarantined" not in undone.counts, undone.counts
    assert asked.counts_by_allocations
    assert_books_are_right()


def test_the_rest_of_a_payment_that_is_applied_in_this_moment_stays_applied_when_the_run_is_undone():
    asked = legacy.invoice(10_000, status="PAID", paid_at=PAID_AT)
    given = legacy.payment(12_000, by=asked.customer, invoice=asked)
    run = execute(NAME)
    other = make.invoice(2_000, to=asked.customer)
    splits = [{"invoice": other, "amount_cents": 2_000}]
    undone = while_open(
        lambda: services.allocate_payment(actor=None, payment=given, splits=splits, now=make.NOW), lambda: undo(run)
    )
    given.refresh_from_db(), other.refresh_from_db()
    assert (undone.counts["written"], given.allocated_cents, other.status) == (1, 2_000, "PAID")
    assert_books_are_right()
