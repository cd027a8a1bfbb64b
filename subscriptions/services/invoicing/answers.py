"""What an invoicing of many customers answers for each of them, and the counts that say the same at a glance."""

from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.errors import DomainError
from billing.models import BulkOperation, BulkOperationItem
from subscriptions.services.invoicing.batch import Billed
from subscriptions.services.invoicing.one_customer import NothingToBill, PeriodIsInvoiced

Outcome = BulkOperationItem.Outcome


def items_of(operation: BulkOperation, billed: Billed) -> list[BulkOperationItem]:
    """The answers for the customers of a batch; who has nothing to bill hears so only when they were named."""
    done = [
        new_item(operation, pk, Outcome.DONE, document_id=invoice.pk, message=f"Invoice {invoice}")
        for pk, invoice in billed.made.items()
    ]
    had = [
        _skipped(operation, pk, PeriodIsInvoiced, f"Invoice {invoice} bills this period already.", invoice.pk)
        for pk, invoice in billed.had.items()
    ]
    named = billed.nothing if operation.parameters["customers"] is not None else []
    free = [_skipped(operation, pk, NothingToBill, "What is unbilled costs nothing.") for pk in billed.free]
    return [*done, *had, *free, *(_skipped(operation, pk, NothingToBill, "Nothing is unbilled.") for pk in named)]


def _skipped(
    operation: BulkOperation, customer_id: UUID, error: type[DomainError], message: str, document_id: UUID | None = None
) -> BulkOperationItem:
    return new_item(operation, customer_id, Outcome.SKIPPED, code=error.code, message=message, document_id=document_id)


def new_item(operation: BulkOperation, customer_id: UUID, outcome: str, **said: Any) -> BulkOperationItem:
    """An answer for one customer, not stored yet."""
    return BulkOperationItem(
        tenant_id=operation.tenant_id, operation=operation, customer_id=customer_id, outcome=outcome, **said
    )


def note(operation: BulkOperation, items: list[BulkOperationItem], now: datetime) -> None:
    """Keep these answers, and count them."""
    BulkOperationItem.objects.bulk_create(items)
    outcomes = Counter(item.outcome for item in items)
    operation.items_done += outcomes[Outcome.DONE]
    operation.items_skipped += outcomes[Outcome.SKIPPED]
    operation.items_failed += outcomes[Outcome.FAILED]
    operation.heartbeat_at = now
    operation.save()
