"""A payment on a loan earns when it is verified: shares of its interest and fixed points, once for each verification."""

from decimal import Decimal

import pytest

from accounts.services import deactivate_user
from cashback import services
from cashback.models import CashbackTransaction, LoanCashbackConfig
from cashback.services.earning import AlreadyEarned, CannotEarn, EarnsByOwnHand
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.cashback.earning import earned, fixed, has, share, standing

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


def verify(payment, **said):
    said = {"actor": make.user("ADMIN", of=payment.tenant), "payment": payment, "now": make.NOW} | said
    return services.verify_loan_payment(**said)


def a_payment(loan, interest_cents=4000, principal_cents=10_000, **said):
    return make.loan_payment(interest_cents + principal_cents, on=loan, interest_cents=interest_cents, **said)


def test_a_verified_payment_gives_shares_of_its_interest_and_fixed_points():
    """140.00 are paid, 40.00 of it interest; Asha earns 5 %, Ravi a fixed 1.50."""
    loan = make.loan()
    asha, ravi = share(loan, "0.05"), fixed(loan, 150)
    verify(a_payment(loan))
    assert (has(asha), has(ravi)) == ((200, 0), (150, 0))
    assert_books_are_right("cashback")


def test_a_row_keeps_its_rule_its_base_its_payment_and_who_verified():
    loan, verifier = make.loan(), make.user("FINANCE")
    asha = share(loan, "0.05")
    payment = verify(a_payment(loan), actor=verifier)
    (row,) = earned()
    assert (row.transaction_type, row.occasion, row.base_cents, row.points_cents) == (
        "loan_interest_auto",
        1,
        4000,
        200,
    )
    assert (row.cashback_type, row.cashback_value) == ("percentage", Decimal("0.05"))
    assert (row.related_loan, row.related_payment, row.to_user) == (loan, payment, asha)
    assert (row.from_account, row.created_by_user, row.created_at) == ("ISSUANCE", verifier, make.NOW)


def test_a_rule_is_of_its_loan_alone_another_loan_of_the_borrower_earns_by_its_own():
    """Loans are not split here; a second one for the same person begins without rules, and the first keeps what it earned."""
    first = make.loan()
    asha = share(first, "0.05")
    verify(a_payment(first))
    second = make.loan(to=first.customer)
    verify(a_payment(second))
    assert [row.related_loan for row in earned()] == [first]
    assert has(asha) == (200, 0)


def test_nothing_is_earned_before_it_is_verified():
    loan = make.loan()
    share(loan, "0.05")
    a_payment(loan)
    assert earned() == []


def test_a_payment_of_principal_only_earns_what_is_fixed_and_no_share():
    """Zero interest: the former form left the fixed rule out, its rule did not. Fixed is fixed."""
    loan = make.loan()
    asha, ravi = share(loan, "0.05"), fixed(loan, 150)
    verify(a_payment(loan, interest_cents=0))
    assert (has(asha), has(ravi)) == ((0, 0), (150, 0))
    assert_books_are_right("cashback")


def test_a_payment_on_an_interest_only_loan_earns_on_all_of_it():
    loan = make.loan(loan_type="interest_only")
    asha = share(loan, "0.05")
    verify(make.loan_payment(30_000, on=loan))
    assert has(asha) == (1500, 0)


def test_a_rule_that_ended_between_recording_and_verifying_earns_nothing():
    loan = make.loan()
    asha = share(loan, "0.05")
    payment = a_payment(loan)
    services.end_loan_cashback(actor=None, config=LoanCashbackConfig.objects.get(user=asha))
    verify(payment)
    assert (has(asha), earned()) == ((0, 0), [])


def test_a_rule_that_changes_later_changes_nothing_that_is_booked_and_counts_for_the_next_payment():
    loan = make.loan()
    asha = share(loan, "0.05")
    verify(a_payment(loan))
    services.end_loan_cashback(actor=None, config=LoanCashbackConfig.objects.get(user=asha))
    fixed(loan, 700, to=asha)
    assert has(asha) == (200, 0)
    verify(a_payment(loan))
    assert [(row.cashback_type, row.points_cents) for row in earned()] == [("percentage", 200), ("fixed", 700)]
    assert_books_are_right("cashback")


def test_rows_by_hand_come_in_place_of_the_rules_and_say_so():
    loan, mina = make.loan(), make.user("CUSTOMER")
    asha = share(loan, "0.05")
    verify(a_payment(loan), cashback=[(mina, 33)], cashback_reason="as agreed")
    (row,) = earned()
    assert (row.transaction_type, row.cashback_type, row.points_cents) == ("loan_interest_manual", "", 33)
    assert (has(asha), has(mina)) == ((0, 0), (33, 0))
    assert_books_are_right("cashback")


def test_no_rows_by_hand_are_no_cashback_though_there_are_rules():
    loan = make.loan()
    share(loan, "0.05")
    assert (verify(a_payment(loan), cashback=[]).status, earned()) == ("verified", [])


def test_points_by_hand_that_cannot_be_booked_leave_the_payment_waiting():
    loan, asha = make.loan(), make.user("CUSTOMER")
    payment, stranger = a_payment(loan), make.user("CUSTOMER", of=make.tenant("other"))
    for wrong, refusal in (([(asha, 0)], services.NotPoints), ([(asha, 5), (stranger, 5)], CannotEarn)):
        with pytest.raises(refusal):
            verify(payment, cashback=wrong, cashback_reason="as agreed")
    payment.refresh_from_db()
    assert (payment.status, payment.verifications, CashbackTransaction.objects.count()) == ("pending", 0, 0)


def test_nobody_gives_points_by_hand_to_themselves():
    loan, verifier = make.loan(), make.user("ADMIN")
    with pytest.raises(EarnsByOwnHand):
        verify(a_payment(loan), actor=verifier, cashback=[(verifier, 5)], cashback_reason="as agreed")


def test_who_verifies_earns_by_a_rule_that_others_set_on_a_payment_that_others_submitted():
    loan, verifier = make.loan(), make.user("ADMIN")
    share(loan, "0.05", to=verifier)
    verify(a_payment(loan), actor=verifier)
    assert has(verifier) == (200, 0)


@pytest.mark.parametrize("nobody_set_it", [True, False])
def test_who_verifies_earns_nothing_where_no_second_person_stands_behind_it(nobody_set_it):
    loan, verifier = make.loan(), make.user("ADMIN")
    said = {"user": verifier, "cashback_type": "fixed", "points_cents": 5}
    services.set_loan_cashback(actor=None if nobody_set_it else make.user("ADMIN"), loan=loan, **said)
    payment = a_payment(loan)
    if not nobody_set_it:
        payment = services.record_loan_payment(
            actor=None, loan=loan, amount_cents=100, payment_date=make.TODAY, now=make.NOW, interest_cents=0
        )
    with pytest.raises(EarnsByOwnHand):
        verify(payment, actor=verifier)


@pytest.mark.parametrize("role", ["CUSTOMER", "SALES_REP", "FINANCE", "ADMIN"])
def test_anybody_of_the_business_may_be_the_beneficiary(role):
    loan = make.loan()
    user = share(loan, "0.05", to=make.user(role))
    verify(a_payment(loan))
    assert has(user) == (200, 0)


def test_the_borrower_may_be_the_beneficiary():
    loan = make.loan()
    share(loan, "0.05", to=loan.customer)
    verify(a_payment(loan))
    assert has(loan.customer) == (200, 0)


def test_who_is_no_longer_active_earns_nothing_and_the_others_do():
    loan = make.loan()
    asha, ravi = share(loan, "0.05"), share(loan, "0.10")
    deactivate_user(actor=None, user=asha, reason="left")
    verify(a_payment(loan))
    assert (has(asha), has(ravi)) == ((0, 0), (400, 0))


def test_a_verification_earns_once_however_often_it_is_asked():
    loan = make.loan()
    asha = share(loan, "0.05")
    payment = verify(a_payment(loan))
    with pytest.raises(AlreadyEarned):
        services.earn_on_payment(payment=payment, actor=None, now=make.NOW)
    assert (has(asha), len(standing())) == ((200, 0), 1)


def test_shares_of_different_payments_are_rounded_each_for_itself():
    """0.10 of interest twice, 5 %: 0.5 of a cent is rounded up each time, and what is stored is what is shown."""
    loan = make.loan()
    asha = share(loan, "0.05")
    for _ in range(2):
        verify(a_payment(loan, interest_cents=10))
    assert (has(asha), [row.points_cents for row in earned()]) == ((2, 0), [1, 1])
