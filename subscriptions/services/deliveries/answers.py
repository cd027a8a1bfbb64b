"""The record of a list of deliveries confirmed at once: an answer for each order, in the commit that wrote them. GAP-007."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from accounts.models import User
from billing.models import BulkOperation, BulkOperationItem
from billing.services.bulk_answers import Outcome, end_operation, keep_answers, new_answer
from subscriptions.models import DailyOrder
from subscriptions.services.deliveries.plan import Confirmed, ListOfOrders

WORDS: dict[str, str] = {DailyOrder.Status.DELIVERED: "Delivered", DailyOrder.Status.NOT_DELIVERED: "Not delivered"}


class Answering:
    """Keeps what became of each order of a list; begun with the first of them, so that an empty list leaves nothing behind."""

    def __init__(self, said: ListOfOrders, *, actor: User | None, **asked: Any) -> None:
        self.said, self.actor, self.asked = said, actor, asked
        self.operation: BulkOperation | None = None

    def keep(self, chunk: list[DailyOrder], confirmed: Iterable[Confirmed]) -> None:
        """Keep the answers of these orders, and count them."""
        if self.operation is None:
            self.operation = BulkOperation.objects.create(
                tenant=self.said.tenant,
                kind=BulkOperation.Kind.DELIVERIES,
                requested_by=self.actor,
                parameters={name: _plain(value) for name, value in self.asked.items() if value is not None},
            )
        keep_answers(self.operation, list(_items(self.operation, chunk, confirmed)), self.said.now)

    def end(self) -> BulkOperation | None:
        """Say that the list is done; none when there was nothing on it."""
        return None if self.operation is None else end_operation(self.operation, self.said.now)


def _items(
    operation: BulkOperation, chunk: list[DailyOrder], confirmed: Iterable[Confirmed]
) -> Iterator[BulkOperationItem]:
    customers = {order.pk: order.customer_id for order in chunk}
    for item in confirmed:
        yield new_answer(
            operation,
            customers[item.order_id],
            Outcome.DONE if item.is_new else Outcome.SKIPPED,
            document_id=item.delivery_id or item.order_id,
            code=item.status.lower() if item.is_new else f"already_{item.status.lower()}",
            message="" if item.is_new else f"{WORDS[item.status]} before; nothing was changed.",
        )


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, date) else value
