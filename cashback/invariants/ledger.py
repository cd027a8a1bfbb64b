"""The ledger of points is right when every sentence here is true."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum

from accounts.models import Tenant
from cashback.models import CashbackAccount, CashbackTransaction, SystemAccount, TrackerEntry
from operations.invariants import Violation, invariant

Violations = Iterator[Violation]
Type = CashbackTransaction.Type
Owner = tuple[Any, Any]  # a business, and a person or an account of the house

PERSON = "PERSON"
SIDES = {
    Type.UNCONDITIONAL: (SystemAccount.ISSUANCE, PERSON),
    Type.LOAN_INTEREST_AUTO: (SystemAccount.ISSUANCE, PERSON),
    Type.LOAN_INTEREST_MANUAL: (SystemAccount.ISSUANCE, PERSON),
    Type.TRACKER_ENTRY: (SystemAccount.ISSUANCE, PERSON),
    Type.TRANSFER: (PERSON, PERSON),
    Type.DEDUCTION: (PERSON, SystemAccount.ADJUSTMENT),
    Type.REDEMPTION: (PERSON, SystemAccount.REDEMPTION_CLEARING),
    Type.REDEMPTION_REFUND: (SystemAccount.REDEMPTION_CLEARING, PERSON),
}


@invariant(part="cashback", name="The points of an account are the sum of its rows")
def balances_are_proved(*, using: str, tenant: Tenant | None = None) -> Violations:
    """Balance less debt against the ledger, in two grouped passes; a row whose account is gone shows too."""
    rows = CashbackTransaction.objects.using(using).of_tenant(tenant).order_by()
    proved: dict[Owner, int] = {}
    for side, sign in (("to", 1), ("from", -1)):
        names = ("tenant_id", f"{side}_user_id", f"{side}_account")
        for business, person, house, cents in rows.values_list(*names).annotate(cents=Sum("points_cents")).iterator():
            owner = business, person or house
            proved[owner] = proved.get(owner, 0) + sign * cents
    accounts = CashbackAccount.objects.using(using).of_tenant(tenant).order_by()
    columns = ("pk", "tenant_id", "user_id", "kind", "balance_cents", "debt_cents")
    for key, business, person, kind, balance, debt in accounts.values_list(*columns).iterator():
        expected = proved.pop((business, person or kind), 0)
        if balance - debt != expected:
            numbers = {"balance_cents": balance, "debt_cents": debt, "rows_add_up_to": expected}
            yield Violation(where=f"cashback account {key}", numbers=numbers)
    for (_, owner), cents in proved.items():
        yield Violation(where=f"points of {owner}, who has no account", numbers={"rows_add_up_to": cents})


@invariant(part="cashback", name="The points of all accounts of a business add up to zero")
def accounts_add_up_to_zero(*, using: str, tenant: Tenant | None = None) -> Violations:
    """What people have and what the house has are two sides of the same rows."""
    accounts = CashbackAccount.objects.using(using).of_tenant(tenant).order_by().values("tenant__slug")
    for row in accounts.annotate(left=Sum(F("balance_cents") - F("debt_cents"))).exclude(left=0):
        yield Violation(where=f"tenant {row['tenant__slug']}", numbers={"accounts_add_up_to": row["left"]})


@invariant(part="cashback", name="What takes a row of the ledger back equals it with its sides swapped")
def reversals_mirror_their_row(*, using: str, tenant: Tenant | None = None) -> Violations:
    """Same points between the same two, of the same business; and what takes back is not taken back itself."""
    rows = CashbackTransaction.objects.using(using).of_tenant(tenant).filter(reverses__isnull=False).order_by()
    mirrored = Q(
        points_cents=F("reverses__points_cents"), tenant=F("reverses__tenant"), reverses__reverses__isnull=True
    )
    for side, other in (("from", "to"), ("to", "from")):
        mirrored &= Q(**{f"{side}_account": F(f"reverses__{other}_account")})
        same_person = Q(**{f"{side}_user": F(f"reverses__{other}_user")})
        mirrored &= same_person | Q(**{f"{side}_user__isnull": True, f"reverses__{other}_user__isnull": True})
    unlike = rows.exclude(pk__in=rows.filter(mirrored).values("pk"))
    for row in unlike.values("pk", "points_cents", "reverses__points_cents").iterator():
        numbers = {"reversal_cents": row["points_cents"], "row_cents": row["reverses__points_cents"]}
        yield Violation(where=f"cashback row {row['pk']}", numbers=numbers)


@invariant(part="cashback", name="Points stay in their business: a row, its two sides and their accounts")
def points_stay_at_home(*, using: str, tenant: Tenant | None = None) -> Violations:
    """Nobody's points are on an account, or come by a row, of another business than their own; nor does what earned them.

    The payment is one of the row's own loan, and the day belongs to the row's business as its tracker does.
    """
    rows = CashbackTransaction.objects.using(using).of_tenant(tenant).order_by()
    away = Q(Exists(_day_of_a_row(using).exclude(tenant=OuterRef("tenant"))))
    away |= Q(related_payment__isnull=False, related_loan__isnull=False) & ~Q(related_payment__loan=F("related_loan"))
    for relation in ("from_user", "to_user", "related_loan", "related_payment", "related_tracker"):
        away |= _elsewhere(relation)
    accounts = CashbackAccount.objects.using(using).of_tenant(tenant).order_by()
    strays: list[tuple[str, QuerySet[Any]]] = [
        ("cashback row", rows.filter(away)),
        ("cashback account", accounts.filter(_elsewhere("user"))),
    ]
    for what, found in strays:
        for key, slug in found.values_list("pk", "tenant__slug").iterator():
            yield Violation(where=f"{what} {key}", numbers={"business": slug})


@invariant(part="cashback", name="Each kind of row moves points between the accounts of its kind")
def kinds_move_between_their_accounts(*, using: str, tenant: Tenant | None = None) -> Violations:
    """What is earned comes from the issued points, what is redeemed goes where it is paid out, what is sent goes to a person."""
    rows = CashbackTransaction.objects.using(using).of_tenant(tenant).order_by()
    wrong = Q()
    for kind, (giver, getter) in SIDES.items():
        wrong |= Q(transaction_type=kind) & ~(_is_side("from", giver) & _is_side("to", getter))
    names = ("pk", "transaction_type", "from_account", "to_account")
    for row in rows.filter(wrong).values(*names).iterator():
        numbers = {name: row[name] for name in names[1:]}
        yield Violation(where=f"cashback row {row['pk']}", numbers=numbers)


def _day_of_a_row(using: str) -> QuerySet[Any]:
    """The day of a tracker that a row names."""
    of_row = {"tracker": OuterRef("related_tracker"), "day": OuterRef("related_tracker_entry_day")}
    return TrackerEntry.objects.using(using).filter(**of_row)


def _is_side(side: str, party: str) -> Q:
    """Whether this side of a row is a person, or this account of the house."""
    return Q(**{f"{side}_account": "" if party == PERSON else party})


def _elsewhere(relation: str) -> Q:
    """What a row points at is there and of another business (`<>` would also be unknown where it is missing)."""
    return (
        Q(**{f"{relation}__tenant__lt": F("tenant")})
        | Q(**{f"{relation}__tenant__gt": F("tenant")})
        | (Q(**{f"{relation}__isnull": False, f"{relation}__tenant__isnull": True}))
    )
