"""Taking a payment: everything or nothing, on the right route, never more than is owed."""

from datetime import datetime, timedelta

import pytest

from accounts.errors import DomainError, NotFound
from accounts.models import RefusedWrite
from billing import services
from billing.models import Allocation, Payment, Sale
from billing.selectors.credits import credit_cents, payments_with_credit
from billing.services.checks import NotAnAmount, TimeWithoutZone, WrongCurrency
from billing.services.payment_checks import PaymentRefused
from billing.services.payment_repeats import PaymentAlreadyKnown
from billing.services.payment_route import RouteRefused
from billing.services.sales import SaleIsCancelled
from routes.services import PersonCannotDoThis
from tests import make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.routes, pytest.mark.django_db]


def test_a_payment_takes_the_route_of_its_sale_at_that_moment():
    route, next_route = make.route(), make.route()
    sale = make.sale(5000, route=route)
    payment = make.payment(3000, sale=sale)
    services.add_sale_to_route(actor=None, sale=sale, route=next_route)
    payment.refresh_from_db()
    assert payment.route_id == route.pk
    assert make.payment(100, sale=sale).route_id == next_route.pk


@pytest.mark.parametrize(
    ("amount", "paid", "credit", "status"),
    [
        (4999, 4999, 0, "PENDING"),
        (5000, 5000, 0, "COMPLETED"),
        (5001, 5000, 1, "COMPLETED"),
        (1, 1, 0, "PENDING"),
    ],
)
def test_a_sale_takes_what_it_needs_and_the_rest_is_credit(amount, paid, credit, status):
    sale = make.sale(5000)
    payment = make.payment(amount, sale=sale)
    sale.refresh_from_db()
    assert (sale.allocated_cents, sale.status, payment.unallocated_cents) == (paid, status, credit)
    assert credit_cents(sale.customer) == ({"BDT": credit} if credit else {})
    assert [entry.pk for entry in payments_with_credit(sale.customer)] == ([payment.pk] if credit else [])
    [allocation] = Allocation.objects.all()
    assert (allocation.amount_cents, allocation.rule) == (paid, "sale_payment")
    assert_books_are_right()


def test_a_payment_for_a_paid_sale_is_credit_alone():
    sale = make.sale(100)
    make.payment(100, sale=sale)
    assert make.payment(70, sale=sale).unallocated_cents == 70


def test_a_payment_without_a_sale_pays_the_opening_balance_and_leaves_credit():
    shop = make.customer(opening_balance_cents=300)
    payment = make.payment(1000, by=shop)
    shop.refresh_from_db()
    assert (shop.opening_balance_allocated_cents, payment.unallocated_cents) == (300, 700)
    assert_books_are_right()


@pytest.mark.parametrize("amount", [0, -1, True, 1.0, 99.99, "100", None, 10**18])
def test_only_whole_positive_cents_are_an_amount(amount):
    with pytest.raises(NotAnAmount, match="whole number of cents"):
        make.payment(amount, sale=make.sale())
    assert not Payment.objects.exists()


def test_money_of_another_currency_is_refused():
    with pytest.raises(WrongCurrency, match="Record it in BDT"):
        make.payment(100, currency="USD")


def test_an_unknown_channel_is_refused():
    with pytest.raises(PaymentRefused, match="Choose one of: CASH"):
        make.payment(100, channel="BARTER")


def test_a_time_without_an_offset_is_refused():
    with pytest.raises(TimeWithoutZone):
        make.payment(100, received_at=datetime(2026, 1, 1), now=make.NOW)  # noqa: DTZ001


def test_a_time_in_the_future_is_refused():
    with pytest.raises(PaymentRefused, match="more than a day ahead"):
        make.payment(100, received_at=make.later(days=2), now=make.NOW)


def test_the_sale_must_be_the_customers():
    with pytest.raises(PaymentRefused, match="not a sale of this customer"):
        make.payment(100, sale=make.sale(), by=make.customer())


def test_a_cancelled_sale_takes_no_payment():
    sale = make.sale()
    services.cancel_sale(actor=None, sale=sale, reason="ordered twice")
    with pytest.raises(SaleIsCancelled):
        make.payment(100, sale=sale)


def test_the_collector_works_for_the_tenant_and_is_active():
    away = make.user()
    away.is_active = False
    away.save()
    for collector in (away, make.user(of=make.tenant("other")), make.user("CUSTOMER"), make.superuser()):
        with pytest.raises(PersonCannotDoThis):
            make.payment(100, collected_by=collector)


def test_a_representative_records_only_what_they_collected():
    rep = make.user()
    assert make.payment(100, actor=rep).collected_by == rep
    with pytest.raises(PaymentRefused, match="only what they collected"):
        make.payment(100, actor=rep, collected_by=make.user())


def test_strangers_do_not_learn_that_the_customer_exists():
    with pytest.raises(NotFound):
        make.payment(100, by=make.customer(), actor=make.user("ADMIN", of=make.tenant("other")))


def test_a_channel_has_its_limit():
    tenant = make.tenant("careful", payment_limits={"CASH": 1000})
    shop = make.customer(of=tenant)
    assert make.payment(1000, by=shop)
    assert make.payment(1001, by=shop, channel="CHEQUE")
    with pytest.raises(PaymentRefused, match="1001 cents by CASH is more than careful allows"):
        make.payment(1001, by=shop)


def test_where_payments_are_verified_a_new_one_waits_and_pays_for_nothing():
    tenant = make.tenant("strict", requires_payment_verification=True)
    sale = make.sale(5000, to=make.customer(of=tenant))
    payment = make.payment(5000, sale=sale)
    assert payment.verification_status == "PENDING_VERIFICATION"
    assert not Payment.objects.counting().exists()
    assert (payment.allocated_cents, Allocation.objects.count()) == (0, 0)
    assert_books_are_right()


def test_without_a_sale_the_collectors_own_open_route_may_be_named():
    rep = make.user()
    route = make.route(rep=rep)
    assert make.payment(100, route=route, collected_by=rep).route_id == route.pk


@pytest.mark.parametrize("status", ["PENDING", "RECONCILED"])
def test_only_a_route_that_is_out_or_back_may_be_named(status):
    rep = make.user()
    with pytest.raises(RouteRefused, match=f"is {status}"):
        make.payment(100, route=make.route(status, rep=rep), collected_by=rep)


def test_somebody_elses_route_may_not_be_named():
    with pytest.raises(RouteRefused, match="not the collector's own"):
        make.payment(100, route=make.route(), collected_by=make.user())
    with pytest.raises(RouteRefused, match="not the collector's own"):
        make.payment(100, route=make.route())


def test_another_route_than_that_of_the_sale_may_not_be_named():
    rep = make.user()
    with pytest.raises(RouteRefused, match="Leave the route out"):
        make.payment(100, sale=make.sale(route=make.route()), route=make.route(rep=rep), collected_by=rep)


class TestASaleOnAReconciledRoute:
    """Its figures are signed: a later payment is taken, but not on that route."""

    @pytest.fixture
    def sale(self):
        route = make.route(rep=make.user())
        sale = make.sale(5000, route=route)
        make.bring(route, to="RECONCILED")
        return sale

    def test_a_later_payment_is_on_no_route(self, sale):
        payment = make.payment(5000, sale=sale, received_at=make.later(days=1))
        sale.refresh_from_db()
        assert (payment.route_id, sale.status) == (None, Sale.Status.COMPLETED)
        assert_books_are_right()

    def test_it_takes_the_collectors_own_open_route_when_named(self, sale):
        rep = make.user()
        route = make.route(rep=rep)
        payment = make.payment(100, sale=sale, route=route, collected_by=rep, received_at=make.later(days=1))
        assert payment.route_id == route.pk
        assert_books_are_right()

    def test_a_payment_from_before_the_reconciliation_is_refused_with_a_way_out(self, sale):
        with pytest.raises(RouteRefused, match="Name the collector's open route"):
            make.payment(100, sale=sale, received_at=make.NOW)
        assert not Payment.objects.exists()


class TestARepeat:
    """A phone sends again what it got no answer for."""

    def test_with_the_same_key_is_answered_with_the_first(self):
        sale = make.sale(5000)
        first = make.payment(3000, sale=sale, idempotency_key="k-1")
        assert make.payment(3000, sale=sale, idempotency_key="k-1").pk == first.pk
        sale.refresh_from_db()
        assert (Payment.objects.count(), sale.allocated_cents) == (1, 3000)

    def test_with_the_same_id_is_answered_with_the_first(self):
        sale, made_by_phone = make.sale(5000), make.sale().pk
        first = make.payment(3000, sale=sale, id=made_by_phone)
        assert make.payment(3000, sale=sale, id=made_by_phone).pk == first.pk == made_by_phone
        assert Allocation.objects.count() == 1

    def test_is_answered_even_after_the_sale_moved_or_was_paid(self):
        sale = make.sale(5000, route=make.route())
        first = make.payment(5000, sale=sale, idempotency_key="k-1")
        services.add_sale_to_route(actor=None, sale=sale, route=make.route())
        assert make.payment(5000, sale=sale, idempotency_key="k-1").pk == first.pk

    @pytest.mark.parametrize(
        "other",
        [{"amount_cents": 3001}, {"channel": "CHEQUE"}, {"reference": "R-2"}, {"received_at": make.later(hours=1)}],
    )
    @pytest.mark.parametrize("identity", ["idempotency_key", "id"])
    def test_with_other_content_is_refused(self, identity, other):
        sale = make.sale(5000)
        same = {identity: "k-1" if identity == "idempotency_key" else make.customer().pk}
        make.payment(3000, sale=sale, **same)
        with pytest.raises(PaymentAlreadyKnown, match="other content"):
            make.payment(**{"amount_cents": 3000, "sale": sale, **same, **other})
        assert Payment.objects.count() == 1

    def test_for_another_customer_is_refused(self):
        make.payment(100, by=make.customer(), idempotency_key="k-1")
        with pytest.raises(PaymentAlreadyKnown):
            make.payment(100, by=make.customer(), idempotency_key="k-1")

    def test_with_key_and_id_of_two_payments_is_refused(self):
        shop = make.customer()
        make.payment(100, by=shop, idempotency_key="k-1")
        second = make.payment(100, by=shop)
        with pytest.raises(PaymentAlreadyKnown, match="different payments"):
            make.payment(100, by=shop, idempotency_key="k-1", id=second.pk)

    def test_keys_belong_to_a_tenant(self):
        make.payment(100, idempotency_key="k-1")
        assert make.payment(100, by=make.customer(of=make.tenant("other")), idempotency_key="k-1")
        assert Payment.objects.count() == 2


def test_two_unlinked_payments_without_key_are_two_payments():
    shop = make.customer()
    make.payment(100, by=shop)
    make.payment(100, by=shop)
    assert Payment.objects.count() == 2


def test_a_refused_payment_leaves_nothing_and_is_remembered():
    sale = make.sale(5000)
    with pytest.raises(DomainError):
        make.payment(100, sale=sale, currency="USD")
    assert not Payment.objects.exists() and not Allocation.objects.exists()
    [refused] = RefusedWrite.objects.all()
    assert (refused.service, refused.code) == ("record_payment", "wrong_currency")


def test_history_says_who_recorded_it():
    rep = make.user()
    payment = make.payment(100, actor=rep)
    assert {image.history_user_id for image in payment.history.all()} == {rep.pk}


def test_a_payment_received_yesterday_may_be_recorded_today():
    assert make.payment(100, received_at=make.NOW - timedelta(days=1), now=make.NOW)
