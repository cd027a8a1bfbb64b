"""Filters that read nothing: a list narrowed by a link from another page."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.http import HttpRequest


class FollowedLink(admin.FieldListFilter):
    """Narrows a list to the rows of one object when a link asks for it (`?route__id__exact=…`).

    It lists no choices, so it costs no query however many routes there are. Open the object's page and follow its link.
    """

    def __init__(
        self, field: Any, request: HttpRequest, params: Any, model: Any, model_admin: Any, field_path: str
    ) -> None:
        self.parameter = f"{field_path}__id__exact"
        super().__init__(field, request, params, model, model_admin, field_path)
        self.title = str(field.verbose_name)

    def expected_parameters(self) -> list[str]:
        return [self.parameter]

    def has_output(self) -> bool:
        return self.parameter in self.used_parameters

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        everything = changelist.get_query_string(remove=[self.parameter])
        yield {"selected": False, "query_string": everything, "display": "All"}
        yield {"selected": True, "query_string": changelist.get_query_string(), "display": f"Of one {self.title}"}
