"""Invoicing a period for many customers: written in batches, with an answer for each customer.

A batch is a window of customers after the cursor, and one commit holds their invoices, their answers, the counts and the cursor:
a run that was killed goes on after the last commit. A batch that fails is split, down to the customer, who is then invoiced alone
as by `invoice_period`; one who cannot be invoiced is a failed item with code and message, and the others go on.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import DatabaseError

from accounts.errors import DomainError, NotFound
from billing.models import BulkOperation
from subscriptions.services.invoicing.batch import Terms
from subscriptions.services.invoicing.steps import invoice_alone, invoice_next, note_failure

CUSTOMERS_AT_ONCE = 250


class NoSuchOperation(NotFound):
    """There is no such bulk operation, or it is not one of invoicing."""

    code = "no_such_operation"


def run_invoicing(
    operation_id: Any,
    *,
    clock: Callable[[], datetime],
    on_batch: Callable[[BulkOperation], None] = lambda operation: None,
) -> BulkOperation:
    """Work on an operation to its end; one that has ended is left as it is. *Raises* NoSuchOperation."""
    work = _Work(_find(operation_id), clock)
    while not work.is_over:
        work.go_on()
        on_batch(BulkOperation.objects.get(pk=operation_id))
    return BulkOperation.objects.get(pk=operation_id)


@dataclass
class _Work:
    """One process that works on an operation. `size` is what the next batch takes: halved by a failure, doubled by success."""

    operation: BulkOperation
    clock: Callable[[], datetime]
    size: int = field(default_factory=lambda: CUSTOMERS_AT_ONCE)
    is_over: bool = False
    said: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        operation = self.operation
        self.said = {
            "actor": operation.requested_by,
            "operation_id": operation.pk,
            "terms": _terms(operation),
            "reason": f"bulk operation {operation.pk}",
        }

    def go_on(self) -> None:
        """Do one batch, or invoice alone those who stand in its way."""
        try:
            step = invoice_next(**self.said, size=self.size, now=self.clock())
        except (DomainError, DatabaseError):
            if self.size == 1:
                raise  # nothing was written but progress: the database itself is failing
            self.size = max(1, self.size // 2)
            return
        for customer_id in step.alone:
            self._invoice_alone(customer_id)
        self.is_over = step.is_over
        self.size = self.size if step.alone else min(CUSTOMERS_AT_ONCE, self.size * 2)

    def _invoice_alone(self, customer_id: UUID) -> None:
        try:
            invoice_alone(**self.said, customer_id=customer_id, now=self.clock())
        except (DomainError, DatabaseError) as error:
            note_failure(**self.said, customer_id=customer_id, error=error, now=self.clock())


def _find(operation_id: Any) -> BulkOperation:
    rows = BulkOperation.objects.filter(kind=BulkOperation.Kind.INVOICING).select_related("tenant", "requested_by")
    if operation := rows.filter(pk=operation_id).first():
        return operation
    raise NoSuchOperation(f"There is no invoicing {operation_id}. Look at the list of bulk operations.")


def _terms(operation: BulkOperation) -> Terms:
    said = operation.parameters
    first, last = (date.fromisoformat(said[name]) for name in ("period_start", "period_end"))
    return Terms(operation.tenant, first, last, datetime.fromisoformat(said["issued_at"]), said["due_in_days"])
