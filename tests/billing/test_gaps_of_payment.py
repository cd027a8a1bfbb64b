"""The gaps of money in, each by its number: what went wrong in the system before this one, and that it cannot here."""

from decimal import Decimal

import pytest

from accounts.errors import NotFound
from accounts.ids import new_id
from billing import services
from billing.models import Allocation, Customer, Invoice, Payment, Sale
from billing.rules.allocation_mode import LARGEST, MODES, OLDEST, OPENING_FIRST
from billing.selectors.open_debts import preview_by_mode
from billing.services.named_debts import AllocationRefused, MoreThanThePaymentHas
from billing.services.payment_amount import LessThanIsUsed
from billing.services.payment_checks import PaymentRefused
from billing.services.rollback import NothingToRollBack
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.billing.test_races import at_once

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


@pytest.mark.parametrize(
    ("left", "capacity", "asked", "taken"),
    [(2000, 800, 500, 500), (300, 800, 500, 300), (2000, 400, 500, 400), (800, 800, 800, 800)],
)
def test_gap_005_by_name_it_takes_the_least_of_what_is_asked_open_and_there(left, capacity, asked, taken):
    shop = make.customer()
    paid = free_payment(capacity, shop)
    services.correct_opening_balance(actor=None, customer=shop, opening_balance_cents=left, reason="paper book")
    [allocation] = apply(paid, on(shop, asked))
    assert allocation.amount_cents == taken
    assert (fresh(shop).opening_balance_left_cents, fresh(paid).unallocated_cents) == (left - taken, capacity - taken)
    assert_books_are_right()


def test_gap_005_beside_an_invoice_the_opening_balance_takes_what_is_left_of_the_payment():
    shop = make.customer(opening_balance_cents=50000)
    bill = make.invoice(60000, to=shop)
    paid = make.payment(80000, by=shop, splits=[on(shop, 50000), on(bill, 60000)])
    assert (fresh(bill).status, fresh(shop).opening_balance_left_cents) == ("PAID", 30000)
    assert fresh(paid).allocation_status == "fully_applied"
    assert_books_are_right()


def pay_400(shop_id) -> None:
    make.payment(40000, by=Customer.objects.get(pk=shop_id), mode=OPENING_FIRST)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("postgres")
def test_gap_005_two_at_once_pay_400_and_100_too():
    shop = make.customer(opening_balance_cents=50000)
    at_once(lambda: pay_400(shop.pk), lambda: pay_400(shop.pk))
    assert sorted(Payment.objects.values_list("allocated_cents", flat=True)) == [10000, 40000]
    assert_books_are_right()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("postgres")
def test_gap_001_two_payments_of_500_at_once_on_an_invoice_of_500_pay_it_once():
    shop = make.customer()
    make.invoice(50000, to=shop)
    pay = lambda: make.payment(50000, by=Customer.objects.get(pk=shop.pk), mode=OLDEST)  # noqa: E731 - twice the same
    at_once(pay, pay)
    assert sorted(Payment.objects.values_list("allocated_cents", flat=True)) == [0, 50000]
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
