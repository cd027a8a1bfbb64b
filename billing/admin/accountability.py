"""Who collected what: one row per representative, then their routes, then each route's payments.

Every figure is a link to the rows that make it; the foot adds up to all payments and says so.
"""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.expressions import Combinable
from django.http import Http404
from django.urls import reverse

from accounts.admin import Card, Figure, Link, StaffPage, page_of, staff_page
from accounts.admin.scope import in_scope
from accounts.models import User
from accounts.words import counted
from billing.admin.charts import collected_chart
from billing.admin.money import grouped, money
from billing.admin.period import Asked, asked, picker
from billing.admin.states import state_of
from billing.models import Payment
from billing.rules.period import between
from billing.rules.route_link import REASONS
from billing.selectors.accountability import ROUTE_PLANNED, accountability_of, accountability_of_all
from billing.selectors.route_figures import REFUNDED_AFTERWARDS
from billing.selectors.route_links import link_verdict
from billing.selectors.route_money import KEPT, payments_on, settled_cents, settled_refunds
from routes.models import Route

REASONS_IN_WORDS = {
    **REASONS,
    ROUTE_PLANNED: "it is linked to a route that has not started",
    REFUNDED_AFTERWARDS: "it went back after its route was reconciled, which keeps what was signed for",
}
UNDER_NOBODY = "These payments count under no representative, because for each of them"
WHAT_COUNTS = {REFUNDED_AFTERWARDS: "This part of each payment is subtracted beside the routes, because"}
COUNTS = {REFUNDED_AFTERWARDS: -settled_cents()}
LISTED = 500


class AccountabilityReport(StaffPage):
    """What the pages of this report share."""

    permission_required = "billing.view_accountability"

    def get_trail(self) -> list[tuple[str, str]]:
        return [("Accountability", f"{reverse('admin:accountability')}?{asked(self.request).query}")]


@staff_page("accountability/", name="accountability")
class AccountabilityPage(AccountabilityReport):
    """Every representative of one business, and the payments that belong to no route."""

    title = "Accountability"
    template_name = "billing/accountability.html"
    explains = (
        "What each representative was sent to collect on their routes, and what came in. A payment counts once: on its own "
        "route, through its sale's route while it has none (fallback), or below under the reason why no route has it. What went "
        "back to the customer is not collected."
    )

    def get_trail(self) -> list[tuple[str, str]]:
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        question = asked(self.request)
        context = {**super().get_context_data(**kwargs), **picker(self.request, question)}
        if question.tenant is None:
            return {**context, "report": None}
        first, last = question.period.first, question.period.last
        report = accountability_of_all(question.tenant, first=first, last=last)
        rows = [self.with_words(row, report["currency"], question) for row in report["representatives"]]
        return {
            **context,
            "report": report,
            "rows": rows,
            "totals": in_money(report["totals"], report["currency"]),
            "unattributed": unattributed_rows(report, question),
            "foot": foot(report),
            "chart": collected_chart(
                [(row["user_name"], row) for row in report["representatives"]], report["currency"]
            ),
        }

    def with_words(self, row: dict[str, Any], currency: str, question: Asked) -> dict[str, Any]:
        """A representative's row with amounts written out and a link to their routes."""
        href = f"{reverse('admin:accountability-person', args=[row['user_id']])}?{question.query}"
        return {**row, **in_money(row, currency), **shares(row), "href": href}


@staff_page("accountability/people/<uuid:pk>/", name="accountability-person")
class PersonPage(AccountabilityReport):
    """The routes of one representative."""

    template_name = "billing/accountability_person.html"

    def get_title(self) -> str:
        return str(self.person)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        self.person = found(in_scope(User.objects.all(), self.request.user, "tenant"), kwargs["pk"])
        question = asked(self.request)
        report = accountability_of(self.person, first=question.period.first, last=question.period.last)
        currency = report["currency"]
        return {
            **super().get_context_data(**kwargs),
            **picker(self.request, question),
            "card": person_card(self.person, report),
            "rows": [route_row(row, currency, question) for row in report["routes"]],
            "planned": report["planned_routes"],
            "totals": in_money(report, currency),
            "chart": collected_chart(
                [(row["number"], row) for row in reversed(report["routes"][:40])], report["currency"]
            ),
        }


@staff_page("accountability/routes/<uuid:pk>/", name="accountability-route")
class RoutePage(AccountabilityReport):
    """Each payment that counts on one route, those through the fallback marked."""

    template_name = "billing/accountability_route.html"

    def get_title(self) -> str:
        return f"Route {self.route}"

    def get_trail(self) -> list[tuple[str, str]]:
        query = asked(self.request).query
        person = reverse("admin:accountability-person", args=[self.route.assigned_to_id])
        return [*super().get_trail(), (str(self.route.assigned_to), f"{person}?{query}")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        routes = Route.objects.for_user(self.request.user).select_related("assigned_to", "tenant")
        self.route = found(routes, kwargs["pk"])
        payments = payment_rows(payments_on(self.route).counting())
        total = sum(row.counted_cents for row in payments if row.currency == self.route.tenant.currency)
        return {
            **super().get_context_data(**kwargs),
            "route_of_page": self.route,
            "card": route_card(self.route, payments, total),
            "payments": payments,
            "total": money(total, self.route.tenant.currency),
            "listed": LISTED,
        }


@staff_page("accountability/unattributed/<slug:reason>/", name="accountability-unattributed")
class UnattributedPage(AccountabilityReport):
    """The payments that no route has, for one reason."""

    template_name = "billing/accountability_route.html"

    def get_title(self) -> str:
        return "Payments of no route"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        reason, question = kwargs["reason"], asked(self.request)
        if reason not in REASONS_IN_WORDS or question.tenant is None:
            raise Http404
        payments = payment_rows(unattributed(question, reason), counts=COUNTS.get(reason))
        total = sum(row.counted_cents for row in payments if row.currency == question.tenant.currency)
        return {
            **super().get_context_data(**kwargs),
            "card": Card(what=f"{WHAT_COUNTS.get(reason, UNDER_NOBODY)} {REASONS_IN_WORDS[reason]}."),
            "payments": payments,
            "total": money(total, question.tenant.currency),
            "listed": LISTED,
        }


def unattributed(question: Asked, reason: str) -> QuerySet[Payment]:
    """Payments without a route for this reason, in the period."""
    payments = Payment.objects.filter(tenant=question.tenant).counting()
    if reason == ROUTE_PLANNED:
        planned = Route.objects.filter(tenant=question.tenant, status=Route.Status.PENDING)
        return payments.filter(route__in=planned.dated(question.period.first, question.period.last))
    if reason == REFUNDED_AFTERWARDS:
        routes = Route.objects.filter(tenant=question.tenant).dated(question.period.first, question.period.last)
        return payments.filter(pk__in=settled_refunds(routes).order_by().values("payment"))
    received = between("received_at", *question.period.moments(question.tenant.zone))
    return payments.filter(**received, route__isnull=True).annotate(verdict=link_verdict()).filter(verdict=reason)


def found(rows: QuerySet, pk: UUID) -> Any:
    """One row that the person may see. *Raises* Http404."""
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def payment_rows(payments: QuerySet[Payment], *, counts: Combinable | None = None) -> list[Any]:
    """The newest payments with what their row shows, and what of each counts: unless said otherwise, what was kept."""
    counted = payments.annotate(counted_cents=counts or KEPT + settled_cents())
    related = counted.select_related("customer", "sale__route", "route", "collected_by")
    rows = list(related.order_by("-received_at", "-id")[:LISTED])
    for row in rows:
        row.money, row.href = money(row.counted_cents, row.currency), page_of(row)
        row.is_less, row.whole = row.counted_cents != row.amount_cents, money(row.amount_cents, row.currency)
    return rows


def in_money(figures: dict[str, Any], currency: str) -> dict[str, Any]:
    """Every amount of a row of figures written out: `expected_cents` as `expected`, and so on."""
    amounts = {name: value for name, value in figures.items() if name.endswith("_cents")}
    return {name.removesuffix("_cents"): money(value, currency) for name, value in amounts.items()}


def shares(row: dict[str, Any]) -> dict[str, int]:
    """Cash and other payments in percent of the larger of expected and collected, for the stacked bar."""
    whole = max(row["expected_cents"], row["total_collected_cents"], 1)
    other = row["total_collected_cents"] - row["collected_cash_cents"]
    return {"cash_share": row["collected_cash_cents"] * 100 // whole, "other_share": other * 100 // whole}


def route_row(row: dict[str, Any], currency: str, question: Asked) -> dict[str, Any]:
    """A route's row with amounts written out and a link to its payments."""
    href = f"{reverse('admin:accountability-route', args=[row['route_id']])}?{question.query}"
    return {
        **row,
        **in_money(row, currency),
        **shares(row),
        "href": href,
        "state": state_of(Route(status=row["status"])),
    }


def unattributed_rows(report: dict[str, Any], question: Asked) -> list[dict[str, Any]]:
    """One row for each reason why payments belong to no route."""
    return [
        {
            "reason": REASONS_IN_WORDS.get(reason, reason.replace("_", " ")),
            "payments": sums["payments"],
            "money": money(sums["cents"], report["currency"]),
            "href": f"{reverse('admin:accountability-unattributed', args=[reason])}?{question.query}",
        }
        for reason, sums in report["unattributed"].items()
    ]


def foot(report: dict[str, Any]) -> str:
    """The sum that closes the report."""
    totals = report["totals"]
    cents = [totals[f"{name}_cents"] for name in ("total_collected_from_payments", "unattributed", "all_payments")]
    on_routes, beside, together = (grouped(each, report["currency"]) for each in cents)
    sums = f"{totals['payments_counted']:,} + {totals['unattributed_payments']:,} = {totals['all_payments_counted']:,}"
    return f"{on_routes} on routes + {beside} on no route = {together} {report['currency']} ({sums} payments)"


def person_card(person: User, report: dict[str, Any]) -> Card:
    """Collected = from payments + cash beyond its records; outstanding = expected - collected."""
    figures, currency = in_money(report, report["currency"]), report["currency"]
    cents = [report[f"{name}_cents"] for name in ("expected", "total_collected", "current_outstanding")]
    expected, collected, outstanding = (grouped(each, currency) for each in cents)
    return Card(
        what=f"{person.get_role_display()}: {counted(len(report['routes']), 'started routes')}, "
        f"{report['pending_reconciliation_count']} of them waiting to be reconciled.",
        figures=[
            Figure("Expected", figures["expected"], "sales less returns, and older debts"),
            Figure("collected", figures["total_collected"], counted(report["payments_counted"], "payments"), sign="−"),
            Figure("outstanding", figures["current_outstanding"], sign="="),
            Figure("Cash", figures["collected_cash"], "of the collected"),
            Figure("Collected by others", figures["collected_by_others"], "of the collected"),
        ],
        sum_shown=f"{expected} − {collected} = {outstanding} {currency}",
        links=[Link("Person", str(person), page_of(person))],
    )


def route_card(route: Route, payments: list[Payment], total: int) -> Card:
    """What counts on a route, and how much of it through the fallback."""
    fallback = [row for row in payments if row.route_id is None]
    note = f"{len(fallback)} of them through their sale (fallback): the backfill writes their route" if fallback else ""
    return Card(
        what=f"{route.assigned_to}'s route of {route.route_date:%A %-d %B %Y}: the payments that count on it.",
        state=state_of(route),
        figures=[
            Figure("Collected from payments", money(total, route.tenant.currency)),
            Figure("Payments", f"{len(payments)}", note),
        ],
        links=[Link("Route", str(route), page_of(route))],
    )
