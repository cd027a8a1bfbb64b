"""Who may earn on what: rules of cashback and what was earned by them stay in their family, and two stand behind each point."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum

from accounts.models import Tenant
from cashback.models import CashbackTransaction, LoanCashbackConfig, TrackerCashbackConfig, TrackerEntry
from cashback.rules.earning import WHOLE
from cashback.services.tracker_entries import AMOUNTS, hands_in
from operations.invariants import Violation, invariant

Violations = Iterator[Violation]
LINKS = ("related_loan", "related_payment", "related_tracker", "related_tracker_entry_day")


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


@invariant(part="cashback", name="What was earned, and what took it back, names a payment of its own loan and business")
def earnings_name_their_own_loan(*, using: str, tenant: Tenant | None = None) -> Violations:
    """A row that is taken back is no longer compared with its payment, so its links are proved by themselves."""
    rows = CashbackTransaction.objects.using(using).of_tenant(tenant).order_by()
    rows = rows.filter(Q(related_payment__isnull=False) | Q(reverses__occasion__isnull=False))
    own = Q(related_payment__isnull=True) | Q(
        related_payment__loan=F("related_loan"), related_payment__tenant=F("tenant")
    )
    as_the_first = Q()
    for name in LINKS:
        same = Q(**{name: F(f"reverses__{name}")})
        as_the_first &= same | Q(**{f"{name}__isnull": True, f"reverses__{name}__isnull": True})
    right = rows.filter(own & (Q(reverses__isnull=True) | as_the_first))
    for row in rows.exclude(pk__in=right.values("pk")).values("pk", "related_loan", "related_payment", "reverses"):
        yield Violation(where=f"cashback transaction {row['pk']}", numbers={**row})


@invariant(
    part="cashback",
    name="Nobody set a rule of cashback for themselves, earned by their own hand, or approved a day of their own",
)
def nobody_earns_by_own_hand(*, using: str, tenant: Tenant | None = None) -> Violations:
    """By hand is what no rule gave; a day of their own is one whose amounts they entered, or of their own tracker."""
    own: list[tuple[str, Any, str]] = [
        ("rule of a loan", LoanCashbackConfig.objects.using(using).filter(created_by=F("user")), "user_id"),
        ("rule of a tracker", TrackerCashbackConfig.objects.using(using).filter(created_by=F("user")), "user_id"),
        ("cashback transaction", _by_own_hand(using), "created_by_user_id"),
        ("day of a tracker", _approved_their_own(using, tenant), "verified_by_user_id"),
    ]
    for what, rows, person in own:
        for pk, user in rows.of_tenant(tenant).order_by().values_list("pk", person):
            yield Violation(where=f"{what} {pk}", numbers={"person": user})


def _by_own_hand(using: str) -> QuerySet:
    rows = CashbackTransaction.objects.using(using).filter(occasion__isnull=False, cashback_type="")
    return rows.filter(created_by_user=F("to_user"))


def _approved_their_own(using: str, tenant: Tenant | None) -> QuerySet:
    """Days of who approved them; whose hands are in one is asked where history has the approver entering these amounts."""
    approved = TrackerEntry.objects.using(using).of_tenant(tenant).approved()
    entered = TrackerEntry.history.using(using).filter(
        id=OuterRef("pk"),
        history_user=OuterRef("verified_by_user"),
        status=TrackerEntry.Status.PENDING,
        **{name: OuterRef(name) for name in AMOUNTS},
    )
    theirs = [entry.pk for entry in approved.filter(Exists(entered)) if entry.verified_by_user_id in hands_in(entry)]
    is_theirs = Q(verified_by_user=F("submitted_by_user")) | Q(verified_by_user=F("tracker__user")) | Q(pk__in=theirs)
    return approved.filter(is_theirs)
