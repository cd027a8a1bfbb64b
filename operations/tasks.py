"""Jobs of the upkeep floor that the scheduler starts. Each is one call; its command twin does the same by hand."""

import logging
from functools import partial

from amqp.exceptions import AMQPError
from celery import current_app, shared_task
from django.db import DEFAULT_DB_ALIAS, transaction
from django.utils import timezone
from kombu import Producer
from kombu.exceptions import KombuError

from accounts.errors import DomainError
from accounts.models import Tenant
from operations import services
from operations.backfill.request import AnotherRunIsActive
from operations.backfill.runs import NoSuchRun, RunIsNotResumable, find_run, work_on
from operations.models import BackfillRun
from operations.services.backup import daily_backups
from operations.services.previews import PreviewIsNotWaiting, prepare_preview

log = logging.getLogger("roundsman.backfill")

# Not a paused one: a person said stop, and a job that arrives late is no answer to that.
TAKEN_BY_WORKERS = {BackfillRun.Status.PENDING, BackfillRun.Status.RUNNING}


class BrokerIsDown(DomainError):
    """The queue of the background workers does not take jobs."""

    code = "broker_is_down"


@shared_task(name="operations.run_backfill", goes_on_in_maintenance=True)
def run_backfill(run_id: str, database: str) -> None:
    """Work on a run that waits for a worker, or whose worker died. A job delivered twice, or too late, does nothing."""
    try:
        run = find_run(run_id, using=database)
        if run.status not in TAKEN_BY_WORKERS:
            log.info("job_is_stale", extra={"run": run_id, "status": run.status})
            return
        if run.is_dry_run:
            prepare_preview(run_id, using=database, clock=timezone.now)
        else:
            work_on(run_id, using=database, clock=timezone.now)
    except (RunIsNotResumable, AnotherRunIsActive, NoSuchRun, PreviewIsNotWaiting) as refusal:
        log.info("job_is_stale", extra={"run": run_id, "why": refusal.message})


def hand_to_worker(run: BackfillRun, *, using: str) -> None:
    """Send a waiting run to the background workers when the transaction under way commits (outside of one: now).

    *Raises* BrokerIsDown.
    """
    transaction.on_commit(partial(_send, str(run.pk), using), using=using)


def _send(run_id: str, using: str) -> None:
    try:
        run_backfill.apply_async(args=[run_id, using], retry=False)
    except (KombuError, AMQPError, OSError) as error:
        raise BrokerIsDown(
            f"The queue of the background workers takes no jobs ({type(error).__name__}). Start it, or correct "
            "CELERY_BROKER_URL; or work in the foreground (`wait=true`, or the command line)."
        ) from error


@shared_task(name="operations.check_books", goes_on_in_maintenance=True)
def check_books() -> None:
    """Check the books of the whole; when they are broken, also tenant by tenant, for each one's own Health page."""
    now = timezone.now()
    if services.check_books(using=DEFAULT_DB_ALIAS, tenant=None, now=now).all_hold:
        return
    for tenant in Tenant.objects.order_by("slug"):
        services.check_books(using=DEFAULT_DB_ALIAS, tenant=tenant, now=now)


@shared_task(name="operations.daily_backup", goes_on_in_maintenance=True)
def daily_backup() -> dict[str, str]:
    """Back up every database of this installation, and prove each backup by restoring it."""
    return daily_backups(now=timezone.now())


@shared_task(name="operations.answer_smoke_test", goes_on_in_maintenance=True)
def answer_smoke_test(reply_to: str) -> None:
    """Say through the queue that a worker took this job; `smoke_test` waits for it."""
    with current_app.connection_for_write() as connection:
        Producer(connection).publish({"took": True}, exchange="", routing_key=reply_to, serializer="json", retry=False)
