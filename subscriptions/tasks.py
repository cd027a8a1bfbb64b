"""Jobs of standing orders, deliveries and internet plans for the workers. Each is one call; a command does the same by hand."""

import logging
from functools import partial
from typing import Any

from amqp.exceptions import AMQPError
from celery import shared_task
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import KombuError

from billing.models import BulkOperation
from operations.tasks import BrokerIsDown
from subscriptions.selectors.standing_still import invoicings_standing_still
from subscriptions.services.cap_alerts import watch_caps
from subscriptions.services.invoicing import NoSuchOperation, run_invoicing
from subscriptions.services.usage_billing import LinksAreMissing, bill_usage

log = logging.getLogger("roundsman.invoicing")


@shared_task(name="subscriptions.run_invoicing")
def work_on_invoicing(operation_id: str, *, tenant_id: str) -> None:
    """Work on an invoicing that waits or whose worker died. A job delivered twice, or too late, does nothing.

    `tenant_id` tells whose writes these are: while they are frozen the job is skipped, and `resume_invoicings` sends it again.
    """
    try:
        operation = run_invoicing(operation_id, clock=timezone.now)
    except NoSuchOperation as refusal:
        log.info("job_is_stale", extra={"why": refusal.message})
        return
    counts = {"done": operation.items_done, "skipped": operation.items_skipped, "failed": operation.items_failed}
    log.info("invoicing_ended", extra={"operation": operation_id, "status": operation.status, **counts})


@shared_task(name="subscriptions.resume_invoicings", goes_on_in_maintenance=True)
def resume_invoicings() -> None:
    """Send the invoicings that stand still to the workers again: skipped under maintenance, or left by a worker that died.

    Businesses under maintenance are left out until it ends. It writes nothing itself, and a job too many does nothing.
    """
    for operation in invoicings_standing_still(now=timezone.now()):
        log.info("invoicing_resumed", extra={"operation": str(operation.pk)})
        _send(str(operation.pk), str(operation.tenant_id))


def hand_invoicing_to_worker(operation: BulkOperation) -> None:
    """Send an operation to the background workers when the transaction under way commits. *Raises* BrokerIsDown."""
    transaction.on_commit(partial(_send, str(operation.pk), str(operation.tenant_id)))


def _send(operation_id: str, tenant_id: str) -> None:
    try:
        work_on_invoicing.apply_async(args=[operation_id], kwargs={"tenant_id": tenant_id}, retry=False)
    except (KombuError, AMQPError, OSError) as error:
        raise BrokerIsDown(
            f"The queue of the background workers takes no jobs ({type(error).__name__}). Start it, or correct "
            f"CELERY_BROKER_URL; or go on by hand: python manage.py generate_invoices --resume {operation_id}."
        ) from error


@shared_task(name="services.process_usage_billing")
def process_usage_billing(limit: int | None = None) -> dict[str, Any]:
    """Bill what was used beyond the cap by the next `limit` subscriptions; the schedule passes none, which is all of them.

    Businesses under maintenance are left out; twice at once or killed half-way it bills nothing twice.
    """
    try:
        return bill_usage(actor=None, now=timezone.now(), limit=limit).as_entry()
    except LinksAreMissing as refusal:
        return {"status": "refused", "code": refusal.code, "message": refusal.message}


@shared_task(name="services.monitor_data_cap_usage")
def monitor_data_cap_usage(limit: int | None = None) -> dict[str, Any]:
    """Note which thresholds of their data caps customers have reached, and tell them; the next `limit`, or all.

    Delivered twice, or killed half-way, it does nothing twice: a threshold is noted and told once in a period.
    """
    return watch_caps(actor=None, limit=limit, now=timezone.now()).as_answer()
