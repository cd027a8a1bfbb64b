"""Pages by keyset: a cursor names the last row seen, so that no row is lost or shown twice while others are added.

A page is read by comparing the ordering columns with that row's values as one row value, `(created_at, id) < (…, …)`, which an
index over them answers from the right place however deep the page and however many rows share a time. The cursor is
signed and bound to the address and its filters: a cursor of one list does not open another.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

from django.core import signing
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db.models import BooleanField, F, Field, Func, Model, QuerySet, Value
from rest_framework.exceptions import ParseError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.utils.urls import remove_query_param, replace_query_param
from rest_framework.views import APIView

NEWEST_FIRST = ("-created_at", "-id")
NEXT, PREVIOUS = "n", "p"


class BadCursor(ParseError):
    """The cursor is not one that this list gave out (HTTP 400)."""

    default_code = "bad_cursor"
    default_detail = "`cursor` was not given out by this list with these filters. Start again without it."


class BadPageSize(ParseError):
    """The page size is not a whole number in range (HTTP 400)."""

    default_code = "bad_page_size"


class RowValue(Func):
    """Several columns or values compared as one: `(a, b)`."""

    template = "(%(expressions)s)"


class RowIs(Func):
    """Compares two row values with an operator such as `<`."""

    template = "%(expressions)s"

    def __init__(self, left: RowValue, operator: str, right: RowValue) -> None:
        super().__init__(left, right, arg_joiner=f" {operator} ", output_field=BooleanField())


class KeysetPagination(BasePagination):
    """Answers `{results, next, previous}`. A view may set `ordering`: columns in one direction, ending in the key."""

    page_size = api_settings.PAGE_SIZE or 50
    max_page_size = 200

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        self.request = request
        self.ordering = tuple(getattr(view, "ordering", None) or NEWEST_FIRST)
        self.fields = ordering_fields(queryset.model, self.ordering)
        size = self._page_size(request)
        direction, values = self._read_cursor(request)
        rows = self._rows(queryset, direction, values)[: size + 1]
        page = list(rows)
        has_more = len(page) > size
        page = page[:size]
        if direction == PREVIOUS:
            page.reverse()
        self._make_links(page, direction, has_more=has_more, is_first=values is None)
        return page

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self.next_link, "previous": self.previous_link})

    def _rows(self, queryset: QuerySet, direction: str, values: list[Any] | None) -> QuerySet:
        """The rows after (or before) the cursor's row, nearest first."""
        names = [name.lstrip("-") for name in self.ordering]
        is_descending = self.ordering[0].startswith("-") != (direction == PREVIOUS)
        rows = queryset.order_by(*(f"-{name}" if is_descending else name for name in names))
        if values is None:
            return rows
        columns = RowValue(*(F(name) for name in names))
        last_seen = RowValue(
            *(Value(value, output_field=field) for value, field in zip(values, self.fields, strict=True))
        )
        return rows.filter(RowIs(columns, "<" if is_descending else ">", last_seen))

    def _make_links(self, page: list[Any], direction: str, *, has_more: bool, is_first: bool) -> None:
        has_next = bool(page) and (has_more or direction == PREVIOUS)
        has_previous = bool(page) and not is_first and (has_more or direction == NEXT)
        self.next_link = self._link(NEXT, page[-1]) if has_next else None
        self.previous_link = self._link(PREVIOUS, page[0]) if has_previous else None

    def _link(self, direction: str, row: Model) -> str:
        values = [field.value_to_string(row) for field in self.fields]
        cursor = signing.dumps([direction, self._list_hash(), values], salt="keyset")
        return replace_query_param(self.request.build_absolute_uri(), "cursor", cursor)

    def _read_cursor(self, request: Request) -> tuple[str, list[Any] | None]:
        text = request.query_params.get("cursor")
        if not text:
            return NEXT, None
        try:
            direction, list_hash, texts = signing.loads(text, salt="keyset")
        except (signing.BadSignature, ValueError) as error:
            raise BadCursor() from error
        if list_hash != self._list_hash():
            raise BadCursor()
        try:
            return direction, [field.to_python(text) for field, text in zip(self.fields, texts, strict=True)]
        except (ValueError, ValidationError) as error:
            raise BadCursor() from error

    def _list_hash(self) -> str:
        """A short hash of what list this is: address, filters and ordering, but not the page."""
        url = self.request.get_full_path()
        for name in ("cursor", "page_size"):
            url = remove_query_param(url, name)
        return hashlib.sha256(f"{url} {self.ordering}".encode()).hexdigest()[:16]

    def _page_size(self, request: Request) -> int:
        text = request.query_params.get("page_size")
        if text is None:
            return self.page_size
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= self.max_page_size and len(text) <= 6):
            raise BadPageSize(f"`page_size` is '{text[:20]}'. Write a whole number from 1 to {self.max_page_size}.")
        return int(text)

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        size = {"type": "integer", "minimum": 1, "maximum": self.max_page_size, "default": self.page_size}
        return [
            {
                "name": "cursor",
                "in": "query",
                "description": "From `next` or `previous` of an answer.",
                "schema": {"type": "string"},
            },
            {"name": "page_size", "in": "query", "description": "Rows in a page.", "schema": size},
        ]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["results", "next", "previous"],
            "properties": {"results": schema, "next": link, "previous": link},
        }


def ordering_fields(model: type[Model], ordering: Sequence[str]) -> list[Field]:
    """Find the columns of an ordering, or say at once why it cannot be paged by.

    It must end in a unique column (else rows are lost between pages), have one direction (a row value has only one)
    and no nullable column (NULL is neither before nor after anything).
    """
    columns = {field.name: field for field in model._meta.concrete_fields}
    fields = [columns[name.lstrip("-")] for name in ordering]
    is_mixed = len({name.startswith("-") for name in ordering}) > 1
    if is_mixed or not fields[-1].unique or any(field.null for field in fields):
        raise ImproperlyConfigured(
            f"{model.__name__} cannot be paged by {tuple(ordering)}: use columns in one direction, none nullable, "
            "and end in a unique one."
        )
    return fields
