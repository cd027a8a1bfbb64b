"""Payout details under another key: `reseal_payout_details` seals them anew, and leaves and lists what no key opens."""

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command

from cashback import services
from cashback.models import PAYOUT_FIELDS, CashbackRedemption, UserPaymentMethod
from cashback.services.payout_details import opened
from tests import make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


NEW = Fernet.generate_key().decode()


@pytest.fixture
def sealed_before(settings):
    """A live method, a removed one, a pending redemption and one without details, and then a new key in front."""
    live, removed, pending = make.payment_method("account"), make.payment_method(), make.redemption()
    services.remove_payment_method(actor=removed.user, method=removed, now=make.NOW)
    make.redemption(50_000, kind="amazon_gift_card")
    settings.PAYOUT_KEYS = [NEW, *settings.PAYOUT_KEYS]
    return live, removed, pending


def stored():
    rows = [*UserPaymentMethod.objects.order_by("pk"), *CashbackRedemption.objects.order_by("pk")]
    return {row.pk: [getattr(row, name) for name in PAYOUT_FIELDS] for row in rows}


def test_the_first_key_seals_and_the_others_open(sealed_before, settings):
    live, _, _ = sealed_before
    assert opened(live) == make.PAID_OUT_TO["account"]
    settings.PAYOUT_KEYS = [NEW]
    assert opened(make.payment_method("account")) == make.PAID_OUT_TO["account"]


def test_all_is_sealed_with_the_first_key_so_that_the_others_can_go(sealed_before, settings, capsys):
    before = {row.pk: row.updated_at for row in UserPaymentMethod.objects.all()}
    call_command("reseal_payout_details")
    assert capsys.readouterr().out == "Sealed 3 rows anew; 1 row had the first key or no details.\n"
    settings.PAYOUT_KEYS = [NEW]
    found = [opened(type(row).objects.get(pk=row.pk)) for row in sealed_before]
    assert found == [make.PAID_OUT_TO["account"], make.PAID_OUT_TO["upi"], make.PAID_OUT_TO["upi"]]
    assert {row.pk: row.updated_at for row in UserPaymentMethod.objects.all()} == before, "nobody changed the details"
    assert_books_are_right()


@pytest.mark.parametrize("batch_size", [1, 2, 3])
def test_all_is_sealed_anew_in_however_many_batches(sealed_before, settings, batch_size):
    done = services.reseal_payout_details(actor=None, batch_size=batch_size)
    assert (done.resealed, done.left, done.unreadable) == (3, 1, [])
    settings.PAYOUT_KEYS = [NEW]
    assert all(opened(type(row).objects.get(pk=row.pk)) for row in sealed_before)


def test_sealing_anew_again_changes_nothing(sealed_before, capsys):
    call_command("reseal_payout_details")
    once = stored()
    call_command("reseal_payout_details")
    assert stored() == once
    assert capsys.readouterr().out.splitlines()[-1] == "Sealed 0 rows anew; 4 rows had the first key or no details."


def test_history_says_why_the_texts_changed_and_keeps_the_old_ones(sealed_before):
    live, _, _ = sealed_before
    services.reseal_payout_details(actor=None, batch_size=1)
    newest, oldest = live.history.order_by("-history_id")
    assert (newest.history_change_reason, newest.actor_kind) == (
        "sealed anew with the first of PAYOUT_KEYS; the details are the same", "system"
    )  # fmt: skip
    assert oldest.account_number == live.account_number != newest.account_number


def test_what_no_key_opens_is_left_and_listed_with_exit_code_1(sealed_before, settings, capsys):
    live, removed, pending = sealed_before
    before = stored()
    settings.PAYOUT_KEYS = [NEW]
    other = make.payment_method()
    settings.PAYOUT_KEYS = [Fernet.generate_key().decode(), NEW]
    with pytest.raises(CommandError, match="No key opens the details of 3 rows") as refused:
        call_command("reseal_payout_details")
    assert refused.value.returncode == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Sealed 1 row anew; 1 row had the first key or no details."
    assert {line.rpartition(" ")[2] for line in lines[1:]} == {str(row.pk) for row in (live, removed, pending)}
    after = stored()
    assert after.pop(other.pk) and after == before
