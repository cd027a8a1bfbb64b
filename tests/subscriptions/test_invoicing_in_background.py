"""`wait=false`: invoices of a period are answered for at once and written by a real worker from a real queue, each once."""

import time
from datetime import timedelta

import pytest
from celery.contrib.testing.worker import start_worker
from django.utils import timezone

from accounts.models import RefusedWrite
from billing.models import BulkOperation, Invoice
from config.celery import app
from operations.services import begin_maintenance, end_maintenance
from subscriptions.services import run_invoicing
from subscriptions.tasks import resume_invoicings, work_on_invoicing
from tests import make
from tests.api.clients import client_of, error_of, post
from tests.api.test_backfills_in_background import broken
from tests.billing.proof import assert_books_are_right
from tests.subscriptions.bills import FEBRUARY_1, delivered, on_credit

pytestmark = [pytest.mark.dairy, pytest.mark.django_db(transaction=True)]

GENERATE = "/api/billing/invoices/generate?dry_run=false&wait=false"
JANUARY = {"period_start": "2026-01-01", "period_end": "2026-01-31"}


@pytest.fixture
def january(queue):
    for _ in range(3):
        shop = make.customer()
        delivered(shop, 3), delivered(shop, 4), on_credit(shop)


@pytest.fixture
def office():
    return client_of(make.user("FINANCE"))


def work_until(is_over) -> None:
    """Let a worker take jobs until something is true."""
    with start_worker(app, pool="solo", perform_ping_check=False, loglevel="ERROR", shutdown_timeout=20):
        for _ in range(200):
            if is_over():
                return
            time.sleep(0.1)
    raise AssertionError("no worker took the job")


def do(operation: BulkOperation) -> None:
    """Deliver its job, as the queue does."""
    work_on_invoicing(str(operation.pk), tenant_id=str(operation.tenant_id))


def test_the_answer_comes_at_once_and_a_worker_does_the_work(january, office):
    answer = post(office, GENERATE, JANUARY)
    assert answer.status_code == 202, answer.content
    address = answer["Location"]
    assert address == f"/api/billing/bulk-operations/{answer.json()['id']}"
    assert (office.get(address).json()["status"], Invoice.objects.count()) == ("RUNNING", 0)
    work_until(lambda: office.get(address).json()["status"] != "RUNNING")
    ended = office.get(address).json()
    assert (ended["status"], ended["items_done"], len(ended["items"])) == ("SUCCEEDED", 3, 3)
    assert {invoice.total_cents for invoice in Invoice.objects.all()} == {13000}
    assert_books_are_right()


def test_a_job_delivered_twice_has_its_effect_once(january, office):
    operation = BulkOperation.objects.get(pk=post(office, GENERATE, JANUARY).json()["id"])
    do(operation)
    first = (BulkOperation.objects.values().get(), list(Invoice.objects.values().order_by("pk")))
    do(operation)
    assert (BulkOperation.objects.values().get(), list(Invoice.objects.values().order_by("pk"))) == first
    assert operation.items.count() == 3


def test_a_queue_that_is_down_is_said_in_words_and_nothing_is_lost(january, office, queue):
    with broken(queue):
        error = error_of(post(office, GENERATE, JANUARY), 503, "broker_is_down")
    operation = BulkOperation.objects.get()
    assert f"generate_invoices --resume {operation.pk}" in error["message"]
    assert "Nothing was invoiced yet" in error["message"]
    assert (operation.status, Invoice.objects.count()) == ("RUNNING", 0)
    assert run_invoicing(operation.pk, clock=lambda: FEBRUARY_1).items_done == 3


@pytest.mark.parametrize("whose", ["of all", "its own"])
def test_while_writes_are_frozen_the_job_is_skipped_with_the_reason_and_can_be_resumed(january, office, whose):
    operation = BulkOperation.objects.get(pk=post(office, GENERATE, JANUARY).json()["id"])
    frozen = {"actor": None, "tenant": None if whose == "of all" else operation.tenant}
    begin_maintenance(**frozen, reason="a fix", now=make.NOW)
    do(operation)
    assert not Invoice.objects.exists()
    row = RefusedWrite.objects.get(service="subscriptions.run_invoicing")
    assert (row.code, row.tenant) == ("maintenance", frozen["tenant"])
    assert "Why: a fix." in row.message
    end_maintenance(**frozen, now=make.NOW)
    do(operation)
    assert Invoice.objects.count() == 3


@pytest.mark.parametrize("whose", ["of all", "its own"])
def test_after_maintenance_the_schedule_sends_the_skipped_job_again_by_itself(january, office, whose):
    operation = BulkOperation.objects.get(pk=post(office, GENERATE, JANUARY).json()["id"])
    frozen = {"actor": None, "tenant": None if whose == "of all" else operation.tenant}
    begin_maintenance(**frozen, reason="a fix", now=make.NOW)
    work_until(lambda: RefusedWrite.objects.filter(service="subscriptions.run_invoicing").exists())
    silent_since(operation, minutes=11)
    resume_invoicings()
    assert not Invoice.objects.exists() and RefusedWrite.objects.count() == 1
    end_maintenance(**frozen, now=make.NOW)
    resume_invoicings()
    work_until(lambda: BulkOperation.objects.get().status == "SUCCEEDED")
    assert Invoice.objects.count() == 3
    assert app.conf.beat_schedule["resume-invoicings"]["task"] == "subscriptions.resume_invoicings"
    assert_books_are_right()


def test_a_job_that_is_worked_on_is_not_sent_again(january, office, monkeypatch):
    operation = BulkOperation.objects.get(pk=post(office, GENERATE, JANUARY).json()["id"])
    sent = []
    monkeypatch.setattr(work_on_invoicing, "apply_async", lambda **job: sent.append(job))
    silent_since(operation, minutes=9)
    resume_invoicings()
    assert sent == []
    silent_since(operation, minutes=11)
    resume_invoicings()
    assert [job["args"] for job in sent] == [[str(operation.pk)]]


def silent_since(operation: BulkOperation, *, minutes: int) -> None:
    BulkOperation.objects.filter(pk=operation.pk).update(heartbeat_at=timezone.now() - timedelta(minutes=minutes))


def test_the_job_of_a_business_goes_on_while_another_is_frozen(january, office):
    operation = BulkOperation.objects.get(pk=post(office, GENERATE, JANUARY).json()["id"])
    begin_maintenance(actor=None, tenant=make.tenant("other"), reason="a fix", now=make.NOW)
    do(operation)
    assert Invoice.objects.count() == 3


def test_a_job_of_an_operation_that_is_gone_does_nothing(january):
    work_on_invoicing("0193a7c0-0000-7000-8000-000000000001", tenant_id=str(make.tenant().pk))
    assert not Invoice.objects.exists() and not BulkOperation.objects.exists()
