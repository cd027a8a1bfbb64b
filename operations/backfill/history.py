"""History of set-based changes: images written with INSERT … SELECT, columns derived from the model's history."""

from functools import cache
from typing import Any

from django.db.models import CharField, DateTimeField, Exists, F, Model, OuterRef, QuerySet, TextField, UUIDField, Value
from django.db.models.expressions import Combinable

from accounts.history import BASELINE_REASON
from operations.backfill.compiled import Slot, Statement, insert_select


@cache
def history_model(model: Any) -> Any:
    """The history of a model, None where it keeps none. Kept: simple-history builds a class at every access."""
    manager = getattr(model._meta, "simple_history_manager_attribute", None)
    return getattr(model, manager).model if manager else None


def history_columns(model: type[Model]) -> list[str]:
    """The columns that a model and its history share."""
    history = history_model(model)
    return [field.column for field in history.tracked_fields]


def history_of(key: Any, model: type[Model]) -> QuerySet[Any]:
    """The history of the row with this key."""
    return history_model(model)._base_manager.filter(**{str(model._meta.pk.attname): key})


def images(rows: QuerySet[Any], *, stamps: dict[str, Combinable], using: str) -> Statement:
    """The statement that writes a history image of each of these rows; `stamps` fill the history's own columns."""
    model: Any = rows.model
    history = history_model(model)
    names = [field.attname for field in history.tracked_fields]
    selected = rows.order_by().values_list(*(F(name) for name in names), *stamps.values())
    return insert_select(history, [*history_columns(model), *stamps], selected, using)


def acted_images(rows: QuerySet[Any], *, history_type: str, using: str) -> Statement:
    """The same in somebody's name, who is told when it is sent: the slots `actor`, `actor_kind`, `reason` and `request`."""
    stamped = stamps(
        history_type=history_type,
        reason=Slot("reason", TextField()),
        actor_id=Slot("actor", UUIDField()),
        actor_kind=Slot("actor_kind", CharField()),
        request_id=Slot("request", CharField()),
    )
    return images(rows, stamps=stamped, using=using)


def stamps(
    *, history_type: str, reason: Combinable, actor_id: Combinable, actor_kind: Combinable, request_id: Combinable
) -> dict[str, Combinable]:
    """The history's own columns: when and in which run (the slots `now` and `run`), what, why and who."""
    return {
        "history_date": Slot("now", DateTimeField()),
        "history_type": Value(history_type, CharField()),
        "history_change_reason": reason,
        "history_user_id": actor_id,
        "actor_kind": actor_kind,
        "request_id": request_id,
        "backfill_run": Slot("run", UUIDField()),
    }


def baselines(rows: QuerySet[Any], *, using: str) -> Statement:
    """The statement that writes the image of each of these rows that has no history yet, before its first change."""
    model: Any = rows.model
    stamped = stamps(
        history_type="+",
        reason=Value(BASELINE_REASON, TextField()),
        actor_id=Value(None, UUIDField()),
        actor_kind=Value("system", CharField()),
        request_id=Value("", CharField()),
    )
    return images(rows.exclude(Exists(history_of(OuterRef("pk"), model))), stamps=stamped, using=using)
