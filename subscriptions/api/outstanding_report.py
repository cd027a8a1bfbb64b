"""The report of what is owed, customer by customer: page by page as JSON, or all of it as a file."""

from typing import Any

from django.core import signing
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.fields import Key
from operations.api.findings import wants_csv
from subscriptions.api import report_answers as answers
from subscriptions.api.reports import FileQuery, Report, told
from subscriptions.selectors import report_files as files
from subscriptions.selectors.account_figures import Scope
from subscriptions.selectors.outstanding import (
    SELECTIONS,
    SORTS,
    Wanted,
    iterate_outstanding,
    outstanding_rows,
    outstanding_totals,
)

PAGE_SIZE, LARGEST_PAGE_SIZE = 50, 200


class BadCursor(ParseError):
    """The cursor is not one that this report gave out (HTTP 400)."""

    default_code = "bad_cursor"
    default_detail = "`cursor` was not given out by this report with these filters. Start again without it."


class OutstandingQuery(FileQuery):
    """Which customers, in which order."""

    selection = serializers.ChoiceField(list(SELECTIONS.items()), required=False)
    sort = serializers.ChoiceField([f"{sign}{name}" for name in SORTS for sign in ("", "-")], required=False)
    round = Key(required=False)


class OutstandingReport(Report):
    """What is owed."""

    @extend_schema(parameters=[OutstandingQuery], responses=told(answers.OutstandingReportAnswer))
    def get(self, request: Request) -> HttpResponseBase:
        """What each customer owes now, by documents and by transactions, with its age; customers without a round included."""
        asked = self.of_round(self.asked(OutstandingQuery))
        scope = Scope(self.tenant(), timezone.now())
        wanted = Wanted(**{name: value for name, value in asked.items() if value is not None})
        if wants_csv(request):
            return self.file("outstanding", files.OUTSTANDING, iterate_outstanding(scope, wanted))
        size, after = self.size(request), self.after(request, wanted)
        page = Wanted(**asked_again(wanted), after=after, limit=size + 1)
        rows = outstanding_rows(scope, page)
        answer = {
            "currency": scope.tenant.currency,
            "as_of": scope.now,
            "totals": None if after else outstanding_totals(scope, wanted),
            "customers": rows[:size],
            "next_cursor": cursor_after(rows[size - 1], wanted) if len(rows) > size else None,
        }
        return Response(answers.OutstandingReportAnswer(answer).data)

    def size(self, request: Request) -> int:
        """How many rows a page has. *Raises* ParseError."""
        text = request.query_params.get("page_size", str(PAGE_SIZE))
        if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= LARGEST_PAGE_SIZE):
            raise ParseError(f"`page_size` is '{text[:20]}'. Write a whole number from 1 to {LARGEST_PAGE_SIZE}.")
        return int(text)

    def after(self, request: Request, wanted: Wanted) -> Any:
        """The row after which the page begins. *Raises* BadCursor."""
        if not (text := request.query_params.get("cursor")):
            return None
        try:
            question, value, key = signing.loads(text, salt="outstanding")
        except (signing.BadSignature, ValueError) as error:
            raise BadCursor() from error
        if question != question_of(wanted):
            raise BadCursor()
        return value, key


def asked_again(wanted: Wanted) -> dict[str, Any]:
    """What is wanted, without the page."""
    return {"selection": wanted.selection, "sort": wanted.sort, "round_id": wanted.round_id}


def question_of(wanted: Wanted) -> list[str]:
    """The question that a cursor belongs to."""
    return [str(value) for value in asked_again(wanted).values()]


def cursor_after(row: dict[str, Any], wanted: Wanted) -> str:
    """The cursor of the page after a row."""
    value = row[wanted.key] if wanted.key in row else row[f"{wanted.key}_cents"]
    return signing.dumps([question_of(wanted), value, str(row["customer_id"])], salt="outstanding")
