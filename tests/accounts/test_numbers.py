"""Document numbers: one after the other without gaps, per tenant and kind, however many ask at once."""

import threading

import pytest
from django.db import connections, transaction

from accounts.services import next_number
from tests.accounts.people import a_tenant

pytestmark = [pytest.mark.ground, pytest.mark.django_db]


def test_each_tenant_and_kind_counts_for_itself():
    north, south = a_tenant(), a_tenant()
    assert [next_number(tenant=north, kind="sale") for _ in range(3)] == [1, 2, 3]
    assert next_number(tenant=north, kind="invoice") == 1
    assert next_number(tenant=south, kind="sale") == 1


def test_a_number_that_was_not_used_is_given_back():
    tenant = a_tenant()
    next_number(tenant=tenant, kind="sale")
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        next_number(tenant=tenant, kind="sale")
        _ = 1 / 0
    assert next_number(tenant=tenant, kind="sale") == 2


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_a_number_could_be_lost_and_is_refused():
    with pytest.raises(RuntimeError, match="outside a transaction"):
        next_number(tenant=a_tenant(), kind="sale")


@pytest.mark.django_db(transaction=True)
def test_ten_at_once_get_ten_different_numbers():
    tenant, taken, start = a_tenant(), [], threading.Barrier(10, timeout=20)

    def take() -> None:
        start.wait()
        try:
            with transaction.atomic():
                taken.append(next_number(tenant=tenant, kind="sale"))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=take) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(taken) == list(range(1, 11))
