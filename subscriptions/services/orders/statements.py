"""The statements that generate a window of a day's orders, compiled once, each followed by the history of what it wrote."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS
from django.db.models import CharField, DateField, DateTimeField, F, Q, UUIDField, Value, Window
from django.db.models.expressions import Combinable
from django.db.models.functions import RowNumber

from accounts.locks import locked
from operations.backfill import history
from operations.backfill.compiled import Keys, Slot, Statement, insert_select, select, update_from
from operations.backfill.new_ids import NewId
from operations.history_writing import who_acts
from subscriptions.models import DailyOrder, StandingOrder
from subscriptions.selectors.orders_of_day import KEPT, Scope, differing, missing, unwanted

Status = DailyOrder.Status


class GenerationStatements:
    """Creates, changes and withdraws the orders of one window of standing orders at a time."""

    def __init__(self, scope: Scope, *, now: datetime, using: str = DEFAULT_DB_ALIAS) -> None:
        self.scope, self.now, self.using = scope, now, using

    def create(self, after: UUID, upto: UUID) -> int:
        """Create the orders that are missing; returns how many."""
        made = self.insert.rows(after=after, upto=upto, now=self.now)
        return self._keep_history(self.first_images, [key for (key,) in made])

    def change(self, after: UUID, upto: UUID) -> tuple[int, int]:
        """Change the orders that differ; returns how many came back that had been withdrawn, and how many others.

        First their rows are locked; then what they become is asked anew, since a delivery may have been confirmed meanwhile.
        """
        found = self.lock_differing.rows(after=after, upto=upto)
        if not found:
            return 0, 0
        were_withdrawn = {str(key) for key, status in found if status == Status.WITHDRAWN}
        written = self._written(self.update.rows(after=after, upto=upto, rows=[key for key, _ in found]))
        restored = sum(str(key) in were_withdrawn for key in written)
        return restored, self._keep_history(self.images, written) - restored

    def withdraw(self, after: UUID, upto: UUID) -> int:
        """Withdraw the orders that nobody wants any more; returns how many."""
        locked_rows = self.lock_unwanted.rows(after=after, upto=upto)
        if not locked_rows:
            return 0
        written = self._written(self.withdrawal.rows(after=after, upto=upto, rows=[key for (key,) in locked_rows]))
        return self._keep_history(self.images, written)

    @cached_property
    def insert(self) -> Statement:
        """`INSERT … SELECT` of what has no order yet; one made elsewhere meanwhile is left as it is."""
        columns: dict[str, Combinable] = {
            "id": NewId(self.now, Window(RowNumber(), order_by="standing_order")),
            "tenant_id": F("standing_order__tenant_id"),
            "standing_order_id": F("standing_order_id"),
            "customer_id": F("standing_order__customer_id"),
            "product_id": F("standing_order__product_id"),
            "order_date": Value(self.scope.day, DateField()),
            "status": Value(Status.GENERATED, CharField()),
            "created_at": Slot("now", DateTimeField()),
            **{name: F(now) for name, now in KEPT.items()},
        }
        rows = missing(self.scope).filter(_in_window()).values_list(*columns.values())
        return insert_select(DailyOrder, list(columns), rows, self.using, returning=["id"], ignore_conflicts=True)

    @cached_property
    def lock_differing(self) -> Statement:
        """Lock the orders that differ: key and status of each."""
        keys = differing(self.scope).filter(_in_window()).values("order_pk")
        return select(locked(DailyOrder.objects.filter(pk__in=keys)).values_list("pk", "status"), self.using)

    @cached_property
    def update(self) -> Statement:
        """Write what the standing orders say into these orders."""
        values = {f"new_{name}": F(now) for name, now in KEPT.items()}
        rows = differing(self.scope).filter(_in_window()).filter(order_pk__any_of=Keys("rows"))
        rows = rows.annotate(row_pk=F("order_pk"), new_status=Value(Status.GENERATED, CharField()), **values)
        names = [*KEPT, "status"]
        return _returning(
            update_from(DailyOrder, names, rows.values("row_pk", *(f"new_{n}" for n in names)), self.using)
        )

    @cached_property
    def lock_unwanted(self) -> Statement:
        """Lock the orders that nobody wants any more."""
        return select(locked(unwanted(self.scope, of=_in_window())).values_list("pk"), self.using)

    @cached_property
    def withdrawal(self) -> Statement:
        """Withdraw these orders, as far as nobody wants them still."""
        rows = unwanted(self.scope, of=_in_window()).filter(pk__any_of=Keys("rows"))
        rows = rows.annotate(row_pk=F("pk"), new_status=Value(Status.WITHDRAWN, CharField()))
        return _returning(update_from(DailyOrder, ["status"], rows.values("row_pk", "new_status"), self.using))

    @cached_property
    def first_images(self) -> Statement:
        """The history of new orders."""
        return self._images("+")

    @cached_property
    def images(self) -> Statement:
        """The history of changed orders."""
        return self._images("~")

    def _images(self, history_type: str) -> Statement:
        rows = DailyOrder._base_manager.using(self.using).filter(pk__any_of=Keys("rows"))
        return history.acted_images(rows, history_type=history_type, using=self.using)

    def _keep_history(self, images: Statement, keys: Sequence[Any]) -> int:
        """Write the image of each of these rows, in the name of whoever acts; returns how many."""
        if not keys:
            return 0
        return images.count(rows=keys, **who_acts(self.now, why=f"orders of {self.scope.day} generated"))

    def _written(self, rows: Sequence[tuple]) -> list[Any]:
        return [key for (key,) in rows]


def _in_window() -> Q:
    """Of a standing order of the window: named by a subquery, so that PostgreSQL begins there in every table that it joins."""
    key = UUIDField()
    return Q(standing_order__in=StandingOrder.objects.filter(pk__gt=Slot("after", key), pk__lte=Slot("upto", key)))


def _returning(update: Statement) -> Statement:
    """The same, answering with the keys that it wrote."""
    return replace(update, text=f"{update.text} RETURNING id")
