"""Many customers are invoiced at once: set-based and yet exactly as one by one, with an answer for each."""

import pytest

from billing.models import BulkOperation, Invoice, InvoiceLine, Sale
from subscriptions.models import Delivery
from subscriptions.services.invoicing import (
    NothingToBill,
    PeriodIsNotOver,
    SomeAreInvoiced,
    run_invoicing,
    start_invoicing,
)
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.subscriptions.bills import FEBRUARY, FEBRUARY_1, JANUARY, bill, delivered, on_credit
from tests.subscriptions.orders import a_round

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]


def start(period=JANUARY, *, now=FEBRUARY_1, **fields):
    fields.setdefault("actor", None)
    fields.setdefault("tenant", make.tenant())
    return start_invoicing(period_start=period[0], period_end=period[1], now=now, **fields)


def run(*period, **fields):
    return run_invoicing(start(*period, **fields).pk, clock=lambda: fields.get("now", FEBRUARY_1))


def counts(operation):
    return operation.items_total, operation.items_done, operation.items_skipped, operation.items_failed


def answers(operation):
    return {item.customer.name: (item.outcome, item.code) for item in operation.items.select_related("customer")}


def test_each_invoice_is_the_one_that_would_be_made_alone():
    alone, together = make.customer(), make.customer()
    for shop in (alone, together):
        (
            delivered(shop, 20, litres="0.333", cents=7501),
            delivered(shop, 3, slot="evening", code="B"),
            delivered(shop, 3),
        )
        on_credit(shop, 900, on=9), on_credit(shop, 800, on=8)
    first = bill(alone)
    operation = run()
    second = Invoice.objects.get(customer=together)

    def told(invoice):
        lines = InvoiceLine.objects.filter(invoice=invoice).order_by("id")
        own = {"id", "number", "sequence", "customer_id", "created_at"}
        header = {
            name: value for name, value in Invoice.objects.filter(pk=invoice.pk).values()[0].items() if name not in own
        }
        columns = ["quantity", "unit_price_cents", "total_cents", "tax_rate_bps", "tax_cents", "source_kind", "is_live"]
        words = [line.description for line in lines if line.source_kind == "delivery"]
        return header, words, list(lines.values_list(*columns))

    assert told(second) == told(first)
    assert [str(line.pk)[14] for line in second.lines.all()] == ["7"] * 5
    assert (counts(operation), operation.status) == ((2, 1, 1, 0), "SUCCEEDED")
    assert set(Sale.objects.values_list("status", flat=True)) == {"BILLED"}
    assert_books_are_right()


def test_numbers_run_on_without_a_gap_whoever_comes_between():
    shops = [make.customer() for _ in range(4)]
    for shop in shops:
        delivered(shop)
    bill(shops[2])
    run()
    assert sorted(Invoice.objects.values_list("number", flat=True)) == [f"SAL-2026-000{n}" for n in (1, 2, 3, 4)]
    assert_books_are_right()


def test_who_is_invoiced_already_is_skipped_and_told_by_which_invoice():
    meera, arun = make.customer(name="Meera"), make.customer(name="Arun")
    delivered(meera), delivered(arun)
    first = bill(meera)
    delivered(meera, 9)
    operation = run()
    assert answers(operation) == {"Meera": ("SKIPPED", "period_is_invoiced"), "Arun": ("DONE", "")}
    item = operation.items.get(customer=meera)
    assert (item.document_id, item.message) == (first.pk, f"Invoice {first.number} bills this period already.")
    assert Delivery.objects.unbilled().count() == 1
    assert counts(run()) == (2, 0, 2, 0)
    assert_books_are_right()


def test_the_whole_batch_can_be_refused_before_anything_is_written():
    meera, arun = make.customer(name="Meera"), make.customer()
    delivered(meera), delivered(arun)
    first = bill(meera)
    with pytest.raises(SomeAreInvoiced, match=rf"Meera \(C-\d+\) by {first.number}"):
        start(refuse_invoiced=True)
    assert (Invoice.objects.count(), BulkOperation.objects.count()) == (1, 0)


def test_customers_with_part_paid_sales_take_the_money_with_them():
    shops = [make.customer() for _ in range(3)]
    for shop in shops:
        delivered(shop), on_credit(shop)
    make.payment(2000, sale=Sale.objects.get(customer=shops[1]))
    assert counts(run()) == (3, 3, 0, 0)
    assert Invoice.objects.get(customer=shops[1]).allocated_cents == 2000
    assert_books_are_right()


def test_a_round_or_named_customers_are_invoiced_alone():
    north, meera, arun, idle = (
        a_round(),
        make.customer(round=a_round()),
        make.customer(name="Arun"),
        make.customer(name="Idle"),
    )
    delivered(meera), delivered(arun)
    assert counts(run(round=north)) == (1, 1, 0, 0)
    operation = run(customers=[arun, idle])
    assert answers(operation) == {"Arun": ("DONE", ""), "Idle": ("SKIPPED", "nothing_to_bill")}
    assert Invoice.objects.count() == 2


def test_what_costs_nothing_waits_for_an_invoice_that_asks():
    meera, arun = make.customer(name="Meera"), make.customer(name="Arun")
    delivered(meera, cents=0, code="GIFT"), delivered(arun)
    operation = run()
    assert answers(operation) == {"Meera": ("SKIPPED", "nothing_to_bill"), "Arun": ("DONE", "")}
    assert Delivery.objects.unbilled().count() == 1


def test_other_businesses_are_left_alone():
    theirs = make.customer(of=make.tenant("elsewhere"))
    delivered(theirs), delivered(make.customer())
    run()
    assert not Invoice.objects.filter(customer=theirs).exists()


def test_nothing_to_bill_and_a_period_to_come_are_refused():
    with pytest.raises(NothingToBill):
        start()
    delivered(make.customer())
    with pytest.raises(PeriodIsNotOver):
        start(FEBRUARY)
    assert not BulkOperation.objects.exists()
