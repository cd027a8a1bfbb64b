"""The ledger: every point that moved, newest first; read, narrowed and written out, never changed."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import display

from accounts.admin import Card, Figure, FollowedLink, Link, State, page_of, when
from cashback.admin.ledger_words import SIDES, in_a_sentence, occasion, reckoned, side
from cashback.admin.points import PointsAdmin, points
from cashback.models import CashbackTransaction, SystemAccount
from cashback.rules.points import in_points


class OfPerson(admin.SimpleListFilter):
    """Rows that gave to one person or took from them; chosen by a link from their page."""

    title, parameter_name = "person", "of"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        chosen = request.GET.get(self.parameter_name)
        return [(chosen, "Of one person")] if chosen else []

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if not self.value():
            return queryset
        try:
            return queryset.of_person(UUID(self.value()))  # type: ignore[attr-defined]
        except ValueError:
            return queryset.none()


class OfHouse(admin.SimpleListFilter):
    """Rows of one account of the house. Choices cost no query."""

    title, parameter_name = "account of the house", "house"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(SystemAccount.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        kind = self.value()
        return queryset.filter(Q(from_account=kind) | Q(to_account=kind)) if kind else queryset


class FromTo(admin.ListFilter):
    """Rows from one day to another, both included, where the business is (`?from=2026-01-01&to=2026-01-31`)."""

    title = "days"

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        self.used_parameters = {name: params.pop(name)[-1] for name in ("from", "to") if name in params}

    def expected_parameters(self) -> list[str]:
        return ["from", "to"]

    def has_output(self) -> bool:
        return any(self.used_parameters.values())

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        everything = changelist.get_query_string(remove=self.expected_parameters())
        yield {"selected": False, "query_string": everything, "display": "All days"}
        words = f"{self.used_parameters.get('from') or '…'} to {self.used_parameters.get('to') or '…'}"
        yield {"selected": True, "query_string": changelist.get_query_string(), "display": words}

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        zone = request.user.tenant.zone if request.user.tenant else timezone.get_current_timezone()
        first, last = self.midnight("from", zone), self.midnight("to", zone)
        found = queryset.filter(created_at__gte=first) if first else queryset
        return found.filter(created_at__lt=last + timedelta(days=1)) if last else found

    def midnight(self, name: str, zone: Any) -> datetime | None:
        """The beginning of a day of the question."""
        typed = self.used_parameters.get(name)
        if not typed:
            return None
        try:
            return datetime.combine(date.fromisoformat(typed), time.min, tzinfo=zone)
        except ValueError as error:
            raise IncorrectLookupParameters from error


@admin.register(CashbackTransaction)
class CashbackTransactionAdmin(PointsAdmin):
    """Rows of the ledger, written by services alone."""

    list_before_template = "cashback/ledger_before.html"
    list_display = ["created_at", "kind", "giver", "getter", "points_moved", "for_what", "said"]
    list_filter = [
        "transaction_type",
        FromTo,
        OfHouse,
        OfPerson,
        ("related_loan", FollowedLink),
        ("related_payment", FollowedLink),
        ("related_tracker", FollowedLink),
    ]
    list_select_related = list(SIDES)
    search_fields = ["id__exact", "to_user__email__exact", "from_user__email__exact"]
    search_help_text = "A whole row id, or a person's whole e-mail address."
    empty_says = (
        "A row appears here with the first points: earned on a verified payment, or granted by an administrator."
    )

    def card(self, request: HttpRequest, row: CashbackTransaction) -> Card:
        figures = [Figure("Points", points(row.points_cents), reckoned(row))]
        if row.base_cents is not None:
            figures.append(Figure("Reckoned on", in_points(row.base_cents), "the base in units of currency"))
        return Card(
            what=in_a_sentence(row), state=State(row.get_transaction_type_display()), figures=figures, links=links(row)
        )

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        asked = {name: value for name, value in request.GET.items() if name not in {"p", "o"}}
        address = f"{reverse('admin:cashback-ledger-file')}?{urlencode(asked)}"
        days = {"first": request.GET.get("from", ""), "last": request.GET.get("to", "")}
        others = [(name, value) for name, value in asked.items() if name not in {"from", "to"}]
        more = {"file_address": address, **days, "others": others}
        return super().changelist_view(request, {**(extra_context or {}), **more})

    @display(description="What")
    def kind(self, row: CashbackTransaction) -> str:
        return row.get_transaction_type_display()

    @display(description="From")
    def giver(self, row: CashbackTransaction) -> str:
        return side(row, "from")

    @display(description="To")
    def getter(self, row: CashbackTransaction) -> str:
        return side(row, "to")

    @display(description="Points")
    def points_moved(self, row: CashbackTransaction) -> str:
        return points(row.points_cents)

    @display(description="For")
    def for_what(self, row: CashbackTransaction) -> str:
        return occasion(row) or "–"

    @display(description="Said")
    def said(self, row: CashbackTransaction) -> str:
        return row.user_notes or row.notes or "–"


def links(row: CashbackTransaction) -> list[Link]:
    """What the row hangs together with, both ways."""
    others = [("Loan", row.related_loan), ("Payment", row.related_payment), ("Tracker", row.related_tracker)]
    found = [Link(kind, str(other), page_of(other)) for kind, other in others if other is not None]
    if row.reverses is not None:
        found.append(Link("Takes back", f"row of {when(row.reverses.created_at)}", page_of(row.reverses)))
    taken = CashbackTransaction.objects.filter(reverses=row).first()
    return [*found, *([Link("Taken back by", f"row of {when(taken.created_at)}", page_of(taken))] if taken else [])]
