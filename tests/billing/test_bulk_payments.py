"""The payments of a round entered at once, a sale paid whole, and the list of money that pays for nothing yet."""

import pytest

from billing import services
from billing.models import Allocation, BulkOperation, Invoice, Payment
from billing.rules.allocation_mode import OPENING_FIRST
from billing.selectors.unapplied import age_in_days, unapplied_payments
from billing.services.bulk_payments import RowsRefused
from billing.services.sale_payments import NothingToPay
from tests import make
from tests.api.clients import client_of, error_of, post
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def on(invoice: Invoice, cents: int) -> dict:
    return {"invoice": invoice.pk, "amount_cents": cents}


def round_of(*rows: dict) -> list[dict]:
    return [{"channel": "CASH", "key": f"row-{number}", **row} for number, row in enumerate(rows, start=1)]


def enter(rows: list[dict], **fields) -> BulkOperation:
    return services.record_payments(actor=None, tenant=make.tenant(), rows=rows, now=make.NOW, **fields)


def test_gap_007_a_bad_row_is_named_and_nothing_is_written():
    shop, other = make.customer(), make.customer()
    bill = make.invoice(500, to=other)
    rows = round_of(
        {"customer": shop, "amount_cents": 100},
        {"customer": shop, "amount_cents": 100, "channel": "barter"},
        {"customer": other, "amount_cents": 400, "splits": [on(bill, 400)]},
        {"customer": other, "amount_cents": 400, "splits": [on(bill, 400)]},
        {"customer": make.customer(of=make.tenant("dairy")), "amount_cents": 1},
    )
    with pytest.raises(RowsRefused, match="3 of 5 rows are wrong, the first is row 2") as refused:
        enter(rows)
    assert list(refused.value.fields) == ["rows[2]", "rows[4]", "rows[5]"]
    assert not Payment.objects.exists() and not Allocation.objects.exists() and not BulkOperation.objects.exists()


def test_gap_007_the_same_sent_again_writes_only_the_rest():
    shop = make.customer(opening_balance_cents=150)
    rows = round_of(*({"customer": shop, "amount_cents": 100, "mode": OPENING_FIRST} for _ in range(3)))
    half = enter(rows[:2])
    assert (half.status, half.items_done, half.items_skipped) == ("SUCCEEDED", 2, 0)
    again = enter(rows)
    assert (again.items_done, again.items_skipped, Payment.objects.count()) == (1, 2, 3)
    assert [item.outcome for item in again.items.order_by("id")] == ["SKIPPED", "SKIPPED", "DONE"]
    assert fresh(shop).opening_balance_left_cents == 0
    assert_books_are_right()


def test_gap_007_two_rows_with_one_key_are_refused():
    shop = make.customer()
    with pytest.raises(RowsRefused, match="row 2"):
        enter([{**row, "key": "same"} for row in round_of(*({"customer": shop, "amount_cents": 1} for _ in range(2)))])


def test_quick_pay_is_exactly_what_is_left_once():
    sale = make.sale(5000, sale_type="CREDIT")
    make.payment(2000, sale=sale)
    pay = {"actor": None, "sale": sale, "channel": "upi", "now": make.NOW}
    paid = services.pay_sale(**pay, idempotency_key="k")
    assert (paid.amount_cents, fresh(paid).unallocated_cents, fresh(sale).status) == (3000, 0, "COMPLETED")
    assert services.pay_sale(**pay, idempotency_key="k") == paid
    with pytest.raises(NothingToPay):
        services.pay_sale(**pay)
    assert Payment.objects.count() == 2


def test_unapplied_money_is_listed_with_what_is_left_and_for_how_long():
    shop = make.customer(opening_balance_cents=300)
    part, whole = make.payment(500, by=shop), make.payment(100, by=shop)
    make.payment(700, by=shop, channel="GATEWAY", external_reference="TX-1")
    make.payment(100, by=make.customer(of=make.tenant("dairy")))
    rows = unapplied_payments(make.user("FINANCE")).order_by("id")
    assert [(row.pk, row.credit_cents, row.customer_id) for row in rows] == [
        (part.pk, 200, shop.pk),
        (whole.pk, 100, shop.pk),
    ]
    assert age_in_days(rows[0], as_of=make.later(days=3, hours=23)) == 3


def test_a_bad_row_by_api_answers_422_with_its_number_and_looking_writes_nothing():
    shop, office = make.customer(opening_balance_cents=500), client_of(make.user("FINANCE"))
    row = {"customer_id": str(shop.pk), "amount_cents": 100, "channel": "UPI"}
    late = {**row, "received_at": "2099-01-01T00:00:00Z"}
    rows = [{**row, "key": "1"}, {**late, "key": "2"}]
    address = "/api/billing/payments/bulk"
    looked = post(office, address, {"rows": rows, "dry_run": True}, key="look")
    assert (looked.status_code, [bad["row"] for bad in looked.json()["bad_rows"]]) == (200, [2])
    assert "rows[2]" in error_of(post(office, address, {"rows": rows}, key="bad"), 422, "rows_refused")["fields"]
    assert not Payment.objects.exists()
    written = post(office, address, {"rows": rows[:1]}, key="good")
    assert (written.status_code, written.json()["items_done"], Payment.objects.get().channel) == (
        201,
        1,
        "MOBILE_MONEY",
    )


def test_rows_of_a_customer_who_is_not_yours_are_named_by_number_beside_the_other_bad_ones():
    shop, office = make.customer(), client_of(make.user("FINANCE"))
    row = {"customer_id": str(shop.pk), "amount_cents": 100, "channel": "CASH"}
    strange = {**row, "customer_id": str(make.customer(of=make.tenant("dairy")).pk)}
    late = {**row, "received_at": "2099-01-01T00:00:00Z"}
    rows = [{**one, "key": str(number)} for number, one in enumerate([strange, row, late, strange])]
    address = "/api/billing/payments/bulk"
    looked = post(office, address, {"rows": rows, "dry_run": True}, key="look").json()
    assert (looked["rows"], [bad["row"] for bad in looked["bad_rows"]]) == (4, [1, 3, 4])
    assert [bad["code"] for bad in looked["bad_rows"]] == ["not_found", "payment_refused", "not_found"]
    refused = error_of(post(office, address, {"rows": rows}, key="bad"), 404, "not_found")
    assert "2 of 4 rows" in refused["message"] and "row 1: nothing was written" in refused["message"]
    assert list(refused["fields"]) == ["rows[1]", "rows[4]"]
    only = post(office, address, {"rows": rows[:1], "dry_run": True}, key="one").json()
    assert [bad["row"] for bad in only["bad_rows"]] == [1]
    assert not Payment.objects.exists()


def test_one_list_and_one_mode_pay_by_api_and_the_preview_says_the_same():
    shop, office = make.customer(), client_of(make.user("FINANCE"))
    paid = make.payment(900, by=shop)
    sale = make.sale(600, to=shop, sale_type="CREDIT")
    address = f"/api/billing/payments/{paid.pk}"
    [line] = office.get(f"{address}/allocation-preview?mode=OLDEST").json()["allocations"]
    assert (line["kind"], line["sale_id"], line["amount_cents"]) == ("sale", str(sale.pk), 600)
    assert post(office, f"{address}/allocate", {"mode": "OLDEST"}, key="a").json()["allocated_cents"] == 600
    [left] = office.get(f"/api/billing/payments/unapplied?customer_id={shop.pk}").json()["results"]
    assert (left["payment_id"], left["left_cents"], left["customer"]) == (str(paid.pk), 300, shop.name)
    rolled = post(office, f"{address}/rollback-allocations", {"reason": "wrong shop"}, key="r")
    assert (rolled.status_code, rolled.json()["unallocated_cents"], fresh(sale).status) == (200, 900, "PENDING")
