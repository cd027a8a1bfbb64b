"""A preview of a large table is prepared by a worker: the page answers at once, shows how it goes, and ends with the numbers."""

from datetime import timedelta

import pytest
from django.utils import timezone

from operations.backfill.runs import RunIsNotActive, RunIsNotResumable, pause_run, work_on
from operations.models import BackfillFinding, BackfillRun
from operations.services import previews
from operations.tasks import run_backfill
from tests.admin.backfills.clicks import address, execute, executed, previewed, routes_of, text_of

pytestmark = [pytest.mark.engine, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def tables_are_large(monkeypatch):
    """Two rows count as many."""
    monkeypatch.setattr(previews, "WHILE_ONE_WAITS_ROWS", 2)


def test_a_worker_prepares_it_and_the_page_shows_the_same_as_one_taken_at_once(payments, manager, queue, monkeypatch):
    run = previewed(manager)
    waiting = manager.get(address("backfill-run", run.pk))
    assert (run.status, run.counts) == ("PENDING", {}) and len(list(queue.glob("*.msg"))) == 1
    assert "The preview is being prepared" in text_of(waiting) and 'data-live="yes"' in waiting.content.decode()
    assert "Nothing to do" not in text_of(waiting) and "would be written" not in text_of(waiting).lower()
    run_backfill(str(run.pk), "default")
    ready = manager.get(address("backfill-run", run.pk))
    assert [(share.kind, share.rows) for share in ready.context["shares"]] == [("write", 2), ("unclear", 1)]
    assert "Execute: write 2 rows" in text_of(ready) and "being prepared" not in text_of(ready)
    assert routes_of(payments) == [None, None, None]
    monkeypatch.setattr(previews, "WHILE_ONE_WAITS_ROWS", 100)
    at_once, prepared = previewed(manager), BackfillRun.objects.get(pk=run.pk)
    assert prepared.counts == at_once.counts and prepared.findings.count() == at_once.findings.count() == 1


def test_it_says_that_no_worker_takes_it(payments, manager):
    run = previewed(manager)
    BackfillRun.objects.filter(pk=run.pk).update(created_at=timezone.now() - timedelta(seconds=11))
    assert "No worker takes this job; start one: make run" in text_of(manager.get(address("backfill-run", run.pk)))


def test_it_says_how_long_it_has_looked_and_how_long_the_last_one_took(payments, manager):
    last = previewed(manager)
    run_backfill(str(last.pk), "default")
    BackfillRun.objects.filter(pk=last.pk).update(progress={"seconds": 14.2})
    run, now = previewed(manager), timezone.now()
    began = now - timedelta(seconds=40)
    BackfillRun.objects.filter(pk=run.pk).update(
        status="RUNNING", started_at=began, heartbeat_at=began, worker="elsewhere:1"
    )
    text = text_of(manager.get(address("backfill-run-live", run.pk)))
    assert "Looking for 40 s" in text and "The last preview took 14.2 s" in text and "died" not in text
    BackfillRun.objects.filter(pk=run.pk).update(heartbeat_at=now - timedelta(minutes=16))
    assert "Its worker died. Cancel it" in text_of(manager.get(address("backfill-run", run.pk)))


def test_a_second_click_shows_the_preview_that_waits(payments, manager):
    assert previewed(manager) == previewed(manager)
    assert "A run is under way" in text_of(manager.get(address()))


def test_a_cancelled_preview_keeps_nothing_even_when_its_worker_has_begun(payments, manager, monkeypatch):
    run = previewed(manager)
    look = previews.preview

    def look_while_somebody_cancels(plan, *, now):
        manager.post(address("backfill-run-cancel", run.pk))
        return look(plan, now=now)

    monkeypatch.setattr(previews, "preview", look_while_somebody_cancels)
    run_backfill(str(run.pk), "default")
    run.refresh_from_db()
    assert (run.status, run.counts) == ("CANCELLED", {}) and not BackfillFinding.objects.exists()
    run_backfill(str(run.pk), "default")
    assert BackfillRun.objects.get(pk=run.pk).status == "CANCELLED"


def test_a_preview_that_breaks_off_says_so_and_how_to_go_on(payments, manager, monkeypatch):
    run = previewed(manager)

    def break_off(plan, *, now):
        raise MemoryError("no room")

    monkeypatch.setattr(previews, "preview", break_off)
    with pytest.raises(MemoryError):
        run_backfill(str(run.pk), "default")
    text = text_of(manager.get(address("backfill-run", run.pk)))
    assert "The preview broke off (MemoryError: no room). It wrote nothing. Preview again." in text
    assert "Nothing to do" not in text


def test_a_job_delivered_twice_looks_once(payments, manager):
    run = previewed(manager)
    for _ in range(2):
        run_backfill(str(run.pk), "default")
    assert BackfillRun.objects.get(pk=run.pk).generation == 1 and run.findings.count() == 1


def test_a_waiting_preview_hinders_no_execution_and_is_never_worked_on_as_one(payments, manager):
    run = previewed(manager)
    assert executed(run.tenant).status == "SUCCEEDED"
    BackfillRun.objects.filter(pk=run.pk).update(status="RUNNING", worker="elsewhere:1", heartbeat_at=None)
    with pytest.raises(RunIsNotResumable, match="is a preview"):
        work_on(run.pk, using="default", clock=timezone.now)
    with pytest.raises(RunIsNotActive, match="cannot pause"):
        pause_run(run_id=run.pk, using="default", actor=None, now=timezone.now())


def test_numbers_that_are_not_there_yet_cannot_be_executed(payments, manager):
    run = previewed(manager)
    assert "no finished preview" in text_of(manager.get(address("backfill-execute", run.pk)))
    refused = execute(manager, run)
    assert refused.status_code == 409 and "preview again" in text_of(refused)
    assert not BackfillRun.objects.filter(is_dry_run=False).exists()


def test_a_queue_that_is_down_is_told_and_the_preview_is_cancelled(payments, manager, queue):
    aside = queue.rename(queue.with_name("broker-aside"))
    queue.write_text("not a folder")
    try:
        told = manager.post(address("backfill-preview"), follow=True)
    finally:
        queue.unlink()
        aside.rename(queue)
    assert "CELERY_BROKER_URL" in text_of(told) and BackfillRun.objects.get().status == "CANCELLED"


def test_the_undo_of_many_rows_says_what_it_will_do_without_looking_at_each(payments, manager, monkeypatch):
    run = executed(payments[0].tenant)
    monkeypatch.setattr("operations.admin.workbench.undo.WHILE_ONE_WAITS_ROWS", 1)
    page = manager.get(address("backfill-undo", run.pk))
    assert "put back at most 2 payments" in text_of(page) and "shares" not in page.context
    manager.post(address("backfill-undo", run.pk), {"reason": "wrong day"})
    undo = BackfillRun.objects.get(undoes=run)
    work_on(undo.pk, using="default", clock=timezone.now)
    assert "is undone already" in text_of(manager.get(address("backfill-undo", run.pk)))
