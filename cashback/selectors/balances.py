"""How many points people have, now and on any day before, and what they came from.

Asha earned 40.00 on a loan, was granted 10.00, got 5.00 from Ravi, sent him 20.00 and redeemed 15.00; 8.00 of what she earned
were taken back: she has 40 + 10 + 5 - 20 - 15 - 8 = 12.00. *Money*: hundredths of a point.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, Count, F, Q, QuerySet, Sum, When
from django.db.models.functions import Coalesce, TruncMonth

from accounts.models import Tenant, User
from billing.rules.period import Period, between
from cashback.models import CashbackAccount, CashbackRedemption, CashbackTransaction, SystemAccount

Type = CashbackTransaction.Type

CAME_IN = {
    "earned_cents": (Type.LOAN_INTEREST_AUTO, Type.LOAN_INTEREST_MANUAL, Type.TRACKER_ENTRY),
    "granted_cents": (Type.UNCONDITIONAL, Type.SYSTEM),
    "received_cents": (Type.TRANSFER,),
    "refunded_cents": (Type.REDEMPTION_REFUND,),
    "given_back_cents": (Type.REVERSAL,),
}
WENT_OUT = {
    "sent_cents": (Type.TRANSFER,),
    "redeemed_cents": (Type.REDEMPTION,),
    "removed_cents": (Type.DEDUCTION, Type.SYSTEM),
    "taken_back_cents": (Type.REVERSAL,),
}


def balances(viewer: Any, *, search: str = "") -> QuerySet[CashbackAccount]:
    """The accounts of people that this viewer may see, richest first: stored running totals, the ledger is not looked at.

    `search` is a part of a name or an e-mail address. One query a page, however many rows the ledger has.
    """
    accounts = CashbackAccount.objects.for_user(viewer).of_people().select_related("user")
    if search.strip():
        said = search.strip()
        accounts = accounts.filter(Q(user__name__icontains=said) | Q(user__email__icontains=said))
    return accounts


def balance_of(user: User) -> CashbackAccount:
    """The account of a person; one that is not stored, with nothing on it, when they never had a point."""
    stored = CashbackAccount.objects.filter(tenant=user.tenant_id, user=user).first()
    return stored or CashbackAccount(tenant_id=user.tenant_id, user=user)  # type: ignore[misc] # none: above all tenants


def balance_as_of(user: User, moment: datetime) -> int:
    """What a person had after all that happened up to a moment, from the ledger in one query; below 0 is what they owed."""
    rows = CashbackTransaction.objects.of_person(user.pk).filter(tenant=user.tenant_id, created_at__lte=moment)
    came_in = Case(When(to_user=user, then=F("points_cents")), default=-F("points_cents"))
    return rows.aggregate(cents=Coalesce(Sum(came_in), 0))["cents"]


def balance_on(user: User, day: date) -> int:
    """What a person had at the end of a day of their business; below 0 is what they owed. *Raises* PeriodOutOfRange."""
    assert user.tenant is not None
    _, ends = Period(last=day).moments(user.tenant.zone)
    assert ends is not None
    return balance_as_of(user, ends - timedelta(microseconds=1))


def summary_of(user: User) -> dict[str, int]:
    """Answer what a person has (`balance_cents`, `debt_cents`) and what it came from; two queries.

    earned + granted + received + given back - sent - redeemed - removed - taken back = balance - debt. Redeemed is what was
    asked for less what came back (`refunded_cents`, told apart); taken back is what was undone of what they had got, given
    back what was undone of what had gone from them. `pending_redemptions` wait, over `pending_redemption_cents`.
    """
    sums = _sums_by_type(user)
    figures = {name: sum(sums.get((kind, True), 0) for kind in kinds) for name, kinds in CAME_IN.items()}
    figures |= {name: sum(sums.get((kind, False), 0) for kind in kinds) for name, kinds in WENT_OUT.items()}
    figures["redeemed_cents"] -= figures["refunded_cents"]
    waiting = CashbackRedemption.objects.filter(tenant=user.tenant_id, user=user).pending()
    pending = waiting.aggregate(times=Count("pk"), cents=Coalesce(Sum("points_cents"), 0))
    account = balance_of(user)
    return {
        "balance_cents": account.balance_cents,
        "debt_cents": account.debt_cents,
        **figures,
        "pending_redemptions": pending["times"],
        "pending_redemption_cents": pending["cents"],
    }


def points_by_month(tenant: Tenant, *, since: date | None = None) -> list[dict[str, Any]]:
    """Answer by calendar month of the business: points issued, redeemed and removed in it, and outstanding at its end.

    Less what went back in that month. `outstanding_cents` is what all people have less what they owe: it is reckoned backwards
    from the running totals, so only rows since then are read. Each: `month` (its first day) and four figures in cents.
    """
    months = Period(since and since.replace(day=1)).moments(tenant.zone)
    rows = CashbackTransaction.objects.filter(tenant=tenant, **between("created_at", *months))
    by_month: Any = rows.values(month=TruncMonth("created_at", tzinfo=tenant.zone)).order_by("month")
    found = {row.pop("month").date(): row for row in by_month.annotate(**_flows()).iterator()}
    outstanding = -_of_the_house(tenant)
    told = []
    for month in reversed(list(_months(sorted(found)))):
        flows = found.get(month, dict.fromkeys(_flows(), 0))
        told.append({"month": month, **flows, "outstanding_cents": outstanding})
        outstanding -= flows["issued_cents"] - flows["redeemed_cents"] - flows["removed_cents"]
    return told[::-1]


def _sums_by_type(user: User) -> dict[tuple[str, bool], int]:
    """The sum of a person's rows by type, those that came to them (True) and those that went from them (False)."""
    rows = CashbackTransaction.objects.of_person(user.pk).filter(tenant=user.tenant_id).order_by()
    came = Case(When(to_user=user, then=True), default=False)
    grouped = rows.values_list("transaction_type", came).annotate(cents=Sum("points_cents"))
    return {(kind, came_in): cents for kind, came_in, cents in grouped}


def _flows() -> dict[str, Any]:
    """What people got from each account of the house less what went there, and the other way round."""
    ways = {
        "issued_cents": (SystemAccount.ISSUANCE, 1),
        "redeemed_cents": (SystemAccount.REDEMPTION_CLEARING, -1),
        "removed_cents": (SystemAccount.ADJUSTMENT, -1),
    }
    return {name: Sum(_between(house, sign)) for name, (house, sign) in ways.items()}


def _between(house: SystemAccount, sign: int) -> Case:
    """The points of a row that people got from an account of the house (times `sign`), or gave to it."""
    got, gave = sign * F("points_cents"), -sign * F("points_cents")
    return Case(
        When(from_account=house, to_user__isnull=False, then=got),
        When(to_account=house, from_user__isnull=False, then=gave),
        default=0,
    )


def _of_the_house(tenant: Tenant) -> int:
    house = CashbackAccount.objects.filter(tenant=tenant, user=None)
    return house.aggregate(cents=Coalesce(Sum("balance_cents"), 0))["cents"]


def _months(found: list[date]) -> Iterator[date]:
    """Every month from the first to the last, those without a row too."""
    month = found[0] if found else None
    while month and month <= found[-1]:
        yield month
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
