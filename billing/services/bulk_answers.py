"""The record of work on many documents at once: an answer for each of them, and counts that say the same in the same commit.

Thirty payments are entered and the connection is lost after the seventeenth: seventeen items stand, the counts say seventeen,
and the operation is still running. Nobody reads of work that was not done, or of work done that no item answers for.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from billing.models import BulkOperation, BulkOperationItem

Outcome = BulkOperationItem.Outcome
Status = BulkOperation.Status


def new_answer(operation: BulkOperation, customer_id: Any, outcome: str, **said: Any) -> BulkOperationItem:
    """Make the answer for one customer or document, not stored yet; `said`: document_id, code, message."""
    return BulkOperationItem(
        tenant_id=operation.tenant_id, operation=operation, customer_id=customer_id, outcome=outcome, **said
    )


@transaction.atomic
def keep_answers(operation: BulkOperation, answers: Sequence[BulkOperationItem], now: datetime) -> None:
    """Keep these answers, and count them."""
    BulkOperationItem.objects.bulk_create(answers)
    outcomes = Counter(answer.outcome for answer in answers)
    operation.items_done = F("items_done") + outcomes[Outcome.DONE]  # by the database: a deadlock may make us try again
    operation.items_skipped = F("items_skipped") + outcomes[Outcome.SKIPPED]
    operation.items_failed = F("items_failed") + outcomes[Outcome.FAILED]
    operation.heartbeat_at = now
    operation.save()
    operation.refresh_from_db(fields=["items_done", "items_skipped", "items_failed"])


def end_operation(operation: BulkOperation, now: datetime, *, cure: str = "Each says why.") -> BulkOperation:
    """Say how it ended: it has failed when nothing was done and something should have been; the items say what became of each."""
    failed, done = operation.items_failed, operation.items_done
    operation.items_total = done + failed + operation.items_skipped
    operation.status = Status.FAILED if failed and not done else Status.SUCCEEDED
    operation.error = f"{failed} of {operation.items_total} failed. {cure}" if failed else ""
    operation.heartbeat_at = operation.finished_at = now
    operation.save()
    return operation
