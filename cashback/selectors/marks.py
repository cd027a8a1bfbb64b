"""Which version of a row somebody saw: the newest image of its history, 0 for a row that has none.

A page or an answer hands the mark out with what it shows, and gets it back with the decision on it.
"""

from typing import Any

from django.db.models import Max, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce


def with_mark(rows: QuerySet[Any]) -> QuerySet[Any]:
    """These rows, each with its mark as `seen`: read by the same query, so that the mark is of what was read."""
    images = _images(rows.model).filter(id=OuterRef("pk")).values("id")
    return rows.annotate(seen=Coalesce(Subquery(images.annotate(newest=Max("history_id")).values("newest")), 0))


def mark_of(model: type[Model], key: Any) -> int:
    """The mark of one row as it stands now."""
    return _images(model).filter(id=key).aggregate(newest=Coalesce(Max("history_id"), 0))["newest"]


def _images(model: type[Model]) -> QuerySet[Any]:
    return model.history.model._default_manager.order_by()  # type: ignore[attr-defined]
