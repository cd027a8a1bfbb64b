"""What was earned on loans and trackers is right when every sentence here is true."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db.models import Case, DecimalField, Exists, F, OuterRef, Q, QuerySet, Sum, When

from accounts.models import Tenant
from cashback.models import (
    CashbackTransaction,
    CashbackType,
    LoanCashbackConfig,
    LoanPayment,
    TrackerCashbackConfig,
    TrackerEntry,
)
from cashback.rules.earning import WHOLE, follows_from_its_rule
from operations.invariants import Violation, invariant

Violations = Iterator[Violation]
ROW = ("pk", "to_user_id", "points_cents", "occasion", "base_cents")
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


@invariant(part="cashback", name="What was earned is what the rule of its own row gives on the base of its own row")
def earnings_follow_from_their_rule(*, using: str, tenant: Tenant | None = None) -> Violations:
    """The database finds what is not the nearest number, and halves, which the rule then judges."""
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
    for pk, *facts in rows.exclude(is_near).values_list("pk", *columns).iterator():
        if not follows_from_its_rule(*facts):
            yield Violation(where=f"cashback transaction {pk}", numbers=dict(zip(columns, facts, strict=True)))


@invariant(
    part="cashback", name="No loan and no tracker gives away more than the whole of what is paid, by shares that hold"
)
def shares_are_at_most_the_whole(*, using: str, tenant: Tenant | None = None) -> Violations:
    """Ended rules give nothing away."""
    for configs, of in ((LoanCashbackConfig, "loan"), (TrackerCashbackConfig, "tracker")):
        active = configs.objects.using(using).of_tenant(tenant).filter(is_active=True)
        for row in active.order_by().values(of).annotate(shares=Sum("cashback_value")).filter(shares__gt=WHOLE):
            yield Violation(where=f"{of} {row[of]}", numbers={"shares": row["shares"]})


@invariant(
    part="cashback",
    name="Days of trackers and rules of cashback belong to the business of their loan, tracker and person",
)
def rules_stay_in_the_family(*, using: str, tenant: Tenant | None = None) -> Violations:
    """Foreign keys alone would let a row of one business point into another."""
    strays: list[tuple[str, Any, Q]] = [
        ("rule of a loan", LoanCashbackConfig, Q(loan__tenant=F("tenant"), user__tenant=F("tenant"))),
        ("rule of a tracker", TrackerCashbackConfig, Q(tracker__tenant=F("tenant"), user__tenant=F("tenant"))),
        ("day of a tracker", TrackerEntry, Q(tracker__tenant=F("tenant"))),
    ]
    for what, model, own in strays:
        rows = model.objects.using(using).of_tenant(tenant).exclude(own).order_by()
        for pk, slug in rows.values_list("pk", "tenant__slug"):
            yield Violation(where=f"{what} {pk}", numbers={"business": slug})


@invariant(
    part="cashback",
    name="Nobody set a rule of cashback for themselves, earned by their own hand, or approved a day of their own",
)
def nobody_earns_by_own_hand(*, using: str, tenant: Tenant | None = None) -> Violations:
    """By hand is what no rule gave; a day of their own is one that they entered, or of their own tracker."""
    own: list[tuple[str, Any, str]] = [
        ("rule of a loan", LoanCashbackConfig.objects.using(using).filter(created_by=F("user")), "user_id"),
        ("rule of a tracker", TrackerCashbackConfig.objects.using(using).filter(created_by=F("user")), "user_id"),
        ("cashback transaction", _by_own_hand(using), "created_by_user_id"),
        ("day of a tracker", _approved_their_own(using), "verified_by_user_id"),
    ]
    for what, rows, person in own:
        for pk, user in rows.of_tenant(tenant).order_by().values_list("pk", person):
            yield Violation(where=f"{what} {pk}", numbers={"person": user})


def _by_own_hand(using: str) -> QuerySet:
    rows = CashbackTransaction.objects.using(using).filter(occasion__isnull=False, cashback_type="")
    return rows.filter(created_by_user=F("to_user"))


def _approved_their_own(using: str) -> QuerySet:
    is_theirs = Q(verified_by_user=F("submitted_by_user")) | Q(verified_by_user=F("tracker__user"))
    return TrackerEntry.objects.using(using).approved().filter(is_theirs)


def _earned(using: str, tenant: Tenant | None) -> QuerySet:
    return CashbackTransaction.objects.using(using).of_tenant(tenant).filter(occasion__isnull=False).order_by()


def _standing(using: str, tenant: Tenant | None) -> QuerySet:
    """What was earned and not taken back."""
    return _earned(using, tenant).filter(reversal__isnull=True)


def _numbers(row: dict[str, Any], status: Any, decisions: Any) -> dict[str, Any]:
    """What the row says, and what the payment or the day says of itself."""
    said = {"transaction": row["pk"], "points_cents": row["points_cents"], "base_cents": row["base_cents"]}
    return said | {"earned_by_decision": row["occasion"], "status": status, "decisions": decisions}
