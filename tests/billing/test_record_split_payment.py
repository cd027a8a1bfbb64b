"""One receipt over many debts as it comes in: applied at once, or kept as what it was meant for until it counts."""

import pytest

from accounts.errors import NotAllowed, NotFound
from billing import services
from billing.models import Allocation, Payment, PaymentAuditLog, PaymentIntention
from billing.services.checks import WrongCurrency
from billing.services.named_debts import AllocationRefused, MoreThanIsOwed, MoreThanThePaymentHas, OtherCustomer
from billing.services.payment_checks import PaymentRefused, SimulationNotAllowed
from tests import make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.allocations, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def the_books_are_right_afterwards():
    yield
    assert_books_are_right()


@pytest.fixture
def shop():
    return make.customer(opening_balance_cents=200)


@pytest.fixture
def strict():
    return make.tenant("strict", requires_payment_verification=True)


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def to(invoice, cents):
    return {"invoice": invoice, "amount_cents": cents}


def approve(payment, **fields):
    boss = make.user("ADMIN", of=payment.tenant)
    return services.approve_payment(actor=boss, payment=payment, now=make.NOW, **fields)


def test_one_receipt_pays_many_debts_as_the_office_says(shop):
    first, second, sale = make.invoice(600, to=shop), make.invoice(300, to=shop), make.sale(100, to=shop)
    splits = [
        to(second, 300),
        to(first, 400),
        {"sale": sale, "amount_cents": 100},
        {"opening_balance": True, "amount_cents": 50},
    ]
    paid = make.payment(1000, by=shop, splits=splits, actor=make.user("FINANCE"))
    rows = Allocation.objects.order_by("rank")
    assert [(row.rule, row.rank, row.amount_cents) for row in rows] == [
        ("manual", 1, 300),
        ("manual", 2, 400),
        ("manual", 3, 100),
        ("manual", 4, 50),
    ]
    assert (fresh(first).balance_cents, fresh(second).status, fresh(paid).unallocated_cents) == (200, "PAID", 150)
    assert fresh(shop).opening_balance_left_cents == 150
    assert not PaymentIntention.objects.exists()


def test_all_or_nothing(shop):
    invoice, other, foreign = make.invoice(600, to=shop), make.invoice(101, to=shop), make.invoice(100)
    stranger = make.invoice(100, of=make.tenant("other"))
    for splits, error in [
        ([to(invoice, 601)], MoreThanIsOwed),
        ([to(invoice, 600), to(other, 101)], MoreThanThePaymentHas),
        ([to(invoice, 600), to(other, 100), {"opening_balance": True, "amount_cents": 1}], MoreThanThePaymentHas),
        ([to(foreign, 1)], OtherCustomer),
        ([to(stranger, 1)], NotFound),
        ([to(make.invoice(100, to=shop, currency="USD"), 1)], WrongCurrency),
        ([to(invoice, 1), to(invoice, 2)], AllocationRefused),
        ([], AllocationRefused),
        ([to(invoice, 1)] * 10_000, AllocationRefused),
    ]:
        with pytest.raises(error):
            make.payment(700, by=shop, splits=splits)
    assert not Payment.objects.exists() and not Allocation.objects.exists()


def test_a_representative_says_no_more_than_for_which_sale(shop):
    with pytest.raises(NotAllowed):
        make.payment(100, by=shop, actor=make.user(), splits=[{"opening_balance": True, "amount_cents": 1}])


def test_what_waits_is_kept_as_what_it_was_meant_for_and_approved_it_is_done(strict):
    shop = make.customer(of=strict, opening_balance_cents=500)
    first, second = make.invoice(600, to=shop), make.invoice(300, to=shop)
    waiting = make.payment(1000, by=shop, splits=[to(second, 300), to(first, 600)])
    assert not Allocation.objects.exists()
    assert [(row.rank, row.invoice, row.amount_cents) for row in PaymentIntention.objects.all()] == [
        (1, second, 300),
        (2, first, 600),
    ]
    approve(waiting)
    assert {fresh(first).status, fresh(second).status} == {"PAID"}
    assert fresh(waiting).unallocated_cents == 100
    assert {row.reason for row in Allocation.objects.all()} == {"meant when it was recorded"}


def test_what_was_meant_pays_no_more_than_is_owed_by_then(strict):
    shop = make.customer(of=strict)
    first, second, void = make.invoice(600, to=shop), make.invoice(300, to=shop), make.invoice(100, to=shop)
    waiting = make.payment(1000, by=shop, splits=[to(first, 600), to(void, 100), to(second, 300)])
    services.apply_credit(actor=None, credit=make.credit(200, to=shop), now=make.NOW, splits=[to(first, 200)])
    services.void_invoice(actor=None, invoice=void, reason="mistake", now=make.NOW)
    approve(waiting)
    assert (fresh(first).status, fresh(second).status, fresh(waiting).unallocated_cents) == ("PAID", "PAID", 300)


def test_meant_for_a_sale_that_was_invoiced_meanwhile_it_pays_for_the_invoice_once(strict):
    shop = make.customer(of=strict)
    sale, other = make.sale(600, to=shop), make.sale(200, to=shop)
    splits = [{"sale": sale, "amount_cents": 600}, {"sale": other, "amount_cents": 200}]
    waiting = make.payment(1000, by=shop, splits=splits)
    invoice = make.invoice(lines=[sale, other], to=shop, source="SALES")
    approve(waiting)
    assert (fresh(invoice).status, fresh(waiting).unallocated_cents) == ("PAID", 200)


def test_who_approves_may_say_otherwise(strict):
    shop = make.customer(of=strict)
    first, second = make.invoice(600, to=shop), make.invoice(300, to=shop)
    waiting = make.payment(400, by=shop, splits=[to(first, 400)])
    with pytest.raises(MoreThanIsOwed):
        approve(waiting, splits=[to(second, 301)])
    assert fresh(waiting).status == "PENDING"
    approve(waiting, splits=[to(second, 300)])
    assert (fresh(first).allocated_cents, fresh(second).status) == (0, "PAID")


@pytest.mark.parametrize("channel", Payment.Channel.values)
def test_every_channel_holds_the_limit_that_the_business_sets_for_it(settings, channel):
    settings.SIMULATED_PAYMENTS = True
    careful = make.customer(of=make.tenant("careful", payment_limits={channel: 1000}))
    fields = {"external_reference": "TX-1"} if channel == "GATEWAY" else {}
    with pytest.raises(PaymentRefused):
        make.payment(1001, by=careful, channel=channel, **fields)
    if channel != "LEGACY":
        make.payment(1000, by=careful, channel=channel, **fields)


def test_a_limit_that_is_no_number_is_named_and_stops_the_payment():
    odd = make.customer(of=make.tenant("odd", payment_limits={"CASH": "1000"}))
    with pytest.raises(PaymentRefused, match="no whole number"):
        make.payment(1, by=odd)


def test_simulated_payments_are_taken_only_where_they_are_allowed(settings, shop):
    settings.SIMULATED_PAYMENTS = False
    with pytest.raises(SimulationNotAllowed):
        make.payment(100, by=shop, channel="SIMULATED")
    settings.SIMULATED_PAYMENTS = True
    assert make.payment(100, by=shop, channel="SIMULATED").allocated_cents == 100


def test_nobody_records_what_a_backfill_reconstructs(shop):
    with pytest.raises(PaymentRefused, match="LEGACY"):
        make.payment(100, by=shop, channel="LEGACY")


def test_a_proof_is_read_by_the_office_alone_and_every_look_is_written_down(shop):
    paid, bare = make.payment(100, by=shop, proof_reference="proofs/slip.jpg"), make.payment(100, by=shop)
    boss = make.user("FINANCE")
    for _ in range(2):
        assert services.read_proof(actor=boss, payment=paid) == "proofs/slip.jpg"
    looks = PaymentAuditLog.objects.filter(action="VERIFIED")
    assert [(look.performed_by, look.payment) for look in looks] == [(boss, paid)] * 2
    for actor, error in [(make.user(), NotAllowed), (make.user("ADMIN", of=make.tenant("other")), NotFound)]:
        with pytest.raises(error):
            services.read_proof(actor=actor, payment=paid)
    with pytest.raises(NotFound, match="no proof"):
        services.read_proof(actor=boss, payment=bare)
    assert not hasattr(Payment.history.first(), "proof_reference")


def test_a_reversed_payment_makes_every_invoice_owed_again(shop):
    first, second = make.invoice(600, to=shop), make.invoice(300, to=shop)
    paid = make.payment(1000, by=shop, splits=[to(first, 600), to(second, 300)])
    services.reverse_payment(actor=None, payment=paid, reason="bounced", now=make.later(days=30))
    assert {fresh(invoice).status for invoice in (first, second)} == {"OVERDUE"}
    assert {fresh(invoice).paid_at for invoice in (first, second)} == {None}
    assert (fresh(paid).status, fresh(paid).allocated_cents) == ("REVERSED", 0)


def test_the_trail_of_a_payment_names_each_step_with_before_and_after(strict):
    shop = make.customer(of=strict)
    invoice = make.invoice(600, to=shop)
    waiting = make.payment(600, by=shop, splits=[to(invoice, 600)])
    approve(waiting)
    services.refund_payment(actor=None, payment=waiting, amount_cents=100, reason="too much", now=make.NOW)
    steps = PaymentAuditLog.objects.filter(payment=waiting).order_by("created_at", "id")
    assert [step.action for step in steps] == [
        "SUBMITTED",
        "APPROVED",
        "ALLOCATED",
        "STATUS_CHANGED",
        "ALLOCATED",
        "REFUNDED",
    ]
    pairs = list(zip(steps, steps[1:], strict=False))
    assert all(before.new_state == after.previous_state for before, after in pairs), "each begins where the last ended"
