"""Which rows a person may meet in the admin: those of their tenant, in lists, pages, choices and filters alike."""

from typing import Any

from django.db.models import QuerySet


def in_scope(rows: QuerySet, user: Any, tenant_path: str | None) -> QuerySet:
    """Rows of the user's tenant; a table that belongs to no tenant is for superusers alone.

    `tenant_path` leads from a row to its tenant where the row has no `for_user` of its own, for example `route__tenant`.
    """
    if hasattr(rows, "for_user"):
        return rows.for_user(user)
    if user.is_superuser:
        return rows
    if tenant_path is None or user.tenant_id is None:
        return rows.none()
    return rows.filter(**{tenant_path: user.tenant_id})
