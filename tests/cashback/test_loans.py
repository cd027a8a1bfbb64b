"""Loans are opened by the office, closed when they are paid, and deleted while nothing was paid."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from accounts.errors import NotAllowed, NotFound
from billing.services.checks import NotAnAmount, ReasonMissing
from cashback import services
from cashback.models import Loan
from cashback.services.loan_holding import LoanIsNotActive, OwnLoan
from cashback.services.loans import LoanHasPayments, LoanIsNotPaid, NotALoan
from cashback.services.texts import NotPlainText
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.cashback.lending import reject, totals

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


def close(loan, *, by=None, now=make.NOW):
    return services.close_loan(actor=by, loan=loan, now=now)


def delete(loan, *, by=None, reason="entered twice"):
    return services.delete_loan(actor=by, loan=loan, reason=reason, now=make.NOW)


# Opening ------------------------------------------------------------------------------------------------


def test_an_opened_loan_is_active_and_nothing_of_it_is_paid():
    office = make.user("FINANCE")
    loan = make.loan(500_000, actor=office, day_count="ACT_365", customer_notes="Shop fittings")
    assert (loan.status, loan.currency, loan.created_by, loan.day_count) == ("active", "BDT", office, "ACT_365")
    assert totals(loan) == (500_000, 0)
    assert loan.history.get().history_user_id == office.pk
    assert_books_are_right()


def test_loans_are_numbered_without_gaps_in_each_business():
    other = make.tenant("other")
    for of in (None, None, other):
        with pytest.raises(NotAnAmount):
            make.loan(0, of=of)
        make.loan(of=of)
    assert sorted(Loan.objects.values_list("tenant__slug", "number")) == [
        ("distro", "L-1"),
        ("distro", "L-2"),
        ("other", "L-1"),
    ]


@pytest.mark.damages_rows
def test_numbers_that_loans_had_before_this_system_are_passed_over():
    for number in ("L-2", "L-3"):
        Loan.objects.filter(pk=make.loan(of=make.tenant("other")).pk).update(tenant=make.tenant(), number=number)
    assert [make.loan().number, make.loan().number] == ["L-1", "L-4"]


@pytest.mark.parametrize("rate", ["0", "0.12", "1", "0.000001", Decimal("0.1250"), 0, 1])
def test_rates_from_nothing_to_the_whole_are_taken(rate):
    assert make.loan(interest_rate=rate).interest_rate == Decimal(rate)


@pytest.mark.parametrize(
    "rate", [12, "12", "-0.1", "1.000001", "0.0000001", 0.1, True, None, "NaN", "Infinity", "ten", ""]
)
def test_a_rate_that_is_no_fraction_is_refused(rate):
    with pytest.raises(NotALoan, match="12 % is 0.12"):
        make.loan(interest_rate=rate)


@pytest.mark.parametrize("cents", [0, -1, 1.5, "100", True, 10**15 + 1])
def test_a_principal_that_is_no_amount_is_refused(cents):
    with pytest.raises(NotAnAmount):
        make.loan(cents)


@pytest.mark.parametrize("on", [make.TODAY + timedelta(days=1), date(1899, 12, 31), make.NOW, "2026-01-01", None])
def test_a_loan_starts_on_a_day_that_has_come(on):
    with pytest.raises(NotALoan, match="Give the day on which the money went out"):
        make.loan(started_on=on)


@pytest.mark.parametrize(
    ("field", "value"),
    [("loan_type", "balloon"), ("payment_frequency", "weekly"), ("day_count", "30_360"), ("loan_type", [])],
)
def test_unknown_kinds_are_refused_with_the_known_ones(field, value):
    with pytest.raises(NotALoan, match="Choose one of") as refused:
        make.loan(**{field: value})
    assert list(refused.value.fields) == [field]


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\x00b", 7, "two\nlines"])
def test_a_name_that_cannot_be_stored_is_refused(name):
    with pytest.raises(NotPlainText):
        make.loan(loan_name=name)


def test_a_name_in_any_script_and_with_signs_of_html_is_text():
    assert make.loan(loan_name="கடன் <b>&").loan_name == "கடன் <b>&"


@pytest.mark.parametrize("role", ["SALES_REP", "CUSTOMER"])
def test_only_the_office_lends(role):
    with pytest.raises(NotAllowed):
        make.loan(actor=make.user(role))


def test_nobody_lends_to_themselves():
    admin = make.user("ADMIN")
    with pytest.raises(OwnLoan):
        make.loan(to=admin, actor=admin)


def test_nobody_lends_to_another_business_or_in_its_name():
    tenant, stranger = make.tenant(), make.user("CUSTOMER", of=make.tenant("other"))
    with pytest.raises(NotFound):
        make.loan(to=stranger, actor=make.user("ADMIN", of=tenant))
    said = {"loan_name": "x", "principal_cents": 1, "interest_rate": 0, "started_on": make.TODAY, "now": make.NOW}
    with pytest.raises(NotALoan, match="not a person of Distro"):
        services.open_loan(actor=None, tenant=tenant, customer=stranger, **said)


def test_nobody_lends_to_who_is_no_longer_active():
    gone = make.user("CUSTOMER")
    gone.is_active = False
    with pytest.raises(NotALoan, match="no longer active"):
        make.loan(to=gone)


def test_a_borrower_sees_their_own_loans_and_staff_all_of_their_business():
    loan = make.loan()
    make.loan(of=make.tenant("other"))
    assert list(Loan.objects.for_user(loan.customer)) == [loan]
    assert list(Loan.objects.for_user(make.user())) == [loan]
    assert not Loan.objects.for_user(make.user("CUSTOMER")).exists()


# Closing ------------------------------------------------------------------------------------------------


@pytest.fixture
def paid(db):
    """1,000.00 lent, and paid back with the 8.33 that accrued in 30 days."""
    loan = make.loan(100_000)
    make.loan_payment(100_833, on=loan, verify=True)
    return loan


def test_a_paid_loan_is_closed(paid):
    office = make.user("FINANCE")
    loan = close(paid, by=office, now=make.later(days=400))
    assert (loan.status, loan.closed_at) == ("closed", make.later(days=400))
    assert loan.history.order_by("-history_id").first().history_user_id == office.pk
    assert_books_are_right()


def test_a_loan_with_principal_left_is_not_closed():
    loan = make.loan(100_000)
    make.loan_payment(100_000, on=loan, verify=True)
    with pytest.raises(LoanIsNotPaid, match=r"8\.33 BDT of principal and 0\.00 BDT of interest"):
        close(loan)


def test_a_loan_with_interest_due_is_not_closed():
    loan = make.loan(100_000)
    make.loan_payment(100_000, on=loan, interest_cents=0, verify=True)
    with pytest.raises(LoanIsNotPaid, match=r"0\.00 BDT of principal and 8\.33 BDT of interest"):
        close(loan)


def test_a_loan_on_which_something_waits_is_not_closed():
    """10.00 wait for today; then one of yesterday is entered, which paid everything."""
    loan = make.loan(100_000, interest_rate="0")
    make.loan_payment(1_000, on=loan)
    make.loan_payment(100_000, on=loan, payment_date=make.TODAY - timedelta(days=1), verify=True)
    with pytest.raises(LoanIsNotPaid, match=r"0\.00 BDT of principal and 0\.00 BDT of interest .* 1 payment waits"):
        close(loan)
    reject(loan.payments.waiting().get())
    assert close(loan).status == "closed"


def test_a_closed_loan_is_not_closed_again(paid):
    close(paid)
    with pytest.raises(LoanIsNotActive):
        close(paid)


@pytest.mark.parametrize("step", [close, delete])
def test_only_the_office_closes_and_deletes(paid, step):
    for person in (make.user(), paid.customer):
        with pytest.raises(NotAllowed):
            step(paid, by=person)
    with pytest.raises(NotFound):
        step(paid, by=make.user("ADMIN", of=make.tenant("other")))


@pytest.mark.parametrize("step", [close, delete])
def test_the_borrower_does_neither_though_they_are_the_office(step):
    admin = make.user("ADMIN")
    with pytest.raises(OwnLoan):
        step(make.loan(to=admin), by=admin)


# Deleting -----------------------------------------------------------------------------------------------


def test_a_loan_on_which_nothing_was_paid_is_deleted_and_its_row_stays():
    loan = delete(make.loan())
    assert (Loan.objects.get().status, loan.number) == ("deleted", "L-1")
    assert make.loan().number == "L-2"
    assert_books_are_right()


def test_a_loan_with_a_verified_or_a_waiting_payment_is_not_deleted():
    loan = make.loan()
    make.loan_payment(on=loan, verify=True)
    make.loan_payment(on=loan)
    with pytest.raises(LoanHasPayments, match="Loan L-1 has 1 verified payment, and 1 that wait"):
        delete(loan)


def test_a_loan_on_which_something_only_waits_is_not_deleted_either():
    loan = make.loan()
    make.loan_payment(on=loan)
    with pytest.raises(LoanHasPayments):
        delete(loan)


def test_a_loan_whose_payments_were_all_rejected_is_deleted():
    loan = make.loan()
    reject(make.loan_payment(on=loan))
    assert delete(loan).status == "deleted"
    assert_books_are_right()


def test_deleting_needs_a_reason():
    with pytest.raises(ReasonMissing):
        delete(make.loan(), reason=" ")


def test_a_deleted_loan_is_neither_closed_nor_deleted_again():
    loan = delete(make.loan())
    for step in (close, delete):
        with pytest.raises(LoanIsNotActive):
            step(loan)
