"""Payments of a round whose process died half-way: the operation is ended, and says of every row what became of it.

Thirty payments were being written when the power went: twelve are there, each with its item. The next entry finds the operation
without a sign of life since a quarter of an hour, and ends it as failed: twelve rows recorded, eighteen not reached. Sent again,
the twelve are known by their keys and the eighteen are written. A process that was slow finds its operation ended, and stops.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from accounts.locks import locked
from accounts.models import Tenant
from accounts.unit_of_work import unit_of_work
from billing.models import BulkOperation
from billing.services.bulk_answers import Outcome, Status, keep_answers, new_answer

DEAD_AFTER: Final = timedelta(minutes=15)


@unit_of_work
def end_dead_operations(*, tenant: Tenant, now: datetime) -> list[BulkOperation]:
    """End the entries of payments that gave no sign of life for a quarter of an hour; answer them.

    Invoicing needs none of this: it is resumed where it stopped.
    """
    silent = BulkOperation.objects.filter(
        tenant=tenant,
        kind=BulkOperation.Kind.PAYMENTS,
        status=Status.RUNNING,
        heartbeat_at__lt=now - DEAD_AFTER,
    )
    return [_end(operation, now) for operation in locked(silent)]


def still_running(operation_id: UUID) -> BulkOperation | None:
    """Lock an operation until the end of the transaction, and read it anew; none when it has ended."""
    return locked(BulkOperation.objects.filter(pk=operation_id, status=Status.RUNNING)).select_related("tenant").first()


def _end(operation: BulkOperation, now: datetime) -> BulkOperation:
    """Rows are written in order, so those after the last item are the ones that were not reached."""
    answered = operation.items_done + operation.items_skipped + operation.items_failed
    missing = range(answered + 1, operation.items_total + 1)
    said = [
        new_answer(operation, None, Outcome.FAILED, code="not_reached", message=f"Row {n}: not reached.")
        for n in missing
    ]
    keep_answers(operation, said, now)
    operation.status, operation.finished_at = Status.FAILED, now
    operation.error = (
        f"The process died after {answered} of {operation.items_total} rows. Send the same again to write the rest."
    )
    operation.save()
    return operation
