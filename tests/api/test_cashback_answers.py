"""What cashback answers: earned, sent, redeemed, paid out; in figures that add up, and without what is sealed."""

import csv
from datetime import datetime
from io import BytesIO
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from cashback.models import PayoutRead
from tests import make
from tests.api.clients import client_of, post

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]

A = "/api/cashback"
ACCOUNT = {
    "account_name": "Asha Rao",
    "account_number": "123456789012",
    "ifsc_code": "HDFC0001234",
    "bank_name": "HDFC Bank",
}


def done(client, path, body=None, status=200):
    """What a POST answers when it succeeds."""
    answer = post(client, f"{A}/{path}", body, key=uuid4().hex)
    assert answer.status_code == status, (path, answer.content)
    return answer.json()


def read(client, path):
    answer = client.get(f"{A}/{path}")
    assert answer.status_code == 200, (path, answer.content)
    return answer.json()


def test_a_share_of_the_interest_is_earned_when_a_payment_is_verified_and_gone_when_it_is_rejected(
    stage, admin, finance, customer
):
    me = stage.people["CUSTOMER"].email
    terms = {"customer": me, "loan_name": "Shop", "principal_cents": 3_600_000, "interest_rate": "0.10"}
    loan = done(finance, "loans", {**terms, "started_on": "2026-01-01"}, 201)["id"]
    rule = {"user": me, "cashback_type": "percentage", "cashback_value": "0.05"}
    done(admin, f"admin/loans/{loan}/config", rule, 201)
    payment = done(customer, f"loans/{loan}/payments", {"amount_cents": 100_000, "payment_date": "2026-01-31"}, 201)
    assert (payment["status"], payment["interest_cents"], payment["principal_cents"]) == ("pending", 30_000, 70_000)
    assert read(customer, "balance")["balance_cents"] == 0

    assert done(finance, f"loan-payments/{payment['id']}/verify")["status"] == "verified"
    [earned] = read(customer, "transactions")["results"]
    assert (earned["transaction_type"], earned["points_cents"]) == ("loan_interest_auto", 1_500)
    assert (earned["base_cents"], earned["cashback_value"]) == (30_000, "0.0500")
    assert (earned["from_user"], earned["from_account"], earned["to_account"]) == (None, "ISSUANCE", None)
    assert read(customer, f"loans/{loan}")["remaining_principal_cents"] == 3_530_000

    done(finance, f"loan-payments/{payment['id']}/reject", {"reason": "bounced"})
    figures = read(customer, "balance")
    assert (figures["balance_cents"], figures["earned_cents"], figures["taken_back_cents"]) == (0, 1_500, 1_500)
    assert read(customer, f"loans/{loan}")["remaining_principal_cents"] == 3_600_000


def test_what_is_said_by_hand_is_earned_instead_and_an_empty_list_earns_nothing(stage, admin, finance):
    me = stage.people["CUSTOMER"]
    by_hand = {"cashback": [{"user": str(me.pk), "points_cents": 7}], "cashback_reason": "as agreed"}
    for said, earned in ((by_hand, 7), ({"cashback": []}, 0)):
        loan, _ = stage.loan_config()
        body = {"amount_cents": 100_000, "payment_date": "2026-01-13"}
        payment = done(admin, f"loans/{loan}/payments", body, 201)["id"]
        before = read(client_of(me), "balance")["balance_cents"]
        done(finance, f"loan-payments/{payment}/verify", said)
        assert read(client_of(me), "balance")["balance_cents"] == before + earned


def test_a_day_of_a_tracker_earns_when_another_person_approves_it_and_stands_in_the_running_figures(
    stage, admin, customer
):
    tracker, rep = stage.tracker(), client_of(stage.people["SALES_REP"])
    rule = {"user": stage.people["CUSTOMER"].email, "cashback_type": "fixed", "points_cents": 250}
    done(admin, f"admin/trackers/{tracker.pk}/config", rule, 201)
    first = done(rep, f"trackers/{tracker.pk}/entries", {"day": 0, "payment_cents": 50_000, "notes": "on time"}, 201)
    none = done(rep, f"trackers/{tracker.pk}/entries", {"day": 2, "no_payment": True}, 201)
    assert [row["id"] for row in read(admin, "admin/tracker-entries?status=pending")["results"]] == [
        none["id"],
        first["id"],
    ]
    done(admin, f"admin/tracker-entries/{first['id']}/approve")
    done(admin, f"admin/tracker-entries/{none['id']}/approve")
    assert read(customer, "balance")["balance_cents"] == 250
    days = read(customer, f"trackers/{tracker.pk}/entries")["results"]
    assert [(row["day"], row["figures"]["date"], row["figures"]["cumulative_cents"]) for row in days] == [
        (0, "2026-01-03", 50_000),
        (2, "2026-01-05", 50_000),
    ]
    assert read(customer, f"trackers/{tracker.pk}")["figures"]["balance_cents"] == 50_000
    done(admin, f"admin/tracker-entries/{first['id']}/reject", {"reason": "it was yesterday's"})
    assert read(customer, "balance")["balance_cents"] == 0


def test_a_workbook_goes_out_and_comes_back_and_only_what_is_different_is_new(stage, admin):
    tracker = stage.tracker_entry().tracker
    path = f"{A}/trackers/{tracker.pk}/workbook"
    answer = admin.get(path)
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="tracker-')
    workbook = load_workbook(BytesIO(answer.content))
    sheet = workbook.active
    sheet["C14"] = 700  # day 1
    changed = BytesIO()
    workbook.save(changed)

    def upload(query=""):
        file = SimpleUploadedFile("days.xlsx", changed.getvalue())
        return admin.post(path + query, {"file": file}, format="multipart").json()

    assert upload("?dry_run=true")["counts"] == {"new": 1, "changed": 0, "unchanged": 1, "kept": 0}
    assert tracker.entries.count() == 1
    assert upload()["counts"]["new"] == 1
    assert upload()["counts"] == {"new": 0, "changed": 0, "unchanged": 2, "kept": 0}
    assert tracker.entries.get(day=1).payment_cents == 70_000


def test_points_are_paid_out_to_details_that_only_who_pays_reads_whole(stage, admin, customer):
    stage.all_have_points()
    method = done(customer, "payment-methods", {"payment_type": "account", "is_default": True, **ACCOUNT}, 201)
    assert method["details"]["account_number"].endswith("9012")
    assert ACCOUNT["account_number"] not in str(read(customer, "payment-methods"))
    asked = {"points_cents": 6_000, "redemption_type": "account", "payment_method_id": method["id"]}
    redemption = done(customer, "redemptions", asked, 201)
    figures = read(customer, "balance")
    assert (figures["balance_cents"], figures["redeemed_cents"]) == (94_000, 6_000)
    assert (figures["pending_redemptions"], figures["pending_redemption_cents"]) == (1, 6_000)

    [waits] = read(admin, "redemptions?status=pending")["results"]
    assert ACCOUNT["account_number"] not in str(waits)
    plain = done(admin, f"admin/redemptions/{redemption['id']}/reveal")
    assert {name: plain[name] for name in ACCOUNT} == ACCOUNT
    assert PayoutRead.objects.get().reader == stage.people["ADMIN"]

    paid = done(admin, f"admin/redemptions/{redemption['id']}/complete", {"payout_reference": "UTR-77"})
    assert (paid["status"], paid["payout_reference"]) == ("completed", "UTR-77")
    assert read(customer, f"redemptions/{redemption['id']}")["payout_reference"] == "UTR-77"
    told = customer.get(f"{A}/redemptions/{redemption['id']}/history")
    assert [entry["kind"] for entry in told.json()["results"]] == ["changed", "created"]
    assert "gAAAA" not in told.content.decode()


def test_what_is_cancelled_comes_back_whole_and_says_so(stage, customer):
    pk = stage.redemption()
    cancelled = done(customer, f"redemptions/{pk}/cancel")
    assert cancelled["status"] == "cancelled"
    assert cancelled["refund_transaction_id"]
    figures = read(customer, "balance")
    assert (figures["balance_cents"], figures["redeemed_cents"], figures["refunded_cents"]) == (100_000, 0, 6_000)


def test_one_method_is_the_default_and_a_deleted_one_is_gone(stage, customer):
    first, second = (
        done(customer, "payment-methods", {"payment_type": "upi", "upi_id": f"asha{number}@okbank"}, 201)["id"]
        for number in range(2)
    )
    done(customer, f"payment-methods/{first}/default")
    done(customer, f"payment-methods/{second}/default")
    assert {row["id"]: row["is_default"] for row in read(customer, "payment-methods")["results"]} == {
        first: False,
        second: True,
    }
    assert customer.delete(f"{A}/payment-methods/{second}").status_code == 204
    assert [row["id"] for row in read(customer, "payment-methods")["results"]] == [first]


def test_rows_are_narrowed_by_type_person_and_days_of_the_business(stage, admin):
    stage.tenant.timezone = "Asia/Kolkata"
    stage.tenant.save()
    customer, rep = stage.people["CUSTOMER"], stage.people["SALES_REP"]
    midnight = datetime(2026, 1, 14, tzinfo=ZoneInfo("Asia/Kolkata"))
    for minutes, person in ((-1, customer), (0, rep)):
        make.points(person, 500, now=midnight.fromtimestamp(midnight.timestamp() + 60 * minutes, ZoneInfo("UTC")))
    done(client_of(customer), "transfer", {"receiver_id": str(rep.pk), "points_cents": 100}, 201)

    def found(query, client=admin):
        return [row["points_cents"] for row in read(client, f"transactions?{query}")["results"]]

    assert found("to=2026-01-13") == [500]
    assert found("from=2026-01-14&to=2026-01-14") == [500]
    assert found("type=transfer") == [100]
    assert found(f"person={customer.pk}") == [100, 500]
    assert found(f"person={rep.pk}&type=unconditional") == [500]
    assert found(f"person={rep.pk}", client_of(customer)) == [100]
    assert found(f"person={uuid4()}") == []
    for what in ("loan", "payment", "tracker"):
        assert found(f"{what}={uuid4()}") == []
        assert admin.get(f"/api/cashback/transactions?{what}=7").status_code == 400


def test_the_file_tells_a_customer_their_own_rows_and_the_office_all_with_its_notes(stage, admin, customer):
    stage.all_have_points()
    rows = [{"user": stage.people["CUSTOMER"].email, "points_cents": 5}]
    done(admin, "admin/grant", {"rows": rows, "reason": "for tea", "notes": "agreed by phone"}, 201)

    def told(client, **headers):
        answer = (
            client.get(f"{A}/transactions", headers=headers) if headers else client.get(f"{A}/transactions?format=csv")
        )
        assert answer.headers["Content-Type"].startswith("text/csv")
        return list(csv.DictReader(b"".join(answer).decode().splitlines()))

    mine, all_rows = told(customer), told(admin, Accept="text/csv")
    assert (len(mine), len(all_rows)) == (2, 5)
    assert (mine[0]["points_cents"], mine[0]["points"], mine[0]["user_notes"]) == ("5", "0.05", "for tea")
    assert "notes" not in mine[0]
    assert all_rows[0]["notes"] == "agreed by phone"
    assert "agreed by phone" not in customer.get(f"{A}/transactions").content.decode()


def test_what_staff_writes_about_a_loan_its_customer_does_not_read(stage, admin, customer):
    loan = make.loan(to=stage.people["CUSTOMER"], admin_notes="pays late", customer_notes="due on Fridays")
    assert read(admin, f"loans/{loan.pk}")["admin_notes"] == "pays late"
    assert "pays late" in admin.get(f"{A}/loans/{loan.pk}/history").content.decode()
    for path in ("loans", f"loans/{loan.pk}", f"loans/{loan.pk}/history"):
        said = customer.get(f"{A}/{path}").content.decode()
        assert "due on Fridays" in said
        assert "pays late" not in said


def test_balances_are_told_richest_first_and_found_by_name_or_debt(stage, admin):
    for number, role in enumerate(("CUSTOMER", "FINANCE", "SALES_REP")):
        make.points(stage.people[role], 1_000 * (number + 1))
    rows = read(admin, "admin/balances")["results"]
    assert [row["balance_cents"] for row in rows] == [3_000, 2_000, 1_000]
    email = stage.people["CUSTOMER"].email
    assert [row["user"]["email"] for row in read(admin, f"admin/balances?search={email.upper()}")["results"]] == [email]
    assert read(admin, "admin/balances?owes=true")["results"] == []
    assert len(read(admin, "admin/balances?owes=false")["results"]) == 3


def test_who_looks_after_a_loan_configures_it_until_they_no_longer_do(stage, admin):
    loan, rep = make.loan(to=stage.people["CUSTOMER"]), stage.people["SALES_REP"]
    path = f"admin/loans/{loan.pk}"
    made = done(admin, f"{path}/assignments", {"user": rep.email}, 201)
    rule = {"user": stage.people["CUSTOMER"].email, "cashback_type": "fixed", "points_cents": 1}
    config = done(client_of(rep), f"{path}/config", rule, 201)
    assert admin.delete(f"{A}/{path}/assignments/{made['id']}").status_code == 204
    assert client_of(rep).delete(f"{A}/{path}/config/{config['id']}").status_code == 403
    assert admin.delete(f"{A}/{path}/config/{config['id']}").status_code == 204
    assert [row["is_active"] for row in read(admin, f"{path}/config")["results"]] == [False]


def test_a_tracker_that_its_owner_hid_is_gone_for_them_alone(stage, admin, customer):
    tracker = stage.tracker().pk
    done(customer, f"trackers/{tracker}/hide")
    assert read(customer, "trackers")["results"] == []
    assert read(admin, f"trackers/{tracker}")["is_closed_by_user"]
    done(admin, f"trackers/{tracker}/reopen")
    assert [row["id"] for row in read(customer, "trackers")["results"]] == [str(tracker)]
