"""What a batch sends to write one table from its change rows: values, new rows, and the history of both.

Slots: `changes` (ids of change rows), `rows` (keys), `run`, `now`, and who acts why.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.db.models import Field, Model, QuerySet

from operations.backfill import history
from operations.backfill.compiled import Keys, Statement, insert_select, update_from
from operations.backfill.images import ImageValue, KeyOf
from operations.models import BackfillChange


class TableStatements:
    """The statements that write one table, compiled once."""

    def __init__(self, model: type[Model], columns: Sequence[Field], using: str) -> None:
        self.model: Any = model
        self.columns = columns
        self.using = using
        self.has_history = history.history_model(model) is not None

    @cached_property
    def update(self) -> Statement:
        """Write the values of these change rows into their rows."""
        values = {f"new_{column.column}": ImageValue("after", column) for column in self.columns}
        rows = self._planned().annotate(row_pk=KeyOf("row_id", self.model._meta.pk), **values).values("row_pk", *values)
        return update_from(self.model, [str(column.column) for column in self.columns], rows, self.using)

    @cached_property
    def insert(self) -> Statement:
        """Insert the rows whose images these change rows hold."""
        columns = stored_columns(self.model)
        rows = self._planned().values_list(*(ImageValue("after", column) for column in columns))
        return insert_select(self.model, [str(column.column) for column in columns], rows, self.using)

    @cached_property
    def baselines(self) -> Statement:
        """Write the image of each of these rows that has no history yet."""
        return history.baselines(self._rows(), using=self.using)

    @cached_property
    def images(self) -> Statement:
        """Write the history image of each of these rows as it now is, after a change."""
        return history.acted_images(self._rows(), history_type="~", using=self.using)

    @cached_property
    def first_images(self) -> Statement:
        """Write the history image of each of these rows as it was made."""
        return history.acted_images(self._rows(), history_type="+", using=self.using)

    def _planned(self) -> QuerySet:
        return BackfillChange.objects.filter(pk__any_of=Keys("changes")).order_by()

    def _rows(self) -> QuerySet:
        return self.model._base_manager.using(self.using).filter(pk__any_of=Keys("rows"))


def stored_columns(model: type[Model]) -> list[Any]:
    """The columns that an insert fills: all but those that the database computes."""
    return [field for field in model._meta.concrete_fields if not field.generated]
