"""What a rule of cashback may say, how much all of them may give away, and how one ends: for loans and for trackers."""

from decimal import Decimal

import pytest

from accounts.services import deactivate_user
from cashback import services
from cashback.services.configs import (
    AlreadyConfigured,
    AlreadyEnded,
    NotACashbackRule,
    NothingMoreIsEarned,
    SharesOverWhole,
)
from cashback.services.ledger import NoPointsInThisCurrency, NotPoints
from tests import make
from tests.cashback.configuring import FIXED, OfLoan, OfTracker, a_share, both, customer

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]

NO_SHARES = [
    *("0", "-0.05", "1.0001", "5", "0.00001", "0.00005", "1e-1", "1E1", "NaN", "Infinity", "-Infinity", "sNaN"),
    *("", " ", "0,05", "5%", "٠.٥", "0_1", "+0.5", "0x1", "weird", None, True, [], {}),
    *(0.05, float("nan"), float("inf"), 0, -1, 2),
    *(Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), Decimal("1E+2"), Decimal("1E-9999")),
]


@both
def test_a_share_is_a_fraction_of_the_base(kind):
    of, asha, admin = kind.new(), customer(), make.user("ADMIN")
    config = kind.set(of, actor=admin, user=asha, **a_share("0.05"))
    config.refresh_from_db()
    assert (config.user, config.cashback_type, config.cashback_value) == (asha, "percentage", Decimal("0.05"))
    assert (config.points_cents, config.is_active, config.created_by, config.tenant) == (None, True, admin, of.tenant)


@both
def test_fixed_points_are_whole_cents_of_points(kind):
    config = kind.set(kind.new(), user=customer(), **FIXED)
    config.refresh_from_db()
    assert (config.cashback_type, config.points_cents, config.cashback_value) == ("fixed", 150, None)


@both
@pytest.mark.parametrize("fraction", ["0.0001", "1", 1, "0.5", Decimal("1E-1"), Decimal("1.00000"), "0.05000"])
def test_a_share_reaches_from_a_ten_thousandth_to_the_whole(kind, fraction):
    assert kind.set(kind.new(), user=customer(), **a_share(fraction)).cashback_value == Decimal(fraction)


@both
@pytest.mark.parametrize("fraction", NO_SHARES)
def test_anything_else_is_no_share(kind, fraction):
    with pytest.raises(NotACashbackRule) as refused:
        kind.set(kind.new(), user=customer(), **a_share(fraction))
    assert list(refused.value.fields) == ["cashback_value"]
    assert not kind.configs.objects.exists()


@both
@pytest.mark.parametrize(
    "cents", [0, -1, 1.5, 0.004, "150", "1e3", None, True, float("nan"), float("inf"), 10**16, [150]]
)
def test_anything_else_is_no_fixed_number_of_points(kind, cents):
    with pytest.raises(NotPoints) as refused:
        kind.set(kind.new(), user=customer(), cashback_type="fixed", points_cents=cents)
    assert list(refused.value.fields) == ["points_cents"]
    assert not kind.configs.objects.exists()


@both
@pytest.mark.parametrize("cashback_type", ["weird", "", None, "PERCENTAGE", "fixed ", 1, [], {}])
def test_an_unknown_type_is_refused_and_never_taken_as_fixed(kind, cashback_type):
    with pytest.raises(NotACashbackRule) as refused:
        kind.set(kind.new(), user=customer(), cashback_type=cashback_type, points_cents=150)
    assert list(refused.value.fields) == ["cashback_type"]


@both
def test_a_rule_is_a_share_or_a_number_and_not_both(kind):
    of = kind.new()
    for said, field in (
        ({**FIXED, "cashback_value": "0.05"}, "cashback_value"),
        ({**a_share("0.05"), "points_cents": 150}, "points_cents"),
    ):
        with pytest.raises(NotACashbackRule) as refused:
            kind.set(of, user=customer(), **said)
        assert list(refused.value.fields) == [field]


@both
def test_a_person_has_one_active_rule_on_it(kind):
    of, asha = kind.new(), customer()
    kind.set(of, user=asha, **a_share("0.05"))
    for again in (a_share("0.05"), a_share("0.10"), FIXED):
        with pytest.raises(AlreadyConfigured) as refused:
            kind.set(of, user=asha, **again)
        assert list(refused.value.fields) == ["user"]
    assert kind.configs.objects.count() == 1


@both
def test_one_person_may_earn_on_many(kind):
    asha = customer()
    for _ in range(2):
        kind.set(kind.new(), user=asha, **a_share("1"))
    assert kind.configs.objects.filter(user=asha).count() == 2


@both
def test_all_shares_together_are_at_most_the_whole_and_the_refusal_says_what_is_left(kind):
    of = kind.new()
    kind.set(of, user=customer(), **a_share("0.6"))
    with pytest.raises(SharesOverWhole, match=r"At most 0\.4000 is left") as refused:
        kind.set(of, user=customer(), **a_share("0.4001"))
    assert refused.value.fields == {"cashback_value": ["At most 0.4000."]}
    kind.set(of, user=customer(), **a_share("0.4"))
    with pytest.raises(SharesOverWhole, match=r"At most 0\.0000 is left"):
        kind.set(of, user=customer(), **a_share("0.0001"))


@both
def test_fixed_points_take_no_room_of_shares(kind):
    of = kind.new()
    kind.set(of, user=customer(), **a_share("1"))
    kind.set(of, user=customer(), cashback_type="fixed", points_cents=10**12)
    assert kind.configs.objects.filter(is_active=True).count() == 2


@both
def test_a_rule_that_ended_stays_and_makes_room(kind):
    of, asha = kind.new(), customer()
    first = kind.set(of, user=asha, **a_share("1"))
    kind.end(first)
    kind.set(of, user=asha, **a_share("0.7"))
    rows = kind.configs.objects.filter(user=asha).order_by("is_active")
    assert [(row.is_active, row.cashback_value) for row in rows] == [(False, 1), (True, Decimal("0.7"))]
    assert [image.is_active for image in first.history.order_by("history_id")] == [True, False]


@both
def test_a_rule_is_ended_once(kind):
    config = kind.set(kind.new(), user=customer(), **FIXED)
    kind.end(config)
    with pytest.raises(AlreadyEnded):
        kind.end(config)


def test_a_loan_that_is_deleted_and_a_tracker_that_is_closed_take_no_rule():
    loan, tracker = make.loan(), make.tracker()
    services.delete_loan(actor=None, loan=loan, reason="mistake", now=make.NOW)
    services.close_tracker(actor=None, tracker=tracker)
    for kind, of in ((OfLoan, loan), (OfTracker, tracker)):
        with pytest.raises(NothingMoreIsEarned):
            kind.set(of, user=customer(), **FIXED)


@both
@pytest.mark.parametrize("currency", ["JPY", "KWD"])
def test_in_a_currency_without_hundredths_no_rule_is_set(kind, currency):
    tenant = make.tenant("abroad", currency=currency)
    of = kind.new(of=tenant)
    with pytest.raises(NoPointsInThisCurrency, match=f"keeps its books in {currency}"):
        kind.set(of, actor=None, user=make.user("CUSTOMER", of=tenant), **FIXED)
    assert not kind.configs.objects.exists()


@both
def test_the_rule_of_one_who_left_still_takes_its_room(kind):
    """It would earn again on the day they are back."""
    of, asha = kind.new(), customer()
    kind.set(of, user=asha, **a_share("0.6"))
    deactivate_user(actor=None, user=asha, reason="left")
    with pytest.raises(SharesOverWhole):
        kind.set(of, user=customer(), **a_share("0.5"))
