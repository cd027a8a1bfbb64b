"""What waits for a person: one line for each kind of work, with how many and the list where it is settled.

Payments, routes, findings and calls of a gateway are always named; the rest only where there is some.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Value

from accounts.models import Tenant
from billing.admin.today import waiting_payments
from billing.models import GatewayEvent
from billing.rules.period import Period
from cashback.models import CashbackRedemption, LoanPayment, TrackerEntry
from config.kept import kept
from config.sidebar import address_of
from operations.models import BackfillFinding
from routes.models import Route
from subscriptions.admin.invoicing import month_before
from subscriptions.models import BilledPeriod, DailyOrder
from subscriptions.selectors.billable import customers_to_bill

CASHBACK_LISTS = {
    "cashback-to-pay": "Redemptions to pay",
    "cashback-to-verify": "Loan payments to verify",
    "cashback-to-approve": "Tracker days to approve",
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """So many of one kind, and where they are settled."""

    label: str
    count: int
    href: str


def waiting_for(user: Any, tenant: Tenant | None, now: datetime) -> list[Waiting]:
    """What this person can settle of a business."""

    def rows(model: str, **which: str) -> str:
        """A list; who sees the rows of every business is led to those of the chosen one."""
        of_one = {"tenant__id__exact": tenant.pk} if user.is_superuser and tenant else {}
        return f"{address_of(f'{model}_changelist')}?{urlencode(which | of_one)}"

    to_verify = rows("billing_payment", verification_status__exact="PENDING_VERIFICATION")
    completed = rows("routes_route", status__exact="COMPLETED")
    to_review = rows("billing_gatewayevent", review="waiting")
    parked = rows("subscriptions_billedperiod", status__exact="PARKED")
    always = [
        Waiting("Payments to verify", payments_to_verify(tenant, now), to_verify),
        Waiting("Routes to reconcile", routes_to_reconcile(user, tenant), completed),
        Waiting("Findings to decide", rows_to_decide(user, tenant), work_list("backfills", user, tenant)),
        Waiting("Gateway calls to look at", calls_to_review(user, tenant), to_review),
    ]
    others = [
        Waiting("Customers with a parked charge", customers_parked(user, tenant), parked),
        *orders_to_deliver(user, tenant, now),
        *customers_to_invoice(user, tenant, now),
        *cashback_to_decide(user, tenant),
    ]
    return always + [waiting for waiting in others if waiting.count]


def work_list(page: str, user: Any, tenant: Tenant | None) -> str:
    """A page that asks for its business by name; who has one only needs no name."""
    return address_of(page) + (f"?{urlencode({'tenant': tenant.slug})}" if user.is_superuser and tenant else "")


def payments_to_verify(tenant: Tenant | None, now: datetime) -> int:
    """How many payments wait to be verified."""
    return kept("waiting", tenant, now, waiting_payments) if tenant else 0


def routes_to_reconcile(user: Any, tenant: Tenant | None) -> int:
    """How many routes are driven and not reconciled."""
    return Route.objects.for_user(user).filter(tenant=tenant, status=Route.Status.COMPLETED).count()


def rows_to_decide(user: Any, tenant: Tenant | None) -> int:
    """How many rows wait for a person: each once, however many runs found it; a preview alone asks nobody."""
    found = BackfillFinding.objects.for_user(user).filter(tenant=tenant, needs_decision=True, run__is_dry_run=False)
    return found.undecided().order_by().values("backfill", "row_id").distinct().count()


def calls_to_review(user: Any, tenant: Tenant | None) -> int:
    """How many calls of a gateway nobody could make a payment of yet."""
    return GatewayEvent.objects.for_user(user).filter(tenant=tenant).to_review().count()


def customers_parked(user: Any, tenant: Tenant | None) -> int:
    """How many customers have a usage charge that is so far above the usual that a person must look at it."""
    parked = BilledPeriod.objects.for_user(user).filter(tenant=tenant, status=BilledPeriod.Status.PARKED).order_by()
    return parked.values("subscription__customer").distinct().count()


def orders_to_deliver(user: Any, tenant: Tenant | None, now: datetime) -> list[Waiting]:
    """The orders of today, where the business is, that are not confirmed yet."""
    if tenant is None:
        return []
    today = DailyOrder.objects.for_user(user).of_tenant(tenant).of_day(tenant.day_of(now))
    count = today.filter(status=DailyOrder.Status.GENERATED).count()
    return [Waiting("Orders to deliver today", count, f"{address_of('dairy-today')}?tenant={tenant.slug}")]


def customers_to_invoice(user: Any, tenant: Tenant | None, now: datetime) -> list[Waiting]:
    """The last month that is over, while something of it or older is on no invoice: how many customers, and where it is done."""
    if tenant is None or not user.has_perm("subscriptions.invoice_period"):
        return []
    first, last = month_before(tenant.day_of(now))
    count = kept("to-invoice", tenant, now, lambda *, tenant, now: customers_to_bill(tenant, Period(first, last)))
    asked = urlencode({"from": first, "to": last, **({"tenant": tenant.slug} if user.is_superuser else {})})
    return [Waiting(f"Customers to invoice up to {last:%-d %B}", count, f"{address_of('dairy-invoicing')}?{asked}")]


def cashback_to_decide(user: Any, tenant: Tenant | None) -> list[Waiting]:
    """What waits of cashback, each with its work list, counted in one query."""
    waiting = {
        "cashback-to-pay": CashbackRedemption.objects.for_user(user).pending(),
        "cashback-to-verify": LoanPayment.objects.for_user(user).waiting(),
        "cashback-to-approve": TrackerEntry.objects.for_user(user).waiting(),
    }
    first, *others = [
        rows.filter(tenant=tenant).order_by().values(page=Value(page)).annotate(count=Count("pk"))
        for page, rows in waiting.items()
    ]
    counts = {row["page"]: row["count"] for row in first.union(*others, all=True)}
    return [
        Waiting(label, counts.get(page, 0), work_list(page, user, tenant)) for page, label in CASHBACK_LISTS.items()
    ]
