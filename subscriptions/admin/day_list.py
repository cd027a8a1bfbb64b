"""The list of a day: what waits to be delivered with what was typed beside it, what was delivered, and what was not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, Q, QuerySet, Sum

from accounts.admin import State
from accounts.admin.acting import buttons_of
from accounts.models import User
from billing.admin.money import money
from routes.models import Round
from subscriptions.models import DailyOrder, Delivery
from subscriptions.models.delivery import live_line

LISTED = 250
Status = DailyOrder.Status
IN_ORDER = (F("round__name").asc(nulls_last=True), F("customer__round_position").asc(nulls_last=True), "customer__name")


@dataclass(frozen=True, slots=True)
class Waiting:
    """An order to deliver, with what was typed for it and what is wrong with that."""

    order: DailyOrder
    quantity: str
    note: str = ""
    error: str = ""

    @property
    def planned(self) -> str:
        """The planned quantity with its unit."""
        return with_unit(self.order.planned_quantity, self.order.product.unit)


@dataclass(frozen=True, slots=True)
class Done:
    """Something that was delivered."""

    delivery: Any
    total: str
    quantity: str
    planned: str
    state: State
    buttons: list[Any]


@dataclass(slots=True)
class DayList:
    """The orders and deliveries of a day, a round, a part of the day; `typed` is what came back from the list."""

    user: User
    tenant: Any
    day: date
    round: Round | None
    slot: str | None
    typed: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, list[str]] = field(default_factory=dict)

    def orders(self) -> QuerySet[Any]:
        """The orders that count."""
        rows = DailyOrder.objects.for_user(self.user).of_tenant(self.tenant).of_day(self.day).wanted()
        return self._narrowed(rows)

    def deliveries(self) -> QuerySet[Any]:
        """What was delivered, or cancelled since."""
        rows = Delivery.objects.for_user(self.user).of_tenant(self.tenant).filter(delivery_date=self.day)
        return self._narrowed(rows)

    def _narrowed(self, rows: Any) -> Any:
        rows = rows.filter(round=self.round) if self.round else rows
        return rows if self.slot is None else rows.filter(slot=self.slot)

    def counts(self) -> dict[str, Any]:
        """How many orders are in which state, and what was delivered in all."""
        by_status = dict(self.orders().order_by().values_list("status").annotate(orders=Count("pk")))
        standing = self.deliveries().standing().order_by()
        sums = standing.aggregate(
            cents=Sum("total_cents"), deliveries=Count("pk"), extra=Count("pk", filter=Q(daily_order=None))
        )
        return {
            "waiting": by_status.get(Status.GENERATED, 0),
            "not_delivered": by_status.get(Status.NOT_DELIVERED, 0),
            "delivered": sums["deliveries"],
            "extra": sums["extra"],
            "value": money(sums["cents"] or 0, self.tenant.currency),
        }

    def waiting(self) -> list[Waiting]:
        """What is to deliver, in the order of the round."""
        return [self._waiting(order) for order in self._listed(Status.GENERATED)]

    def not_delivered(self) -> list[tuple[Any, str, list[Any]]]:
        """What was not delivered, with the reason and what can be done."""
        rows = self._listed(Status.NOT_DELIVERED)
        reasons = reasons_of(rows)
        return [(row, reasons.get(row.pk, ""), buttons_of(row, self.user)) for row in rows]

    def _listed(self, status: str) -> list[Any]:
        rows = self.orders().filter(status=status).select_related("customer", "product", "round", "tenant")
        return list(rows.order_by(*IN_ORDER, "slot", "pk")[:LISTED])

    def _waiting(self, order: DailyOrder) -> Waiting:
        planned = bare(order.planned_quantity)
        refused = self.refused.get(str(order.pk), [])
        return Waiting(
            order,
            self.typed.get(f"quantity-{order.pk}", planned),
            self.typed.get(f"note-{order.pk}", ""),
            " ".join(refused),
        )

    def done(self) -> list[Done]:
        """What was delivered, the newest first."""
        rows = self.deliveries().annotate(is_billed=Exists(live_line()))
        related = rows.select_related("customer", "product", "round", "delivered_by", "daily_order")
        return [self._done(row) for row in related.order_by("-confirmed_at", "-pk")[:LISTED]]

    def _done(self, row: Any) -> Done:
        order = row.daily_order
        return Done(
            delivery=row,
            total=money(row.total_cents, row.currency),
            quantity=with_unit(row.quantity, row.product.unit),
            planned=bare(order.planned_quantity) if order else "extra",
            state=state_of(row),
            buttons=buttons_of(row, self.user),
        )


def state_of(row: Any) -> State:
    """Whether an invoice asks for it, or it waits for one, or it was cancelled."""
    if row.status == Delivery.Status.CANCELLED:
        return State("Cancelled", "danger")
    return State("On an invoice", "success") if row.is_billed else State("To be invoiced", "warning")


def reasons_of(rows: list[DailyOrder]) -> dict[UUID, str]:
    """Why these orders were not delivered, as their history says."""
    images = DailyOrder.history.filter(id__in=[row.pk for row in rows], status=Status.NOT_DELIVERED)
    return dict(images.order_by("history_id").values_list("id", "history_change_reason"))


def bare(quantity: Decimal) -> str:
    """A quantity without empty places.

    >>> bare(Decimal("2.000")), bare(Decimal("1.500")), bare(Decimal("10"))
    ('2', '1.5', '10')
    """
    return f"{quantity.normalize():f}"


def with_unit(quantity: Decimal, unit: str) -> str:
    """A quantity as people say it."""
    return f"{bare(quantity)} {unit}"


def typed_items(typed: Mapping[str, str], *, only: str = "") -> list[dict[str, Any]]:
    """What was typed into the list, for the service: one item for each order with a quantity; an empty one says nothing."""
    items = []
    for name, text in typed.items():
        key = name.removeprefix("quantity-")
        if key != name and text.strip() and (not only or key == only) and (order := key_of(key)):
            items.append({"order": order, "quantity": read(text), "note": typed.get(f"note-{key}", "").strip()})
    return items


def key_of(text: str) -> UUID | None:
    """The key of an order; none where the name of a field was made up."""
    try:
        return UUID(text)
    except ValueError:
        return None


def read(text: str) -> Decimal | str:
    """A quantity as it was typed, with a point or a comma; what is none goes to the service, which says so."""
    try:
        return Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return text
