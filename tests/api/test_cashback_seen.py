"""Who decides over HTTP names the version that they read: one that changed since is refused, and the new one can be read."""

from uuid import uuid4

import pytest

from cashback.models import TrackerEntry
from tests import make
from tests.api.clients import client_of, post

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]

A = "/api/cashback"


def decide(client, path, seen):
    return post(client, f"{A}/{path}", {"seen": seen}, key=uuid4().hex)


def listed(client, path):
    [row] = client.get(f"{A}/{path}").json()["results"]
    return row


def test_a_payment_that_was_corrected_since_it_was_read_is_not_verified():
    payment, office = make.loan_payment(100_000), client_of(make.user("FINANCE"))
    path = f"loans/{payment.loan_id}/payments"
    read = listed(office, path)
    reason = {"reason": "mistyped", "amount_cents": 900_000}
    changed = post(client_of(make.user("ADMIN")), f"{A}/loan-payments/{payment.pk}/change", reason, key=uuid4().hex)
    assert changed.json()["seen"] > read["seen"]
    refused = decide(office, f"loan-payments/{payment.pk}/verify", read["seen"])
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "changed_since_seen")
    again = listed(office, path)
    assert (again["status"], again["amount_cents"], again["seen"]) == ("pending", 900_000, changed.json()["seen"])
    assert decide(office, f"loan-payments/{payment.pk}/verify", again["seen"]).json()["status"] == "verified"


def test_a_day_that_was_entered_anew_since_it_was_read_is_not_approved():
    tracker, admin = make.tracker(), client_of(make.user("ADMIN"))
    entry = make.tracker_entry(50_000, on=tracker)
    read = listed(admin, "admin/tracker-entries")
    assert read["seen"] == listed(admin, f"trackers/{tracker.pk}/entries")["seen"]
    make.tracker_entry(5_000_000, on=tracker)
    refused = decide(admin, f"admin/tracker-entries/{entry.pk}/approve", read["seen"])
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "changed_since_seen")
    assert TrackerEntry.objects.get().status == "pending"
    assert (
        decide(
            admin, f"admin/tracker-entries/{entry.pk}/approve", listed(admin, "admin/tracker-entries")["seen"]
        ).status_code
        == 200
    )


@pytest.mark.parametrize("seen", [-1, "x", 1.5, True, [1]])
def test_a_mark_that_is_no_whole_number_is_refused(seen):
    entry = make.tracker_entry()
    refused = decide(client_of(make.user("ADMIN")), f"admin/tracker-entries/{entry.pk}/approve", seen)
    assert (refused.status_code, TrackerEntry.objects.get().status) == (400, "pending")
