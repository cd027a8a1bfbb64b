"""All shares of one occasion together give the base at most, though each is rounded; who loses a cent is always the same."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.services import deactivate_user
from cashback.rules.earning import gave_up_its_cent, points_of_shares
from cashback.rules.points import points_of_share
from cashback.selectors.earning import earnings_by_configs, occasion_of_entry
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.cashback.earning import approve, earned, fixed, has, share
from tests.cashback.lending import verify

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


@st.composite
def shares_of_the_whole(draw):
    """Shares that are one whole at most, in ten-thousandths, often exactly the whole."""
    left, shares = 10_000, []
    for part in draw(st.lists(st.integers(1, 10_000) | st.just(1000) | st.just(2500), min_size=1, max_size=40)):
        if part <= left:
            shares.append(part)
            left -= part
    if left and draw(st.booleans()):
        shares.append(left)
    return [Decimal(part) / 10_000 for part in shares]


@given(base=st.integers(0, 60) | st.integers(0, 10**12), shares=shares_of_the_whole())
def test_together_never_above_the_base_and_each_at_most_a_cent_below_its_rule(base, shares):
    points = points_of_shares(base, shares)
    alone = [points_of_share(base, share) for share in shares]
    lost = [place for place, cents in enumerate(points) if cents != alone[place]]
    assert sum(points) <= base
    assert sum(points) == min(base, sum(alone))  # no more is left out than needed
    assert all(gave_up_its_cent(points[place], base, shares[place]) for place in lost)


@given(base=st.integers(0, 99), shares=shares_of_the_whole())
def test_of_equal_shares_the_first_configured_keeps_its_cent(base, shares):
    points = points_of_shares(base, shares)
    for place, cents in enumerate(points):
        later = [other for other, same in zip(points[place:], shares[place:], strict=True) if same == shares[place]]
        assert cents == max(later)


def test_ten_beneficiaries_of_five_cents_earn_five_cents():
    tracker = make.tracker()
    people = [share(tracker, "0.1") for _ in range(10)]
    approve(make.tracker_entry(5, on=tracker))
    assert [has(person)[0] for person in people] == [1] * 5 + [0] * 5
    assert len(earned()) == 5
    assert_books_are_right("cashback")


def test_the_interest_of_a_payment_is_given_once_at_most():
    loan = make.loan()
    people = [share(loan, "0.5") for _ in range(2)]
    verify(make.loan_payment(1000, on=loan, interest_cents=3))
    assert [has(person)[0] for person in people] == [2, 1]
    assert_books_are_right("cashback")


def test_fixed_points_are_beside_the_base_as_they_were_configured():
    tracker = make.tracker()
    asha, ravi, mina = share(tracker, "0.5"), fixed(tracker, 700), share(tracker, "0.5")
    approve(make.tracker_entry(1, on=tracker))
    assert [has(person)[0] for person in (asha, ravi, mina)] == [1, 700, 0]
    assert_books_are_right("cashback")


def test_who_is_gone_keeps_no_cent_from_the_others():
    tracker = make.tracker()
    gone, asha = share(tracker, "0.5"), share(tracker, "0.5")
    deactivate_user(actor=None, user=gone, reason="left")
    approve(make.tracker_entry(3, on=tracker))
    assert (has(gone), has(asha)) == ((0, 0), (2, 0))
    assert_books_are_right("cashback")


def test_the_preview_says_what_is_then_booked():
    tracker = make.tracker()
    for _ in range(10):
        share(tracker, "0.1")
    entry = make.tracker_entry(5, on=tracker)
    shown = [(earning.user, earning.points_cents) for earning in earnings_by_configs(occasion_of_entry(entry))[0]]
    approve(entry)
    assert shown == [(row.to_user, row.points_cents) for row in earned()] and len(shown) == 5
