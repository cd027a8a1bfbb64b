"""A row that is inserted without the ORM's compiler is the row that the ORM would have written."""

import pytest
from django.db import IntegrityError, transaction

from accounts.inserting import insert_row
from billing.models import Allocation, Invoice, PaymentAuditLog
from tests import make

pytestmark = [pytest.mark.ground, pytest.mark.django_db]


def columns(row: object, *but: str) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if field.name not in but}


def a_step(**values: object) -> PaymentAuditLog:
    payment = make.payment(5_000)
    given = {"tenant_id": payment.tenant_id, "payment": payment, "action": "VERIFIED", "notes": "50% of “it”"}
    return PaymentAuditLog(**given | values)


def test_what_is_stored_is_what_is_in_memory():
    step = insert_row(a_step(previous_state=None, new_state={"status": "SUCCEEDED", "cents": [1, None]}))
    stored = PaymentAuditLog.objects.get(pk=step.pk)
    assert columns(step) == columns(stored)
    assert (step._state.adding, step._state.db) == (False, "default")


def test_it_is_the_row_that_the_orm_writes():
    by_us, by_orm = insert_row(a_step(new_state={"a": 1})), a_step(new_state={"a": 1})
    by_orm.payment = by_us.payment
    by_orm.save()
    differing = ("id", "created_at")
    ours, theirs = (PaymentAuditLog.objects.get(pk=row.pk) for row in (by_us, by_orm))
    assert columns(ours, *differing) == columns(theirs, *differing)
    assert ours.created_at <= theirs.created_at


def test_the_database_still_refuses_what_it_must():
    payment, invoice = make.payment(5_000), make.invoice(10_000)
    wrong = Allocation(tenant_id=payment.tenant_id, payment=payment, invoice=invoice, amount_cents=0, rule="manual")
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_row(wrong)


def test_a_change_costs_the_row_and_its_image(django_assert_num_queries):
    invoice = make.invoice(10_000)
    invoice.description = "milk"
    with django_assert_num_queries(2):  # the row, its image; its first image is known to be there
        invoice._history_is_begun = True
        invoice.save()
    newest = Invoice.history.filter(id=invoice.pk).first()
    assert (newest.history_type, newest.description, newest.actor_kind) == ("~", "milk", "system")
    assert newest.created_at == Invoice.objects.get(pk=invoice.pk).created_at
