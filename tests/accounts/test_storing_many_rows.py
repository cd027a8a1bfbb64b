"""Many rows stored at once are what `bulk_create` would have stored, whatever stands in their texts."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from accounts.copying import new_row, store_rows
from billing.models import Customer, Invoice, InvoiceLine
from subscriptions.models import InternetPlan, UsagePass
from tests import make

pytestmark = [pytest.mark.ground, pytest.mark.django_db]

ODD = "tab\t, line\n, return\r, back\\slash, \\N, quote ', ünïcode 🥛, \\."


def test_every_text_number_moment_and_nothing_comes_back_as_it_went() -> None:
    tenant = make.tenant()
    rows = [
        Customer(tenant=tenant, number=f"C-{n}", name=ODD, address="", credit_limit_cents=n or None) for n in range(3)
    ]

    store_rows(Customer, rows)

    assert not any(row._state.adding for row in rows)
    for row in rows:
        stored = Customer.objects.get(pk=row.pk)
        told = {field.attname: getattr(stored, field.attname) for field in Customer._meta.concrete_fields}
        assert told == {field.attname: getattr(row, field.attname) for field in Customer._meta.concrete_fields}
        assert stored.name == ODD and stored.created_at is not None


def test_decimals_flags_and_days_come_back_as_they_went() -> None:
    tenant = make.tenant()
    invoice = Invoice(
        tenant=tenant, customer=make.customer(of=tenant), status="DRAFT", source="OTHER", currency="USD", total_cents=7,
        period_start=make.NOW.date(), bills_period=True, counts_by_allocations=False,
    )  # fmt: skip
    store_rows(Invoice, [invoice])
    line = InvoiceLine(invoice=invoice, description="Milk", quantity=Decimal("2.5"), unit_price_cents=3, total_cents=7)
    store_rows(InvoiceLine, [line])

    stored = Invoice.objects.get(pk=invoice.pk)
    assert (stored.period_start, stored.bills_period, stored.counts_by_allocations) == (make.NOW.date(), True, False)
    assert InvoiceLine.objects.get(pk=line.pk).quantity == Decimal("2.5")


def test_a_row_that_the_database_refuses_is_an_integrity_error_and_stores_none() -> None:
    tenant = make.tenant()
    rows = [Customer(tenant=tenant, number=number, name="Twice") for number in ("C-1", "C-2", "C-1")]

    with pytest.raises(IntegrityError, match="customer_number_is_unique_per_tenant|UNIQUE"), transaction.atomic():
        store_rows(Customer, rows)

    assert not Customer.objects.filter(tenant=tenant, name="Twice").exists()


def test_a_table_with_a_json_column_is_stored_all_the_same() -> None:
    """What COPY is not told to write as text goes by INSERT."""
    store_rows(
        UsagePass, [UsagePass(kind=kind, counts={kind: ODD}, started_at=make.NOW) for kind in UsagePass.Kind.values]
    )

    assert {row.kind: row.counts for row in UsagePass.objects.all()} == {
        kind: {kind: ODD} for kind in UsagePass.Kind.values
    }


def test_no_rows_are_nothing_to_do() -> None:
    store_rows(Customer, [])

    assert not Customer.objects.exists()


def test_a_row_made_quickly_is_the_row_that_its_class_makes() -> None:
    quick, usual = (make_one(InvoiceLine, description="Milk", total_cents=7) for make_one in (new_row, by_its_class))
    told = [field.attname for field in InvoiceLine._meta.concrete_fields if not field.primary_key]
    assert [getattr(quick, name) for name in told] == [getattr(usual, name) for name in told]
    assert quick.pk != usual.pk != new_row(InvoiceLine).pk
    assert quick._state.adding and quick._state is not new_row(InvoiceLine)._state


def by_its_class(model, **values):
    return model(**values)


def test_a_table_that_makes_values_anew_for_each_row_is_not_made_quickly() -> None:
    """Rows would share one list of thresholds."""
    with pytest.raises(TypeError, match="InternetPlan makes alert_thresholds anew"):
        new_row(InternetPlan)
