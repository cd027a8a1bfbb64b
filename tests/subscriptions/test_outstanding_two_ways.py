"""What a customer owes is the same in two ways, whatever happens, and their statement closes with it. GAP-008."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.errors import DomainError
from billing import services
from billing.models import Credit, Customer, Invoice, Payment, Sale
from billing.selectors.statement import statement_of
from subscriptions import services as dairy
from subscriptions.invariants.outstanding import both_ways_agree, nothing_is_less_than_nothing
from subscriptions.models import Delivery
from subscriptions.selectors.account_figures import Scope
from subscriptions.selectors.outstanding import (
    NEGATIVE,
    VERY_LARGE,
    WAYS_DIFFER,
    Wanted,
    anomalies,
    outstanding_of_customer,
    outstanding_rows,
)
from tests import make
from tests.subscriptions.accounts import account_of_lal, billed, fresh

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]

amounts = st.sampled_from([1, 40, 999, 2500, 10_000])
nth = st.integers(0, 5)


class Dairy(RuleBasedStateMachine):
    """A dairy with one customer who has everything: what is refused is refused, and both ways stay the same."""

    def __init__(self):
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.hours = 0

    @initialize(opening=st.sampled_from([0, 700]))
    def open_business(self, opening):
        self.customer = make.customer(opening_balance_cents=opening)
        self.milk = make.product(333, of=self.customer.tenant)

    def teardown(self):
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    @property
    def now(self):
        return make.later(hours=self.hours)

    def attempt(self, service, *, actor=None, **fields):
        """Do it seven hours after the last; None when the business refuses."""
        self.hours += 7
        try:
            with transaction.atomic():
                return service(actor=actor, **fields)
        except DomainError:
            return None

    def one_of(self, model, number):
        rows = list(model.objects.filter(customer=self.customer).order_by("created_at", "id"))
        return rows[number % len(rows)] if rows else None

    @rule(quantity=st.sampled_from(["0.5", "1.333", "2"]), back=st.integers(0, 5))
    def deliver(self, quantity, back):
        day = self.now.date() - timedelta(days=back)
        self.attempt(
            dairy.add_delivery,
            customer=self.customer,
            product=self.milk,
            quantity=Decimal(quantity),
            day=day,
            now=self.now,
        )

    @rule(number=nth, quantity=st.sampled_from(["0.25", "3"]))
    def correct(self, number, quantity):
        if delivery := self.one_of(Delivery, number):
            fields = {"delivery": delivery, "reason": "misread", "now": self.now}
            self.attempt(dairy.correct_delivery, quantity=Decimal(quantity), **fields)

    @rule(number=nth)
    def take_a_delivery_back(self, number):
        if delivery := self.one_of(Delivery, number):
            self.attempt(dairy.cancel_delivery, delivery=delivery, reason="wrong house", now=self.now)

    @rule(cents=amounts)
    def sell_on_credit(self, cents):
        self.hours += 7
        make.sale(cents, to=self.customer, sale_type="CREDIT", sold_at=self.now)

    @rule(number=nth, cents=amounts)
    def goods_come_back(self, number, cents):
        if sale := self.one_of(Sale, number):
            actor = make.user("FINANCE")
            self.attempt(services.record_return, actor=actor, sale=sale, amount_cents=cents, reason="sour")

    @rule(number=nth)
    def cancel_sale(self, number):
        if sale := self.one_of(Sale, number):
            self.attempt(services.cancel_sale, sale=sale, reason="mistake")

    @rule(cents=amounts, number=nth, is_for_sale=st.booleans())
    def take_money(self, cents, number, is_for_sale):
        sale = self.one_of(Sale, number) if is_for_sale else None
        fields = {"sale": sale} if sale else {}
        self.hours += 7
        try:
            make.payment(cents, by=self.customer, received_at=self.now, **fields)
        except DomainError:
            return

    @rule(number=nth)
    def apply(self, number):
        if payment := self.one_of(Payment, number):
            self.attempt(services.allocate_payment, payment=payment, now=self.now)

    @rule(number=nth)
    def apply_to_the_opening_balance(self, number):
        if payment := self.one_of(Payment, number):
            left = Customer.objects.get(pk=self.customer.pk).opening_balance_left_cents
            cents = min(left, payment.unallocated_cents)
            splits = [{"opening_balance": True, "amount_cents": cents}]
            self.attempt(services.allocate_payment, payment=payment, now=self.now, splits=splits)

    @rule(number=nth, cents=amounts)
    def give_back(self, number, cents):
        if payment := self.one_of(Payment, number):
            fields = {"payment": payment, "amount_cents": cents, "reason": "asked for it", "now": self.now}
            self.attempt(services.refund_payment, **fields)

    @rule(number=nth)
    def bounce(self, number):
        if payment := self.one_of(Payment, number):
            self.attempt(services.reverse_payment, payment=payment, reason="bounced", now=self.now)

    @rule(is_issued=st.booleans(), membership=st.sampled_from([0, 1200]))
    def invoice_all(self, is_issued, membership):
        """Everything that no live invoice bills, and a membership; a draft asks for nothing yet."""
        unbilled = list(Delivery.objects.unbilled().filter(customer=self.customer))
        lines = [billed(row) for row in unbilled] + list(Sale.objects.asking().filter(customer=self.customer))
        lines += [{"description": "Membership", "unit_price_cents": membership}] if membership else []
        drafted = self.attempt(services.draft_invoice, customer=self.customer, lines=lines, source="SALES")
        if drafted and is_issued:
            self.attempt(services.issue_invoice, invoice=drafted, now=self.now)

    @rule(number=nth, service=st.sampled_from(["issue", "void", "delete", "recover", "write_off", "credit_note"]))
    def do_with_an_invoice(self, number, service):
        if not (invoice := self.one_of(Invoice, number)):
            return
        fields = {"invoice": invoice, "now": self.now}
        reason = {"reason": "because"}
        calls = {
            "issue": (services.issue_invoice, {}),
            "void": (services.void_invoice, reason),
            "delete": (services.delete_invoice, {}),
            "recover": (services.recover_invoice, reason),
            "write_off": (services.write_off_invoice, reason),
            "credit_note": (services.issue_credit_note, {**reason, "amount_cents": 40}),
        }
        call, more = calls[service]
        self.attempt(call, **fields, **more)

    @rule(cents=amounts)
    def be_kind(self, cents):
        self.attempt(services.grant_credit, customer=self.customer, amount_cents=cents, reason="late")

    @rule(number=nth)
    def use_credit(self, number):
        if credit := self.one_of(Credit, number):
            self.attempt(services.apply_credit, credit=credit, now=self.now)

    @rule(number=nth)
    def take_credit_back(self, number):
        if credit := self.one_of(Credit, number):
            self.attempt(services.void_credit, credit=credit, reason="mistake", now=self.now)

    @precondition(lambda self: hasattr(services, "correct_opening_balance"))
    @rule(cents=st.sampled_from([100, 700, 2000]))
    def correct_the_opening_balance(self, cents):
        fields = {"customer": self.customer, "opening_balance_cents": cents, "reason": "misread"}
        self.attempt(services.correct_opening_balance, **fields)

    @invariant()
    def both_ways_are_the_same(self):
        row = owed_by(self.customer, now=self.now)
        assert row["outstanding_cents"] - row["credit_cents"] == row["transactions_cents"]
        assert not {NEGATIVE, WAYS_DIFFER} & set(row["anomalies"])

    @invariant()
    def the_statement_closes_with_what_is_owed(self):
        everything = statement_of(fresh(self.customer))
        assert everything["closing_cents"] == owed_by(self.customer, now=self.now)["transactions_cents"]

    @invariant()
    def a_period_opens_with_what_the_one_before_closed(self):
        customer, day = fresh(self.customer), make.TODAY
        before = statement_of(customer, last=day)
        after = statement_of(customer, first=day + timedelta(days=1))
        assert before["closing_cents"] == after["opening_cents"]
        assert statement_of(customer, by="month")["closing_cents"] == after["closing_cents"]


def owed_by(customer, now=make.NOW):
    return outstanding_of_customer(customer, Scope(customer.tenant, now))


def test_any_order_of_business_keeps_both_ways_the_same():
    run_state_machine_as_test(
        Dairy,
        settings=settings(
            max_examples=5,
            stateful_step_count=14,
            deadline=None,
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )


@pytest.fixture
def account():
    return account_of_lal()


def test_the_worked_example_of_the_two_ways(account):
    row = owed_by(account)
    assert (row["opening_left_cents"], row["invoices_cents"], row["deliveries_unbilled_cents"]) == (0, 3000, 2000)
    assert (row["outstanding_cents"], row["credit_cents"], row["net_cents"]) == (5000, 500, 4500)
    assert (row["opening_cents"], row["deliveries_cents"], row["paid_cents"]) == (1000, 6000, 2500)
    assert row["transactions_cents"] == 4500
    assert row["anomalies"] == []


def test_a_delivery_on_a_draft_is_still_owed(account):
    open_one = Delivery.objects.unbilled().get(customer=account)
    make.draft(to=account, lines=[billed(open_one)])
    assert owed_by(account)["outstanding_cents"] == 5000


def test_the_age_of_what_is_owed_goes_by_the_due_date(account):
    late = owed_by(account, now=make.later(days=14 + 31))
    assert (late["current_cents"], late["days_31_60_cents"], late["overdue_cents"]) == (0, 3000, 3000)
    assert late["outstanding_cents"] == 5000


@pytest.mark.damages_rows
def test_damage_by_raw_sql_is_named_and_not_clamped(account):
    Payment.objects.filter(customer=account).update(allocated_cents=0)
    row = owed_by(account)
    assert row["anomalies"] == [WAYS_DIFFER]
    assert row["net_cents"] - row["transactions_cents"] == -2000
    to_look_at = outstanding_rows(Scope(make.tenant(), make.NOW), Wanted(selection="to_look_at"))
    assert [row["number"] for row in to_look_at] == [account.number]


@pytest.mark.damages_rows
def test_check_books_finds_the_same(account):
    assert list(both_ways_agree(using="default")) == []
    Payment.objects.filter(customer=account).update(allocated_cents=0)
    [violation] = both_ways_agree(using="default", tenant=account.tenant)
    assert violation.where == f"customer {account.number}"
    assert (violation.numbers["net_cents"], violation.numbers["transactions_cents"]) == (2500, 4500)
    assert list(nothing_is_less_than_nothing(using="default")) == []


@pytest.mark.damages_rows
def test_a_line_that_bills_another_amount_than_its_delivery_is_found(account):
    Delivery.objects.filter(customer=account).update(total_cents=4100)
    assert owed_by(account)["anomalies"] == [WAYS_DIFFER]


def test_less_than_nothing_and_very_much_are_named():
    figures = dict.fromkeys(
        ("opening_left_cents", "sales_open_cents", "invoices_cents", "credit_cents", "net_cents", "transactions_cents"),
        0,
    )
    assert anomalies({**figures, "outstanding_cents": -1}) == [NEGATIVE]
    assert anomalies({**figures, "outstanding_cents": 100_000_000}) == []
    assert anomalies({**figures, "outstanding_cents": 100_000_001}) == [VERY_LARGE]
