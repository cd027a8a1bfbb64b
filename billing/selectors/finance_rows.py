"""The rows behind a figure of the finance summary, and the same figures by month of issue.

Both ask the very invoices and conditions that `finance_summary` adds up, so a list that is opened from a figure holds as many
invoices as the figure counts, and the months add up to it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db.models import F, Q, Sum
from django.db.models.functions import TruncMonth

from accounts.models import Tenant
from billing.models.invoice import InvoiceQuerySet
from billing.models.invoice_sql import ASKING, BY_LEGACY_MONEY, ageing_conditions
from billing.rules import invoice_status as rule
from billing.rules.period import Period
from billing.selectors.finance import COLLECTED, OWED, SETTLED, counted_invoices

OUTSTANDING: Final = "outstanding"
FIGURES: Final = {
    OUTSTANDING: OWED,
    "collected": Q(paid_cents__gt=F("credited_cents")),
    "settled": SETTLED,
    "credited": Q(credited_cents__gt=0),
    "via_legacy": ASKING & BY_LEGACY_MONEY & Q(paid_cents__gt=0),
    "cancelled": Q(status__in=rule.STICKY),
}


@dataclass(frozen=True, slots=True)
class Month:
    """What was issued in a month: how much of it came in, and how much is open."""

    first: date | None
    collected_cents: int
    outstanding_cents: int


def behind_figure(invoices: InvoiceQuerySet, figure: str, *, now: datetime) -> Any:
    """Keep the invoices that one figure of the summary counts: a key of `FIGURES`, or an ageing bucket."""
    conditions = {**FIGURES, **{name: OWED & late for name, late in ageing_conditions(now).items()}}
    return invoices.filter(conditions[figure], deleted_at__isnull=True, total_cents__gt=0)


def finance_by_month(tenant: Tenant, *, days: Period, currency: str) -> list[Month]:
    """Answer what is collected and outstanding of the invoices issued in each month of a period, the oldest month first.

    *Money*: cents of one currency; the months add up to `collected` and `outstanding` of the summary of the same days.
    """
    begins, ends = days.moments(tenant.zone)
    counted = counted_invoices(tenant, begins=begins, ends=ends).filter(ASKING, currency=currency)
    found: dict[date | None, tuple[int, int]] = {}
    for part in (counted.by_allocations().with_money(legacy=False), counted.by_legacy_money().with_money()):
        months = part.order_by().values(month=TruncMonth("issued_at", tzinfo=tenant.zone))
        for row in months.annotate(collected=Sum(COLLECTED), outstanding=Sum("balance_now_cents")):
            month = row["month"].date() if row["month"] else None
            collected, outstanding = found.get(month, (0, 0))
            found[month] = (collected + int(row["collected"]), outstanding + int(row["outstanding"]))
    return [Month(month, *found[month]) for month in sorted(found, key=lambda month: month or date.min)]
