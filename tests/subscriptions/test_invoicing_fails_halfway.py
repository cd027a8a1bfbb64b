"""What fails half-way leaves nothing half done: a customer who cannot be invoiced is named, and the others go on."""

from contextlib import contextmanager

import pytest
from django.db import connection

from billing.models import Invoice, InvoiceLine, Sale
from subscriptions.models import Delivery
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.subscriptions.bills import bill, delivered, on_credit
from tests.subscriptions.test_invoicing_run import answers, counts, run

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]


@contextmanager
def refusing_lines_of(delivery: Delivery):
    """Until the end of the block the database refuses, by a trigger, a line that bills this delivery."""
    source = delivery.pk if connection.vendor == "postgresql" else delivery.pk.hex
    if connection.vendor == "postgresql":
        made = [
            "CREATE FUNCTION refuse_line() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'this line cannot be written'; END $$",
            f"CREATE TRIGGER refuse_line BEFORE INSERT ON invoice_lines FOR EACH ROW WHEN (NEW.source_id = '{source}') "
            "EXECUTE FUNCTION refuse_line()",
        ]
        undone = ["DROP TRIGGER refuse_line ON invoice_lines", "DROP FUNCTION refuse_line()"]
    else:
        made = [
            f"CREATE TRIGGER refuse_line BEFORE INSERT ON invoice_lines WHEN NEW.source_id = '{source}' "
            "BEGIN SELECT RAISE(ABORT, 'this line cannot be written'); END"
        ]
        undone = ["DROP TRIGGER refuse_line"]
    with connection.cursor() as cursor:
        for statement in made:
            cursor.execute(statement)
        yield
        for statement in ["SET CONSTRAINTS ALL IMMEDIATE", *undone] if connection.vendor == "postgresql" else undone:
            cursor.execute(statement)


def test_one_who_cannot_be_invoiced_is_named_and_the_others_go_on():
    shops = [make.customer(name=name) for name in ("Anu", "Bela", "Chitra", "Devi", "Esha")]
    deliveries = [delivered(shop) for shop in shops]
    on_credit(shops[2])
    with refusing_lines_of(deliveries[2]):
        operation = run()
    assert counts(operation) == (5, 4, 0, 1)
    assert answers(operation)["Chitra"][0] == "FAILED"
    assert "1 of 5 failed" in operation.error
    assert list(Delivery.objects.unbilled()) == [deliveries[2]]
    assert Sale.objects.get().invoice is None
    assert sorted(Invoice.objects.values_list("number", flat=True)) == [f"SAL-2026-000{n}" for n in (1, 2, 3, 4)]
    assert_books_are_right()
    assert answers(run())["Chitra"] == ("DONE", "")


def test_a_single_invoice_is_whole_or_not_there():
    meera = make.customer()
    delivered(meera, 3)
    bad = delivered(meera, 4)
    with refusing_lines_of(bad), pytest.raises(Exception, match="cannot be written|billed"):
        bill(meera)
    assert (Invoice.objects.count(), InvoiceLine.objects.count()) == (0, 0)
    assert bill(meera).number == "SAL-2026-0001"
    assert_books_are_right()


def test_an_invoice_beyond_all_measure_fails_alone():
    meera, arun = make.customer(name="Meera"), make.customer(name="Arun")
    (
        delivered(meera, cents=10**13, litres=100, code="GOLD"),
        delivered(meera, 6, cents=10**13, code="GOLD"),
        delivered(arun),
    )
    operation = run()
    assert answers(operation) == {"Meera": ("FAILED", "not_an_amount"), "Arun": ("DONE", "")}
    assert operation.status == "SUCCEEDED"
    assert Delivery.objects.unbilled().count() == 2
    assert_books_are_right()


def test_when_nobody_could_be_invoiced_the_operation_has_failed():
    meera = make.customer()
    with refusing_lines_of(delivered(meera)):
        operation = run()
    assert (operation.status, counts(operation)) == ("FAILED", (1, 0, 0, 1))
    assert not Invoice.objects.exists()
