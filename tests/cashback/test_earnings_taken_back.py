"""What no longer counts earns no longer: linked reversing rows, and a debt where the points are spent already."""

import pytest

from accounts.services import deactivate_user
from cashback import services
from cashback.models import CashbackTransaction
from cashback.services.configs import NothingMoreIsEarned
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.cashback.earning import earned, fixed, has, share, standing

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]

LATER = make.later(hours=2)


def office(of):
    return make.user("ADMIN", of=of.tenant)


def verify(payment):
    return services.verify_loan_payment(actor=office(payment), payment=payment, now=make.NOW)


def a_verified_payment(loan, interest_cents=4000):
    return verify(make.loan_payment(interest_cents + 10_000, on=loan, interest_cents=interest_cents))


def rejected(payment):
    return services.reject_loan_payment(actor=office(payment), payment=payment, reason="bounced", now=LATER)


def changed(payment, interest_cents=2000):
    return services.change_loan_payment(
        actor=office(payment), payment=payment, reason="it was less", now=LATER, interest_cents=interest_cents
    )


def deleted(payment):
    return services.delete_loan_payment(actor=office(payment), payment=payment, reason="entered twice", now=LATER)


@pytest.mark.parametrize("undo", [rejected, changed, deleted])
def test_a_payment_that_no_longer_counts_has_its_points_taken_back_by_linked_rows(undo):
    loan = make.loan()
    asha, ravi = share(loan, "0.05"), fixed(loan, 150)
    undo(a_verified_payment(loan))
    assert (has(asha), has(ravi), standing()) == ((0, 0), (0, 0), [])
    first, second = CashbackTransaction.objects.filter(transaction_type="reversal").order_by("points_cents")
    assert (first.reverses.to_user, first.from_user, first.to_account) == (ravi, ravi, "ISSUANCE")
    assert (second.reverses.points_cents, second.points_cents, second.created_at) == (200, 200, LATER)
    assert (first.related_loan, first.related_payment, first.occasion) == (loan, first.reverses.related_payment, None)
    assert_books_are_right("cashback")


def test_a_reversal_says_why_to_the_office_and_to_its_person_only_that_it_no_longer_counts():
    loan = make.loan()
    share(loan, "0.05")
    rejected(a_verified_payment(loan))
    row = CashbackTransaction.objects.get(transaction_type="reversal")
    assert (row.notes, row.user_notes) == ("bounced", "What earned these points no longer counts.")


def test_what_was_spent_becomes_a_debt_that_the_next_earning_repays():
    """Asha earns 2.00 and sends 1.50 to Ravi; the payment bounces, so she owes 1.50; the next 2.00 leave her 0.50."""
    loan = make.loan()
    asha, ravi = share(loan, "0.05"), make.user("CUSTOMER")
    payment = a_verified_payment(loan)
    services.transfer_points(actor=asha, receiver=ravi, points_cents=150, now=make.NOW)
    rejected(payment)
    assert (has(asha), has(ravi)) == ((0, 150), (150, 0))
    assert_books_are_right("cashback")
    a_verified_payment(loan)
    assert (has(asha), has(ravi)) == ((50, 0), (150, 0))
    assert_books_are_right("cashback")


def test_a_small_earning_repays_a_part_of_the_debt():
    loan = make.loan()
    asha = share(loan, "0.05")
    payment = a_verified_payment(loan)
    services.transfer_points(actor=asha, receiver=make.user("CUSTOMER"), points_cents=200, now=make.NOW)
    rejected(payment)
    a_verified_payment(loan, interest_cents=1000)
    assert has(asha) == (0, 150)


def test_a_changed_payment_earns_anew_on_its_new_interest():
    loan = make.loan()
    asha = share(loan, "0.05")
    payment = changed(a_verified_payment(loan, interest_cents=4000), interest_cents=2000)
    verify(payment)
    assert [(row.occasion, row.base_cents, row.points_cents) for row in earned()] == [(1, 4000, 200), (2, 2000, 100)]
    assert (has(asha), [row.occasion for row in standing()]) == ((100, 0), [2])
    assert_books_are_right("cashback")


def test_a_changed_payment_earns_by_the_rules_of_its_second_verification():
    loan = make.loan()
    asha = share(loan, "0.05")
    payment = changed(a_verified_payment(loan))
    ravi = fixed(loan, 150)
    verify(payment)
    assert (has(asha), has(ravi)) == ((100, 0), (150, 0))


def test_rows_by_hand_are_taken_back_too():
    loan, mina = make.loan(), make.user("CUSTOMER")
    payment = make.loan_payment(14_000, on=loan)
    said = {"cashback": [(mina, 33)], "cashback_reason": "as agreed"}
    services.verify_loan_payment(actor=make.user("ADMIN"), payment=payment, now=make.NOW, **said)
    rejected(payment)
    assert has(mina) == (0, 0)


def test_a_payment_that_waits_has_nothing_to_take_back():
    loan = make.loan()
    share(loan, "0.05")
    rejected(make.loan_payment(14_000, on=loan))
    assert not CashbackTransaction.objects.exists()


def test_a_deleted_payment_leaves_nothing_that_the_next_one_could_inherit():
    loan = make.loan()
    share(loan, "0.05")
    deleted(a_verified_payment(loan))
    payment = make.loan_payment(14_000, on=loan)
    assert earned(related_payment=payment) == []


def test_a_payment_that_bounces_after_its_loan_was_closed_is_taken_back_as_any_other():
    """400.00 lent today and paid back today: closed. It takes no new rule; when the payment bounces it is active again."""
    loan = make.loan(40_000, started_on=make.TODAY)
    ravi = fixed(loan, 150)
    payment = make.loan_payment(40_000, on=loan, verify=True)
    services.close_loan(actor=None, loan=loan, now=make.NOW)
    with pytest.raises(NothingMoreIsEarned):
        share(loan, "0.05")
    rejected(payment)
    assert (has(ravi), standing()) == ((0, 0), [])
    share(loan, "0.05")
    assert_books_are_right("cashback")


def test_what_was_earned_by_who_left_since_is_taken_back_as_well():
    loan = make.loan()
    asha = share(loan, "0.05")
    payment = a_verified_payment(loan)
    deactivate_user(actor=None, user=asha, reason="left")
    rejected(payment)
    assert has(asha) == (0, 0)


def test_points_that_were_taken_back_once_are_not_taken_back_again():
    """Changed, verified anew, then rejected: each row has one reversal."""
    loan = make.loan()
    asha = share(loan, "0.05")
    rejected(verify(changed(a_verified_payment(loan))))
    taken_back = CashbackTransaction.objects.filter(transaction_type="reversal").order_by("created_at", "pk")
    assert [row.points_cents for row in taken_back] == [200, 100]
    assert (has(asha), standing()) == ((0, 0), [])
    assert_books_are_right("cashback")


def test_a_day_whose_points_are_spent_leaves_a_debt_and_the_corrected_day_repays_it():
    """500.00 approved at 5 %: 25.00, all sent on. Entered anew as 300.00: she owes 25.00; approved: 10.00 of it is left."""
    tracker = make.tracker()
    asha = share(tracker, "0.05")
    make.tracker_entry(50_000, on=tracker, approve=True)
    services.transfer_points(actor=asha, receiver=make.user("CUSTOMER"), points_cents=2500, now=make.NOW)
    make.tracker_entry(30_000, on=tracker)
    assert has(asha) == (0, 2500)
    make.tracker_entry(30_000, on=tracker, approve=True)
    assert has(asha) == (0, 1000)
    assert_books_are_right("cashback")
