"""Who is told of a redemption, and that nobody hears of what did not happen."""

import pytest
from django.core import mail
from django.db import transaction

from accounts.models import RefusedWrite
from cashback.models import CashbackRedemption
from cashback.services.ledger import BalanceTooLow
from cashback.services.payout_details import WrongPayoutDetails
from tests import make
from tests.cashback.redeeming import cancel, complete, customer

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


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
