"""Redemptions and payout details are right when every sentence here is true."""

import re
from collections.abc import Iterator
from typing import Any

from cryptography.fernet import InvalidToken
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum

from accounts.models import Tenant
from cashback.models import (
    PAYOUT_FIELDS,
    CashbackAccount,
    CashbackRedemption,
    CashbackTransaction,
    SystemAccount,
    UserPaymentMethod,
)
from cashback.services.payout_details import keys
from operations.invariants import Violation, invariant

Violations = Iterator[Violation]
Status = CashbackRedemption.Status
Type = CashbackTransaction.Type
CLEARING = SystemAccount.REDEMPTION_CLEARING

# Version and time, 16 bytes to begin with, whole blocks of 16, and 32 that authenticate: nothing shorter was ever sealed.
SEALED = re.compile(r"gAAAA[A-Za-z0-9_-]{93,}={0,2}")


@invariant(part="cashback", name="Points being paid out are those of the redemptions that were not cancelled")
def clearing_is_what_was_asked_for(*, using: str, tenant: Tenant | None = None) -> Violations:
    """The house's account of points being paid out against all pending and completed redemptions of the business."""
    asked = CashbackRedemption.objects.using(using).of_tenant(tenant).exclude(status=Status.CANCELLED).order_by()
    by_tenant = dict(asked.values_list("tenant_id").annotate(cents=Sum("points_cents")))
    accounts = CashbackAccount.objects.using(using).of_tenant(tenant).filter(kind=CLEARING, user=None)
    has = dict(accounts.values_list("tenant_id", "balance_cents"))
    for business in by_tenant.keys() | has.keys():
        if by_tenant.get(business, 0) != has.get(business, 0):
            numbers = {"redemptions_cents": by_tenant.get(business, 0), "account_cents": has.get(business, 0)}
            yield Violation(where=f"tenant {business}", numbers=numbers)


@invariant(
    part="cashback", name="A redemption took its points by one row, and came back by one exactly when it was cancelled"
)
def redemptions_match_their_rows(*, using: str, tenant: Tenant | None = None) -> Violations:
    """The same person, business and points on both; and no such row without its redemption."""
    redemptions = CashbackRedemption.objects.using(using).of_tenant(tenant).order_by()
    taken = _same("redemption_transaction", Type.REDEMPTION, person="from_user", house="to_account")
    came_back = _same("refund_transaction", Type.REDEMPTION_REFUND, person="to_user", house="from_account")
    whole = taken & (
        Q(refund_transaction__isnull=True) & ~Q(status=Status.CANCELLED) | came_back & Q(status=Status.CANCELLED)
    )
    for pk, status, cents in redemptions.exclude(pk__in=redemptions.filter(whole).values("pk")).values_list(
        "pk", "status", "points_cents"
    ):
        yield Violation(where=f"redemption {pk}", numbers={"status": status, "points_cents": cents})
    rows = CashbackTransaction.objects.using(using).of_tenant(tenant).order_by()
    for kind, column in ((Type.REDEMPTION, "redemption_transaction"), (Type.REDEMPTION_REFUND, "refund_transaction")):
        theirs = CashbackRedemption.objects.using(using).filter(**{column: OuterRef("pk")})
        for pk, cents in rows.filter(~Exists(theirs), transaction_type=kind).values_list("pk", "points_cents"):
            yield Violation(where=f"row {pk} of the ledger, of no redemption", numbers={"points_cents": cents})


@invariant(
    part="cashback", name="A redemption is paid out by somebody else, to a payment method of the person and of its kind"
)
def redemptions_are_paid_by_others(*, using: str, tenant: Tenant | None = None) -> Violations:
    """Four eyes on what was paid out; a method that was named is the person's own, removed later or not."""
    redemptions = CashbackRedemption.objects.using(using).of_tenant(tenant).order_by()
    by_themself = Q(status=Status.COMPLETED, processed_by_user=F("user"))
    own = Q(payment_method__user=F("user"), payment_method__tenant=F("tenant"), user__tenant=F("tenant"))
    own &= Q(payment_method__payment_type=F("redemption_type"))
    strange = Q(payment_method__isnull=False) & ~own
    for pk, status, kind in redemptions.filter(by_themself | strange).values_list("pk", "status", "redemption_type"):
        yield Violation(where=f"redemption {pk}", numbers={"status": status, "kind": kind})


@invariant(part="cashback", name="Payout details are sealed, in their history too")
def details_are_sealed(*, using: str, tenant: Tenant | None = None) -> Violations:
    """No column holds a text that the sealing did not make; what it holds instead is not shown."""
    for what, rows in _holders(using, tenant):
        some = Q()
        for name in PAYOUT_FIELDS:
            some |= ~Q(**{name: ""})
        for key, *texts in rows.filter(some).values_list("pk", *PAYOUT_FIELDS).iterator():
            open_ones = [
                name for name, text in zip(PAYOUT_FIELDS, texts, strict=True) if text and not SEALED.fullmatch(text)
            ]
            if open_ones:
                yield Violation(where=f"{what} {key}", numbers={"not_sealed": ", ".join(open_ones)})


@invariant(part="cashback", name="Payout details that are still needed open with a key of PAYOUT_KEYS")
def needed_details_open(*, using: str, tenant: Tenant | None = None) -> Violations:
    """Those of live payment methods and pending redemptions: a key that was taken out too early shows here, and a forged text."""
    methods = UserPaymentMethod.objects.using(using).of_tenant(tenant).live()
    pending = CashbackRedemption.objects.using(using).of_tenant(tenant).pending()
    fernet = keys()
    for what, rows in (("payment method", methods), ("redemption", pending)):
        for key, *texts in rows.order_by().values_list("pk", *PAYOUT_FIELDS).iterator():
            try:
                for text in filter(None, texts):
                    fernet.decrypt(text)
            except InvalidToken:
                yield Violation(where=f"{what} {key}")


@invariant(part="cashback", name="A redemption that waits is paid to what its payment method says")
def details_are_those_of_the_method(*, using: str, tenant: Tenant | None = None) -> Violations:
    """A sealed text opens on any row, so one that somebody put in from another shows here; what does not open shows above.

    A method is never edited, so the copy and the method say the same, also when one of them was sealed anew.
    """
    pending = CashbackRedemption.objects.using(using).of_tenant(tenant).pending().filter(payment_method__isnull=False)
    columns = [*PAYOUT_FIELDS, *(f"payment_method__{name}" for name in PAYOUT_FIELDS)]
    fernet = keys()
    for key, *sealed in pending.order_by().values_list("pk", *columns).iterator():
        try:
            texts = [fernet.decrypt(text) if text else b"" for text in sealed]
        except InvalidToken:
            continue
        copy, method = texts[: len(PAYOUT_FIELDS)], texts[len(PAYOUT_FIELDS) :]
        compared = zip(PAYOUT_FIELDS, copy, method, strict=True)
        if differ := [name for name, copied, said in compared if copied != said]:
            yield Violation(where=f"redemption {key}", numbers={"differ": ", ".join(differ)})


def _same(row: str, kind: str, *, person: str, house: str) -> Q:
    facts: dict[str, Any] = {f"{row}__{person}": F("user"), f"{row}__{house}": CLEARING, f"{row}__tenant": F("tenant")}
    facts |= {f"{row}__transaction_type": kind, f"{row}__points_cents": F("points_cents")}
    return Q(**facts)


def _holders(using: str, tenant: Tenant | None) -> list[tuple[str, QuerySet[Any]]]:
    """Every table that holds payout details, as they are and as they were."""
    found: list[tuple[str, QuerySet[Any]]] = []
    for what, model in (("payment method", UserPaymentMethod), ("redemption", CashbackRedemption)):
        history = model.history.model._default_manager.using(using).order_by()  # type: ignore[attr-defined]
        found.append((what, model._default_manager.using(using).of_tenant(tenant).order_by()))  # type: ignore[attr-defined]
        found.append(
            (f"history of a {what}: image", history if tenant is None else history.filter(tenant_id=tenant.pk))
        )
    return found
