"""Where a row and its newest history image differ: found set-based, for any model with history.

"Newest" means the largest `history_id`. A row that never had history is not at fault: it gets a baseline before its first change.
"""

# ruff: noqa: S608 - names in the SQL come from models, values travel as parameters

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connections, models
from django.db.models import Model

from accounts.history import HistoryStamp
from accounts.models import Tenant


def models_with_history() -> list[tuple[type[Model], type[Model]]]:
    """List (model, its history model)."""
    histories = ((model, getattr(getattr(model, "history", None), "model", None)) for model in apps.get_models())
    return [(model, history) for model, history in histories if history and issubclass(history, HistoryStamp)]


def images_unlike_their_row(
    model: type[Model], history: type[Model], *, using: str, tenant: Tenant | None
) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Find (row id, {column: {row, history}}) where the newest image differs from the stored row, or says it is deleted."""
    fields = [field for field in history.tracked_fields if field.concrete]  # type: ignore[attr-defined]
    unlike = " OR ".join(_unlike(using, field.column) for field in fields)
    columns = [f"{side}.{_q(using, field.column)}" for side in ("live", "image") for field in fields]
    query = f"""
        SELECT image.history_type, {", ".join(columns)}
        FROM {_newest(model, history, using)}
        JOIN {_q(using, model._meta.db_table)} live ON live.{_pk(model, using)} = image.{_pk(model, using)}
        WHERE (image.history_type = '-' OR {unlike}) {_of_tenant(model, using, tenant, "live")}
    """
    for kind, *values in _rows(query, using=using, tenant=tenant):
        key, differences = _explained(model, fields, kind, values)
        yield model._meta.pk.to_python(key), differences


def images_of_vanished_rows(
    model: type[Model], history: type[Model], *, using: str, tenant: Tenant | None
) -> Iterator[tuple[Any, int]]:
    """Find (row id, history id) where the newest image shows a row that is no longer there."""
    query = f"""
        SELECT image.{_pk(model, using)}, image.history_id
        FROM {_newest(model, history, using)}
        LEFT JOIN {_q(using, model._meta.db_table)} live ON live.{_pk(model, using)} = image.{_pk(model, using)}
        WHERE image.history_type <> '-' AND live.{_pk(model, using)} IS NULL {_of_tenant(model, using, tenant, "image")}
    """
    for key, history_id in _rows(query, using=using, tenant=tenant):
        yield model._meta.pk.to_python(key), history_id


def _newest(model: type[Model], history: type[Model], using: str) -> str:
    table, key = _q(using, history._meta.db_table), _pk(model, using)
    return f"""
        (SELECT {key} AS row_key, MAX(history_id) AS history_id FROM {table} GROUP BY {key}) newest
        JOIN {table} image ON image.history_id = newest.history_id
    """


def _of_tenant(model: type[Model], using: str, tenant: Tenant | None, side: str) -> str:
    if tenant is None:
        return ""
    if model is Tenant:
        return f"AND {side}.{_pk(model, using)} = %s"
    has_tenant = any(field.name == "tenant" for field in model._meta.concrete_fields)
    return f"AND {side}.tenant_id = %s" if has_tenant else "AND %s IS NULL"


def _rows(query: str, *, using: str, tenant: Tenant | None) -> Iterator[tuple[Any, ...]]:
    connection = connections[using]
    parameters = [] if tenant is None else [Tenant._meta.pk.get_db_prep_value(tenant.pk, connection)]
    with connection.chunked_cursor() as cursor:
        cursor.execute(query, parameters)
        while rows := cursor.fetchmany(500):
            yield from rows


def _explained(
    model: type[Model], fields: list[models.Field], kind: str, values: list[Any]
) -> tuple[Any, dict[str, Any]]:
    live, image = values[: len(fields)], values[len(fields) :]
    key = live[[field.column for field in fields].index(model._meta.pk.column)]
    if kind == "-":
        return key, {"newest_image": "says that the row was deleted"}
    pairs = zip(fields, live, image, strict=True)
    return key, {str(field.column): {"row": row, "history": old} for field, row, old in pairs if row != old}


def _unlike(using: str, column: str) -> str:
    name = _q(using, column)
    different = "IS DISTINCT FROM" if connections[using].vendor == "postgresql" else "IS NOT"
    return f"live.{name} {different} image.{name}"


def _pk(model: type[Model], using: str) -> str:
    return _q(using, str(model._meta.pk.column))


def _q(using: str, name: str) -> str:
    return connections[using].ops.quote_name(name)
