"""The gaps of money in, each by its number: what went wrong in the system before this one, and that it cannot here."""

from decimal import Decimal

import pytest

from accounts.errors import NotFound
from accounts.ids import new_id
from billing import services
from billing.models import Allocation, BulkOperation, Customer, Invoice, Payment, Sale
from billing.rules.allocation_mode import LARGEST, MODES, OLDEST, OPENING_FIRST
from billing.selectors.open_debts import preview_by_mode
from billing.selectors.unapplied import age_in_days, unapplied_payments
from billing.services.bulk_payments import RowsRefused
from billing.services.named_debts import AllocationRefused, MoreThanThePaymentHas
from billing.services.payment_amount import LessThanIsUsed
from billing.services.payment_checks import PaymentRefused
from billing.services.rollback import NothingToRollBack
from billing.services.sale_payments import NothingToPay
from tests import make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def on(row, cents: int) -> dict:
    names = {Invoice: "invoice", Sale: "sale", Customer: "opening_balance"}
    return {names[type(row)]: True if isinstance(row, Customer) else row.pk, "amount_cents": cents}


def apply(payment: Payment, *splits: dict, **fields) -> list[Allocation]:
    return services.allocate_payment(actor=None, payment=payment, now=make.NOW, splits=list(splits) or None, **fields)


def free_payment(cents: int, by: Customer, **fields) -> Payment:
    """A payment that lies free: taken while the customer owed nothing from before."""
    return make.payment(cents, by=by, **fields)


def test_gap_001_600_and_400_of_1000_use_the_payment_up():
    shop = make.customer()
    first, second = make.invoice(60000, to=shop), make.invoice(40000, to=shop)
    paid = free_payment(100000, shop)
    apply(paid, on(first, 60000), on(second, 40000))
    assert (fresh(paid).unallocated_cents, fresh(first).status, fresh(second).status) == (0, "PAID", "PAID")
    assert_books_are_right()


def test_gap_001_900_of_800_is_refused_with_the_numbers_and_writes_nothing():
    shop = make.customer()
    first, second = make.invoice(60000, to=shop), make.invoice(60000, to=shop)
    paid = free_payment(80000, shop)
    with pytest.raises(MoreThanThePaymentHas, match="90000 cents would be applied, but only 80000 are left"):
        apply(paid, on(first, 60000), on(second, 30000))
    assert fresh(paid).allocated_cents == 0 and not Allocation.objects.exists()


def test_gap_001_fifty_times_20_make_1000():
    shop = make.customer()
    bill = make.invoice(100000, to=shop)
    paid = free_payment(100000, shop)
    for _ in range(50):
        apply(paid, on(bill, 2000))
    assert (fresh(bill).status, fresh(paid).allocated_cents, Allocation.objects.count()) == ("PAID", 100000, 50)
    assert_books_are_right()


@pytest.mark.parametrize("parts", [("0.1", "0.2"), ("333.33", "333.34", "333.33")])
def test_gap_001_parts_that_no_float_holds_are_exact(parts):
    shop = make.customer()
    cents = [int(Decimal(part) * 100) for part in parts]
    bills = [make.invoice(part, to=shop) for part in cents]
    paid = free_payment(sum(cents), shop)
    apply(paid, *(on(bill, part) for bill, part in zip(bills, cents, strict=True)))
    assert fresh(paid).unallocated_cents == 0 and {fresh(bill).status for bill in bills} == {"PAID"}


def test_gap_001_an_unknown_second_invoice_writes_nothing():
    shop = make.customer()
    bill = make.invoice(10000, to=shop)
    paid = free_payment(80000, shop)
    with pytest.raises(NotFound):
        apply(paid, on(bill, 10000), {"invoice": new_id(), "amount_cents": 10000})
    assert (fresh(bill).allocated_cents, fresh(paid).allocated_cents, Allocation.objects.count()) == (0, 0, 0)


def three_targets() -> tuple[Customer, Invoice, Sale, Payment]:
    """An invoice of a sale, a direct sale, and an opening balance, with one payment that pays part of each."""
    shop = make.customer(opening_balance_cents=20000)
    billed = make.sale(30000, to=shop, sale_type="CREDIT")
    bill = make.invoice(lines=[billed], to=shop)
    direct = make.sale(15000, to=shop, sale_type="CREDIT")
    splits = [on(bill, 30000), on(shop, 20000), on(direct, 15000)]
    return shop, bill, direct, make.payment(80000, by=shop, splits=splits)


def test_gap_002_a_rollback_takes_back_exactly_the_payments_own_and_it_can_be_applied_again():
    shop, bill, direct, paid = three_targets()
    other = make.sale(500, to=shop)
    make.payment(500, sale=other)
    taken = services.rollback_allocations(actor=None, payment=paid, reason="wrong customer", now=make.NOW)
    assert sum(row.amount_cents for row in taken) == 65000 and fresh(paid).unallocated_cents == 80000
    assert (fresh(bill).status, fresh(direct).status, fresh(other).status) == ("ISSUED", "PENDING", "COMPLETED")
    assert fresh(shop).opening_balance_left_cents == 20000
    assert set(Sale.objects.filter(invoice=bill).values_list("status", flat=True)) == {"BILLED"}
    assert_books_are_right()
    apply(paid, on(bill, 30000), on(shop, 20000), on(direct, 15000))
    assert (fresh(bill).status, fresh(direct).status, fresh(paid).unallocated_cents) == ("PAID", "COMPLETED", 15000)
    assert_books_are_right()


def test_gap_002_a_payment_that_pays_for_nothing_has_nothing_to_roll_back():
    paid = make.payment(100)
    with pytest.raises(NothingToRollBack, match="pays for nothing"):
        services.rollback_allocations(actor=None, payment=paid, reason="x", now=make.NOW)


def test_gap_003_an_amount_is_never_changed_below_what_it_pays_for():
    *_, paid = three_targets()
    with pytest.raises(LessThanIsUsed, match="65000"):
        services.change_payment_amount(actor=None, payment=paid, amount_cents=64999, reason="typo")
    changed = services.change_payment_amount(actor=None, payment=paid, amount_cents=65000, reason="typo")
    assert fresh(changed).unallocated_cents == 0
    assert_books_are_right()


def test_gap_005_two_payments_of_400_on_an_opening_balance_of_500_pay_400_and_100():
    shop = make.customer(opening_balance_cents=50000)
    first, second = (make.payment(40000, by=shop, mode=OPENING_FIRST) for _ in range(2))
    assert (fresh(first).allocated_cents, fresh(second).allocated_cents) == (40000, 10000)
    assert fresh(shop).opening_balance_left_cents == 0
    assert_books_are_right()


def owing() -> Customer:
    """The debts of the rule's own example."""
    shop = make.customer(opening_balance_cents=8000)
    make.sale(7000, to=shop, sale_type="CREDIT", number="sale", sold_at=make.later(days=1))
    make.invoice(6000, to=shop, description="A", issued_at=make.later(days=2), due_at=make.later(days=19))
    make.invoice(9000, to=shop, description="B", issued_at=make.NOW, due_at=make.later(days=31))
    return shop


def paid_by(payment: Payment) -> list[tuple[str, int]]:
    """What a payment pays for, by rank."""
    rows = Allocation.objects.filter(payment=payment, reverses=None).order_by("rank")
    return [
        (row.sale.number if row.sale else row.invoice.description if row.invoice else "opening", row.amount_cents)
        for row in rows.select_related("sale", "invoice")
    ]


@pytest.mark.parametrize(
    ("mode", "order"),
    [
        (OPENING_FIRST, [("opening", 8000), ("A", 6000), ("B", 9000), ("sale", 2000)]),
        (OLDEST, [("B", 9000), ("sale", 7000), ("A", 6000), ("opening", 3000)]),
        (LARGEST, [("B", 9000), ("opening", 8000), ("sale", 7000), ("A", 1000)]),
    ],
)
def test_each_mode_pays_in_its_order_keeps_its_rule_and_is_previewed(mode, order):
    shop = owing()
    paid = make.payment(25000, by=shop, mode=mode)
    assert paid_by(paid) == order
    assert set(Allocation.objects.values_list("rule", flat=True)) == {mode.lower()}
    services.rollback_allocations(actor=None, payment=paid, reason="again", now=make.NOW)
    preview = preview_by_mode(fresh(paid), mode=mode)
    assert [line["amount_cents"] for line in preview["allocations"]] == [cents for _, cents in order]
    apply(fresh(paid), mode=mode)
    assert fresh(paid).unallocated_cents == preview["left_cents"] == 0
    assert_books_are_right()


@pytest.mark.parametrize(
    ("mode", "splits"), [("SMALLEST", None), ("MANUAL", None), (OLDEST, [{"opening_balance": True, "amount_cents": 1}])]
)
def test_a_mode_that_is_none_or_contradicts_the_list_is_refused(mode, splits):
    shop = owing()
    with pytest.raises(AllocationRefused):
        make.payment(100, by=shop, mode=mode, splits=splits)
    assert not Payment.objects.exists() and "MANUAL" in MODES


def test_a_waiting_payment_keeps_what_its_mode_chose_until_it_counts():
    shop = make.customer(of=make.tenant("careful", requires_payment_verification=True), opening_balance_cents=500)
    paid = make.payment(400, by=shop, mode=OPENING_FIRST)
    assert fresh(paid).allocated_cents == 0
    services.approve_payment(actor=make.user("FINANCE", of=shop.tenant), payment=paid, now=make.NOW)
    assert fresh(paid).allocated_cents == 400


@pytest.mark.parametrize(
    ("name", "channel"),
    [
        ("UPI", "MOBILE_MONEY"),
        ("qr", "MOBILE_MONEY"),
        (" check ", "CHEQUE"),
        ("cheque", "CHEQUE"),
        ("Bank Transfer", "BANK_TRANSFER"),
        ("banktransfer", "BANK_TRANSFER"),
        ("NEFT", "BANK_TRANSFER"),
        ("credit card", "CARD"),
        ("Debit Card", "CARD"),
        ("cash", "CASH"),
    ],
)
def test_gap_009_names_that_people_use_are_channels(name, channel):
    assert fresh(make.payment(100, channel=name)).channel == channel


def test_gap_009_online_is_the_gateway():
    assert make.payment(100, channel="Online", external_reference="TX-9").channel == "GATEWAY"


@pytest.mark.parametrize("name", ["crypto", "barter", "", "x" * 51])
def test_gap_009_an_unknown_channel_is_refused_naming_the_choices(name):
    with pytest.raises(PaymentRefused, match="Choose one of: CASH, BANK_TRANSFER"):
        make.payment(100, channel=name)


@pytest.mark.parametrize("setting", [5000, {"least": 100, "most": 5000}])
def test_gap_009_the_most_is_allowed_and_a_cent_more_is_not(setting):
    shop = make.customer(of=make.tenant("careful", payment_limits={"CASH": setting}))
    make.payment(5000, by=shop)
    with pytest.raises(PaymentRefused, match="5001 cents by CASH is more"):
        make.payment(5001, by=shop)


def test_gap_009_the_least_is_allowed_and_a_cent_less_is_not():
    shop = make.customer(of=make.tenant("careful", payment_limits={"CHEQUE": {"least": 100}}))
    make.payment(100, by=shop, channel="CHEQUE")
    with pytest.raises(PaymentRefused, match="99 cents by CHEQUE is less"):
        make.payment(99, by=shop, channel="CHEQUE")


@pytest.mark.parametrize("setting", ["5", {"least": 2, "most": 1}, {"lest": 1}, {}, {"most": -1}, True, [1]])
def test_gap_009_a_malformed_limit_stops_the_payment_and_says_who_can_cure_it(setting):
    shop = make.customer(of=make.tenant("odd", payment_limits={"CASH": setting}))
    with pytest.raises(PaymentRefused, match="administrator"):
        make.payment(1, by=shop)


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
