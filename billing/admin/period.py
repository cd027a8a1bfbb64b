"""The period and the business that a report is about, as the address of the page says."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.dateparse import parse_date

from accounts.models import Tenant
from billing.rules.period import Period, PeriodReversed
from routes.models import Route

DEFAULT_DAYS = 30


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is about: whose books, which days, and what is wrong with the question, if anything."""

    tenant: Tenant | None
    period: Period
    error: str = ""

    @property
    def query(self) -> str:
        """The same question as the end of an address, so that a link keeps the period."""
        days = {"from": self.period.first or "", "to": self.period.last or ""}
        return urlencode({**days, "tenant": self.tenant.slug if self.tenant else ""})

    @property
    def in_words(self) -> str:
        """The period in words.

        Example: "1 January 2026 to 31 January 2026", "all time".
        """
        first, last = self.period.first, self.period.last
        if not first and not last:
            return "all time"
        if first and last:
            return f"{first:%-d %B %Y} to {last:%-d %B %Y}"
        words = [f"from {first:%-d %B %Y}" if first else "", f"up to {last:%-d %B %Y}" if last else ""]
        return " ".join(word for word in words if word)


def asked(request: HttpRequest) -> Asked:
    """Read the business and the period of the address. Without a period: the 30 days up to the newest route."""
    tenant = business(request)
    if "from" not in request.GET and "to" not in request.GET:
        return Asked(tenant, newest_days(tenant))
    try:
        return Asked(tenant, Period(day(request, "from"), day(request, "to")))
    except PeriodReversed as error:
        return Asked(tenant, newest_days(tenant), error.message)
    except ValueError:
        message = "A day must be written as year-month-day, such as 2026-01-31. The newest 30 days are shown."
        return Asked(tenant, newest_days(tenant), message)


def business(request: HttpRequest) -> Tenant | None:
    """One's own business; a superuser chooses, and sees the first until then."""
    if not request.user.is_superuser:
        return request.user.tenant
    slug = request.GET.get("tenant", "")
    return Tenant.objects.filter(slug=slug).first() or Tenant.objects.order_by("name", "pk").first()


def day(request: HttpRequest, name: str) -> date | None:
    """One day of the address; None where it is left open. *Raises* ValueError."""
    text = request.GET.get(name, "").strip()
    if not text:
        return None
    found = parse_date(text)
    if found is None:
        raise ValueError(text)
    return found


def newest_days(tenant: Tenant | None) -> Period:
    """The 30 days up to the newest started route: where there is something to see."""
    started = Route.objects.filter(tenant=tenant).exclude(status=Route.Status.PENDING)
    last = started.order_by("-route_date", "-id").values_list("route_date", flat=True).first()
    return Period(last - timedelta(days=DEFAULT_DAYS - 1), last) if last else Period()


def presets(last: date | None) -> list[tuple[str, str]]:
    """Periods that people ask for, as words and the end of an address; months end with the newest route's."""
    found = [("All time", "from=&to=")]
    if last is not None:
        first = last.replace(day=1)
        before = first - timedelta(days=1)
        found = [
            (f"{last:%B %Y}", urlencode({"from": first, "to": last})),
            (f"{before:%B %Y}", urlencode({"from": before.replace(day=1), "to": before})),
            *found,
        ]
    return found


def picker(request: HttpRequest, question: Asked) -> dict[str, Any]:
    """What the period picker of a page shows."""
    businesses = list(Tenant.objects.order_by("name", "pk")) if request.user.is_superuser else []
    newest = newest_days(question.tenant).last
    return {"question": question, "businesses": businesses, "presets": presets(newest)}
