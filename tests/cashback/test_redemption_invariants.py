"""Each sentence about redemptions and payout details holds after the services, and notices the damage that it is about."""

import pytest
from cryptography.fernet import Fernet
from django.db import connection

from cashback import services
from cashback.models import CashbackRedemption, CashbackTransaction, UserPaymentMethod
from operations.append_only import suspended
from operations.invariants import invariants
from tests import make
from tests.billing.proof import assert_books_are_right, unchecked

pytestmark = [pytest.mark.cashback, pytest.mark.django_db, pytest.mark.damages_rows]

CLEARING = "Points being paid out are those of the redemptions that were not cancelled"
ROWS = "A redemption took its points by one row, and came back by one exactly when it was cancelled"
OTHERS = "A redemption is paid out by somebody else, to a payment method of the person and of its kind"
SEALED = "Payout details are sealed, in their history too"
OPEN = "Payout details that are still needed open with a key of PAYOUT_KEYS"
SAME = "A redemption that waits is paid to what its payment method says"
OURS = {CLEARING, ROWS, OTHERS, SEALED, OPEN, SAME}


@pytest.fixture(autouse=True)
def books():
    """One redemption pending by a saved method, one completed, one cancelled; one method removed."""
    admin, method = make.user("ADMIN"), make.payment_method("account")
    make.points(method.user)
    pending = make.redemption(5_000, by=method.user, kind="account", payment_method=method)
    paid = make.redemption(3_000)
    services.complete_redemption(actor=admin, redemption=paid, payout_reference="UTR 1", now=make.NOW)
    cancelled = make.redemption(2_000, kind="cash")
    services.cancel_redemption(actor=admin, redemption=cancelled, reason="moved away", now=make.NOW)
    removed = make.payment_method()
    services.remove_payment_method(actor=removed.user, method=removed, now=make.NOW)
    assert_books_are_right()
    return {
        "pending": pending,
        "paid": paid,
        "cancelled": cancelled,
        "method": method,
        "removed": removed,
        "admin": admin,
    }


def broken(tenant=None):
    """Our sentences that do not hold, with where and the numbers."""
    return {
        entry.name: [(violation.where, violation.numbers) for violation in found]
        for entry in invariants("cashback")
        if entry.name in OURS and (found := list(entry.find(using="default", tenant=tenant or make.tenant())))
    }


def damage(rows, **values):
    """Write past the services and the triggers."""
    with suspended("default"):
        assert rows.update(**values)


def test_each_sentence_is_registered():
    assert {entry.name for entry in invariants("cashback")} >= OURS


def test_clearing_that_does_not_match_its_redemptions_is_found(books):
    damage(CashbackRedemption.objects.filter(pk=books["paid"].pk), points_cents=3_001)
    found = broken()
    assert found[CLEARING] == [(f"tenant {make.tenant().pk}", {"redemptions_cents": 8_001, "account_cents": 8_000})]
    assert [where for where, _ in found[ROWS]] == [f"redemption {books['paid'].pk}"]


def test_a_cancelled_one_without_its_points_back_is_found(books):
    with unchecked(CashbackRedemption, "redemption_has_what_its_status_says"):
        damage(CashbackRedemption.objects.filter(pk=books["pending"].pk), status="cancelled")
        found = broken()
    assert set(found) == {CLEARING, ROWS}


@pytest.mark.parametrize(
    "column", [{"points_cents": 4_999}, {"transaction_type": "transfer"}, {"to_account": "ISSUANCE"}]
)
def test_a_row_that_is_not_its_redemptions_is_found(books, column):
    damage(CashbackTransaction.objects.filter(pk=books["pending"].redemption_transaction_id), **column)
    assert (f"redemption {books['pending'].pk}", {"status": "pending", "points_cents": 5_000}) in broken()[ROWS]


def test_a_refund_to_somebody_else_is_found(books):
    refund = (
        books["cancelled"].refund_transaction_id
        or CashbackRedemption.objects.get(pk=books["cancelled"].pk).refund_transaction_id
    )
    damage(CashbackTransaction.objects.filter(pk=refund), to_user=books["admin"])
    assert [where for where, _ in broken()[ROWS]] == [f"redemption {books['cancelled'].pk}"]


def test_a_row_of_no_redemption_is_found(books):
    row = CashbackTransaction.objects.filter(transaction_type="unconditional").first()
    damage(
        CashbackTransaction.objects.filter(pk=row.pk),
        transaction_type="redemption", from_user=row.to_user, from_account="", to_user=None, to_account="CLEARING",
    )  # fmt: skip
    assert [where for where, _ in broken()[ROWS]] == [f"row {row.pk} of the ledger, of no redemption"]


def test_who_paid_themself_is_found(books):
    damage(CashbackRedemption.objects.filter(pk=books["paid"].pk), processed_by_user=books["paid"].user)
    assert broken() == {OTHERS: [(f"redemption {books['paid'].pk}", {"status": "completed", "kind": "upi"})]}


@pytest.mark.parametrize("which", ["removed", "of another kind"])
def test_a_method_of_somebody_else_or_of_another_kind_is_found(books, which):
    rows = CashbackRedemption.objects.filter(pk=books["pending"].pk)
    if which == "removed":
        damage(rows, payment_method=books["removed"])
    else:
        damage(rows, redemption_type="upi")
    assert [where for where, _ in broken()[OTHERS]] == [f"redemption {books['pending'].pk}"]


@pytest.mark.parametrize("text", ["501002345678", "gAAAAsha Rao", "gAAAA" + "x" * 80 + " "])
@pytest.mark.parametrize(
    ("model", "constraint", "which"),
    [
        (UserPaymentMethod, "payment_method_details_are_sealed", "method"),
        (CashbackRedemption, "redemption_details_are_sealed", "paid"),
    ],
)
def test_an_open_detail_is_found_and_not_shown(books, model, constraint, which, text):
    with unchecked(model, constraint):
        damage(model.objects.filter(pk=books[which].pk), account_number=text)
        found = broken()
    [(where, numbers)] = found[SEALED]
    assert where.endswith(str(books[which].pk))
    assert numbers == {"not_sealed": "account_number"}


@pytest.mark.parametrize("model", [UserPaymentMethod, CashbackRedemption])
def test_an_open_detail_in_history_is_found(books, model):
    image = model.history.last()
    damage(model.history.filter(pk=image.pk), phone_number="+919800000001")
    [(where, numbers)] = broken()[SEALED]
    assert where.startswith("history of a ") and where.endswith(f" {image.pk}")
    assert numbers == {"not_sealed": "phone_number"}


def test_the_database_itself_refuses_an_open_detail(books):
    with pytest.raises(Exception, match="sealed"), connection.cursor() as cursor:
        cursor.execute("UPDATE user_payment_method SET account_number = '501002345678'")


def test_a_key_taken_out_too_early_is_found(books, settings):
    settings.PAYOUT_KEYS = [Fernet.generate_key().decode()]
    places = [where for where, _ in broken()[OPEN]]
    assert places == [f"payment method {books['method'].pk}", f"redemption {books['pending'].pk}"]


def test_a_sealed_text_that_somebody_changed_is_found(books):
    text = books["method"].account_number
    forged = text[:40] + ("A" if text[40] != "A" else "B") + text[41:]
    damage(UserPaymentMethod.objects.filter(pk=books["method"].pk), account_number=forged)
    assert broken() == {OPEN: [(f"payment method {books['method'].pk}", {})]}


def test_details_that_somebody_put_in_from_another_row_are_found_though_they_open(books):
    stranger = make.payment_method("account", details=make.PAID_OUT_TO["account"] | {"account_number": "999900001111"})
    rows = CashbackRedemption.objects.filter(pk=books["pending"].pk)
    damage(rows, account_number=stranger.account_number)
    assert broken() == {SAME: [(f"redemption {books['pending'].pk}", {"differ": "account_number"})]}


def test_details_that_somebody_put_into_the_method_are_found_too(books):
    stranger = make.payment_method("account", details=make.PAID_OUT_TO["account"] | {"account_number": "999900001111"})
    damage(UserPaymentMethod.objects.filter(pk=books["method"].pk), account_number=stranger.account_number)
    assert set(broken()) == {SAME}


def test_a_removed_method_still_says_where_its_redemption_is_paid(books):
    method = books["method"]
    services.remove_payment_method(actor=method.user, method=method, now=make.NOW)
    assert broken() == {}
    damage(CashbackRedemption.objects.filter(pk=books["pending"].pk), account_name=books["removed"].upi_id)
    assert broken() == {SAME: [(f"redemption {books['pending'].pk}", {"differ": "account_name"})]}


def test_what_was_sealed_anew_is_the_same(books, settings):
    settings.PAYOUT_KEYS = [Fernet.generate_key().decode(), *settings.PAYOUT_KEYS]
    services.reseal_payout_details(actor=None)
    assert broken() == {}


def test_another_business_is_not_looked_at(books):
    damage(CashbackRedemption.objects.filter(pk=books["paid"].pk), points_cents=3_001)
    assert broken(make.tenant("other")) == {}
