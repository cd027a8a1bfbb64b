"""What the gateway says is done once, or kept for a person."""

import pytest

from accounts.errors import NotAllowed, NotFound
from billing import services
from billing.models import Allocation, GatewayEvent, Payment, PaymentAuditLog
from billing.services.checks import NotAnAmount, ReasonMissing
from billing.services.gateway import GatewayEventChanged, NothingToSettle
from billing.services.payment_allocation import PaymentIsNoMoney
from billing.services.payment_checks import PaymentRefused
from billing.services.payment_repeats import PaymentAlreadyKnown
from tests import make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.allocations, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def the_books_are_right_afterwards():
    yield
    assert_books_are_right()


@pytest.fixture
def shop():
    return make.customer()


def started(shop, cents=1000, **fields):
    return make.payment(cents, by=shop, channel="GATEWAY", external_reference="TX-1", **fields)


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def test_a_payment_by_gateway_is_started_and_pays_for_nothing(shop):
    payment = started(shop)
    assert (payment.status, payment.verification_status) == ("INITIATED", "NOT_REQUIRED")
    assert not Payment.objects.counting().exists()
    make.invoice(1000, to=shop)
    with pytest.raises(PaymentIsNoMoney):
        services.allocate_payment(actor=None, payment=payment, now=make.NOW)


@pytest.mark.parametrize("fields", [{"channel": "GATEWAY"}, {"external_reference": "TX-1"}])
def test_the_gateways_reference_goes_with_the_gateway(shop, fields):
    with pytest.raises(PaymentRefused, match="external_reference"):
        make.payment(1000, by=shop, **fields)


def test_a_reference_belongs_to_one_payment_and_who_names_it_again_is_told_so(shop):
    first = started(shop)
    with pytest.raises(PaymentAlreadyKnown, match="reference TX-1 belongs to another payment"):
        started(shop, cents=500)
    with pytest.raises(PaymentAlreadyKnown, match="reference TX-1"):
        started(make.customer(), cents=500, idempotency_key="another")
    assert list(Payment.objects.all()) == [first]


def test_came_in_it_counts_from_that_moment_and_pays_for_what_it_was_meant_for(shop):
    first, second = make.invoice(600, to=shop), make.invoice(600, to=shop)
    payment = started(shop, splits=[{"invoice": second, "amount_cents": 600}, {"invoice": first, "amount_cents": 300}])
    event = make.gateway_event("SUCCEEDED", now=make.later(hours=2))
    assert (event.outcome, event.payment, event.detail) == ("DONE", payment, "")
    assert (fresh(payment).status, fresh(payment).received_at) == ("SUCCEEDED", make.later(hours=2))
    assert (fresh(first).allocated_cents, fresh(second).status, fresh(payment).unallocated_cents) == (300, "PAID", 100)
    assert [row.rank for row in Allocation.objects.all()] == [1, 2]
    step = PaymentAuditLog.objects.get(action="STATUS_CHANGED")
    assert event.event_id in step.notes and step.performed_by is None


def test_for_a_sale_it_pays_for_the_sale(shop):
    sale = make.sale(700, to=shop)
    started(shop, sale=sale)
    make.gateway_event("SUCCEEDED")
    assert fresh(sale).status == "COMPLETED"


def test_said_again_it_is_answered_and_not_done_again(shop):
    started(shop)
    make.invoice(1000, to=shop)
    first = make.gateway_event("SUCCEEDED", event_id="e-1")
    again = make.gateway_event("SUCCEEDED", event_id="e-1")
    assert (first.pk, first.outcome) == (again.pk, again.outcome)
    assert PaymentAuditLog.objects.filter(action="STATUS_CHANGED").count() == 1


def test_said_again_under_another_id_nothing_is_done(shop):
    started(shop)
    for _ in range(2):
        assert make.gateway_event("SUCCEEDED").outcome == "DONE"
    assert PaymentAuditLog.objects.filter(action="STATUS_CHANGED").count() == 1


@pytest.mark.parametrize(
    "other", [{"kind": "FAILED"}, {"amount_cents": 999}, {"currency": "USD"}, {"external_reference": "TX-2"}]
)
def test_an_event_that_says_something_else_the_second_time_is_refused(shop, other):
    make.gateway_event(event_id="e-1")
    with pytest.raises(GatewayEventChanged):
        make.gateway_event(event_id="e-1", **other)


def test_failed_it_stays_as_a_record_and_pays_for_nothing(shop):
    payment = started(shop)
    for _ in range(2):
        assert make.gateway_event("FAILED").outcome == "DONE"
    assert fresh(payment).status == "FAILED"


def test_an_unknown_reference_is_kept_and_done_once_it_is_known(shop):
    event = make.gateway_event("SUCCEEDED", event_id="e-1")
    assert (event.outcome, event.payment) == ("UNKNOWN_REFERENCE", None)
    assert GatewayEvent.objects.to_review().get() == event
    payment = started(shop)
    assert make.gateway_event("SUCCEEDED", event_id="e-1").outcome == "DONE"
    assert fresh(payment).status == "SUCCEEDED"
    assert not GatewayEvent.objects.to_review().exists()


def test_a_reference_of_another_business_is_unknown(shop):
    payment = started(shop)
    assert make.gateway_event(of=make.tenant("other")).outcome == "UNKNOWN_REFERENCE"
    assert fresh(payment).status == "INITIATED"


@pytest.mark.parametrize("said", [{"amount_cents": 999}, {"amount_cents": 1001}, {"currency": "USD"}])
def test_another_amount_or_currency_is_kept_for_a_person(shop, said):
    payment = started(shop)
    event = make.gateway_event("SUCCEEDED", **said)
    assert (event.outcome, event.payment) == ("REFUSED", payment)
    assert event.detail.endswith(".")
    assert fresh(payment).status == "INITIATED"


@pytest.mark.parametrize(("first", "second"), [("SUCCEEDED", "FAILED"), ("FAILED", "SUCCEEDED")])
def test_what_contradicts_what_was_said_before_is_kept_for_a_person(shop, first, second):
    payment = started(shop)
    make.gateway_event(first)
    assert make.gateway_event(second).outcome == "REFUSED"
    assert fresh(payment).status == first


def test_cash_that_bears_no_reference_is_never_touched(shop):
    make.payment(1000, by=shop, reference="TX-1")
    assert make.gateway_event("FAILED").outcome == "UNKNOWN_REFERENCE"


def test_given_back_in_parts_the_invoice_is_owed_again(shop):
    invoice, payment = make.invoice(1000, to=shop), started(shop)
    make.gateway_event("SUCCEEDED")
    services.allocate_payment(actor=None, payment=payment, now=make.NOW)
    make.gateway_event("REFUNDED", amount_cents=400, event_id="r-1")
    make.gateway_event("REFUNDED", amount_cents=400, event_id="r-1")
    assert (fresh(invoice).status, fresh(payment).refunded_cents) == ("PARTIALLY_PAID", 400)
    make.gateway_event("REFUNDED", amount_cents=600)
    assert (fresh(invoice).status, fresh(payment).status) == ("ISSUED", "REFUNDED")
    assert make.gateway_event("REFUNDED", amount_cents=1).outcome == "REFUSED"


def test_taken_back_the_invoice_is_owed_again(shop):
    invoice, payment = make.invoice(1000, to=shop), started(shop)
    make.gateway_event("SUCCEEDED")
    services.allocate_payment(actor=None, payment=payment, now=make.NOW)
    for _ in range(2):
        assert make.gateway_event("REVERSED").outcome == "DONE"
    assert (fresh(invoice).status, fresh(payment).status) == ("ISSUED", "REVERSED")


def test_a_sale_on_a_route_that_was_signed_for_meanwhile_still_takes_the_money(shop):
    route = make.route()
    sale = make.sale(1000, to=shop, route=route)
    payment = started(shop, sale=sale)
    make.bring(route, to="RECONCILED")
    make.gateway_event("SUCCEEDED", now=make.later(days=1))
    assert fresh(payment).status == "SUCCEEDED"


def test_a_person_settles_what_could_not_be_done_and_then_it_stays(shop):
    event = make.gateway_event("SUCCEEDED", event_id="e-1")
    boss = make.user("FINANCE")
    with pytest.raises(ReasonMissing):
        services.settle_gateway_event(actor=boss, event=event, reason="", now=make.NOW)
    for actor, error in [(make.user(), NotAllowed), (make.user("ADMIN", of=make.tenant("other")), NotFound)]:
        with pytest.raises(error):
            services.settle_gateway_event(actor=actor, event=event, reason="a test", now=make.NOW)
    services.settle_gateway_event(actor=boss, event=event, reason="a test of theirs", now=make.NOW)
    started(shop)
    assert make.gateway_event("SUCCEEDED", event_id="e-1").outcome == "UNKNOWN_REFERENCE"
    with pytest.raises(NothingToSettle):
        services.settle_gateway_event(actor=boss, event=event, reason="again", now=make.NOW)


@pytest.mark.parametrize("cents", [0, -1, 1.5, "100", None])
def test_an_amount_that_is_none_is_refused(shop, cents):
    with pytest.raises(NotAnAmount):
        make.gateway_event(amount_cents=cents)
    assert not GatewayEvent.objects.exists()
