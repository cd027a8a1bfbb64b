"""Whose is it? Forged ids, objects of other people and businesses, wrong roles, nobody's token: nothing opens or is written."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from knox.models import AuthToken
from rest_framework.test import APIClient

from accounts.services import deactivate_user, issue_token, revoke_token
from tests import make
from tests.api.cashback_doors import CASHBACK_DOORS, fixed, grant, lent, opened, paid, payout, transfer
from tests.api.clients import client_of, error_of, post
from tests.api.door import filled
from tests.api.stage import Stage
from tests.api.unchanged import nothing_written

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]

A = "/api/cashback"
OF_ONE = [
    pytest.param(method, path, id=f"{method} {path}")
    for (method, path), door in CASHBACK_DOORS.items()
    if door.is_of_one_object
]


@pytest.fixture
def strangers():
    return Stage("dairy")


def send(client: Any, method: str, path: str) -> Any:
    """Ask at a door about an object that nobody has, with an empty body."""
    sent = {"format": CASHBACK_DOORS[method, path].format, "headers": {"Idempotency-Key": uuid4().hex}}
    return getattr(client, method.lower())(filled(path, (uuid4(), uuid4())), {}, **sent)


# Forged ids -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pk", ["1", "0", "-1", "not-a-uuid", "0193a7c0000070008000000000000001", "%00", "1%20OR%201=1"]
)
def test_an_address_with_a_malformed_id_is_not_there(admin, pk):
    for method, path in CASHBACK_DOORS:
        if "<uuid:pk>" in path:
            answer = getattr(admin, method.lower())(filled(path, (pk, pk)), {}, format="json")
            error_of(answer, 404)


@pytest.mark.parametrize(("method", "path"), OF_ONE)
def test_an_id_that_nobody_has_is_not_there(stage, admin, method, path):
    door = CASHBACK_DOORS[method, path]
    body = door.body(stage)
    with nothing_written():
        address = filled(path, (uuid4(), uuid4()))
        headers = {"Idempotency-Key": "once"}
        answer = getattr(admin, method.lower())(address, body, format=door.format, headers=headers)
        error_of(answer, 404)


def test_a_rule_or_an_assignment_of_another_loan_or_tracker_is_not_there(stage, admin):
    parts = {
        "loans": (stage.loan().pk, {"config": stage.loan_config()[1], "assignments": stage.loan_assignment()[1]}),
        "trackers": (
            stage.tracker().pk,
            {"config": stage.tracker_config()[1], "assignments": stage.tracker_assignment()[1]},
        ),
    }
    with nothing_written():
        for kind, (other, of_first) in parts.items():
            for part, pk in of_first.items():
                error_of(admin.delete(f"{A}/admin/{kind}/{other}/{part}/{pk}"), 404)


def named(stage: Stage, body: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    """A body that names somebody or something else."""
    if name == "rows":
        return body | {"rows": [{"user": value, "points_cents": 1}]}
    if name == "receiver_id":
        return {"receiver_id": value, "points_cents": 1}
    return body | {name: value}


POINTS_AT_A_PERSON = [
    ("transfer", "receiver", transfer),
    ("transfer", "receiver_id", transfer),
    ("admin/grant", "rows", grant),
    ("admin/remove", "rows", grant),
    ("loans", "customer", lent),
    ("trackers", "user", opened),
]


@pytest.mark.parametrize(("path", "name", "body"), POINTS_AT_A_PERSON, ids=lambda value: str(value)[:20])
def test_a_person_of_another_business_or_of_none_is_not_there(stage, strangers, admin, path, name, body):
    stage.all_have_points()
    theirs = strangers.people["CUSTOMER"]
    said = [str(theirs.pk), str(uuid4())] + ([] if name == "receiver_id" else [theirs.email, "nobody@example.com"])
    whole = body(stage)
    with nothing_written():
        for value in said:
            error = error_of(post(admin, f"{A}/{path}", named(stage, whole, name, value), key=uuid4().hex), 404)
            assert list(error["fields"]) == [name]


def test_a_payment_method_of_another_person_or_business_is_not_there(stage, strangers, customer):
    body = payout(stage)
    del body["upi_id"]
    mine = stage.method("CUSTOMER")
    for pk in (stage.method("SALES_REP"), strangers.method("CUSTOMER"), uuid4()):
        with nothing_written():
            sent = post(customer, f"{A}/redemptions", body | {"payment_method_id": str(pk)}, key=uuid4().hex)
            assert list(error_of(sent, 404)["fields"]) == ["payment_method_id"]
            error_of(customer.get(f"{A}/payment-methods/{pk}"), 404)
            error_of(customer.delete(f"{A}/payment-methods/{pk}"), 404)
            error_of(post(customer, f"{A}/payment-methods/{pk}/default"), 404)
            error_of(post(customer, f"{A}/payment-methods/{pk}/reveal"), 404)
    assert post(customer, f"{A}/redemptions", body | {"payment_method_id": str(mine)}, key="mine").status_code == 201


def test_a_payment_method_that_was_deleted_is_not_there_and_what_was_asked_before_stays(stage, customer):
    pk, body = stage.method("CUSTOMER"), payout(stage)
    del body["upi_id"]
    first = post(customer, f"{A}/redemptions", body | {"payment_method_id": str(pk)}, key="first").json()
    assert customer.delete(f"{A}/payment-methods/{pk}").status_code == 204
    error_of(post(customer, f"{A}/redemptions", body | {"payment_method_id": str(pk)}, key="second"), 404)
    assert customer.get(f"{A}/redemptions/{first['id']}").json()["details"] == first["details"]


def test_what_belongs_to_another_customer_of_the_same_business_is_not_there(stage):
    other = client_of(stage.somebody_else())
    loan, tracker = stage.loan_payment().loan_id, stage.tracker_entry().tracker_id
    redemption = stage.redemption()
    with nothing_written():
        for path in (f"loans/{loan}", f"loans/{loan}/payments", f"loans/{loan}/history", f"redemptions/{redemption}"):
            error_of(other.get(f"{A}/{path}"), 404)
        for path in ("", "/entries", "/workbook", "/history"):
            error_of(other.get(f"{A}/trackers/{tracker}{path}"), 404)
        error_of(other.get(f"{A}/redemptions/{redemption}/history"), 404)
        error_of(post(other, f"{A}/redemptions/{redemption}/cancel"), 404)
        error_of(post(other, f"{A}/loans/{loan}/payments", paid(stage), key="once"), 404)
        error_of(post(other, f"{A}/trackers/{tracker}/hide"), 404)


# Roles ----------------------------------------------------------------------------------------------------


def test_a_customer_comes_through_no_door_of_the_office_and_writes_nothing(stage, customer):
    closed = [walk for walk, door in CASHBACK_DOORS.items() if "CUSTOMER" not in door.roles]
    assert len(closed) > 20
    with nothing_written():
        for method, path in closed:
            error_of(send(customer, method, path), 403, "not_allowed")


@pytest.mark.parametrize("role", ["SALES_REP", "FINANCE"])
def test_staff_who_does_not_look_after_it_neither_configures_nor_enters(stage, role):
    somebody = client_of(make.user(role, of=stage.tenant))
    (loan, of_loan), (tracker, of_tracker) = stage.loan_config(), stage.tracker_config()
    body = fixed(stage)
    with nothing_written():
        for path in (f"admin/loans/{loan}/config", f"admin/trackers/{tracker}/config"):
            error_of(post(somebody, f"{A}/{path}", body), 403, "not_yours_to_configure")
        error_of(somebody.delete(f"{A}/admin/loans/{loan}/config/{of_loan}"), 403)
        error_of(somebody.delete(f"{A}/admin/trackers/{tracker}/config/{of_tracker}"), 403)
        error_of(post(somebody, f"{A}/trackers/{tracker}/entries", {"day": 0, "payment_cents": 1}), 403)


def test_a_representative_who_does_not_look_after_a_loan_records_nothing_on_it(stage):
    somebody = client_of(make.user("SALES_REP", of=stage.tenant))
    loan = stage.loan().pk
    with nothing_written():
        error_of(post(somebody, f"{A}/loans/{loan}/payments", paid(stage), key="once"), 403)


def test_nobody_does_for_themselves_what_another_must_do(stage, admin):
    me, mine = stage.people["ADMIN"].email, stage.redemption("ADMIN")
    loan = stage.loan()
    payment = post(admin, f"{A}/loans/{loan.pk}/payments", paid(stage), key="paid").json()["id"]
    entry = post(admin, f"{A}/trackers/{stage.tracker().pk}/entries", {"day": 0, "payment_cents": 1}).json()["id"]
    mine_alone = {
        "admin/grant": {"rows": [{"user": me, "points_cents": 1}], "reason": "me"},
        "admin/remove": {"rows": [{"user": me, "points_cents": 1}], "reason": "me"},
        f"admin/loans/{loan.pk}/config": {"user": me, "cashback_type": "fixed", "points_cents": 1},
        f"admin/redemptions/{mine}/complete": {"payout_reference": "UTR-1"},
        f"loan-payments/{payment}/verify": {},
        f"admin/tracker-entries/{entry}/approve": {},
    }
    with nothing_written():
        for path, body in mine_alone.items():
            error_of(post(admin, f"{A}/{path}", body, key=uuid4().hex), 403)


# Tokens ---------------------------------------------------------------------------------------------------


def test_nobodys_token_opens_nothing(stage):
    token, text = issue_token(actor=stage.people["ADMIN"])
    expired, of_expired = issue_token(actor=stage.people["ADMIN"])
    AuthToken.objects.filter(pk=expired.pk).update(expiry=timezone.now() - timedelta(seconds=1))
    revoke_token(token=token)
    gone = stage.somebody_else()
    _, of_gone = issue_token(actor=gone)
    deactivate_user(actor=None, user=gone, reason="left")
    said = ["Bearer " + word for word in (text, of_expired, of_gone, "0" * 64, "../..", "x")] + ["Basic eDp4", "Bearer"]
    with nothing_written():
        for header in said:
            client = APIClient(raise_request_exception=False)
            client.credentials(HTTP_AUTHORIZATION=header)
            for method, path in CASHBACK_DOORS:
                answer = send(client, method, path)
                error_of(answer, 401)
