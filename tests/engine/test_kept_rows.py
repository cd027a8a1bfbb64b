"""A lookup that is compiled once answers what its queryset would: the same rows, the same types, the same order."""

import pytest
from django.db import connection, transaction
from django.db.models import UUIDField
from django.db.transaction import TransactionManagementError

from accounts.locks import locked
from billing.models import Customer, Invoice, Payment
from operations.backfill.compiled import Keys, Slot
from operations.kept_rows import kept_rows
from tests import make

pytestmark = [pytest.mark.engine, pytest.mark.django_db]


def columns(row: object) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


@pytest.fixture
def invoices():
    return [make.invoice(10_000), make.invoice(20_000), make.invoice(30_000)]


def test_rows_have_the_columns_and_types_of_their_fields(invoices):
    kept = kept_rows(Invoice.objects.filter(pk__any_of=Keys("ids")).order_by("total_cents"))
    for wanted in (invoices, invoices[1:], invoices[:1]):
        ids = [invoice.pk for invoice in wanted]
        asked = Invoice.objects.filter(pk__in=ids).order_by("total_cents")
        assert [columns(row) for row in kept.find(ids=ids)] == [columns(row) for row in asked]
    assert kept.find(ids=[]) == []


def test_a_row_is_known_as_stored_so_that_saving_it_changes_it(invoices):
    [found] = kept_rows(Invoice.objects.filter(pk=Slot("id", UUIDField()))).find(id=invoices[0].pk)
    assert (found._state.adding, found._state.db) == (False, "default")
    found.description = "milk"
    found.save()
    assert Invoice.objects.get(pk=found.pk).description == "milk"


def test_generated_columns_are_read_too():
    payment = make.payment(5_000)
    [found] = kept_rows(Payment.objects.filter(pk__any_of=Keys("ids"))).find(ids=[payment.pk])
    assert found.allocation_status == Payment.objects.get(pk=payment.pk).allocation_status


def test_the_joined_row_comes_along_without_a_second_question(invoices, django_assert_num_queries):
    kept = kept_rows(Customer.objects.filter(pk__any_of=Keys("ids")).select_related("tenant"))
    with django_assert_num_queries(1):
        [customer] = kept.find(ids=[invoices[0].customer_id])
        tenant = columns(customer.tenant)
    assert tenant == columns(Customer.objects.get(pk=customer.pk).tenant)
    assert isinstance(tenant["payment_limits"], dict)


def test_values_are_read_in_the_type_of_their_field(invoices):
    kept = kept_rows(
        Invoice.objects.filter(customer__any_of=Keys("customers")).order_by().values_list("pk", "issued_at")
    )
    read = list(kept.read(customers=[invoices[0].customer_id]))
    expected = Invoice.objects.filter(customer=invoices[0].customer_id).order_by()
    assert sorted(map(tuple, read)) == sorted(expected.values_list("pk", "issued_at"))


@pytest.mark.django_db(transaction=True)
def test_a_lock_outside_a_transaction_is_refused_where_the_database_locks():
    lock = locked(Invoice.objects.filter(pk__any_of=Keys("ids")))
    if connection.features.has_select_for_update:
        with pytest.raises(TransactionManagementError):
            kept_rows(lock)
    with transaction.atomic():
        assert kept_rows(lock).find(ids=[]) == []
