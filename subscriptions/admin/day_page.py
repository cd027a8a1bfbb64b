"""What the pages of a day's work share: which business, which day, which round and part of the day, as the address says."""

from datetime import date
from functools import cached_property
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse

from billing.admin.business_page import BusinessPage
from billing.admin.period import day
from routes.models import Round

NO_DAY = "A day must be written as year-month-day, such as 2026-01-31. Today is shown."


class RoundPage(BusinessPage):
    """A page about the rounds of one business."""

    @property
    def rounds(self) -> list[Round]:
        """The rounds of the business by name."""
        return list(Round.objects.of_tenant(self.tenant).order_by("name"))

    @cached_property
    def round(self) -> Round | None:
        """The round of the address; none for all of them, and for one that is not of this business."""
        try:
            chosen = UUID(self.request.GET.get("round", ""))
        except ValueError:
            return None
        return Round.objects.of_tenant(self.tenant).filter(pk=chosen).first()

    def asked(self) -> dict[str, str]:
        """The question as the address says it; a subclass adds its own."""
        narrowed = {"round": str(self.round.pk) if self.round else ""}
        return {**narrowed, **({"tenant": self.tenant.slug} if self.businesses else {})}

    def address(self, page: str, /, **more: Any) -> str:
        """Another page with the same question."""
        return f"{reverse(f'admin:{page}')}?{urlencode({**self.asked(), **more})}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shared = {
            "tenant": self.tenant,
            "businesses": self.businesses,
            "rounds": self.rounds,
            "round": self.round,
            "currency": self.tenant.currency,
        }
        return {**super().get_context_data(**kwargs), **shared}


class DayPage(RoundPage):
    """A page about one day."""

    day_error = ""

    @cached_property
    def day(self) -> date:
        """The day of the address, else today where the business is."""
        try:
            return day(self.request, "date") or self.today
        except ValueError:
            self.day_error = NO_DAY
            return self.today

    @property
    def slot(self) -> str | None:
        """The part of the day; none for all of it."""
        return self.request.GET.get("slot", "").strip() or None

    @property
    def slots(self) -> list[str]:
        """The parts of the day in which these rounds go."""
        rounds = [self.round] if self.round else self.rounds
        return sorted({str(name) for each in rounds for name in each.slots})

    def asked(self) -> dict[str, str]:
        return {"date": str(self.day), **super().asked(), "slot": self.slot or ""}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shared = {"day": self.day, "slot": self.slot or "", "slots": self.slots, "day_error": self.day_error}
        return {**super().get_context_data(**kwargs), **shared, "is_to_come": self.day > self.today}
