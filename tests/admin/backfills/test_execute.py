"""Executing what a preview showed: once, with a reason, by a worker; every refusal in words."""

from datetime import timedelta

import pytest
from django.utils import timezone

from operations.backfill.registry import backfill_named
from operations.backfill.request import Request, ask_for_run
from operations.backfill.runs import work_on
from operations.models import BackfillRun, WorkerSign
from tests import make
from tests.admin.backfills.clicks import NAME, address, execute, previewed, text_of

pytestmark = [pytest.mark.engine, pytest.mark.django_db(transaction=True)]


def test_an_execution_repeats_the_numbers_and_needs_a_reason(payments, manager):
    run = previewed(manager)
    assert "Execute: write 2 payments" in text_of(manager.get(address("backfill-execute", run.pk)))
    refused = manager.post(address("backfill-execute", run.pk), {"reason": "  "})
    assert refused.status_code == 422 and "Say why" in text_of(refused)
    assert not BackfillRun.objects.filter(is_dry_run=False).exists()


def test_an_execution_is_handed_to_a_worker_and_says_that_none_takes_it(payments, manager, queue):
    answer = execute(manager, previewed(manager))
    [run] = BackfillRun.objects.filter(is_dry_run=False)
    assert answer["Location"] == address("backfill-run", run.pk)
    assert (run.status, run.reason, run.requested_by.role) == ("PENDING", "TICKET-9", "ADMIN")
    assert len(list(queue.glob("*.msg"))) == 1
    assert "start one: make run" in text_of(manager.get(answer["Location"]))
    WorkerSign.objects.create(name="host", seen_at=timezone.now())
    assert "make run" not in text_of(manager.get(answer["Location"]))
    BackfillRun.objects.filter(pk=run.pk).update(created_at=timezone.now() - timedelta(seconds=11))
    assert "No worker takes this job; start one: make run" in text_of(manager.get(answer["Location"]))
    manager.post(address("backfill-run-cancel", run.pk))
    assert BackfillRun.objects.get(pk=run.pk).status == "CANCELLED"


def test_a_second_click_on_execute_shows_the_run_that_there_is(payments, manager):
    preview = previewed(manager)
    first = execute(manager, preview)
    later_preview = previewed(manager)
    for again in (preview, later_preview):
        assert execute(manager, again)["Location"] == first["Location"]
    [run] = BackfillRun.objects.filter(is_dry_run=False)
    work_on(run.pk, using="default", clock=timezone.now)
    assert execute(manager, preview)["Location"] == first["Location"]
    assert BackfillRun.objects.filter(is_dry_run=False).count() == 1


def test_a_run_of_another_business_is_refused_in_words_without_its_name(payments, manager):
    ask_for_run(Request(backfill_named(NAME), make.tenant("elsewhere")), now=timezone.now())
    refused = execute(manager, previewed(manager))
    assert refused.status_code == 409 and "Wait for its end" in text_of(refused) and "TICKET-9" in text_of(refused)


def test_a_wrong_pace_is_told_at_its_field_and_nothing_starts(payments, manager):
    preview = previewed(manager)
    assert execute(manager, preview, batch_size="0").status_code == 422
    refused = execute(manager, preview, window="late")
    assert refused.status_code == 422 and "is not a time window" in text_of(refused)
    assert not BackfillRun.objects.filter(is_dry_run=False).exists()


def test_a_queue_that_is_down_is_told_and_the_run_is_cancelled(payments, manager, queue):
    preview = previewed(manager)
    aside = queue.rename(queue.with_name("broker-aside"))
    queue.write_text("not a folder")
    try:
        refused = execute(manager, preview)
    finally:
        queue.unlink()
        aside.rename(queue)
    assert refused.status_code == 422 and "CELERY_BROKER_URL" in text_of(refused)
    assert [run.status for run in BackfillRun.objects.filter(is_dry_run=False)] == ["CANCELLED"]
