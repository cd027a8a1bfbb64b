"""Payout details at rest and on screen: nothing readable in the whole database, masks, and a record of each look in full."""

import hashlib
import json
import logging
import sqlite3
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from accounts.errors import NotAllowed, NotFound
from accounts.models import IdempotentRequest
from accounts.services import issue_token
from cashback import services
from cashback.models import PAYOUT_FIELDS, CashbackRedemption, PayoutRead, UserPaymentMethod
from cashback.services.payout_details import DetailsUnreadable, opened
from operations.append_only import missing_triggers
from tests import make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]

SECRETS = {
    "account": {
        "account_name": "Zephyrine Quill",
        "account_number": "987612345098",
        "ifsc_code": "ZQXV0987654",
        "bank_name": "Quillbank of Zephyria",
    },
    "upi": {"upi_id": "zephyrine.quill@okquill"},
    "gpay": {"gpay_id": "zephyrine.gpay@okquill"},
    "cash": {"phone_number": "+919812398123", "address": "77 Quillwood Lane"},
}
TEXTS = [text for details in SECRETS.values() for text in details.values()]


def live_through_everything():
    """Methods added, made default and removed; redemptions by them and by typed details, completed, cancelled, refused."""
    asha, admin = make.user("CUSTOMER"), make.user("ADMIN")
    make.points(asha, 100_000)
    for kind, details in SECRETS.items():
        method = make.payment_method(kind, of=asha, details=details, is_default=True)
        saved = make.redemption(1_000, by=asha, kind=kind, payment_method=method)
        typed = make.redemption(1_000, by=asha, kind=kind, details=details)
        services.reveal_payment_method(actor=asha, method=method, now=make.NOW)
        services.reveal_redemption(actor=admin, redemption=typed, now=make.NOW)
        services.complete_redemption(actor=admin, redemption=saved, payout_reference="UTR 9", now=make.NOW)
        services.cancel_redemption(actor=admin, redemption=typed, reason="twice", now=make.NOW)
        services.remove_payment_method(actor=asha, method=method, now=make.NOW)
        with pytest.raises(services.BalanceTooLow):
            make.redemption(10**9, by=asha, kind=kind, details=details)
        with pytest.raises(Exception, match="missing, wrong"):
            make.payment_method(kind, of=asha, details={**details, "account_number": "9876-12345-098-x"})


def text_of_every_column():
    """Everything that any table holds, in one text."""
    with connection.cursor() as cursor:
        found = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            found += [str(value) for row in cursor.fetchall() for value in row]
    return "\n".join(found)


def test_no_column_of_any_table_can_be_read():
    live_through_everything()
    everything = text_of_every_column()
    assert "UTR 9" in everything, "the search reads what is there"
    assert [text for text in [*TEXTS, "9876-12345-098-x"] if text in everything] == []
    assert_books_are_right("cashback")


def test_no_log_and_no_mail_can_be_read_either(caplog, django_capture_on_commit_callbacks):
    with caplog.at_level(logging.DEBUG), django_capture_on_commit_callbacks(execute=True):
        live_through_everything()
    said = "\n".join(
        [*(str(vars(record)) for record in caplog.records), *(str(each.message()) for each in mail.outbox)]
    )
    assert len(mail.outbox) > 8, "there was something to read"
    assert [text for text in TEXTS if text in said] == []


def test_what_the_doors_keep_of_a_request_tells_nothing(client):
    """The answer that is kept for a repeat is masked, and the number cannot be guessed from the hash beside it."""
    asha = make.user("CUSTOMER")
    body = {"payment_type": "cash", "phone_number": SECRETS["cash"]["phone_number"]}
    _, token = issue_token(actor=asha)
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k-1"}
    answer = client.post("/api/cashback/payment-methods", body, content_type="application/json", headers=headers)
    assert answer.status_code == 201, answer.content
    kept = IdempotentRequest.objects.get()
    guesses = {hashlib.sha256(json.dumps(each, sort_keys=True).encode()).hexdigest() for each in ([[], body], body)}
    assert kept.request_hash and kept.request_hash not in guesses
    assert SECRETS["cash"]["phone_number"] not in json.dumps(kept.response_body)


@pytest.mark.django_db(transaction=True)
def test_the_database_file_with_all_its_journals_cannot_be_read(on_postgres):
    if on_postgres:
        pytest.skip("looks into the SQLite file; on PostgreSQL the test above reads every column")
    live_through_everything()
    place = Path(connection.settings_dict["NAME"])
    content = b"".join(path.read_bytes() for path in place.parent.glob(f"{place.name}*"))
    assert b"UTR 9" in content, "the search reads what is there"
    assert [text for text in TEXTS if text.encode() in content or text.encode("utf-16-le") in content] == []


def test_such_a_search_would_find_an_open_number(tmp_path):
    """The search of the test above, on a file in which the number stands open."""
    place = tmp_path / "open.sqlite3"
    with sqlite3.connect(place) as database:
        database.execute("CREATE TABLE method (account_number TEXT)")
        database.execute("INSERT INTO method VALUES ('987612345098')")
    database.close()
    assert b"987612345098" in place.read_bytes()


def test_equal_details_are_sealed_unlike():
    first, second = make.payment_method("account"), make.payment_method("account")
    assert first.account_number != second.account_number


# On screen ------------------------------------------------------------------------------------------------


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


# In full --------------------------------------------------------------------------------------------------


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


# Another key ----------------------------------------------------------------------------------------------


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
