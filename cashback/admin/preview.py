"""Who would earn how much, said before somebody decides; who left and therefore earns nothing is named too."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from billing.admin.glance import Column, Glance
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
WORDS: dict[type, tuple[str, str]] = {
    LoanPayment: ("verified", "no cashback is configured on its loan, or it pays no interest"),
    TrackerEntry: ("approved", "no cashback is configured on its tracker, or nothing was paid"),
}


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
    earnings, skipped = earnings_by_configs(occasion)
    return [*earnings, *(Earning(user, 0) for user in skipped)]


def would_earn_glance(row: LoanPayment | TrackerEntry) -> Glance:
    """Who will earn how much when the payment is verified, or the day approved."""
    earnings, (decided, nobody) = would_earn(row), WORDS[type(row)]
    cells = [[person_link(each.user), how(each), points(each.points_cents)] for each in earnings]
    return Glance(
        f"Cashback, once it is {decided}",
        [Column("Who earns"), Column("How much"), Column("Points", is_money=True)],
        cells,
        points(sum(each.points_cents for each in earnings)) if cells else "",
        f"Nobody earns on it: {nobody}.",
    )


def how(earning: Earning) -> str:
    """By which rule, or why nothing."""
    return earns(earning) if earning.points_cents else "nothing: no longer active"
