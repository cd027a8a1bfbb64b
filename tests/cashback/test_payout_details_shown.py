"""Payout details on screen: masked for everybody, in full for few, and each look in full is kept."""

import pytest
from cryptography.fernet import Fernet
from django.db import DatabaseError, connection, transaction

from accounts.errors import NotAllowed, NotFound
from cashback import services
from cashback.models import PayoutRead
from cashback.services.payout_details import DetailsUnreadable
from operations.append_only import missing_triggers
from tests import make

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


def test_pages_show_masks():
    assert services.masked(make.payment_method("account")) == {
        "account_name": "A••••",
        "account_number": "••••5678",
        "ifsc_code": "••••1234",
        "bank_name": "HDFC Bank",
    }
    assert services.masked(make.redemption()) == {"upi_id": "a••••@okbank"}
    assert services.masked(make.payment_method("amazon_gift_card")) == {}


def test_a_mask_shows_no_more_than_dots_of_what_no_key_opens(settings):
    method = make.payment_method()
    settings.PAYOUT_KEYS = [Fernet.generate_key().decode()]
    assert services.masked(method) == {"upi_id": "••••"}


def reads():
    return list(PayoutRead.objects.values_list("reader", "payment_method", "redemption", "created_at"))


def reveal_method(actor, method):
    return services.reveal_payment_method(actor=actor, method=method, now=make.NOW)


def reveal_redemption(actor, redemption):
    return services.reveal_redemption(actor=actor, redemption=redemption, now=make.NOW)


def test_the_owner_reads_a_method_in_full_and_it_is_kept():
    method = make.payment_method("account")
    assert reveal_method(method.user, method) == make.PAID_OUT_TO["account"]
    assert reads() == [(method.user_id, method.pk, None, make.NOW)]


@pytest.mark.parametrize("role", ["ADMIN", "FINANCE", "SALES_REP", "CUSTOMER"])
def test_nobody_else_reads_a_method_in_full(role):
    method = make.payment_method()
    for reader in (make.user(role), make.user(role, of=make.tenant("other"))):
        with pytest.raises(NotFound):
            reveal_method(reader, method)
    assert reads() == []


def test_a_removed_method_is_read_by_nobody():
    method = make.payment_method()
    services.remove_payment_method(actor=method.user, method=method, now=make.NOW)
    with pytest.raises(NotFound):
        reveal_method(method.user, method)


def test_who_pays_out_and_who_asked_read_a_redemption_in_full_and_each_look_is_kept():
    redemption, admin = make.redemption(), make.user("ADMIN")
    for reader in (admin, redemption.user, admin):
        assert reveal_redemption(reader, redemption) == make.PAID_OUT_TO["upi"]
    assert sorted(reads(), key=str) == sorted(
        [(reader.pk, None, redemption.pk, make.NOW) for reader in (admin, admin, redemption.user)], key=str
    )


@pytest.mark.parametrize(("role", "error"), [("FINANCE", NotAllowed), ("SALES_REP", NotFound), ("CUSTOMER", NotFound)])
def test_others_do_not_read_a_redemption_in_full(role, error):
    redemption = make.redemption()
    with pytest.raises(error):
        reveal_redemption(make.user(role), redemption)
    with pytest.raises(NotFound):
        reveal_redemption(make.user("ADMIN", of=make.tenant("other")), redemption)
    assert reads() == []


def test_nobody_reads_without_a_name_or_when_deactivated():
    method, redemption = make.payment_method(), make.redemption()
    method.user.is_active = redemption.user.is_active = False
    for step, thing in ((reveal_method, method), (reveal_redemption, redemption)):
        for reader in (None, thing.user):
            with pytest.raises(NotAllowed):
                step(reader, thing)
    assert reads() == []


@pytest.mark.parametrize("statement", ["UPDATE payout_reads SET created_at = created_at", "DELETE FROM payout_reads"])
def test_who_looked_is_never_taken_back(statement):
    method = make.payment_method()
    reveal_method(method.user, method)
    assert "payout_reads" not in {table for table, _ in missing_triggers("default")}
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_what_no_key_opens_is_said_and_no_look_is_kept(settings):
    method = make.payment_method()
    settings.PAYOUT_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(DetailsUnreadable, match="back into PAYOUT_KEYS"):
        reveal_method(method.user, method)
    assert reads() == []
