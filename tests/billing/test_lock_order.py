"""Routes, customer, payments, sales: who waits for one of them holds none that come after it, and misses nothing meanwhile."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Model

from billing import services
from billing.models import Customer, Sale
from routes.models import Route
from tests import make
from tests.admin.business import page
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.routes, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("postgres")]


def beside(work: Callable[[], Any]) -> Callable[[], Any]:
    """Start this on a connection of its own, until it ends or waits for a lock; what is answered tells its outcome."""
    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.append(work())
        except Exception as error:  # noqa: BLE001 - the outcome, looked at in the test's own thread
            outcome.append(error)
        finally:
            connection.close()

    def end() -> Any:
        thread.join(timeout=30)
        return outcome[0]

    thread = threading.Thread(target=run)
    thread.start()
    deadline = time.monotonic() + 10
    while thread.is_alive() and not somebody_waits() and time.monotonic() < deadline:
        time.sleep(0.01)
    return end


def somebody_waits() -> bool:
    """Whether a connection of this server waits for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0] > 0


def take(row: Model) -> None:
    """Lock a row for us, or fail when somebody else holds it."""
    type(row)._base_manager.select_for_update(nowait=True, no_key=True).get(pk=row.pk)


def test_who_moves_several_sales_and_waits_for_a_route_holds_no_customer():
    sales = [make.sale(route=make.route()) for _ in range(2)]
    target = make.route()
    with transaction.atomic():
        take(sales[1].route)
        moved = beside(lambda: services.add_sales_to_route(actor=None, sales=sales, route=target))
        take(sales[0].customer)
    assert [sale.route_id for sale in moved()] == [target.pk, target.pk]


def test_a_reconciliation_takes_its_customers_in_order_however_its_returns_are_listed():
    route = make.route()
    first, second = make.sale(route=route), make.sale(route=route)
    make.bring(route, to="COMPLETED")
    returns = [{"sale": sale.pk, "amount_cents": 100, "reason": "broken"} for sale in (second, first)]
    with transaction.atomic():
        take(first.customer)
        settled = beside(lambda: make.settle(route, cash_cents=0, returns=returns))
        take(second.customer)
    assert settled().returns_cents == 200


def test_a_payment_that_waits_while_its_route_is_deleted_is_taken_on_none():
    route = make.route("PENDING")
    sale = make.sale(5000, route=route)
    with transaction.atomic():
        services.delete_route(actor=None, route=route)
        paid = beside(lambda: make.payment(1000, sale=sale))
    assert paid().route_id is None
    assert not Route.objects.exists()
    assert Sale.objects.get(pk=sale.pk).allocated_cents == 1000


def test_a_customer_edited_in_the_admin_keeps_what_is_paid_meanwhile(client):
    client.force_login(make.user("ADMIN", is_staff=True), backend="accounts.permissions.RoleBackend")
    shop = make.customer(opening_balance_cents=5000)
    edited = {"number": shop.number, "name": "Rahman & Sons", "is_active": "on"}
    with transaction.atomic():
        make.payment(1000, by=shop)
        answer = beside(lambda: client.post(page(Customer, "change", shop.pk), edited))
    assert answer().status_code == 302
    shop.refresh_from_db()
    assert (shop.name, shop.opening_balance_allocated_cents) == ("Rahman & Sons", 1000)
    assert_books_are_right()
