"""The finance summary: what was asked for by invoices, what came in of it, what is still open, and how late.

Three invoices over 100.00 each: one is paid, one is paid with 40.00, one is void. Outstanding is one invoice with 60.00,
collected are 140.00 of two invoices, cancelled is one with 100.00. Each cent is in one figure: what was asked for (200.00) is
what is outstanding and collected, and what credits have paid (`credited_cents`), which nobody collected.

An invoice counts in the period of its issue, in the tenant's time zone; a draft has no issue and is in ALL_TIME alone. Invoices
over nothing are in no figure. Until an old invoice is backfilled it counts by its legacy money (ADR 0009), and `via_legacy_cents`
says how much of what is collected does.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Count, F, Q, Sum

from accounts.models import Tenant
from billing.models import Invoice
from billing.models.invoice import InvoiceQuerySet
from billing.models.invoice_sql import ASKING, ageing_conditions
from billing.rules import invoice_status as rule
from billing.rules.finance_period import YEAR_TO_DATE, finance_period
from billing.rules.invoice_source import SOURCES, invoice_source
from billing.rules.period import between
from billing.selectors.finance_legacy import legacy_sums
from billing.selectors.finance_unapplied import unapplied_cents

OWED = ASKING & Q(balance_now_cents__gt=0)
SETTLED = ASKING & Q(balance_now_cents=0)
COLLECTED = F("paid_cents") - F("credited_cents")

Sums = Counter[str]


def finance_summary(
    tenant: Tenant,
    *,
    now: datetime,
    period: str = YEAR_TO_DATE,
    first: date | None = None,
    last: date | None = None,
    currency: str | None = None,
    using: str = DEFAULT_DB_ALIAS,
) -> dict[str, Any]:
    """Answer the figures of a tenant's invoices of a period, in one currency (the tenant's unless said otherwise).

    *Money*: cents; `outstanding` sums balances, `collected` what payments have paid, `cancelled` and `by_status` PAID totals.
    *Raises* UnknownPeriod, PeriodHalfGiven, PeriodReversed. *Source*: issue 3 section 3.
    """
    asked = finance_period(period, today=tenant.day_of(now), first=first, last=last)
    begins, ends = asked.days.moments(tenant.zone)
    counted = counted_invoices(tenant, begins=begins, ends=ends, using=using)
    told = _named(_told_sums(counted.by_allocations().with_money(legacy=False), now))
    legacy = _named(legacy_sums(counted.by_legacy_money().with_money(), now))
    overpaid, unallocated = unapplied_cents(tenant, begins=begins, ends=ends, using=using)
    currency = currency or tenant.currency
    currencies = {money for _, money in [*told, *legacy]} | set(+overpaid) | set(+unallocated)
    by_source = _by_source(currency, told, legacy)
    whole = _total(by_source.values())
    return {
        "range": asked.as_dict(),
        "currency": currency,
        "other_currencies": sorted(currencies - {currency}),
        "totals": {
            "outstanding": _figure(whole, "owed"),
            "collected": _figure(whole, "collected"),
            "cancelled": _figure(whole, "cancelled"),
            "credited_cents": whole["credited_cents"],
            "via_legacy_cents": sum(sums["collected_cents"] for key, sums in legacy.items() if key[1] == currency),
            "overpaid_cents": overpaid[currency],
            "unallocated_cents": unallocated[currency],
        },
        **_divided(by_source, whole),
    }


def counted_invoices(
    tenant: Tenant, *, begins: datetime | None = None, ends: datetime | None = None, using: str = DEFAULT_DB_ALIAS
) -> InvoiceQuerySet:
    """The invoices that the summary counts: live ones over something, issued from one moment to before another."""
    invoices = Invoice.objects.using(using).of_tenant(tenant).live().filter(total_cents__gt=0)
    return invoices.filter(**between("issued_at", begins, ends))


def _told_sums(invoices: Any, now: datetime) -> dict[tuple[str, str], Sums]:
    """Count and sum invoices whose own columns tell their money, by stored source and currency.

    Conditional sums and not a grouping by status: PostgreSQL takes a computed status for a million different ones, and sorts.
    """
    sums: dict[str, Any] = {
        "owed_count": Count("pk", filter=OWED),
        "owed_cents": Sum("balance_now_cents"),
        "collected_count": Count("pk", filter=Q(paid_cents__gt=F("credited_cents"))),
        "collected_cents": Sum(COLLECTED),
        "credited_cents": Sum("credited_cents"),
        "settled_count": Count("pk", filter=SETTLED),
        "settled_cents": Sum("total_cents", filter=SETTLED),
        "cancelled_count": Count("pk", filter=Q(status__in=rule.STICKY)),
        "cancelled_cents": Sum("total_cents", filter=Q(status__in=rule.STICKY)),
    }
    for bucket, condition in ageing_conditions(now).items():
        sums[f"{bucket}_count"] = Count("pk", filter=OWED & condition)
        sums[f"{bucket}_cents"] = Sum("balance_now_cents", filter=condition)
    rows = invoices.order_by().values("source", "currency").annotate(**sums)
    return {(row["source"], row["currency"]): Counter({name: int(row[name] or 0) for name in sums}) for row in rows}


def _named(sums: dict[tuple[str, str], Sums]) -> dict[tuple[str, str], Sums]:
    """The sums by source as we name it, whatever its old spellings."""
    found: dict[tuple[str, str], Sums] = {}
    for (stored, currency), part in sums.items():
        found.setdefault((invoice_source(stored), currency), Counter()).update(part)
    return found


def _by_source(currency: str, *parts: Mapping[tuple[str, str], Sums]) -> dict[str, Sums]:
    return {source: _total(part.get((source, currency), Counter()) for part in parts) for source in SOURCES}


def _total(parts: Iterable[Sums]) -> Sums:
    total: Sums = Counter()
    for part in parts:
        total.update(part)
    return total


def _divided(by_source: Mapping[str, Sums], whole: Sums) -> dict[str, Any]:
    """The same figures by source, by status, and by age."""
    return {
        "by_source": {
            source: {"outstanding": _figure(sums, "owed"), "collected": _figure(sums, "collected")}
            for source, sums in by_source.items()
        },
        "by_status": {
            "OUTSTANDING": _figure(whole, "owed"),
            "PAID": _figure(whole, "settled"),
            "CANCELLED": _figure(whole, "cancelled"),
        },
        "ageing": {bucket: _figure(whole, bucket) for bucket in rule.BUCKETS},
    }


def _figure(sums: Sums, name: str) -> dict[str, int]:
    return {"count": sums[f"{name}_count"], "total_cents": sums[f"{name}_cents"]}
