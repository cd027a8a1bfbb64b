"""Points for somebody else by API: who they are is found in any spelling, and nobody learns by guessing who else is there."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import RefusedWrite
from accounts.services import deactivate_user
from cashback.models import CashbackAccount, CashbackTransaction
from cashback.services import set_cashback_policy
from cashback.services.receivers import MISSES_AN_HOUR
from tests import make
from tests.api.clients import client_of, error_of, post
from tests.api.unchanged import nothing_written

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]

TRANSFER = "/api/cashback/transfer"


@pytest.fixture
def asha():
    asha = make.user("CUSTOMER", name="Asha")
    make.points(asha, 10_000)
    return asha


@pytest.fixture
def ravi():
    return make.user("CUSTOMER", name="Ravi")


def send(sender, points_cents=100, key=None, **receiver):
    return post(client_of(sender), TRANSFER, {"points_cents": points_cents, **receiver}, key=key or uuid4().hex)


def balance_of(user):
    return CashbackAccount.objects.get(user=user).balance_cents


def test_the_receiver_is_found_by_e_mail_in_any_case_or_by_id(asha, ravi):
    for name in (ravi.email, ravi.email.upper(), f" {ravi.email.title()} "):
        assert send(asha, receiver=name).status_code == 201
    assert send(asha, receiver_id=str(ravi.pk)).status_code == 201
    assert (balance_of(asha), balance_of(ravi)) == (9_600, 400)


def test_the_row_tells_both_sides_and_the_words_and_nothing_of_the_office(asha, ravi):
    row = send(asha, receiver=ravi.email, user_notes="for tea").json()
    assert (row["from_user"]["name"], row["to_user"]["name"]) == ("Asha", "Ravi")
    assert (row["points_cents"], row["user_notes"], row["transaction_type"]) == (100, "for tea", "transfer")
    assert not {"notes", "created_by"} & set(row)


def test_who_is_not_there_no_longer_active_or_elsewhere_is_answered_in_the_very_same_words(asha, ravi):
    elsewhere = make.user("CUSTOMER", of=make.tenant("dairy"))
    deactivate_user(actor=None, user=ravi, reason="left")
    above = make.superuser()
    with nothing_written():
        by_mail = [
            send(asha, receiver=name) for name in ("nobody@example.com", ravi.email, elsewhere.email, above.email)
        ]
        by_id = [send(asha, receiver_id=str(pk)) for pk in (uuid4(), ravi.pk, elsewhere.pk, above.pk)]
    for answers, field in ((by_mail, "receiver"), (by_id, "receiver_id")):
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.content for answer in answers}) == 1
        assert list(error_of(answers[0], 404, "unknown_receiver")["fields"]) == [field]


def test_points_that_somebody_does_not_have_find_nobody_out(asha, ravi):
    with nothing_written():
        answers = [send(asha, 10_001, receiver=name) for name in (ravi.email, "nobody@example.com")]
    assert {answer.status_code for answer in answers} == {422}
    assert len({answer.content for answer in answers}) == 1


def test_after_many_wrong_names_nobody_is_looked_up_for_an_hour(asha, ravi):
    for _ in range(MISSES_AN_HOUR):
        error_of(send(asha, receiver="nobody@example.com", key="same"), 404)
    with nothing_written():
        for name in (ravi.email, "nobody@example.com"):
            error_of(send(asha, receiver=name), 422, "too_many_unknown_receivers")
    make.points(ravi)
    assert send(ravi, receiver=asha.email).status_code == 201
    RefusedWrite.objects.update(created_at=timezone.now() - timedelta(hours=1, seconds=1))
    assert send(asha, receiver=ravi.email).status_code == 201


def test_nobody_sends_to_themselves(asha):
    with nothing_written():
        for name in ({"receiver": asha.email.upper()}, {"receiver_id": str(asha.pk)}):
            error_of(send(asha, **name), 422, "cannot_transfer")


def test_one_receiver_is_named_in_one_way(asha, ravi):
    both = {"receiver": ravi.email, "receiver_id": str(ravi.pk)}
    with nothing_written():
        for said in ({}, both, {"receiver": ""}, {"receiver": " "}):
            assert list(error_of(send(asha, **said), 400, "invalid")["fields"]) == ["receiver"]


def test_what_the_business_allows_a_day_is_named_when_it_is_reached(asha, ravi):
    set_cashback_policy(actor=None, tenant=asha.tenant, transfers_a_day=2, transfer_points_a_day_cents=500)
    assert send(asha, 300, receiver=ravi.email).status_code == 201
    with nothing_written():
        error = error_of(send(asha, 201, receiver=ravi.email), 422, "transfer_limit_reached")
        assert "transfer_points_a_day_cents" in error["message"]
    assert send(asha, 200, receiver=ravi.email).status_code == 201
    with nothing_written():
        error = error_of(send(asha, 1, receiver=ravi.email), 422, "transfer_limit_reached")
        assert "transfers_a_day" in error["message"]


def test_ten_transfers_a_day_unless_the_business_says_otherwise(asha, ravi):
    for _ in range(10):
        assert send(asha, receiver=ravi.email).status_code == 201
    with nothing_written():
        error_of(send(asha, receiver=ravi.email), 422, "transfer_limit_reached")


def test_sent_twice_with_its_key_it_is_done_once(asha, ravi):
    first, again = (send(asha, receiver=ravi.email, key="once") for _ in range(2))
    assert again.json() == first.json()
    assert CashbackTransaction.objects.filter(transaction_type="transfer").count() == 1


def test_who_stands_above_all_businesses_has_no_points_to_send(ravi):
    owner = make.superuser()
    with nothing_written():
        error_of(send(owner, receiver=ravi.email), 422, "holds_no_points")
    error_of(client_of(owner).get("/api/cashback/balance"), 422, "holds_no_points")
