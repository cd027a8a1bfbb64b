"""Today: the orders of a day, made, delivered and corrected on one page, round by round.

What is typed into the list is confirmed as it stands: a quantity as planned, more or less, or 0 with the reason. One row alone
can be confirmed too; what was typed in the others stays. What is wrong with a row stands beside it, and nothing is written then.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts.admin import staff_page
from accounts.errors import DomainError
from accounts.statuses import status_of
from subscriptions.admin.day_list import LISTED, DayList, typed_items
from subscriptions.admin.day_page import DayPage
from subscriptions.selectors.orders_of_day import GeneratedDay
from subscriptions.services import confirm_deliveries, confirm_orders, generate_orders, preview_generation
from subscriptions.services.deliveries import ConfirmedList, DeliveriesRefused

NOTHING_TYPED = "No row has a quantity. Type what was left there, 0 for nothing, then confirm."


@staff_page("dairy/today/", name="dairy-today")
class TodayPage(DayPage):
    """The work of one day."""

    title = "Today"
    permission_required = "subscriptions.run_day"
    template_name = "subscriptions/today.html"
    refusal = ""
    typed: Mapping[str, str] = {}
    refused: Mapping[str, list[str]] = {}

    def get_title(self) -> str:
        return "Today" if self.day == self.today else f"{self.day:%A %-d %B %Y}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = DayList(self.request.user, self.tenant, self.day, self.round, self.slot, self.typed, self.refused)
        counts = rows.counts()
        return {
            **super().get_context_data(**kwargs),
            "counts": counts,
            "waiting": rows.waiting(),
            "done": rows.done(),
            "not_delivered": rows.not_delivered(),
            "is_cut": counts["waiting"] > LISTED,
            "listed": LISTED,
            "generation": self.generation(),
            "refusal": self.refusal,
            "before": self.address("dairy-today", date=self.day - timedelta(days=1)),
            "after": self.address("dairy-today", date=self.day + timedelta(days=1)),
            "sheet": self.address("report-route-sheet", format="pdf"),
            "extra": self.address("dairy-extra-item"),
            "production": self.address("report-production"),
            "standing_orders": reverse("admin:subscriptions_standingorder_changelist"),
        }

    def generation(self) -> GeneratedDay | None:
        """What generating the day would do; nothing where it is refused, which is then said."""
        try:
            return preview_generation(actor=self.request.user, **self.scope())
        except DomainError as error:
            self.refusal = self.refusal or error.message
            return None

    def scope(self) -> dict[str, Any]:
        """The day, the round and the part of the day, for services."""
        narrowed = {"round": self.round, "slot": self.slot}
        return {"tenant": self.tenant, "day": self.day, "now": self.now, **narrowed}

    # Doing it --------------------------------------------------------------------------------------------

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            if "generate" in request.POST:
                return self.generated()
            if "only" in request.POST or "nothing" in request.POST:
                return self.one_row()
            return self.all_rows()
        except DeliveriesRefused as error:
            self.typed, self.refused = request.POST, error.fields or {}
            self.refusal = error.message
            return self.shown_again(status_of(error))
        except DomainError as error:
            self.typed, self.refusal = request.POST, error.message
            return self.shown_again(status_of(error))

    def generated(self) -> HttpResponse:
        """Make the orders of the day agree with the standing orders."""
        made = generate_orders(actor=self.request.user, **self.scope())
        told = [f"{made.created} made", f"{made.changed} changed", f"{made.withdrawn} withdrawn"]
        messages.success(self.request, f"The orders of {self.day:%-d %B} are generated: {', '.join(told)}.")
        return self.to_itself()

    def all_rows(self) -> HttpResponse:
        """Confirm every row of the list, or with `rest` those beyond it as well."""
        items = typed_items(self.request.POST)
        if not items:
            self.typed, self.refusal = self.request.POST, NOTHING_TYPED
            return self.shown_again(422)
        if "rest" in self.request.POST:
            confirmed = confirm_deliveries(actor=self.request.user, exceptions=items, **self.scope())
        else:
            confirmed = self.confirmed(items)
        messages.success(self.request, told_of(confirmed))
        return self.to_itself()

    def one_row(self) -> HttpResponse:
        """Confirm one row, or say that nothing was left there; what was typed in the others stays."""
        typed = self.request.POST.dict()
        key = typed.get("only") or typed.get("nothing", "")
        if "nothing" in typed:
            typed[f"quantity-{key}"] = "0"
        items = typed_items(typed, only=key)
        if not items:
            self.typed, self.refused = typed, {key: [NOTHING_TYPED]}
            return self.shown_again(422)
        confirmed = self.confirmed(items)
        messages.success(self.request, told_of(confirmed))
        self.typed = typed
        return self.shown_again(200)

    def confirmed(self, items: list[dict[str, Any]]) -> ConfirmedList:
        """Confirm these orders, all or none."""
        return confirm_orders(actor=self.request.user, tenant=self.tenant, items=items, now=self.now)

    def shown_again(self, status: int) -> HttpResponse:
        """The page with what was typed."""
        return self.render_to_response(self.get_context_data(), status=status)

    def to_itself(self) -> HttpResponse:
        """The same list, as it is now."""
        return HttpResponseRedirect(self.address("dairy-today"))


def told_of(confirmed: ConfirmedList) -> str:
    """What became of the rows, in a sentence."""
    delivered = confirmed.count("DELIVERED", is_new=True)
    not_delivered = confirmed.count("NOT_DELIVERED", is_new=True)
    before = sum(not item.is_new for item in confirmed.items)
    parts = [f"{delivered} delivered"]
    parts += [f"{not_delivered} not delivered"] if not_delivered else []
    parts += [f"{before} had been confirmed before"] if before else []
    return f"{', '.join(parts)}."
