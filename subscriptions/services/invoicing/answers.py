"""What an invoicing of many customers answers for each customer of a batch."""

from uuid import UUID

from accounts.errors import DomainError
from billing.models import BulkOperation, BulkOperationItem
from billing.services.bulk_answers import Outcome, new_answer
from subscriptions.services.invoicing.batch import Billed
from subscriptions.services.invoicing.one_customer import NothingToBill, PeriodIsInvoiced


def items_of(operation: BulkOperation, billed: Billed) -> list[BulkOperationItem]:
    """The answers for the customers of a batch; who has nothing to bill hears so only when they were named."""
    done = [
        new_answer(operation, pk, Outcome.DONE, document_id=invoice.pk, message=f"Invoice {invoice}")
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
    return new_answer(
        operation, customer_id, Outcome.SKIPPED, code=error.code, message=message, document_id=document_id
    )
