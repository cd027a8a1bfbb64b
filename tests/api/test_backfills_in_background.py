"""`wait=false`: answered at once, done by a real worker that takes the job from a real queue; each job once."""

import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from celery.contrib.testing.worker import start_worker

from billing.models import Payment
from config.celery import app
from operations.models import BackfillRun
from operations.tasks import run_backfill
from tests import legacy, make
from tests.api.clients import client_as, error_of, post

pytestmark = [pytest.mark.routes, pytest.mark.django_db(transaction=True)]

START = "/api/admin/backfill-payment-route-id?dry_run=false"


@pytest.fixture
def payment(queue):
    return legacy.payment(sale=make.sale(route=make.route()))


@pytest.fixture
def admin():
    return client_as("ADMIN")


def route_of(payment):
    return Payment.objects.values_list("route_id", flat=True).get(pk=payment.pk)


@contextmanager
def broken(queue: Path):
    """A file where the queue's folder should be."""
    aside = queue.rename(queue.with_name("broker-aside"))
    queue.write_text("not a folder")
    try:
        yield
    finally:
        queue.unlink()
        aside.rename(queue)


def work_until_ended(run_id: str) -> BackfillRun:
    """Let a worker take jobs until the run has ended."""
    with start_worker(app, pool="solo", perform_ping_check=False, loglevel="ERROR", shutdown_timeout=20):
        for _ in range(200):
            run = BackfillRun.objects.get(pk=run_id)
            if not run.is_active:
                return run
            time.sleep(0.1)
    raise AssertionError(f"no worker took run {run_id}: {run.status}")


def test_the_answer_comes_at_once_and_a_worker_does_the_work(payment, admin):
    answer = post(admin, f"{START}&wait=false", {"reason": "TICKET-7"})
    assert answer.status_code == 202, answer.content
    run_id = answer.json()["run_id"]
    assert answer["Location"] == f"/api/admin/backfill-runs/{run_id}"
    assert admin.get(answer["Location"]).json()["status"] == "PENDING"
    assert route_of(payment) is None
    assert work_until_ended(run_id).status == "SUCCEEDED"
    assert route_of(payment) == payment.sale.route_id
    assert admin.get(answer["Location"]).json()["answer"]["payments_updated"] == 1


def test_a_preview_that_nobody_waits_for_is_prepared_by_a_worker(payment, admin):
    answer = post(admin, f"{START.replace('false', 'true')}&wait=false")
    assert answer.status_code == 202, answer.content
    assert work_until_ended(answer.json()["run_id"]).status == "SUCCEEDED"
    seen = admin.get(answer["Location"]).json()
    assert (seen["answer"]["dry_run"], seen["answer"]["payments_needing_backfill"]) == (True, 1)
    assert route_of(payment) is None


def test_a_job_delivered_again_does_nothing(payment, admin):
    run_id = post(admin, f"{START}&wait=false").json()["run_id"]
    run_backfill(run_id, "default")
    run = BackfillRun.objects.get(pk=run_id)
    run_backfill(run_id, "default")
    again = BackfillRun.objects.get(pk=run_id)
    assert (run.status, again.generation) == ("SUCCEEDED", run.generation)


@pytest.mark.parametrize("status", ["PAUSED", "FAILED", "CANCELLED"])
def test_a_job_that_comes_too_late_does_not_start_what_a_person_stopped(payment, admin, status):
    run_id = post(admin, f"{START}&wait=false").json()["run_id"]
    BackfillRun.objects.filter(pk=run_id).update(status=status)
    run_backfill(run_id, "default")
    assert BackfillRun.objects.get(pk=run_id).status == status
    assert route_of(payment) is None


def test_a_job_of_a_run_that_is_gone_does_nothing(payment):
    run_backfill("0193a7c0-0000-7000-8000-000000000001", "default")
    assert route_of(payment) is None


def test_a_paused_run_goes_on_in_a_worker(payment, admin):
    run_id = post(admin, f"{START}&wait=false").json()["run_id"]
    post(admin, f"/api/admin/backfill-runs/{run_id}/pause")
    answer = post(admin, f"/api/admin/backfill-runs/{run_id}/resume?wait=false")
    assert answer.status_code == 202, answer.content
    assert work_until_ended(run_id).status == "SUCCEEDED"
    assert route_of(payment) == payment.sale.route_id


def test_a_paused_run_stays_paused_when_the_queue_is_down(payment, admin, queue):
    run_id = post(admin, f"{START}&wait=false").json()["run_id"]
    post(admin, f"/api/admin/backfill-runs/{run_id}/pause")
    with broken(queue):
        error_of(post(admin, f"/api/admin/backfill-runs/{run_id}/resume?wait=false"), 503, "broker_is_down")
    assert BackfillRun.objects.get(pk=run_id).status == "PAUSED"


def test_a_queue_that_is_down_is_said_in_words_and_the_run_is_cancelled(payment, admin, queue):
    with broken(queue):
        error = error_of(post(admin, f"{START}&wait=false"), 503, "broker_is_down")
    assert "CELERY_BROKER_URL" in error["message"]
    assert [run.status for run in BackfillRun.objects.all()] == ["CANCELLED"]
    assert post(admin, START).json()["payments_updated"] == 1
