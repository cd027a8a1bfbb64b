"""History of set-based changes: images written with INSERT … SELECT, columns derived from the model's history."""

from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import CharField, DateTimeField, Exists, F, Model, OuterRef, QuerySet, TextField, UUIDField, Value

from accounts.history import BASELINE_REASON
from operations.backfill.sql import Keys, insert_select


@cache
def history_model(model: Any) -> Any:
    """The history of a model, None where it keeps none. Kept: simple-history builds a class at every access."""
    manager = getattr(model._meta, "simple_history_manager_attribute", None)
    return getattr(model, manager).model if manager else None


def history_columns(model: type[Model]) -> list[str]:
    """The columns that a model and its history share."""
    history = history_model(model)
    return [field.column for field in history.tracked_fields]


def write_images(rows: QuerySet[Any], *, stamps: dict[str, Any], using: str) -> int:
    """Write one history image of each of these rows as they are now; `stamps` fill the history's own columns."""
    model: Any = rows.model
    history = history_model(model)
    names = [field.attname for field in history.tracked_fields]
    selected = rows.order_by().values_list(*(F(name) for name in names), *stamps.values())
    return insert_select(history, [*history_columns(model), *stamps], selected, using)


def stamps(
    *, history_type: str, at: datetime, reason: str, run_id: UUID, actor_id: UUID | None, request_id: str
) -> dict[str, Value]:
    """The history's own columns for one batch: when, what, why, who and which run."""
    return {
        "history_date": Value(at, DateTimeField()),
        "history_type": Value(history_type, CharField()),
        "history_change_reason": Value(reason, TextField()),
        "history_user_id": Value(actor_id, UUIDField()),
        "actor_kind": Value("user" if actor_id else "system", CharField()),
        "request_id": Value(request_id, CharField()),
        "backfill_run": Value(run_id, UUIDField()),
    }


def write_baselines(model: type[Model], keys: Keys, *, at: datetime, run_id: UUID, using: str) -> int:
    """Write the image of each of these rows that has no history yet, before its first change."""
    history = history_model(model)
    key = model._meta.pk.attname
    has_history = Exists(history._base_manager.filter(**{key: OuterRef("pk")}))
    rows = model._base_manager.using(using).filter(pk__any_of=keys).exclude(has_history)
    baseline = stamps(history_type="+", at=at, reason=BASELINE_REASON, run_id=run_id, actor_id=None, request_id="")
    return write_images(rows, stamps=baseline, using=using)
