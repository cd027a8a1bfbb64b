"""Any sequence of services on invoices, sales, payments and credits keeps the books right, and no cent is owed twice."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from accounts.errors import DomainError
from billing import services
from billing.models import Allocation, Credit, Customer, Invoice, Payment, Sale
from billing.selectors.accountability import accountability_of_all
from billing.selectors.outstanding import outstanding_of
from billing.selectors.statement import statement_of
from tests import make
from tests.billing.proof import assert_books_are_right, assert_trail_is_whole

pytestmark = [pytest.mark.allocations, pytest.mark.django_db]

amounts = st.sampled_from([1, 40, 100, 250])


class Office(RuleBasedStateMachine):
    """Two customers, what they buy, are billed, pay and are granted; what is refused is refused, and nothing else goes wrong."""

    sales = Bundle("sales")
    invoices = Bundle("invoices")
    payments = Bundle("payments")
    credits = Bundle("credits")

    def __init__(self):
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.days = 0

    @initialize()
    def open_office(self):
        self.shops = [make.customer(opening_balance_cents=70), make.customer()]

    def teardown(self):
        """Leave an empty database to the next office."""
        try:
            assert_books_are_right()
            for payment in Payment.objects.all():
                assert_trail_is_whole(payment)
        finally:
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)

    def attempt(self, service, **fields):
        """Do it a day later than the last; None when the business refuses."""
        self.days += 1
        try:
            return service(actor=None, **fields)
        except DomainError:
            return None

    @property
    def now(self):
        return make.later(days=self.days)

    @rule(target=sales, shop=st.integers(0, 1), cents=amounts)
    def sell(self, shop, cents):
        return make.sale(cents, to=self.shops[shop]).pk

    @rule(target=invoices, sale=sales)
    def draft_for_a_sale(self, sale):
        sale = Sale.objects.get(pk=sale)
        fields = {"customer": sale.customer, "source": "SALES", "lines": [sale]}
        return getattr(self.attempt(services.draft_invoice, **fields), "pk", None)

    @rule(target=invoices, shop=st.integers(0, 1), cents=st.sampled_from([0, 40, 250]))
    def invoice_dues(self, shop, cents):
        return make.invoice(cents, to=self.shops[shop], now=self.now).pk

    @rule(
        invoice=invoices,
        step=st.sampled_from(["issue", "issue", "void", "delete", "recover", "recover", "note", "write_off"]),
    )
    def move(self, invoice, step):
        steps = {
            "issue": (services.issue_invoice, {}),
            "void": (services.void_invoice, {"reason": "mistake"}),
            "delete": (services.delete_invoice, {}),
            "recover": (services.recover_invoice, {}),
            "note": (services.issue_credit_note, {"reason": "broken", "amount_cents": 30}),
            "write_off": (services.write_off_invoice, {"reason": "bankrupt"}),
        }
        if invoice:
            service, fields = steps[step]
            self.attempt(service, invoice=Invoice.objects.get(pk=invoice), now=self.now, **fields)

    @rule(target=payments, sale=sales, cents=amounts)
    def pay_for_a_sale(self, sale, cents):
        sale = Sale.objects.get(pk=sale)
        collected = accountability_of_all(sale.tenant)["totals"]["all_payments_cents"]
        try:
            payment = make.payment(cents, sale=sale, received_at=self.now)
        except DomainError:
            return None
        assert accountability_of_all(sale.tenant)["totals"]["all_payments_cents"] == collected + cents
        return payment.pk

    @rule(target=payments, shop=st.integers(0, 1), cents=amounts)
    def pay(self, shop, cents):
        return make.payment(cents, by=self.shops[shop], received_at=self.now).pk

    @rule(payment=payments)
    def apply_payment(self, payment):
        if payment:
            self.attempt(services.allocate_payment, payment=Payment.objects.get(pk=payment), now=self.now)

    @rule(payment=payments)
    def reverse_payment(self, payment):
        if payment:
            fields = {"payment": Payment.objects.get(pk=payment), "reason": "bounced", "now": self.now}
            self.attempt(services.reverse_payment, **fields)

    @rule(payment=payments, cents=amounts)
    def refund_payment(self, payment, cents):
        if payment:
            fields = {"payment": Payment.objects.get(pk=payment), "amount_cents": cents, "reason": "paid twice"}
            self.attempt(services.refund_payment, now=self.now, **fields)

    @rule(target=credits, shop=st.integers(0, 1), cents=amounts)
    def grant(self, shop, cents):
        fields = {"customer": self.shops[shop], "amount_cents": cents, "reason": "late"}
        return self.attempt(services.grant_credit, **fields).pk

    @rule(credit=credits, is_void=st.booleans())
    def use_credit(self, credit, is_void):
        credit = Credit.objects.get(pk=credit)
        if is_void:
            self.attempt(services.void_credit, credit=credit, reason="mistake", now=self.now)
        else:
            self.attempt(services.apply_credit, credit=credit, now=self.now)

    @rule(place=st.integers(0, 5))
    def take_back(self, place):
        rows = Allocation.objects.order_by("id")[place : place + 1]
        for row in rows:
            self.attempt(services.reverse_allocation, allocation=row, reason="mistake", now=self.now)

    @rule(sale=sales)
    def cancel(self, sale):
        self.attempt(services.cancel_sale, sale=Sale.objects.get(pk=sale), reason="ordered twice")

    @invariant()
    def the_books_are_right(self):
        assert_books_are_right(part="allocations")

    @invariant()
    def the_statement_closes_with_what_is_owed(self):
        for shop in Customer.objects.all():
            owed = outstanding_of(shop)
            assert statement_of(shop)["closing_cents"] == owed["outstanding_cents"] - owed["credit_cents"]


def test_no_sequence_of_services_breaks_the_books():
    run_state_machine_as_test(
        Office,
        settings=settings(
            max_examples=8,
            stateful_step_count=20,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
