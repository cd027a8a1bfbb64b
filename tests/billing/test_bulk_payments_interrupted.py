"""The payments of a round entered twice at once, refused after the check, or left half-way by a process that died."""

import json
import os
import signal
import time

import pytest
from django.db import connection

from accounts.models import IdempotentRequest
from billing import services
from billing.models import Allocation, BulkOperation, Customer, Payment
from billing.rules.allocation_mode import OPENING_FIRST
from billing.services.dead_operations import DEAD_AFTER
from operations.invariants import invariants
from tests import make
from tests.api.clients import client_of, post
from tests.billing.proof import assert_books_are_right
from tests.billing.test_races import at_once

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]

MANY = 60
COUNTS = "The counts of a bulk operation are those of its items; one that has ended has answered all"


def rows_of(shop: Customer, count: int, cents: int = 100) -> list[dict]:
    said = {"customer": shop, "amount_cents": cents, "channel": "CASH", "mode": OPENING_FIRST}
    return [{**said, "key": f"row-{number}"} for number in range(1, count + 1)]


def enter(rows: list[dict], *, now=make.NOW) -> BulkOperation:
    return services.record_payments(actor=None, tenant=make.tenant(), rows=rows, now=now)


def counts_are_right() -> bool:
    [sentence] = [entry for entry in invariants() if entry.name == COUNTS]
    return not list(sentence.find(using="default"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("postgres")
def test_gap_007_the_same_round_entered_twice_at_once_is_written_once():
    shop = make.customer(opening_balance_cents=350)
    first, second = at_once(*[lambda: enter(rows_of(Customer.objects.get(pk=shop.pk), 6))] * 2)
    assert (first.items_done + second.items_done, first.items_skipped + second.items_skipped) == (6, 6)
    assert (first.items_failed, second.items_failed, Payment.objects.count()) == (0, 0, 6)
    shop.refresh_from_db()
    assert shop.opening_balance_left_cents == 0
    assert counts_are_right()
    assert_books_are_right()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("postgres")
def test_gap_007_rounds_of_the_same_customers_in_opposite_order_do_not_wait_in_a_circle():
    shops = [make.customer(opening_balance_cents=150) for _ in range(3)]

    def a_round(order: int, name: str) -> BulkOperation:
        rows = [{**rows_of(shop, 1)[0], "key": f"{name}-{shop.pk}"} for shop in shops[::order]]
        return enter(rows)

    done = at_once(lambda: a_round(1, "there"), lambda: a_round(-1, "back"))
    assert [(each.items_done, each.items_failed) for each in done] == [(3, 0), (3, 0)]
    assert {Customer.objects.get(pk=shop.pk).opening_balance_left_cents for shop in shops} == {0}
    assert_books_are_right()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("postgres")
@pytest.mark.damages_rows  # keys are taken off by SQL, to enter the same round again
def test_gap_007_rounds_by_api_in_opposite_order_are_both_written_whole():
    """By API a whole round is one transaction, which keeps its customers locked to the end."""
    shops = [make.customer(opening_balance_cents=1000) for _ in range(6)]
    offices = [client_of(make.user("FINANCE")) for _ in range(2)]

    def a_round(office, order: int) -> tuple[int, int]:
        row = {"amount_cents": 100, "channel": "CASH", "mode": OPENING_FIRST}
        rows = [{**row, "customer_id": str(shop.pk), "key": f"{order} {shop.pk}"} for shop in shops[::order]]
        answer = post(office, "/api/billing/payments/bulk", {"rows": rows}, key=f"round-number-{order}")
        return answer.status_code, answer.json().get("items_done")

    for turn in range(3):
        Payment.objects.update(idempotency_key=None)
        orders = (1, -1) if turn % 2 else (-1, 1)
        IdempotentRequest.objects.all().delete()
        done = at_once(
            *[
                lambda office=office, order=order: a_round(office, order)
                for office, order in zip(offices, orders, strict=True)
            ]
        )
        assert done == [(201, 6), (201, 6)]
    assert Payment.objects.count() == 36


def lower_the_limit_once_the_check_is_over(most_cents: int) -> None:
    """The administrator lowers the limit of cash in the moment after the check: a trigger of the database does it."""
    change = f"""UPDATE tenants SET payment_limits = '{json.dumps({"CASH": most_cents})}'"""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"CREATE FUNCTION lower_limit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {change}; RETURN NULL; END $$"
            )
            cursor.execute(
                "CREATE TRIGGER lower_limit AFTER INSERT ON bulk_operations FOR EACH ROW EXECUTE FUNCTION lower_limit()"
            )
        else:
            cursor.execute(f"CREATE TRIGGER lower_limit AFTER INSERT ON bulk_operations BEGIN {change}; END")


@pytest.mark.damages_rows  # the limit is lowered by SQL
def test_gap_007_a_row_refused_after_the_check_is_named_and_the_others_are_written():
    shop = make.customer(opening_balance_cents=1000)
    small, large = rows_of(shop, 2)
    rows = [small, {**large, "amount_cents": 500}, {**small, "key": "row-3"}]
    lower_the_limit_once_the_check_is_over(200)
    operation = enter(rows)
    assert (operation.items_done, operation.items_failed) == (2, 1)
    [failed] = operation.items.filter(outcome="FAILED")
    assert failed.message.startswith("Row 2: ") and "500" in failed.message and "Send the same again" in operation.error
    assert sorted(Payment.objects.values_list("amount_cents", flat=True)) == [100, 100]
    assert Allocation.objects.count() == 2 and counts_are_right()
    assert_books_are_right("allocations")


def die_after(rows: int) -> None:
    """A process that enters a round is killed once this many rows of it are written."""
    child = os.fork()
    if not child:
        connection.connect()
        shop = Customer.objects.get()
        enter(rows_of(shop, MANY))
        os._exit(0)
    deadline = time.monotonic() + 60
    connection.close()
    while Payment.objects.count() < rows and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


@pytest.mark.django_db(transaction=True)
def test_gap_007_an_entry_whose_process_was_killed_is_explained_and_its_rest_written_by_the_next():
    shop = make.customer(opening_balance_cents=1)
    connection.close()
    die_after(3)
    [dead] = BulkOperation.objects.all()
    written = Payment.objects.count()
    assert dead.status == "RUNNING" and dead.items_done == written >= 3
    assert counts_are_right()

    again = enter(rows_of(shop, MANY), now=make.NOW + DEAD_AFTER * 2)
    assert (again.items_skipped, again.items_done, Payment.objects.count()) == (written, MANY - written, MANY)
    dead.refresh_from_db()
    assert (dead.status, dead.items_done, dead.items_failed) == ("FAILED", written, MANY - written)
    assert f"died after {written} of {MANY} rows" in dead.error and counts_are_right()
    first = dead.items.filter(outcome="FAILED").order_by("id").first()
    assert (first.code, first.message) == ("not_reached", f"Row {written + 1}: not reached.")


def test_gap_007_an_entry_that_is_only_slow_is_left_alone():
    shop = make.customer()
    running = BulkOperation.objects.create(
        tenant=shop.tenant, kind="PAYMENTS", items_total=2, heartbeat_at=make.NOW - DEAD_AFTER
    )
    enter(rows_of(shop, 1))
    running.refresh_from_db()
    assert running.status == "RUNNING"


def test_gap_007_a_process_that_wakes_up_after_its_end_writes_no_more(monkeypatch):
    shop = make.customer()
    written = iter([1, 2])

    class Sleepy(list):
        """Rows whose second is reached only a quarter of an hour later, when somebody else has entered theirs."""

        def __iter__(self):
            for number, row in enumerate(list.__iter__(self), start=1):
                if number == 2 and BulkOperation.objects.filter(status="RUNNING").exists() and next(written) == 1:
                    enter([{**row, "key": "other"}], now=make.NOW + DEAD_AFTER * 2)
                yield row

    slow = enter(Sleepy(rows_of(shop, 2)))
    assert (slow.status, slow.items_done, slow.items_failed) == ("FAILED", 1, 1)
    assert Payment.objects.count() == 2 and counts_are_right()
