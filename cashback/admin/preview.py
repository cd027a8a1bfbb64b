"""Who would earn how much, said before somebody decides; and who earned how much, said afterwards."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from cashback.admin.people import person_link
from cashback.admin.points import earns, points
from cashback.models import LoanCashbackConfig, LoanPayment, TrackerCashbackConfig, TrackerEntry
from cashback.selectors.earning import (
    Earning,
    Occasion,
    earnings_by_configs,
    occasion_of_entry,
    occasion_of_payment,
)

Configs = dict[Any, list[Any]]


def occasion_of(row: LoanPayment | TrackerEntry) -> Occasion:
    """The decision that a payment or a day waits for."""
    return occasion_of_payment(row) if isinstance(row, LoanPayment) else occasion_of_entry(row)


def configs_of(rows: Iterable[LoanPayment] | Iterable[TrackerEntry]) -> Configs:
    """The configurations that hold for the loans or trackers of these rows, read once for all of them."""
    kind, name = LoanCashbackConfig, "loan_id"
    found: Configs = {}
    for row in rows:
        if isinstance(row, TrackerEntry):
            kind, name = TrackerCashbackConfig, "tracker_id"  # type: ignore[assignment]
        found[getattr(row, name)] = []
    held: Any = kind.objects.filter(is_active=True, **{f"{name}__in": list(found)}).select_related("user")
    for config in held:
        found[getattr(config, name)].append(config)
    return found


def would_earn(row: LoanPayment | TrackerEntry, configs: Configs | None = None) -> list[Earning]:
    """What the configurations give once it counts. `configs` are those of many rows, read before."""
    occasion = occasion_of(row)
    if configs is not None and occasion.configs != []:
        occasion = replace(occasion, configs=configs[row.loan_id if isinstance(row, LoanPayment) else row.tracker_id])
    return earnings_by_configs(occasion)[0]


def preview_lines(earnings: Iterable[Earning]) -> list[dict[str, Any]]:
    """Each person with what they would earn and how."""
    return [
        {"who": person_link(earning.user), "points": points(earning.points_cents), "how": earns(earning)}
        for earning in earnings
    ]
