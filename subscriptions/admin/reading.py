"""Rows of another table on an object's page, to read."""

from typing import Any

from django.http import HttpRequest
from unfold.admin import TabularInline


class ReadInline(TabularInline):
    """A table that belongs to the page's object: nobody adds, changes or removes a row of it here."""

    hide_title = True
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(f"{self.parent_model._meta.app_label}.view_{self.parent_model._meta.model_name}")
