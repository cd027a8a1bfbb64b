"""Simple interest by whole days on the principal that remains: worked examples, and what is true of every loan."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cashback.rules.interest import Paid, PaidBeforeStart, Terms, course, interest_cents, standing_on
from cashback.rules.loan_split import interest_room, overpaid_day, split_payment

pytestmark = pytest.mark.cashback

START = date(2026, 1, 1)
LENT = Terms(36_000_00, Decimal("0.10"), START)


def day(number):
    """The day so many days after the start."""
    return START + timedelta(days=number)


def accrued(number, *paid, terms=LENT):
    return standing_on(terms, paid, day(number)).accrued_cents


@pytest.mark.parametrize(
    ("rate", "days_in_year", "days", "cents"),
    [
        ("0.10", 360, 0, 0),
        ("0.10", 360, 1, 1000),
        ("0.10", 360, 30, 30_000),
        ("0.10", 360, 360, 360_000),
        ("0.10", 360, 365, 365_000),  # a calendar year over 360 bears five days more than a tenth
        ("0.10", 365, 365, 360_000),
        ("0.10", 365, 30, 29_589),  # 295.8904…
        ("0.125", 365, 31, 38_219),  # 382.1917…
        ("0.000001", 360, 180, 2),  # 1.8 cents
        ("0.000001", 360, 50, 1),  # half a cent
        ("0.000001", 360, 49, 0),
        ("0", 360, 10_000, 0),
        ("1", 360, 360, 3_600_000),
    ],
)
def test_interest_of_so_many_days(rate, days_in_year, days, cents):
    terms = Terms(36_000_00, Decimal(rate), START, days_in_year)
    assert accrued(days, terms=terms) == cents


def test_a_leap_day_is_a_day():
    terms = Terms(36_000_00, Decimal("0.10"), date(2028, 2, 1))
    assert standing_on(terms, [], date(2028, 3, 1)).accrued_cents == 29_000


def test_principal_that_came_back_bears_no_interest_from_that_day_on():
    paid = Paid(day(30), principal_cents=18_000_00)
    assert [accrued(number, paid) for number in (29, 30, 31, 60)] == [29_000, 30_000, 30_500, 45_000]


def test_payments_of_one_day_are_as_good_as_one():
    split = [Paid(day(30), principal_cents=cents) for cents in (1, 999, 17_999_00 - 1000)]
    whole = [Paid(day(30), principal_cents=17_999_00)]
    assert [accrued(number, *split) for number in range(90)] == [accrued(number, *whole) for number in range(90)]


def test_a_payment_on_the_first_day_lowers_the_principal_from_the_start():
    assert accrued(30, Paid(START, principal_cents=18_000_00)) == 15_000


def test_nothing_accrues_once_everything_is_back():
    assert accrued(1000, Paid(day(30), principal_cents=36_000_00)) == 30_000


def test_interest_that_is_paid_does_not_change_what_accrues():
    assert accrued(60, Paid(day(30), interest_cents=300_00)) == 60_000


def test_interest_bears_no_interest():
    assert accrued(360) == 12 * accrued(30)


def test_before_the_start_nothing_accrued():
    standing = standing_on(LENT, [Paid(day(30), interest_cents=1)], day(-1))
    assert (standing.accrued_cents, standing.interest_paid_cents, standing.principal_left_cents) == (0, 0, 36_000_00)


def test_a_payment_before_the_start_is_refused():
    with pytest.raises(PaidBeforeStart, match="2025-12-31, but the loan started on 2026-01-01"):
        list(course(LENT, [Paid(day(-1), principal_cents=1)]))


def test_as_of_a_day_later_payments_do_not_count():
    paid = [Paid(day(30), 300_00, 700_00), Paid(day(40), principal_cents=35_300_00)]
    standing = standing_on(LENT, paid, day(35))
    assert (standing.principal_left_cents, standing.accrued_cents, standing.interest_due_cents) == (
        35_300_00,
        30_000 + 4903,  # 5 days on 35,300.00: 49.0277…
        4903,
    )


TERMS = st.builds(
    Terms,
    principal_cents=st.integers(1, 10**12),
    annual_rate=st.integers(0, 10**6).map(lambda millionths: Decimal(millionths).scaleb(-6)),
    started_on=st.just(START),
    days_in_year=st.sampled_from([360, 365]),
)


@st.composite
def lent_and_paid_back(draw):
    """Terms, and principal that came back in parts on some days, the same day twice maybe."""
    terms = draw(TERMS)
    left, paid = terms.principal_cents, []
    for number in draw(st.lists(st.integers(0, 1000), max_size=6)):
        part = draw(st.integers(0, left))
        left -= part
        paid.append(Paid(day(number), principal_cents=part))
    return terms, paid


@given(lent_and_paid_back(), st.integers(0, 1200), st.integers(0, 400))
def test_what_accrued_never_falls(loan, number, more):
    terms, paid = loan
    assert accrued(number, *paid, terms=terms) <= accrued(number + more, *paid, terms=terms)


@given(lent_and_paid_back(), st.integers(0, 1200))
def test_it_is_each_day_reckoned_by_itself_and_rounded_once(loan, number):
    """The definition, naively: every day bears a day's interest on what was left at its beginning."""
    terms, paid = loan
    a_day = Fraction(terms.annual_rate) / terms.days_in_year
    exact = sum(
        (terms.principal_cents - sum(part.principal_cents for part in paid if part.on <= day(each))) * a_day
        for each in range(number)
    )
    assert accrued(number, *paid, terms=terms) == int(exact + Fraction(1, 2))


@given(st.integers(0, 10**18), st.integers(0, 10**18), TERMS)
def test_parts_of_a_range_of_days_add_up_to_the_whole_within_rounding(one, other, terms):
    rule = {"annual_rate": terms.annual_rate, "days_in_year": terms.days_in_year}
    parts = interest_cents(one, **rule) + interest_cents(other, **rule)
    assert abs(parts - interest_cents(one + other, **rule)) <= 1


@given(lent_and_paid_back(), st.lists(st.integers(0, 1200), min_size=1, max_size=5))
def test_what_accrued_between_days_adds_up_exactly(loan, numbers):
    terms, paid = loan
    figures = [accrued(number, *paid, terms=terms) for number in [0, *sorted(numbers)]]
    assert sum(later - earlier for earlier, later in zip(figures, figures[1:], strict=False)) == figures[-1]


@given(lent_and_paid_back(), st.integers(0, 1000))
def test_more_paid_back_never_makes_more_accrue(loan, number):
    terms, paid = loan
    without = accrued(1200, *paid[1:], terms=terms)
    assert accrued(1200, *paid, terms=terms) <= without


@given(lent_and_paid_back(), st.integers(0, 1200))
def test_a_rate_of_nothing_bears_nothing(loan, number):
    terms, paid = loan
    free = Terms(terms.principal_cents, Decimal(0), START, terms.days_in_year)
    assert accrued(number, *paid, terms=free) == 0


@given(TERMS, st.lists(st.tuples(st.integers(0, 1000), st.integers(1, 10**12)), max_size=8))
def test_payments_in_order_of_their_days_never_take_more_interest_than_accrued(terms, amounts):
    """Interest first, the rest is principal: exactly what accrued is paid, or all of the amount."""
    paid = []
    for number, amount in sorted(amounts):
        part = split_payment(amount, terms=terms, others=paid, on=day(number))
        due = standing_on(terms, paid, day(number)).interest_due_cents
        assert part.interest_cents == min(amount, due)
        assert part.interest_cents + part.principal_cents == amount
        paid.append(part)
        if sum(each.principal_cents for each in paid) > terms.principal_cents:
            return  # more than is owed: the service refuses it
        assert overpaid_day(terms, paid) is None


@given(TERMS, st.integers(0, 500), st.integers(0, 500))
def test_an_earlier_payment_takes_no_interest_that_a_later_one_paid(terms, first, later):
    earlier, late = day(min(first, later)), day(max(first, later))
    half = standing_on(terms, [], late).accrued_cents // 2
    room = interest_room(terms, [Paid(late, interest_cents=half)], earlier)
    paid = [Paid(late, interest_cents=half), Paid(earlier, interest_cents=room)]
    assert overpaid_day(terms, paid) is None
    if terms.annual_rate and room < standing_on(terms, [], earlier).accrued_cents:
        assert overpaid_day(terms, [paid[0], Paid(earlier, interest_cents=room + 1)])


def test_principal_paid_back_before_a_later_payment_of_interest_is_noticed():
    later = Paid(day(40), interest_cents=400_00)
    assert interest_room(LENT, [later], day(30)) == 0
    noticed = overpaid_day(LENT, [later, Paid(day(30), principal_cents=36_00)])
    assert (noticed.on, noticed.accrued_cents, noticed.interest_paid_cents) == (day(40), 399_90, 400_00)
