"""What was earned on loans and trackers is right when every sentence here is true"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db.models import Case, DecimalField, Exists, F, Min, OuterRef, Q, QuerySet, Sum, When

from accounts.models import Tenant
from cashback.models import (
    CashbackTransaction,
    CashbackType,
    LoanPayment,
    TrackerEntry,
)
from cashback.rules.earning import follows_from_its_rule, gave_up_its_cent
from operations.invariants import Violation, invariant

Violations = Iterator[Violation]
ROW = ("pk", "to_user_id", "points_cents", "occasion", "base_cents")
OCCASION = ("related_payment", "related_tracker", "related_tracker_entry_day", "occasion")
JUST_UNDER_HALF = Decimal("0.4999")  # a base times a share has four decimals, so the next is a half


@invariant(
    part="cashback",
    name="What stands of the earnings of a loan payment was earned on its interest by its last verification, and it counts",
)
def payments_earn_while_they_count(*, using: str, tenant: Tenant | None = None) -> Violations:
    """A payment that is rejected, changed or deleted has its earnings taken back in the same commit."""
    last = LoanPayment.objects.using(using).filter(
        pk=OuterRef("related_payment"),
        loan=OuterRef("related_loan"),
        tenant=OuterRef("tenant"),
        verifications=OuterRef("occasion"),
        interest_cents=OuterRef("base_cents"),
    )
    rows = _standing(using, tenant).filter(related_payment__isnull=False).exclude(Exists(last.verified()))
    for row in rows.values(*ROW, "related_payment", "related_payment__status", "related_payment__verifications"):
        numbers = _numbers(row, row["related_payment__status"], row["related_payment__verifications"])
        yield Violation(where=f"loan payment {row['related_payment']}", numbers=numbers)


@invariant(
    part="cashback",
    name="What stands of the earnings of a tracker's day was earned on its payment by its last approval, and it counts",
)
def days_earn_while_they_count(*, using: str, tenant: Tenant | None = None) -> Violations:
    """A day that is rejected or entered anew has its earnings taken back in the same commit."""
    entries = TrackerEntry.objects.using(using).filter(
        tracker=OuterRef("related_tracker"), day=OuterRef("related_tracker_entry_day"), tenant=OuterRef("tenant")
    )
    last = entries.filter(approvals=OuterRef("occasion"), payment_cents=OuterRef("base_cents"))
    rows = _standing(using, tenant).filter(related_tracker__isnull=False).exclude(Exists(last.approved()))
    rows = rows.annotate(state=entries.values("status")[:1], decisions=entries.values("approvals")[:1])
    for row in rows.values(*ROW, "related_tracker", "related_tracker_entry_day", "state", "decisions"):
        where = f"day {row['related_tracker_entry_day']} of tracker {row['related_tracker']}"
        yield Violation(where=where, numbers=_numbers(row, row["state"], row["decisions"]))


@invariant(
    part="cashback",
    name="Nothing that a payment or a day earned by its last decision was taken back while that one counts",
)
def earnings_stand_while_they_count(*, using: str, tenant: Tenant | None = None) -> Violations:
    """The other side of the two above: points are taken back only where their reason is gone."""
    payments = LoanPayment.objects.using(using).filter(
        pk=OuterRef("related_payment"), verifications=OuterRef("occasion")
    )
    days = TrackerEntry.objects.using(using).filter(
        tracker=OuterRef("related_tracker"), day=OuterRef("related_tracker_entry_day"), approvals=OuterRef("occasion")
    )
    gone = _earned(using, tenant).filter(reversal__isnull=False)
    for row in gone.filter(Exists(payments.verified()) | Exists(days.approved())).values(*ROW, "reversal"):
        yield Violation(where=f"cashback transaction {row['pk']}", numbers={"taken_back_by": row["reversal"], **row})


@invariant(part="cashback", name="What was earned is what the rule of its own row gives on the base of its own row")
def earnings_follow_from_their_rule(*, using: str, tenant: Tenant | None = None) -> Violations:
    """The database finds what is not the nearest number, and halves, which the rule then judges.

    A cent less than rounded up is right only where the shares of the occasion together give exactly the base.
    """
    by_share = Q(cashback_type=CashbackType.PERCENTAGE, cashback_value__isnull=False)
    exact = Case(
        When(by_share, then=F("base_cents") * F("cashback_value")),
        default=F("points_cents"),
        output_field=DecimalField(max_digits=30, decimal_places=4),
    )
    rows = _earned(using, tenant).annotate(off=F("points_cents") - exact)
    is_whole = by_share | ~Q(cashback_type=CashbackType.PERCENTAGE) & Q(cashback_value__isnull=True)
    is_near = is_whole & Q(base_cents__gte=0, off__gte=-JUST_UNDER_HALF, off__lte=JUST_UNDER_HALF)
    columns = ("points_cents", "base_cents", "cashback_type", "cashback_value")
    for row in rows.exclude(is_near).iterator():
        facts = [getattr(row, name) for name in columns]
        if not follows_from_its_rule(*facts) and not _left_a_cent_to_others(row):
            yield Violation(where=f"cashback transaction {row.pk}", numbers=dict(zip(columns, facts, strict=True)))


@invariant(part="cashback", name="All shares of one verification or approval together are its base at most")
def shares_together_are_at_most_the_base(*, using: str, tenant: Tenant | None = None) -> Violations:
    """Each share is rounded; many together must not give away more than there was, taken back or not."""
    shares = _earned(using, tenant).filter(cashback_type=CashbackType.PERCENTAGE).values(*OCCASION)
    together = shares.annotate(points_cents=Sum("points_cents"), base_cents=Min("base_cents"))
    for row in together.filter(points_cents__gt=F("base_cents")).iterator():
        named = [f"{name} {row.pop(name)}" for name in OCCASION if row[name] is not None]
        yield Violation(where=", ".join(named), numbers={name: row[name] for name in ("points_cents", "base_cents")})


def _left_a_cent_to_others(row: CashbackTransaction) -> bool:
    """Whether a share was rounded down because all shares of its occasion together give the whole base."""
    if row.cashback_value is None or row.base_cents is None:
        return False
    if not gave_up_its_cent(row.points_cents, row.base_cents, row.cashback_value):
        return False
    occasion = {f"{name}_id" if name in OCCASION[:2] else name: None for name in OCCASION}
    same = {name: getattr(row, name) for name in occasion if getattr(row, name) is not None}
    shares = CashbackTransaction.objects.using(row._state.db).filter(cashback_type=CashbackType.PERCENTAGE, **same)
    return shares.aggregate(cents=Sum("points_cents"))["cents"] == row.base_cents


def _earned(using: str, tenant: Tenant | None) -> QuerySet:
    return CashbackTransaction.objects.using(using).of_tenant(tenant).filter(occasion__isnull=False).order_by()


def _standing(using: str, tenant: Tenant | None) -> QuerySet:
    """What was earned and not taken back."""
    return _earned(using, tenant).filter(reversal__isnull=True)


def _numbers(row: dict[str, Any], status: Any, decisions: Any) -> dict[str, Any]:
    """What the row says, and what the payment or the day says of itself."""
    said = {"transaction": row["pk"], "points_cents": row["points_cents"], "base_cents": row["base_cents"]}
    return said | {"earned_by_decision": row["occasion"], "status": status, "decisions": decisions}
