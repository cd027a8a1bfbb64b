"""What came in over a period, by day, by channel and by who collected it: three views of the same payments."""

from collections import defaultdict
from datetime import date
from typing import Any, Final

from django.db.models import BigIntegerField, Count, F, Sum
from django.db.models.functions import Cast, TruncDate

from accounts.models import Tenant
from billing.models import Payment
from billing.rules.period import Period, between

FIGURES: Final = ("payments", "received_cents", "refunded_cents", "kept_cents", "applied_cents", "unapplied_cents")
NOBODY: Final = "Nobody named"


def collection_of(tenant: Tenant, *, first: date | None = None, last: date | None = None) -> dict[str, Any]:
    """Answer the payments that are money in, received from `first` to `last`, days of the business, both included.

    *Money*: cents of the business's currency. `kept` is what was received less what went back of it, whenever; `applied` is what
    of it pays for something now, `unapplied` the rest: `kept = applied + unapplied`. One query, grouped by the database; the
    three breakdowns (`by_day`, `by_channel`, `by_collector`) each add up to `totals`. *Raises* PeriodReversed.
    """
    groups = list(_groups(tenant, Period(first, last)))
    return {
        "currency": tenant.currency,
        "from": first,
        "to": last,
        "totals": _sum(groups),
        "by_day": [{"day": day, **sums} for (day,), sums in sorted(_rolled_up(groups, "day").items())],
        "by_channel": _largest_first(
            {"channel": channel, "label": str(Payment.Channel(channel).label), **sums}
            for (channel,), sums in _rolled_up(groups, "channel").items()
        ),
        "by_collector": _largest_first(
            {"collector_id": pk, "collector": name or NOBODY, **sums}
            for (pk, name), sums in _rolled_up(groups, "collected_by", "collected_by__name").items()
        ),
    }


def _groups(tenant: Tenant, period: Period) -> Any:
    payments = Payment.objects.of_tenant(tenant).counting().filter(currency=tenant.currency)
    payments = payments.filter(**between("received_at", *period.moments(tenant.zone)))
    grouped = payments.order_by().annotate(day=TruncDate("received_at", tzinfo=tenant.zone))
    return grouped.values("day", "channel", "collected_by", "collected_by__name").annotate(
        payments=Count("pk"),
        received_cents=_cents(F("amount_cents")),
        refunded=_cents(F("refunded_cents")),
        applied_cents=_cents(F("allocated_cents")),
    )


def _cents(column: Any) -> Cast:
    return Cast(Sum(column), BigIntegerField())


def _rolled_up(groups: list[dict[str, Any]], *names: str) -> dict[tuple[Any, ...], dict[str, int]]:
    parts = defaultdict(list)
    for group in groups:
        parts[tuple(group[name] for name in names)].append(group)
    return {key: _sum(rows) for key, rows in parts.items()}


def _sum(groups: list[dict[str, Any]]) -> dict[str, int]:
    payments, received, refunded, applied = (
        sum(group[name] for group in groups) for name in ("payments", "received_cents", "refunded", "applied_cents")
    )
    kept = received - refunded
    return dict(zip(FIGURES, (payments, received, refunded, kept, applied, kept - applied), strict=True))


def _largest_first(rows: Any) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: (-row["received_cents"], str(row)))
