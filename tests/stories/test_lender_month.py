"""A month of a small lender, as its office would tell it. Amounts in rupees; INR 1.00 = 100 cents, one point is worth one rupee.

Farah and Arjun are the office, Kiran goes out and collects. On 1 December Meena borrows 60,000.00 at 12 % a year, actual days
over 360: 20.00 a day. Asha, who sent her, earns 5 % of the interest; Meena earns 10 points for each payment that is verified.

    day       on 60,000.00 …                    accrued since 1 Dec    rounded    less what was paid
    8 Dec     7 days x 60,000.00                    140.0000            140.00         140.00
    15 Dec    7 days x 55,000.00                    268.3333            268.33         128.33
    22 Dec    7 days x 50,000.00                    385.0000            385.00         116.67
    29 Dec    14 days x 50,000.00 (22 Dec bounced)  501.6667            501.67         233.34
    31 Dec    1 day x 49,233.34, 1 day x 40,000.00  531.4111            531.41          29.74
"""

from datetime import UTC, date, datetime

import pytest

from cashback import services
from cashback.models import CashbackAccount, SystemAccount
from cashback.selectors.balances import balance_as_of
from cashback.selectors.loans import figures_of, statement_of
from cashback.services.loan_splits import MoreThanOwed
from cashback.services.loan_verification import OwnLoanPayment
from cashback.services.loans import LoanIsNotPaid
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.cashback.earning import has

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


def at(number, hour=6):
    """A moment of that day of December."""
    return datetime(2025, 12, number, hour, tzinfo=UTC)


class Month:
    """The lender, its people and the loan."""

    def __init__(self):
        self.tenant = make.tenant("lotus", currency="INR", timezone="Asia/Kolkata")
        self.arjun, self.farah = self.person("ADMIN", "Arjun"), self.person("FINANCE", "Farah")
        self.kiran = self.person("SALES_REP", "Kiran")
        self.meena, self.asha, self.ravi = (self.person("CUSTOMER", name) for name in ("Meena", "Asha", "Ravi"))
        self.loan = services.open_loan(
            actor=self.farah,
            tenant=self.tenant,
            customer=self.meena,
            loan_name="Sewing machines",
            principal_cents=60_000_00,
            interest_rate="0.12",
            started_on=date(2025, 12, 1),
            now=at(1),
        )
        services.assign_to_loan(actor=self.arjun, loan=self.loan, user=self.kiran)
        rule = {"actor": self.kiran, "loan": self.loan}
        services.set_loan_cashback(**rule, user=self.asha, cashback_type="percentage", cashback_value="0.05")
        services.set_loan_cashback(**rule, user=self.meena, cashback_type="fixed", points_cents=10_00)

    def person(self, role, name):
        return make.user(role, of=self.tenant, name=name)

    def pays(self, number, cents, *, to, **fields):
        """Meena pays on that day, and this person writes it down."""
        on = date(2025, 12, number)
        return services.record_loan_payment(
            actor=to, loan=self.loan, amount_cents=cents, payment_date=on, now=at(number), **fields
        )

    def verifies(self, payment, number, *, by):
        return services.verify_loan_payment(actor=by, payment=payment, now=at(number, 12))

    def stands(self, number, *, left, paid, due):
        """On that day so much principal is left, and so much interest is paid and due; the stored totals say the same."""
        figures = figures_of(self.loan, as_of=date(2025, 12, number))
        told = figures.principal_left_cents, figures.interest_paid_cents, figures.interest_due_cents
        assert told == (left, paid, due)
        self.loan.refresh_from_db()
        assert (self.loan.remaining_principal_cents, self.loan.interest_paid_cents) == (left, paid)

    def have(self, *, asha, meena, ravi=0):
        """So many points they have; below zero they owe them. What they have together is what the house issued."""
        points = [balance - debt for balance, debt in map(has, (self.asha, self.meena, self.ravi))]
        assert points == [asha, meena, ravi]
        assert_books_are_right()


@pytest.fixture
def month(db):
    return Month()


def pay_three_weeks(month):
    """5,140.00 in cash to Kiran, 5,128.33 by UPI that Meena submits herself, 10,116.67 by the bank."""
    month.stands(8, left=60_000_00, paid=0, due=140_00)
    first = month.pays(8, 5_140_00, to=month.kiran)
    assert (first.interest_cents, first.principal_cents) == (140_00, 5_000_00)
    month.have(asha=0, meena=0)
    month.verifies(first, 9, by=month.farah)
    month.stands(8, left=55_000_00, paid=140_00, due=0)
    month.have(asha=7_00, meena=10_00)

    second = month.pays(15, 5_128_33, to=month.meena, payment_method="upi", transaction_id="UPI-77120")
    assert (second.interest_cents, second.principal_cents) == (128_33, 5_000_00)
    month.verifies(second, 15, by=month.farah)
    month.stands(15, left=50_000_00, paid=268_33, due=0)
    month.have(asha=13_42, meena=20_00)  # 5 % of 128.33 is 6.4165, so 6.42

    third = month.pays(22, 10_116_67, to=month.farah, payment_method="bank_transfer")
    assert (third.interest_cents, third.principal_cents) == (116_67, 10_000_00)
    with pytest.raises(OwnLoanPayment):
        month.verifies(third, 22, by=month.farah)
    month.verifies(third, 22, by=month.arjun)
    month.stands(22, left=40_000_00, paid=385_00, due=0)
    month.have(asha=19_25, meena=30_00)  # 5 % of 116.67 is 5.8335, so 5.83
    return third


def bounce(month, third):
    """Meena sends her brother 25 of her 30 points. Then the bank takes its money back, and so are the points on it."""
    services.transfer_points(actor=month.meena, receiver=month.ravi, points_cents=25_00, now=at(23))
    month.have(asha=19_25, meena=5_00, ravi=25_00)
    services.reject_loan_payment(actor=month.arjun, payment=third, reason="returned by the bank", now=at(26))
    month.stands(26, left=50_000_00, paid=268_33, due=183_34)  # 140 + 128.3333 + 11 days of 16.6667: 451.67
    month.have(asha=13_42, meena=-5_00, ravi=25_00)
    assert has(month.meena) == (0, 5_00)


def pay_to_the_end(month):
    """1,000.00 go to interest first; 9,233.34 to principal only, as agreed with the office; the rest on the last day."""
    fourth = month.pays(29, 1_000_00, to=month.kiran)
    assert (fourth.interest_cents, fourth.principal_cents) == (233_34, 766_66)
    month.verifies(fourth, 29, by=month.arjun)
    month.stands(29, left=49_233_34, paid=501_67, due=0)
    month.have(asha=25_09, meena=5_00, ravi=25_00)  # 11.667, so 11.67; Meena's 10 repay the 5 that she owed

    fifth = month.pays(30, 9_233_34, to=month.farah, interest_cents=0)
    month.verifies(fifth, 30, by=month.arjun)
    month.stands(30, left=40_000_00, paid=501_67, due=16_41)
    month.have(asha=25_09, meena=15_00, ravi=25_00)  # a share of no interest is nothing; fixed points are earned

    month.stands(31, left=40_000_00, paid=501_67, due=29_74)
    with pytest.raises(LoanIsNotPaid):
        services.close_loan(actor=month.farah, loan=month.loan, now=at(31))
    with pytest.raises(MoreThanOwed):
        month.pays(31, 40_029_75, to=month.kiran)
    last = month.pays(31, 40_029_74, to=month.kiran)
    month.verifies(last, 31, by=month.farah)
    month.stands(31, left=0, paid=531_41, due=0)
    month.have(asha=26_58, meena=25_00, ravi=25_00)  # 1.487, so 1.49
    assert services.close_loan(actor=month.farah, loan=month.loan, now=at(31)).status == "closed"


def test_a_month_of_a_loan_in_the_words_of_its_office(month):
    third = pay_three_weeks(month)
    bounce(month, third)
    pay_to_the_end(month)

    told = [
        (line.on.day, line.interest_accrued_cents, line.payment.amount_cents, line.principal_left_cents)
        for line in statement_of(month.loan, as_of=date(2025, 12, 31))
        if line.payment
    ]
    assert told == [
        (8, 140_00, 5_140_00, 55_000_00),
        (15, 128_33, 5_128_33, 50_000_00),
        (29, 233_34, 1_000_00, 49_233_34),
        (30, 16_41, 9_233_34, 40_000_00),
        (31, 13_33, 40_029_74, 0),
    ]
    # all that she paid is what was lent and its interest
    assert sum(amount for _, _, amount, _ in told) == 60_000_00 + 531_41


def test_what_was_earned_on_it_is_paid_out_and_all_accounts_add_up_to_zero(month):
    bounce(month, pay_three_weeks(month))
    pay_to_the_end(month)
    asked = services.request_redemption(
        actor=month.asha,
        points_cents=26_58,
        redemption_type="upi",
        details={"upi_id": "asha@okbank"},
        now=at(31, 14),
    )
    month.have(asha=0, meena=25_00, ravi=25_00)
    services.complete_redemption(actor=month.arjun, redemption=asked, payout_reference="UPI-90017", now=at(31, 15))

    house = dict(CashbackAccount.objects.filter(user=None).values_list("kind", "balance_cents"))
    assert house == {SystemAccount.ISSUANCE: -76_58, SystemAccount.REDEMPTION_CLEARING: 26_58}
    assert [balance_as_of(month.meena, at(day, 23)) for day in (8, 9, 15, 22, 23, 26, 29, 30, 31)] == [
        0,
        10_00,
        20_00,
        30_00,
        5_00,
        -5_00,
        5_00,
        15_00,
        25_00,
    ]
    assert_books_are_right()
