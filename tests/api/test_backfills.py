"""Backfills by API: previewed by default, executed in one's own business only, followed, stopped and undone."""

import pytest

from billing.models import Payment
from operations.models import BackfillFinding, BackfillRun
from tests import legacy, make
from tests.api.clients import client_as, client_of, error_of, post

pytestmark = [pytest.mark.routes, pytest.mark.django_db]

START = "/api/admin/backfill-payment-route-id"
CONTRACT_KEYS = {
    "status",
    "dry_run",
    "payments_found",
    "payments_needing_backfill",
    "payments_unclear",
    "payments_updated",
    "payments_still_missing",
    "mismatches_found",
    "mismatches",
    "message",
    "verification",
    "errors",
    "duration_seconds",
    "run_id",
}


@pytest.fixture
def payment():
    """A payment of the old system whose sale is on a route."""
    return legacy.payment(sale=make.sale(route=make.route()))


@pytest.fixture
def admin():
    return client_as("ADMIN")


def route_of(payment: Payment):
    return Payment.objects.values_list("route_id", flat=True).get(pk=payment.pk)


def test_only_to_look_is_the_default_and_the_preview_is_kept(payment, admin):
    answer = post(admin, START)
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert set(body) >= CONTRACT_KEYS
    assert (body["dry_run"], body["message"], body["payments_needing_backfill"]) == (True, "Preview 1 payments", 1)
    assert route_of(payment) is None
    assert BackfillRun.objects.get(pk=body["run_id"]).is_dry_run


def test_an_execution_writes_and_answers_with_the_same_keys(payment, admin):
    answer = post(admin, f"{START}?dry_run=false", {"reason": "TICKET-7", "batch_size": 100})
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert set(body) >= CONTRACT_KEYS
    assert (body["dry_run"], body["payments_updated"], body["message"]) == (False, 1, "Updated 1 payments")
    assert route_of(payment) == payment.sale.route_id
    run = BackfillRun.objects.get(pk=body["run_id"])
    assert (run.reason, run.parameters["batch_size"], run.requested_by.role) == ("TICKET-7", 100, "ADMIN")


def test_an_administrator_runs_over_their_own_business_only(payment):
    other = client_as("ADMIN", of=make.tenant("dairy"))
    body = post(other, f"{START}?dry_run=false").json()
    assert body["payments_updated"] == 0
    assert route_of(payment) is None


def test_a_superuser_runs_over_all_or_over_the_business_they_name(payment):
    make.tenant("dairy")
    owner = client_of(make.superuser())
    assert post(owner, f"{START}?tenant=dairy").json()["payments_found"] == 0
    assert post(owner, START).json()["payments_found"] == 1
    error_of(post(owner, f"{START}?tenant=nobody"), 404, "unknown_tenant")


def test_an_administrator_cannot_name_another_business(admin):
    make.tenant("dairy")
    error_of(post(admin, f"{START}?tenant=dairy"), 404, "unknown_tenant")


def test_the_generic_address_does_the_same(payment, admin):
    assert post(admin, "/api/admin/backfills/payment_route_id?dry_run=false").json()["payments_updated"] == 1
    assert route_of(payment) == payment.sale.route_id


def test_every_backfill_is_listed_with_what_can_be_decided(admin):
    listed = admin.get("/api/admin/backfills").json()["results"]
    routes = next(entry for entry in listed if entry["name"] == "payment_route_id")
    assert (routes["table"], routes["writes"]) == ("payments", ["route_id"])
    unclear = next(kind for kind in routes["finding_kinds"] if kind["kind"] == "route_unclear")
    assert [choice["name"] for choice in unclear["choices"]] == ["keep", "take_sale_route", "choose_route"]
    assert admin.get("/api/admin/backfills/payment_route_id").json() == routes


def test_an_unknown_backfill_is_not_found(admin):
    error = error_of(post(admin, "/api/admin/backfills/no_such_thing"), 404, "no_such_backfill")
    assert "payment_route_id" in error["message"]


def test_a_second_run_is_refused_while_one_is_active(payment, admin):
    limited = post(admin, f"{START}?dry_run=false").json()["run_id"]
    BackfillRun.objects.filter(pk=limited).update(status="PAUSED")
    error = error_of(post(admin, f"{START}?dry_run=false"), 409, "another_run_is_active")
    assert limited in error["message"]


@pytest.mark.parametrize(
    ("query", "body", "field"),
    [
        ("dry_run=flase", {}, "dry_run"),
        ("dry_run=0", {}, "dry_run"),
        ("dryrun=false", {}, "dryrun"),
        ("wait=maybe", {}, "wait"),
        ("", {"batch_size": 0}, "batch_size"),
        ("", {"batch_size": -1}, "batch_size"),
        ("", {"batch_size": "100"}, "batch_size"),
        ("", {"batch_size": True}, "batch_size"),
        ("", {"limit": 1.5}, "limit"),
        ("", {"execute": True}, "execute"),
    ],
)
def test_a_misspelt_or_senseless_request_is_refused_and_nothing_runs(payment, admin, query, body, field):
    error = error_of(post(admin, f"{START}?{query}", body), 400, "invalid")
    assert field in error["fields"]
    assert not BackfillRun.objects.exists()


def test_a_run_that_fails_never_answers_success(payment, admin):
    """The check that no payment is on a route of another tenant fails, because one is."""
    foreign = make.route(of=make.tenant("dairy"))
    legacy.payment(sale=payment.sale, route=foreign)
    answer = post(admin, f"{START}?dry_run=false")
    error = error_of(answer, 422, "run_failed")
    run = BackfillRun.objects.get(pk=error["fields"]["run_id"][0])
    assert run.status == "FAILED"
    assert str(run.pk) in error["message"]
    assert error["fields"]["verification"]
    kept = admin.get(f"/api/admin/backfill-runs/{run.pk}").json()["answer"]
    assert (kept["status"], bool(kept["errors"])) == ("error", True)


def test_runs_are_listed_newest_first_and_told_whole(payment, admin):
    preview, execution = (post(admin, f"{START}?dry_run={only}").json()["run_id"] for only in ("true", "false"))
    listed = admin.get("/api/admin/backfill-runs").json()["results"]
    assert [run["id"] for run in listed] == [execution, preview]
    assert [run["id"] for run in admin.get("/api/admin/backfill-runs?is_dry_run=true").json()["results"]] == [preview]
    whole = admin.get(f"/api/admin/backfill-runs/{execution}").json()
    assert (whole["status"], whole["written"], whole["tenant"]) == ("SUCCEEDED", 1, "distro")
    assert set(whole["answer"]) >= CONTRACT_KEYS


def test_an_undo_puts_back_and_is_listed(payment, admin):
    run_id = post(admin, f"{START}?dry_run=false").json()["run_id"]
    answer = post(admin, f"/api/admin/backfill-runs/{run_id}/undo", {"reason": "wrong day"})
    assert answer.status_code == 200, answer.content
    assert answer.json()["rows_restored"] == 1
    assert route_of(payment) is None
    assert admin.get(f"/api/admin/backfill-runs/{run_id}").json()["status"] == "UNDONE"
    error_of(post(admin, f"/api/admin/backfill-runs/{run_id}/undo"), 409, "run_is_not_undoable")


def test_a_run_is_paused_resumed_and_cancelled(payment, admin):
    run_id = post(admin, f"{START}?dry_run=false").json()["run_id"]
    error_of(post(admin, f"/api/admin/backfill-runs/{run_id}/pause"), 409, "run_is_not_active")
    error_of(post(admin, f"/api/admin/backfill-runs/{run_id}/resume"), 409, "run_is_not_resumable")
    BackfillRun.objects.filter(pk=run_id).update(status="PENDING")
    assert post(admin, f"/api/admin/backfill-runs/{run_id}/pause").json()["status"] == "PAUSED"
    resumed = post(admin, f"/api/admin/backfill-runs/{run_id}/resume")
    assert (resumed.status_code, resumed.json()["run_status"]) == (200, "SUCCEEDED")
    BackfillRun.objects.filter(pk=run_id).update(status="PAUSED")
    assert post(admin, f"/api/admin/backfill-runs/{run_id}/cancel").json()["status"] == "CANCELLED"


def test_a_run_of_another_business_or_of_all_is_not_there(payment, admin):
    theirs = post(client_as("ADMIN", of=make.tenant("dairy")), START).json()["run_id"]
    of_all = post(client_of(make.superuser()), START).json()["run_id"]
    for run_id in (theirs, of_all):
        error_of(admin.get(f"/api/admin/backfill-runs/{run_id}"), 404)
        error_of(admin.get(f"/api/admin/backfill-runs/{run_id}/findings"), 404)
        for verb in ("undo", "pause", "resume", "cancel"):
            error_of(post(admin, f"/api/admin/backfill-runs/{run_id}/{verb}"), 404, "no_such_run")
    assert admin.get("/api/admin/backfill-runs").json()["results"] == []


# Findings -------------------------------------------------------------------------------------------------


@pytest.fixture
def unclear():
    """A payment whose sale was on another route when it was received."""
    now_on, then_on = make.route(), make.route()
    sale = legacy.sale(route=now_on, images=[(make.later(hours=-5), then_on), (make.later(hours=5), now_on)])
    return legacy.payment(sale=sale)


def finding_of(client, payment) -> dict:
    post(client, START)
    [found] = client.get("/api/admin/backfill-findings?kind=route_unclear").json()["results"]
    assert found["row_id"] == str(payment.pk)
    return found


def test_findings_are_listed_with_their_evidence(unclear, admin):
    found = finding_of(admin, unclear)
    assert found["needs_decision"]
    assert found["detail"]["sale_route_id"] == str(unclear.sale.route_id)
    of_run = admin.get(f"/api/admin/backfill-runs/{found['run_id']}/findings?decided=false").json()
    assert [row["id"] for row in of_run["results"]] == [found["id"]]


@pytest.mark.parametrize(("path", "headers"), [("?format=csv", {}), ("", {"Accept": "text/csv"})])
def test_findings_are_taken_home_as_csv(unclear, admin, path, headers):
    found = finding_of(admin, unclear)
    answer = admin.get(f"/api/admin/backfill-runs/{found['run_id']}/findings{path}", headers=headers)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.streaming
    head, line = b"".join(answer.streaming_content).decode().splitlines()
    row = dict(zip(head.split(","), line.split(","), strict=True))
    assert (row["kind"], row["row_id"]) == ("route_unclear", str(unclear.pk))
    assert row["sale_route_id"] == str(unclear.sale.route_id)


def test_a_refusal_to_a_client_that_wants_csv_is_in_the_one_error_shape(admin):
    unknown = "/api/admin/backfill-runs/0193a7c0-0000-7000-8000-000000000001/findings"
    error_of(admin.get(unknown, headers={"Accept": "text/csv"}), 404)


@pytest.mark.parametrize("role", ["ADMIN", "FINANCE"])
def test_the_office_decides_a_finding_once_with_a_reason(unclear, admin, role):
    found = finding_of(admin, unclear)
    path = f"/api/admin/backfill-findings/{found['id']}/decide"
    person = make.user(role)
    answer = post(client_of(person), path, {"decision": "take_sale_route", "reason": "asked the driver"})
    assert answer.status_code == 200, answer.content
    assert answer.json()["decided_by"] == {"id": str(person.pk), "name": person.name}
    assert route_of(unclear) == unclear.sale.route_id
    error_of(post(admin, path, {"decision": "keep", "reason": "again"}), 409, "finding_already_decided")


def test_a_route_is_chosen_by_its_number(unclear, admin):
    chosen = make.route()
    path = f"/api/admin/backfill-findings/{finding_of(admin, unclear)['id']}/decide"
    body = {"decision": "choose_route", "argument": chosen.number, "reason": "sheet of the day"}
    assert post(admin, path, body).status_code == 200
    assert route_of(unclear) == chosen.pk


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"decision": "guess", "reason": "x"}, 422),
        ({"decision": "choose_route", "reason": "x"}, 422),
        ({"decision": "choose_route", "argument": "N-404", "reason": "x"}, 404),
        ({"decision": "keep"}, 400),
        ({"decision": "keep", "reason": "  "}, 400),
        ({"decision": 1, "reason": "x"}, 400),
    ],
)
def test_a_decision_that_is_none_is_refused_and_changes_nothing(unclear, admin, body, status):
    found = finding_of(admin, unclear)
    error_of(post(admin, f"/api/admin/backfill-findings/{found['id']}/decide", body), status)
    assert not BackfillFinding.objects.filter(decision__isnull=False).exists()
    assert route_of(unclear) is None


def test_a_finding_of_another_business_is_not_there(unclear, admin):
    found = finding_of(admin, unclear)
    stranger = client_as("ADMIN", of=make.tenant("dairy"))
    body = {"decision": "keep", "reason": "x"}
    error_of(post(stranger, f"/api/admin/backfill-findings/{found['id']}/decide", body), 404, "no_such_finding")
    assert stranger.get("/api/admin/backfill-findings").json()["results"] == []


def test_findings_of_a_run_over_all_reach_the_business_that_they_concern(unclear, admin):
    post(client_of(make.superuser()), START)
    [found] = admin.get("/api/admin/backfill-findings?decided=false&needs_decision=true").json()["results"]
    body = {"decision": "keep", "reason": "the cash was counted there"}
    assert post(admin, f"/api/admin/backfill-findings/{found['id']}/decide", body).status_code == 200
