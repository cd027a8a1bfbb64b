"""Any sequence of services keeps the books right: Hypothesis plays the business, the invariants look over its shoulder."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from accounts.errors import DomainError
from billing import services
from billing.models import Payment, Sale
from billing.selectors.accountability import accountability_of, accountability_of_all
from routes.models import Route
from tests import make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.routes, pytest.mark.django_db]

amounts = st.sampled_from([1, 40, 100, 250, 1000])
channels = st.sampled_from(["CASH", "CASH", "CHEQUE"])


class Business(RuleBasedStateMachine):
    """Customers, sales, routes and payments; what the business refuses is refused, and nothing else may go wrong."""

    sales = Bundle("sales")
    routes = Bundle("routes")
    payments = Bundle("payments")

    def __init__(self):
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.hours = 0
        self.signed = {}

    @initialize()
    def open_business(self):
        self.tenant = make.tenant()
        self.reps = [make.user(of=self.tenant), make.user(of=self.tenant)]
        self.office = make.user("FINANCE", of=self.tenant)
        self.shops = [make.customer(of=self.tenant, opening_balance_cents=100 * number) for number in range(2)]

    def teardown(self):
        """Leave an empty database to the next business."""
        try:
            assert_books_are_right()
        finally:
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)

    def attempt(self, service, **fields):
        """Do it an hour later than the last; None when the business refuses."""
        self.hours += 1
        try:
            return service(**fields)
        except DomainError:
            return None

    @property
    def now(self):
        return make.later(hours=self.hours)

    @rule(target=routes, rep=st.integers(0, 1))
    def plan(self, rep):
        return make.route("PENDING", rep=self.reps[rep]).pk

    @rule(target=sales, shop=st.integers(0, 1), cents=amounts, kind=st.sampled_from(["CASH", "CREDIT"]))
    def sell(self, shop, cents, kind):
        return make.sale(cents, to=self.shops[shop], sale_type=kind).pk

    @rule(sale=sales, route=routes)
    def put_on_route(self, sale, route):
        self.attempt(services.add_sale_to_route, actor=None, sale=the(Sale, sale), route=the(Route, route))

    @rule(sale=sales)
    def take_off_its_route(self, sale):
        sale = the(Sale, sale)
        if sale.route:
            self.attempt(services.remove_sale_from_route, actor=None, sale=sale, route=sale.route)

    @rule(target=payments, sale=sales, cents=amounts, channel=channels)
    def pay(self, sale, cents, channel):
        return self.take(cents, channel=channel, sale=the(Sale, sale))

    @rule(target=payments, shop=st.integers(0, 1), route=routes, cents=amounts)
    def pay_old_debt_on_the_round(self, shop, route, cents):
        route = the(Route, route)
        return self.take(cents, by=self.shops[shop], route=route, collected_by=route.assigned_to)

    def take(self, cents, **fields):
        before = accountability_of_all(self.tenant)["totals"]["total_collected_cents"]
        payment = self.attempt(make.payment, amount_cents=cents, received_at=self.now, **fields)
        assert accountability_of_all(self.tenant)["totals"]["total_collected_cents"] >= before
        return payment.pk if payment else None

    @rule(payment=payments)
    def reverse(self, payment):
        if payment:
            self.attempt(
                services.reverse_payment, actor=None, payment=the(Payment, payment), reason="bounced", now=self.now
            )

    @rule(payment=payments, cents=amounts)
    def refund(self, payment, cents):
        if payment:
            before = accountability_of_all(self.tenant)["totals"]["all_payments_cents"]
            fields = {"payment": the(Payment, payment), "amount_cents": cents, "reason": "paid twice", "now": self.now}
            refunded = self.attempt(services.refund_payment, actor=self.office, **fields)
            after = accountability_of_all(self.tenant)["totals"]["all_payments_cents"]
            assert after == before - (cents if refunded else 0)

    @rule(payment=payments, route=routes)
    def decide_route(self, payment, route):
        if payment:
            fields = {"payment": the(Payment, payment), "route": the(Route, route)}
            self.attempt(services.set_payment_route, actor=None, reason="asked", **fields)

    @rule(sale=sales, cents=amounts)
    def give_back(self, sale, cents):
        fields = {"sale": the(Sale, sale), "amount_cents": cents}
        self.attempt(services.record_return, actor=self.office, reason="broken", **fields)

    @rule(sale=sales)
    def cancel(self, sale):
        self.attempt(services.cancel_sale, actor=None, sale=the(Sale, sale), reason="ordered twice")

    @rule(route=routes, step=st.sampled_from([services.start_route, services.complete_route]))
    def drive(self, route, step):
        self.attempt(step, actor=None, route=the(Route, route), now=self.now)

    @rule(route=routes)
    def reopen(self, route):
        self.attempt(services.reopen_route, actor=None, route=the(Route, route), reason="forgot a shop", now=self.now)

    @rule(route=routes, cash=amounts)
    def reconcile(self, route, cash):
        settled = self.attempt(
            services.reconcile_route,
            actor=self.office,
            route=the(Route, route),
            cash_handed_over_cents=cash,
            now=self.now,
            disposition="OPEN",
            disposition_reason="counted twice",
        )
        if settled:
            self.signed[route] = figures_of(the(Route, route))

    @invariant()
    def the_books_are_right(self):
        assert_books_are_right(part="routes")

    @invariant()
    def signed_figures_stay(self):
        for route, figures in self.signed.items():
            assert figures_of(the(Route, route)) == figures


def the(model, pk):
    return model.objects.get(pk=pk)


def figures_of(route):
    """A reconciled route's figures, but for two that explain and count nothing.

    *How* a payment is counted changes when its link is written down; what payments elsewhere have paid of its sales
    (`prepaid_cents`) changes when these are taken or given back.
    """
    [figures] = [row for row in accountability_of(route.assigned_to)["routes"] if row["route_id"] == route.pk]
    return {name: value for name, value in figures.items() if name not in {"payments_via_fallback", "prepaid_cents"}}


def test_no_sequence_of_services_breaks_the_books():
    run_state_machine_as_test(
        Business,
        settings=settings(
            max_examples=6,
            stateful_step_count=20,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
