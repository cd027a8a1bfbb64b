"""The finance page: what was asked for by invoices, what came in of it, what is still open and how late.

Every figure is `finance_summary`'s, and leads to the list of the invoices that make it up.
"""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from accounts.admin import StaffPage, staff_page
from accounts.errors import DomainError
from accounts.models import Tenant
from billing.admin.finance_figures import Drill, ageing, beside, by_month, by_source, chart, sum_shown, tiles
from billing.admin.money import money
from billing.admin.period import business, day
from billing.rules.finance_period import NAMED, YEAR_TO_DATE
from billing.rules.period import Period
from billing.selectors.finance import finance_summary
from billing.selectors.finance_file import finance_csv_lines
from billing.selectors.finance_rows import finance_by_month


@staff_page("finance/", name="finance")
class FinancePage(StaffPage):
    """The figures of one business's invoices, in one currency."""

    title = "Finance"
    permission_required = "billing.view_finance"
    template_name = "billing/finance.html"
    explains = (
        "What the invoices of a period ask for, what came in of it and what is still open. An invoice counts on the day of its "
        "issue. Each figure leads to the invoices behind it."
    )

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The page, or the same figures as a file; a question that cannot be answered is said on the page."""
        tenant = business(request)
        if request.GET.get("format") != "csv" or tenant is None:
            return super().get(request, *args, **kwargs)
        summary, error = self.ask(tenant)
        return super().get(request, *args, **kwargs) if error else csv_file(tenant, summary)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        tenant = business(self.request)
        context = {**super().get_context_data(**kwargs), **self.picker(tenant)}
        if tenant is None:
            return {**context, "summary": None}
        summary, error = self.ask(tenant)
        links = Drill(tenant, summary, self.request)
        days = Period(summary["range"]["from"], summary["range"]["to"])
        months = by_month(finance_by_month(tenant, days=days, currency=summary["currency"]), links)
        sources = by_source(summary, links)
        return {
            **context,
            "summary": summary,
            "error": error,
            "tiles": tiles(summary, links),
            "beside": beside(summary),
            "sum_shown": sum_shown(summary),
            "ageing": ageing(summary, links),
            "months": months,
            "month_chart": chart(months, summary["currency"]),
            "sources": sources,
            "source_chart": chart(sources, summary["currency"]),
            "totals": totals(summary),
            "same_question": same_question(summary, tenant),
        }

    def picker(self, tenant: Tenant | None) -> dict[str, Any]:
        """What can be chosen: business, period, days."""
        businesses = list(Tenant.objects.order_by("name", "pk")) if self.request.user.is_superuser else []
        return {"tenant": tenant, "businesses": businesses, "periods": NAMED}

    def ask(self, tenant: Tenant) -> tuple[dict[str, Any], str]:
        """The summary that the address asks for; else the year to date, and what is wrong with the question."""
        now, asked = timezone.now(), self.request.GET
        currency = asked.get("currency", "").strip().upper()[:3] or None
        try:
            first, last = day(self.request, "from"), day(self.request, "to")
            period = asked.get("period", "").upper() or YEAR_TO_DATE
            return finance_summary(tenant, now=now, period=period, first=first, last=last, currency=currency), ""
        except DomainError as error:
            message = error.message
        except ValueError:
            message = "A day must be written as year-month-day, such as 2026-01-31."
        return finance_summary(tenant, now=now, currency=currency), f"{message} The year to date is shown."


def csv_file(tenant: Tenant, summary: dict[str, Any]) -> StreamingHttpResponse:
    """The figures as a file that is written while it is sent."""
    headers = {"Content-Disposition": f'attachment; filename="finance-{tenant.slug}.csv"'}
    lines = finance_csv_lines(tenant, summary)
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


def totals(summary: dict[str, Any]) -> dict[str, Any]:
    """The foot of the tables."""
    figures = {name: summary["totals"][name]["total_cents"] for name in ("collected", "outstanding")}
    return {name: money(cents, summary["currency"]) for name, cents in figures.items()}


def same_question(summary: dict[str, Any], tenant: Tenant) -> str:
    """The end of an address that asks the same of the same business, but for the currency."""
    days = summary["range"]
    window = {"period": days["type"]} if days["type"] in NAMED else {"from": days["from"], "to": days["to"]}
    return urlencode({**window, "tenant": tenant.slug})
