"""How the list of invoices is narrowed: by the status at this moment, by a figure of the finance page, by source and issue.

A status is computed in SQL (`Invoice.objects.in_status`): the stored one is only the rule's last answer. Choices cost no query.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.db.models.functions import Trim, Upper
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import Tenant
from billing.models import Invoice
from billing.rules import invoice_status as rule
from billing.rules.invoice_source import SOURCES
from billing.rules.period import Period, PeriodOutOfRange, PeriodReversed, between
from billing.selectors.finance_rows import FIGURES, behind_figure
from billing.selectors.invoice_list import BUCKETS, of_sources

AGEING = {
    rule.CURRENT: "Not due yet",
    "DAYS_1_30": "1–30 days late",
    "DAYS_31_60": "31–60 days late",
    "DAYS_61_90": "61–90 days late",
    rule.OLDEST: "Over 90 days late",
}
FIGURES_IN_WORDS = {
    "outstanding": "Outstanding",
    "collected": "Collected, whole or in part",
    "settled": "Paid in full",
    "credited": "Paid by credits",
    "via_legacy": "Counting by money of the old system",
    "cancelled": "Void, failed and drafts",
}
DELETED = "DELETED"


class OneOf(admin.SimpleListFilter):
    """One of some values; what is none of them is refused, not ignored."""

    def found(self, rows: Any, value: str) -> Any:
        """The rows of a value."""
        raise NotImplementedError

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() is None:
            return self.without(queryset)
        if self.value() not in dict(self.lookup_choices):
            raise IncorrectLookupParameters
        return self.found(queryset, self.value())

    def without(self, rows: QuerySet) -> QuerySet:
        """The rows when nothing is chosen."""
        return rows


class StateFilter(OneOf):
    """The status at this moment. Deleted invoices are listed only when they are asked for."""

    title, parameter_name = "state", "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        statuses = (rule.DRAFT, *rule.OWED, rule.PAID, rule.VOID, rule.FAILED)
        words = [(status, Invoice.Status(status).label) for status in statuses]
        return [("OUTSTANDING", "Outstanding: issued, part-paid or overdue"), *words, (DELETED, "Deleted")]

    def found(self, rows: Any, value: str) -> Any:
        if value == DELETED:
            return rows.filter(deleted_at__isnull=False)
        return rows.live().in_status(*BUCKETS.get(value, (value,)), now=timezone.now())

    def without(self, rows: Any) -> Any:
        return rows.live()


class SourceFilter(OneOf):
    """Where the invoice comes from, however the old system spelt it."""

    title, parameter_name = "source", "comes_from"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(source, Invoice.Source(source).label) for source in SOURCES]

    def found(self, rows: Any, value: str) -> Any:
        return rows.annotate(spelt=Upper(Trim("source"))).filter(of_sources([value]))


class FigureFilter(OneOf):
    """The rows behind a figure of the finance page."""

    title, parameter_name = "finance figure", "figure"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*((name, FIGURES_IN_WORDS[name]) for name in FIGURES), *AGEING.items()]

    def found(self, rows: Any, value: str) -> Any:
        return behind_figure(rows, value, now=timezone.now())


class Followed(admin.SimpleListFilter):
    """Narrows the list when a link asks for it; nobody chooses it here."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return []

    def has_output(self) -> bool:
        return self.value() is not None

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        everything = changelist.get_query_string(remove=[self.parameter_name])
        yield {"selected": False, "query_string": everything, "display": "All"}
        yield {"selected": True, "query_string": changelist.get_query_string(), "display": self.in_words()}

    def in_words(self) -> str:
        """What the list is narrowed to."""
        return str(self.value())


class IssuedFilter(Followed):
    """The days of issue, both included, in the business's time zone: `2026-01-01..2026-01-31`."""

    title, parameter_name = "issue", "issued"

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() is None:
            return queryset
        return queryset.filter(**between("issued_at", *self.days().moments(zone_of(request))))

    def days(self) -> Period:
        """The days of the address. *Raises* IncorrectLookupParameters."""
        first, _, last = str(self.value()).partition("..")
        try:
            return Period(*(date.fromisoformat(day) if day else None for day in (first, last)))
        except (ValueError, PeriodReversed, PeriodOutOfRange) as error:
            raise IncorrectLookupParameters from error

    def in_words(self) -> str:
        return str(self.value()).replace("..", " to ")


class CurrencyFilter(Followed):
    """Invoices of one currency: figures never mix two."""

    title, parameter_name = "currency", "currency"

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset if self.value() is None else queryset.filter(currency=self.value())


def zone_of(request: HttpRequest) -> ZoneInfo:
    """The time zone of the business whose invoices are listed."""
    tenant = request.user.tenant
    if tenant is None:
        asked = request.GET.get("tenant__id__exact", "")
        tenant = next((each for each in Tenant.objects.all() if str(each.pk) == asked), None)
    return tenant.zone if tenant else ZoneInfo(settings.TIME_ZONE)
