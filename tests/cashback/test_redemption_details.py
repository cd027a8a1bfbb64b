"""What can be redeemed, where it is paid to, and what may be written beside it."""

import pytest

from cashback import services
from cashback.models import CashbackRedemption
from cashback.services.ledger import NotPoints
from cashback.services.payment_methods import NoSuchPaymentMethod
from cashback.services.payout_details import UnknownPayoutKind, WrongPayoutDetails, opened
from cashback.services.redemptions import CannotBePaidOut, WrongPaymentMethod
from cashback.services.texts import NotPlainText
from tests import make
from tests.cashback.redeeming import balance, cancel, complete, customer

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


@pytest.mark.parametrize("kind", ["bitcoin", "", "UPI", None, 7, ["upi"]])
def test_unknown_kinds_are_refused(kind):
    with pytest.raises(UnknownPayoutKind) as refused:
        make.redemption(by=customer(), kind=kind, details={})
    assert list(refused.value.fields) == ["redemption_type"]


@pytest.mark.parametrize("cents", [0, -1, 1.0, True, "100", 10**16, None])
def test_points_that_are_no_number_are_refused(cents):
    with pytest.raises(NotPoints):
        make.redemption(cents, by=customer())


def test_a_minimum_of_the_business_holds_from_its_first_cent():
    services.set_cashback_policy(actor=None, tenant=make.tenant(), redemption_minima={"upi": 5_000})
    asha = customer()
    with pytest.raises(CannotBePaidOut) as refused:
        make.redemption(4_999, by=asha)
    assert refused.value.fields == {"points_cents": ["At least 50.00 points."]}
    make.redemption(5_000, by=asha)
    make.redemption(1, by=asha, kind="cash")


@pytest.mark.parametrize(("cents", "right"), [(50_000, True), (75_000, False), (100_000, True), (50_001, False)])
def test_gift_cards_are_multiples(cents, right):
    asha = customer(100_000)
    if right:
        assert make.redemption(cents, by=asha, kind="amazon_gift_card").redemption_type == "amazon_gift_card"
    else:
        with pytest.raises(CannotBePaidOut):
            make.redemption(cents, by=asha, kind="amazon_gift_card")


def test_the_step_of_gift_cards_is_the_businesss():
    services.set_cashback_policy(actor=None, tenant=make.tenant(), gift_card_step_cents=25_000)
    make.redemption(75_000, kind="amazon_gift_card")


def test_details_of_a_saved_method_are_copied_sealed():
    method = make.payment_method("account")
    make.points(method.user)
    redemption = make.redemption(by=method.user, kind="account", payment_method=method)
    assert redemption.payment_method == method
    assert redemption.account_number == method.account_number != ""
    assert opened(redemption) == make.PAID_OUT_TO["account"]


def test_a_method_removed_meanwhile_changes_nothing():
    method = make.payment_method()
    make.points(method.user)
    redemption = make.redemption(by=method.user, payment_method=method)
    services.remove_payment_method(actor=method.user, method=method, now=make.later(hours=1))
    redemption = CashbackRedemption.objects.get(pk=redemption.pk)
    assert opened(redemption) == make.PAID_OUT_TO["upi"]
    assert complete(redemption).payment_method_id == method.pk


def refused_method(whose, method, kind="upi"):
    with pytest.raises(NoSuchPaymentMethod):
        make.redemption(by=whose, kind=kind, payment_method=method)
    assert not CashbackRedemption.objects.exists()
    assert balance(whose) == (10_000, 0)


def test_somebody_elses_method_is_not_found_and_never_ignored():
    refused_method(customer(), make.payment_method())


def test_not_even_an_administrator_uses_another_ones_method():
    admin = make.user("ADMIN")
    make.points(admin)
    refused_method(admin, make.payment_method())


def test_a_removed_method_is_not_found():
    asha = customer()
    method = make.payment_method(of=asha)
    services.remove_payment_method(actor=asha, method=method, now=make.NOW)
    refused_method(asha, method)


def test_a_method_of_another_kind_is_refused():
    asha = customer()
    with pytest.raises(WrongPaymentMethod) as refused:
        make.redemption(by=asha, kind="account", payment_method=make.payment_method("upi", of=asha))
    assert list(refused.value.fields) == ["payment_method_id"]


def test_a_method_and_typed_details_together_are_refused():
    asha = customer()
    method = make.payment_method(of=asha)
    with pytest.raises(WrongPaymentMethod):
        make.redemption(by=asha, payment_method=method, details={"upi_id": "ravi@okbank"})


def test_typed_details_are_checked_and_points_stay_when_they_are_wrong():
    asha = customer()
    with pytest.raises(WrongPayoutDetails) as refused:
        make.redemption(by=asha, kind="account", details={"account_number": "1" * 300, "ifsc_code": "HDFC1001234"})
    assert set(refused.value.fields) == {"account_name", "account_number", "ifsc_code", "bank_name"}
    assert balance(asha) == (10_000, 0)


@pytest.mark.parametrize("reference", ["", "   ", "x" * 201, "two\nlines", "nul\0", "half \ud800", None, 7])
def test_a_reference_is_one_line_of_text(reference):
    redemption = make.redemption()
    with pytest.raises(NotPlainText) as refused:
        complete(redemption, reference=reference)
    assert list(refused.value.fields) == ["payout_reference"]


@pytest.mark.parametrize("notes", ["x" * 2001, "nul\0", "turned \u202etxt", None])
def test_notes_that_nobody_can_store_or_read_are_refused(notes):
    redemption = make.redemption()
    with pytest.raises(NotPlainText) as refused:
        complete(redemption, notes=notes)
    assert list(refused.value.fields) == ["notes"]
    assert "x" * 50 not in str(refused.value)


def test_html_and_every_script_are_kept_as_they_are():
    notes = "<script>alert('ஆஷா')</script>\nசெலுத்தப்பட்டது 👍"
    assert CashbackRedemption.objects.get(pk=complete(make.redemption(), notes=notes).pk).admin_notes == notes


def test_a_very_long_reason_is_refused_by_name():
    with pytest.raises(NotPlainText) as refused:
        cancel(make.redemption(), reason="x" * 2001)
    assert list(refused.value.fields) == ["reason"]
