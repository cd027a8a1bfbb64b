"""Redemptions: points are taken at the request, paid out by somebody else under a reference, or given back whole."""

import pytest
from django.core import mail
from django.db import transaction

from accounts.errors import NotAllowed, NotFound
from accounts.models import RefusedWrite
from billing.services.checks import ReasonMissing
from cashback import services
from cashback.models import CashbackAccount, CashbackRedemption, CashbackTransaction
from cashback.services.ledger import BalanceTooLow, NotPoints
from cashback.services.members import NotAMember
from cashback.services.payment_methods import NoSuchPaymentMethod
from cashback.services.payout_details import UnknownPayoutKind, WrongPayoutDetails, opened
from cashback.services.redemptions import CannotBePaidOut, OwnRedemption, RedemptionNotPending, WrongPaymentMethod
from cashback.services.texts import NotPlainText
from tests import make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


def balance(person):
    """(balance, debt) in cents."""
    return CashbackAccount.objects.values_list("balance_cents", "debt_cents").get(user=person)


def customer(cents=10_000, **fields):
    person = make.user("CUSTOMER", **fields)
    make.points(person, cents)
    return person


def complete(redemption, by=None, reference="UTR 4711", **fields):
    by = by or make.user("ADMIN", of=redemption.tenant)
    fields = {"actor": by, "now": make.later(days=1), **fields}
    return services.complete_redemption(redemption=redemption, payout_reference=reference, **fields)


def cancel(redemption, by=None, reason="wrong account", **fields):
    by = by or make.user("ADMIN", of=redemption.tenant)
    fields = {"actor": by, "now": make.later(days=1), **fields}
    return services.cancel_redemption(redemption=redemption, reason=reason, **fields)


def test_points_are_taken_at_the_request():
    asha = customer()
    redemption = make.redemption(6_000, by=asha)
    assert balance(asha) == (4_000, 0)
    row = redemption.redemption_transaction
    assert (row.from_user, row.to_account, row.points_cents) == (asha, "CLEARING", 6_000)
    assert (redemption.status, redemption.created_at, redemption.processed_at) == ("pending", make.NOW, None)
    assert_books_are_right("cashback")


def test_exactly_the_balance_can_be_redeemed():
    asha = customer(10_000)
    make.redemption(10_000, by=asha)
    assert balance(asha) == (0, 0)


def test_two_pending_together_never_exceed_the_balance():
    asha = customer(10_000)
    make.redemption(6_000, by=asha)
    with pytest.raises(BalanceTooLow) as refused:
        make.redemption(4_001, by=asha)
    assert refused.value.fields == {"points_cents": ["At most 4000."]}
    make.redemption(4_000, by=asha)
    assert CashbackRedemption.objects.pending().count() == 2


def test_who_owes_points_has_none_to_redeem():
    asha = customer(10_000)
    earned = CashbackTransaction.objects.get(to_user=asha)
    make.redemption(9_000, by=asha)
    services.take_back_points(actor=None, row=earned, reason="granted by mistake", now=make.NOW)
    assert balance(asha) == (0, 9_000)
    with pytest.raises(BalanceTooLow):
        make.redemption(1, by=asha)


def test_a_cancelled_redemption_repays_what_is_owed_by_then():
    asha = customer(10_000)
    redemption = make.redemption(9_000, by=asha)
    row = CashbackTransaction.objects.get(to_user=asha)
    services.take_back_points(actor=None, row=row, reason="granted by mistake", now=make.NOW)
    cancel(redemption)
    assert balance(asha) == (0, 0)
    assert_books_are_right("cashback")


def test_it_is_completed_with_a_reference_and_nothing_moves():
    redemption = make.redemption()
    rows = CashbackTransaction.objects.count()
    admin = make.user("ADMIN")
    done = complete(redemption, by=admin, notes="by bank run 7")
    assert (done.status, done.payout_reference, done.admin_notes) == ("completed", "UTR 4711", "by bank run 7")
    assert (done.processed_by_user, done.processed_at) == (admin, make.later(days=1))
    assert CashbackTransaction.objects.count() == rows
    assert_books_are_right("cashback")


def test_it_is_cancelled_with_a_linked_refund():
    asha = customer()
    done = cancel(make.redemption(6_000, by=asha), reason="the account is closed")
    assert (done.status, done.admin_notes) == ("cancelled", "the account is closed")
    refund = done.refund_transaction
    assert (refund.transaction_type, refund.to_user, refund.points_cents) == ("redemption_refund", asha, 6_000)
    assert balance(asha) == (10_000, 0)
    assert_books_are_right("cashback")


def test_the_person_cancels_their_own_while_it_is_pending_without_a_reason():
    asha = customer()
    done = cancel(make.redemption(by=asha), by=asha, reason="")
    assert (done.status, done.processed_by_user, balance(asha)) == ("cancelled", asha, (10_000, 0))


def test_the_office_says_why_it_cancels():
    with pytest.raises(ReasonMissing):
        cancel(make.redemption(), reason=" ")


def test_the_person_does_not_cancel_what_was_paid_out():
    asha = customer()
    redemption = make.redemption(by=asha)
    complete(redemption)
    with pytest.raises(RedemptionNotPending):
        cancel(redemption, by=asha)
    assert balance(asha) == (4_000, 0)


@pytest.mark.parametrize("first", [complete, cancel])
@pytest.mark.parametrize("second", [complete, cancel])
def test_what_ended_ends_once(first, second):
    redemption = make.redemption()
    first(redemption)
    with pytest.raises(RedemptionNotPending, match="already"):
        second(redemption)
    assert_books_are_right("cashback")


def test_nobody_completes_their_own():
    admin = make.user("ADMIN")
    make.points(admin)
    redemption = make.redemption(by=admin)
    with pytest.raises(OwnRedemption):
        complete(redemption, by=admin)
    complete(redemption, by=make.user("ADMIN"))


@pytest.mark.parametrize(("role", "error"), [("FINANCE", NotAllowed), ("SALES_REP", NotFound), ("CUSTOMER", NotFound)])
@pytest.mark.parametrize("step", [complete, cancel])
def test_only_administrators_process_redemptions_of_others(step, role, error):
    redemption = make.redemption()
    with pytest.raises(error):
        step(redemption, by=make.user(role))
    assert CashbackRedemption.objects.get().status == "pending"


@pytest.mark.parametrize("step", [complete, cancel])
def test_another_business_finds_no_such_redemption(step):
    redemption = make.redemption()
    with pytest.raises(NotFound):
        step(redemption, by=make.user("ADMIN", of=make.tenant("other")))


@pytest.mark.parametrize("step", [complete, cancel])
def test_who_was_deactivated_processes_nothing(step):
    with pytest.raises(NotFound):
        step(make.redemption(), by=make.user("ADMIN", is_active=False))


def test_who_was_deactivated_asks_for_nothing_and_keeps_the_points():
    asha = customer()
    asha.is_active = False
    asha.save()
    with pytest.raises(NotAMember):
        make.redemption(by=asha)
    assert balance(asha) == (10_000, 0)


def test_the_pending_redemption_of_a_deactivated_person_can_be_ended():
    asha = customer()
    redemption = make.redemption(by=asha)
    asha.is_active = False
    asha.save()
    with pytest.raises(NotFound):
        cancel(redemption, by=asha)
    assert cancel(redemption).status == "cancelled"


def test_somebody_above_all_businesses_has_no_points_to_redeem():
    with pytest.raises(NotAMember):
        make.redemption(by=make.superuser())
    with pytest.raises(NotAMember):
        services.request_redemption(actor=None, points_cents=1, redemption_type="cash", now=make.NOW)


# The kinds ------------------------------------------------------------------------------------------------


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


# Where the points go --------------------------------------------------------------------------------------


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
    assert list(refused.value.fields) == ["payment_method"]


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


# Notes and references -------------------------------------------------------------------------------------


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


# Who is told ----------------------------------------------------------------------------------------------


def test_administrators_are_told_of_a_request_without_its_details(django_capture_on_commit_callbacks):
    admin, asha = make.user("ADMIN"), customer(name="Asha")
    make.user("ADMIN", is_active=False)
    make.user("ADMIN", of=make.tenant("other"))
    make.user("FINANCE")
    with django_capture_on_commit_callbacks(execute=True):
        make.redemption(6_000, by=asha, kind="account")
    [message] = mail.outbox
    assert message.to == [admin.email]
    assert message.subject == "A redemption waits: 60.00 points"
    assert "Asha asks for 60.00 points by Bank account." in message.body
    told = f"{message.subject} {message.body}"
    assert not [text for name, text in make.PAID_OUT_TO["account"].items() if text in told]


def test_an_administrator_who_asks_is_not_told_to_pay_themself(django_capture_on_commit_callbacks):
    admin = make.user("ADMIN")
    make.points(admin)
    with django_capture_on_commit_callbacks(execute=True):
        make.redemption(by=admin)
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("step", "subject"),
    [
        (complete, "Your redemption was paid out: 60.00 points"),
        (cancel, "Your redemption was cancelled: 60.00 points"),
    ],
)
def test_the_person_is_told_of_the_outcome_without_details(step, subject, django_capture_on_commit_callbacks):
    asha = customer()
    redemption = make.redemption(by=asha)
    with django_capture_on_commit_callbacks(execute=True):
        step(redemption)
    [message] = mail.outbox
    assert (message.to, message.subject) == ([asha.email], subject)
    assert "okbank" not in message.body and "4711" not in message.body and "wrong account" not in message.body


def test_nobody_hears_of_what_did_not_happen(django_capture_on_commit_callbacks):
    make.user("ADMIN")
    asha = customer(100)
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(BalanceTooLow):
        make.redemption(101, by=asha)
    assert mail.outbox == []


@pytest.mark.parametrize("step", [complete, cancel, lambda redemption: make.redemption(1, by=redemption.user)])
def test_nobody_hears_of_what_was_rolled_back(step):
    admin, redemption = make.user("ADMIN"), make.redemption()
    with pytest.raises(RuntimeError), transaction.atomic():
        step(redemption)
        raise RuntimeError
    assert mail.outbox == [] and admin.is_active


def test_a_mail_server_that_refuses_changes_nothing(django_capture_on_commit_callbacks, settings, caplog):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    for name in ("Meera", "Ravi", "Sita"):
        make.user("ADMIN", name=name)
    asha = customer(name="Asha")
    with django_capture_on_commit_callbacks(execute=True):
        redemption = make.redemption(by=asha)
    assert CashbackRedemption.objects.get() == redemption
    [record] = [record for record in caplog.records if record.name == "roundsman.redemptions"]
    assert (record.getMessage(), record.redemption_id) == ("redemption_mail_failed", str(redemption.pk))
    assert not {"Asha", "Meera", asha.email} & set(map(str, vars(record).values()))


def test_an_address_that_is_refused_stops_no_other(django_capture_on_commit_callbacks, caplog):
    nobody, admin = make.user("ADMIN"), make.user("ADMIN")
    nobody.email = "two\nlines@example.com"
    nobody.save()
    with django_capture_on_commit_callbacks(execute=True):
        make.redemption()
    assert [message.to for message in mail.outbox] == [[admin.email]]
    assert [record.why for record in caplog.records if record.name == "roundsman.redemptions"] == ["BadHeaderError"]


def test_a_refusal_is_kept_without_what_was_typed():
    with pytest.raises(WrongPayoutDetails):
        make.redemption(by=customer(), kind="account", details={"account_number": "5010-secret"})
    [kept] = RefusedWrite.objects.all()
    assert kept.code == "wrong_payout_details"
    assert "5010" not in kept.message
