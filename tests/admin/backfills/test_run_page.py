"""The page of a run: how far it has come, what stands in its way, what it did, how it is undone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from billing.services import set_payment_route
from operations.backfill.runs import work_on
from operations.models import BackfillRun
from tests import make
from tests.admin.backfills.clicks import address, execute, executed, previewed, text_of

pytestmark = [pytest.mark.engine, pytest.mark.django_db(transaction=True)]


def test_a_run_is_paused_and_goes_on(payments, manager):
    execute(manager, previewed(manager))
    [run] = BackfillRun.objects.filter(is_dry_run=False)
    manager.post(address("backfill-run-pause", run.pk))
    answer = manager.get(address("backfill-run", run.pk))
    assert [action.name for action in answer.context["actions"]] == ["resume", "cancel"]
    manager.post(address("backfill-run-resume", run.pk))
    assert BackfillRun.objects.get(pk=run.pk).status == "PENDING"
    manager.post(address("backfill-run-cancel", run.pk))
    told = manager.post(address("backfill-run-pause", run.pk), follow=True)
    assert "there is nothing to stop" in text_of(told)


def test_a_running_run_tells_rate_time_left_batch_and_rest(payments, manager):
    execute(manager, previewed(manager), nice="2")
    run = BackfillRun.objects.get(is_dry_run=False)
    now = timezone.now()
    samples = [{"at": now.timestamp() - 10 + second, "keys": 50 * second} for second in range(3)]
    run.progress = {"samples": samples, "batch_size": 50, "batch_size_reason": "as asked"}
    run.status, run.heartbeat_at, run.worker = "RUNNING", now, "elsewhere:1"
    run.counts |= {"keys": 1, "written": 1}
    run.save()
    answer = manager.get(address("backfill-run-live", run.pk))
    text = text_of(answer)
    assert "1 of 3 rows looked at" in text and "50 rows a second" in text and "about 1 second" in text
    assert "50 rows: as asked" in text and "rests 2 times as long" in text
    assert 'data-live="yes"' in answer.content.decode() and "<html" not in answer.content.decode()
    BackfillRun.objects.filter(pk=run.pk).update(heartbeat_at=now - timedelta(minutes=5))
    assert "Its worker died" in text_of(manager.get(address("backfill-run", run.pk)))


def test_an_ended_run_shows_checks_counts_and_what_comes_next(payments, manager):
    run = executed(make.tenant())
    answer = manager.get(address("backfill-run", run.pk))
    assert [check["holds"] for check in answer.context["checks"]] == [True] * len(run.verification) != []
    assert [action.name for action in answer.context["actions"]] == ["sign-off", "undo"]
    assert "1 row waits for a person" in text_of(answer)
    form = text_of(manager.get(address("backfill-sign-off", run.pk)))
    assert "Distro" in form and "[x] Passed" in form and "TICKET-9" in form


def test_a_preview_signs_off_nothing(payments, manager):
    form = text_of(manager.get(address("backfill-sign-off", previewed(manager).pk)))
    assert "[x] No" in form and "[ ] Passed [ ] Failed" in form


def test_a_failed_run_says_what_broke_and_can_be_resumed(payments, manager):
    run = executed(make.tenant())
    broken = {"check": "no row is left", "holds": False, "found": 7, "expected": 0}
    BackfillRun.objects.filter(pk=run.pk).update(
        status="FAILED", error="no row is left: found 7", verification=[broken]
    )
    answer = manager.get(address("backfill-run", run.pk))
    assert "Broken" in text_of(answer) and "found 7" in text_of(answer)
    assert [action.name for action in answer.context["actions"]] == ["resume", "sign-off", "undo"]


def test_an_undo_foresees_what_it_puts_back_and_leaves(payments, manager):
    run = executed(make.tenant())
    set_payment_route(actor=None, payment=payments[0], route=make.route(), reason="found it")
    answer = manager.get(address("backfill-undo", run.pk))
    assert [(share.kind, share.rows) for share in answer.context["shares"]] == [("write", 1), ("unclear", 1)]
    first = manager.post(address("backfill-undo", run.pk), {"reason": "wrong day"})
    undo = BackfillRun.objects.get(undoes=run)
    assert undo.reason == "wrong day" and first["Location"] == address("backfill-run", undo.pk)
    again = manager.post(address("backfill-undo", run.pk), {"reason": "wrong day"})
    assert again["Location"] == first["Location"]
    work_on(undo.pk, using="default", clock=timezone.now)
    assert "is undone already" in text_of(manager.get(address("backfill-undo", run.pk)))
    history = text_of(manager.get(address()))
    assert "Undone by the run of" in history and "of the run of" in history
