"""What the pages of reports share: a question in the address, figures and tables, and the same as a file.

A subclass says what can be asked (`fields`), what the report is (`report`), how it is shown (`shown`) and written (`csv`, `pdf`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from accounts.admin import Figure, StaffPage
from accounts.errors import DomainError
from accounts.models import Tenant
from billing.admin.period import business, day
from routes.models import Round
from subscriptions.selectors.report_files import file_lines

MONTH_DAYS = 30


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column."""

    words: str
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A value of a row, with the way to what is behind it."""

    head: Head
    value: Any
    href: str = ""
    note: str = ""


@dataclass(slots=True)
class Table:
    """Rows of values under heads; a value may be a pair of value and address."""

    heading: str
    heads: Sequence[Head]
    values: Iterable[Sequence[Any]]
    totals: Sequence[Any] = ()
    empty: str = "Nothing in these days."
    more: str = ""
    next: str = ""
    rows: list[list[Cell]] = field(init=False)
    foot: list[Cell] = field(init=False)

    def __post_init__(self) -> None:
        self.rows = [self._cells(values) for values in self.values]
        self.foot = self._cells(self.totals) if self.totals else []

    def _cells(self, values: Sequence[Any]) -> list[Cell]:
        pairs = zip(self.heads, values, strict=True)
        return [Cell(head, *value) if isinstance(value, tuple) else Cell(head, value) for head, value in pairs]


@dataclass(frozen=True, slots=True)
class Question:
    """A field of the question."""

    name: str
    label: str
    value: Any = ""
    kind: str = "date"
    choices: Sequence[tuple[str, str]] = ()
    hint: str = ""


class ReportPage(StaffPage):
    """A report of one business."""

    permission_required = "subscriptions.view_reports"
    template_name = "subscriptions/report.html"
    file_name = ""
    columns: tuple[str, ...] = ()
    is_printed = False
    error = ""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The page, or the same figures as a file; a question that cannot be answered is said on the page."""
        form = request.GET.get("format")
        forms = {"csv", "pdf"} if self.is_printed else {"csv"}
        if form in forms and self.tenant is not None:
            try:
                return self.csv_file() if form == "csv" else self.pdf_file()
            except (DomainError, ValueError):
                pass  # the page says what is wrong
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        businesses = list(Tenant.objects.order_by("name", "pk")) if self.request.user.is_superuser else []
        context |= {"tenant": self.tenant, "businesses": businesses}
        if self.tenant is None:
            return {**context, "error": "There is no business yet. Add one under People, Businesses."}
        shown: dict[str, Any] = {}
        try:
            shown = self.shown()
        except DomainError as error:
            self.error = error.message
        except ValueError:
            self.error = "A day must be written as year-month-day, such as 2026-01-31."
        return {**context, "fields": self.fields(), "files": self.files(), "error": self.error, **shown}

    @cached_property
    def tenant(self) -> Tenant | None:
        """The business that the page is about."""
        return business(self.request)

    @cached_property
    def now(self) -> datetime:
        """The moment of this request."""
        return timezone.now()

    @property
    def today(self) -> date:
        """Today where the business is."""
        return self.tenant.day_of(self.now)

    def fields(self) -> list[Question]:
        """What can be asked."""
        raise NotImplementedError

    def shown(self) -> dict[str, Any]:
        """What the page shows: heading, tiles, tables. *Raises* DomainError, ValueError."""
        raise NotImplementedError

    def rows(self) -> Iterable[dict[str, Any]]:
        """The rows of the file."""
        raise NotImplementedError

    def pdf(self) -> bytes:
        """The report on paper."""
        raise NotImplementedError

    def files(self) -> list[tuple[str, str]]:
        """The same question as files."""
        forms = [("Save as CSV", "csv"), *([("Print (PDF)", "pdf")] if self.is_printed else [])]
        return [(words, self.same(format=form)) for words, form in forms]

    def csv_file(self) -> StreamingHttpResponse:
        """The rows, written while they are sent."""
        headers = {"Content-Disposition": f'attachment; filename="{self.file_name}-{self.tenant.slug}.csv"'}
        lines = file_lines(self.columns, self.rows())
        return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)

    def pdf_file(self) -> HttpResponse:
        """The document, shown in the browser."""
        headers = {"Content-Disposition": f'inline; filename="{self.file_name}.pdf"'}
        return HttpResponse(self.pdf(), content_type="application/pdf", headers=headers)

    def same(self, **changed: Any) -> str:
        """The same question with something changed."""
        asked = {name: value for name, value in self.request.GET.items() if name not in {"format", "cursor"}}
        return f"?{urlencode({**asked, **changed})}"

    def asked(self, name: str) -> str:
        """One word of the question."""
        return self.request.GET.get(name, "").strip()

    # Days and rounds -------------------------------------------------------------------------------------

    def days(self) -> tuple[date | None, date | None]:
        """The days that are asked for; without a question the 30 days up to today. *Raises* ValueError."""
        if "from" not in self.request.GET and "to" not in self.request.GET:
            return self.today - timedelta(days=MONTH_DAYS - 1), self.today
        return day(self.request, "from"), day(self.request, "to")

    def day_fields(self) -> list[Question]:
        """From which day to which; what was typed stays, also when it is no day."""
        try:
            first, last = self.days()
        except ValueError:
            first, last = self.asked("from"), self.asked("to")
        return [Question("from", "From", said(first)), Question("to", "To", said(last))]

    def round_id(self) -> UUID | None:
        """The round that is asked for; all of them when it is not one of the business."""
        chosen = self.asked("round")
        return next((pk for pk, _ in self.rounds if str(pk) == chosen), None)

    @cached_property
    def rounds(self) -> list[tuple[Any, str]]:
        """The rounds of the business."""
        return list(Round.objects.of_tenant(self.tenant).order_by("name").values_list("pk", "name"))

    def round_fields(self) -> list[Question]:
        """Of which round, in which part of the day."""
        choices = [("", "All rounds"), *((str(pk), name) for pk, name in self.rounds)]
        return [
            Question("round", "Round", self.asked("round"), choices=choices),
            Question("slot", "Part of the day", self.asked("slot"), kind="text", hint="all"),
        ]


def said(day: Any) -> str:
    """A day as an input of a form takes it."""
    return str(day) if day else ""


def in_days(first: date | None, last: date | None) -> str:
    """A period in words."""
    if first and last:
        return f"{first:%-d %B %Y}" if first == last else f"{first:%-d %B %Y} to {last:%-d %B %Y}"
    if first:
        return f"From {first:%-d %B %Y}"
    return f"Up to {last:%-d %B %Y}" if last else "All time"


__all__ = ["Figure", "Head", "Question", "ReportPage", "Table", "in_days", "said"]
