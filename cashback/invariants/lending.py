"""Loans are right when every sentence here is true: what is left, what was paid, and that no more was paid than was owed."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from django.db.models import BigIntegerField, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from accounts.models import Tenant
from cashback.models import Loan, LoanAssignment, LoanPayment, TrackerAssignment
from cashback.rules.interest import DAYS_IN_YEAR, Paid, PaidBeforeStart, Standing, Terms, course
from cashback.rules.loan_split import off_the_rule
from cashback.services.loan_verification import hands_in
from operations.invariants import Violation, invariant

Violations = Iterator[Violation]
Status = Loan.Status


def _verified(column: str) -> Any:
    """What the payments of a loan that count add up to in one column."""
    payments = LoanPayment.objects.filter(loan=OuterRef("pk")).verified().order_by().values("loan")
    sums = Subquery(payments.annotate(cents=Sum(column)).values("cents"), output_field=BigIntegerField())
    return Coalesce(sums, Value(0))


@invariant(part="cashback", name="What is left of a loan is its principal less what verified payments paid back")
def principal_left_is_proved(*, using: str, tenant: Tenant | None = None) -> Violations:
    """`loan.remaining_principal_cents` against `loan_payment`; with its CHECK, never more is paid back than was lent."""
    loans = Loan.objects.using(using).of_tenant(tenant).annotate(paid_back=_verified("principal_cents"))
    wrong = loans.exclude(remaining_principal_cents=F("principal_cents") - F("paid_back"))
    for row in wrong.values("number", "principal_cents", "remaining_principal_cents", "paid_back"):
        yield Violation(where=f"loan {row['number']}", numbers={**row})


@invariant(part="cashback", name="The interest paid on a loan is what verified payments paid of it")
def interest_paid_is_proved(*, using: str, tenant: Tenant | None = None) -> Violations:
    """`loan.interest_paid_cents` against `loan_payment`."""
    loans = Loan.objects.using(using).of_tenant(tenant).annotate(paid=_verified("interest_cents"))
    for row in loans.exclude(interest_paid_cents=F("paid")).values("number", "interest_paid_cents", "paid"):
        yield Violation(where=f"loan {row['number']}", numbers={**row})


@invariant(part="cashback", name="Never more interest is paid on a loan than had accrued by the day it was paid")
def interest_had_accrued(*, using: str, tenant: Tenant | None = None) -> Violations:
    """Each loan is reckoned anew from its first day through every day on which something was paid, by the rule itself.

    A payment before the loan's first day shows here too: nothing had accrued then.
    """
    for loan, payments in _loans_with_payments(using, tenant):
        where = f"loan {loan['loan__number']}"
        try:
            days = list(_course(loan, payments))
        except PaidBeforeStart:
            numbers = {"started_on": loan["loan__started_on"], "paid_on": min(paid.on for paid in payments)}
            yield Violation(where=where, numbers=numbers)
            continue
        for day in days:
            if day.interest_due_cents < 0:
                numbers = {"on": day.on, "accrued_cents": day.accrued_cents, "paid_cents": day.interest_paid_cents}
                yield Violation(where=where, numbers=numbers)
                break


@invariant(
    part="cashback",
    name="A verified payment is split by the rule beside the others that count, or by the office",
)
def payments_are_split_by_the_rule(*, using: str, tenant: Tenant | None = None) -> Violations:
    """Interest first, whatever else was ever claimed to be paid: what waits, bounced or was deleted makes no principal of it."""
    for rows in _payments_by_loan(using, tenant):
        if any(row["payment_date"] < row["loan__started_on"] for row in rows):
            continue  # the sentence above says so
        by_rule = {row["pk"]: _paid(row) for row in rows if not row["is_split_by_hand"]}
        by_hand = [_paid(row) for row in rows if row["is_split_by_hand"]]
        for pk, right in off_the_rule(_terms(rows[0]), by_rule, by_hand).items():
            numbers = {"interest_cents": by_rule[pk].interest_cents, "by_the_rule": right.interest_cents}
            yield Violation(where=f"loan {rows[0]['loan__number']}, payment {pk}", numbers=numbers)


@invariant(part="cashback", name="A closed loan is paid: no principal is left, no interest is due, and nothing waits")
def closed_loans_are_paid(*, using: str, tenant: Tenant | None = None) -> Violations:
    """Once the principal is back nothing accrues any more, so what was due on the day of the last payment is what is due."""
    closed = Loan.objects.using(using).of_tenant(tenant).filter(status=Status.CLOSED)
    waiting = Exists(LoanPayment.objects.filter(loan=OuterRef("pk")).waiting())
    for row in closed.filter(Q(remaining_principal_cents__gt=0) | waiting).values(
        "number", "remaining_principal_cents"
    ):
        yield Violation(where=f"loan {row['number']}", numbers={**row})
    for loan, payments in _loans_with_payments(using, tenant, loan__status=Status.CLOSED):
        last = list(_course(loan, [paid for paid in payments if paid.on >= loan["loan__started_on"]]))[-1]
        if last.interest_due_cents:
            numbers = {"on": last.on, "interest_due_cents": last.interest_due_cents}
            yield Violation(where=f"loan {loan['loan__number']}", numbers=numbers)


@invariant(part="cashback", name="A deleted loan has no payment that counts or waits")
def deleted_loans_are_empty(*, using: str, tenant: Tenant | None = None) -> Violations:
    """A loan is deleted only before anything is paid on it."""
    left = Q(status__in=[LoanPayment.Status.PENDING, LoanPayment.Status.VERIFIED])
    payments = LoanPayment.objects.using(using).of_tenant(tenant).live().filter(left, loan__status=Status.DELETED)
    for row in payments.values("pk", "loan__number", "status", "amount_cents"):
        yield Violation(where=f"loan payment {row['pk']}", numbers={**row})


@invariant(
    part="cashback",
    name="Nobody verified a loan payment that they submitted or changed, or on a loan that they owe",
)
def loan_payments_are_verified_by_others(*, using: str, tenant: Tenant | None = None) -> Violations:
    """Four eyes on every payment that counts. Who changed it is asked of its history, as the service asks before it verifies."""
    images = LoanPayment.history.model._default_manager.using(using)  # type: ignore[attr-defined]
    left_waiting = images.filter(id=OuterRef("pk"), history_user_id=OuterRef("verified_by_id"), status="pending")
    own = Q(verified_by=F("submitted_by")) | Q(verified_by=F("loan__customer")) | Exists(left_waiting)
    payments = LoanPayment.objects.using(using).of_tenant(tenant).verified().filter(own).select_related("loan")
    for payment in payments.order_by("pk").iterator():
        if payment.verified_by_id in hands_in(payment) | {payment.loan.customer_id}:
            numbers = {
                "loan": payment.loan.number,
                "verified_by": payment.verified_by_id,
                "submitted_by": payment.submitted_by_id,
            }
            yield Violation(where=f"loan payment {payment.pk}", numbers=numbers)


@invariant(part="cashback", name="Loans, their payments and who looks after them are of one business")
def lending_stays_in_its_business(*, using: str, tenant: Tenant | None = None) -> Violations:
    """The borrower's business is the loan's, and the loan's is that of its payments and its assignments."""
    strays: list[tuple[str, QuerySet[Any]]] = [
        ("loan", Loan.objects.using(using).exclude(tenant=F("customer__tenant"))),
        ("loan payment", LoanPayment.objects.using(using).exclude(tenant=F("loan__tenant"))),
        (
            "loan assignment",
            LoanAssignment.objects.using(using).exclude(tenant=F("loan__tenant"), user__tenant=F("tenant")),
        ),
        (
            "tracker assignment",
            TrackerAssignment.objects.using(using).exclude(tenant=F("tracker__tenant"), user__tenant=F("tenant")),
        ),
    ]
    for what, rows in strays:
        mine = rows if tenant is None else rows.filter(tenant=tenant)
        for row in mine.order_by().values("pk", "tenant__slug"):
            yield Violation(where=f"{what} {row['pk']}", numbers={"business": row["tenant__slug"]})


def _loans_with_payments(
    using: str, tenant: Tenant | None, **which: Any
) -> Iterator[tuple[dict[str, Any], list[Paid]]]:
    """Each loan that something was paid on, with what."""
    for rows in _payments_by_loan(using, tenant, **which):
        yield rows[0], [_paid(row) for row in rows]


def _payments_by_loan(using: str, tenant: Tenant | None, **which: Any) -> Iterator[list[dict[str, Any]]]:
    """The payments that count, with their loan, loan by loan: one query, never more than one loan's payments in memory."""
    of_loan = [f"loan__{name}" for name in ("number", "principal_cents", "interest_rate", "started_on", "day_count")]
    payments = LoanPayment.objects.using(using).of_tenant(tenant).verified().filter(**which).order_by("loan_id")
    of_payment = ("pk", "payment_date", "interest_cents", "principal_cents", "is_split_by_hand")
    rows = payments.values("loan_id", *of_loan, *of_payment)
    for _, of_one in groupby(rows.iterator(), key=lambda row: row["loan_id"]):
        yield list(of_one)


def _paid(row: dict[str, Any]) -> Paid:
    return Paid(row["payment_date"], row["interest_cents"], row["principal_cents"])


def _course(loan: dict[str, Any], payments: list[Paid]) -> Iterator[Standing]:
    return course(_terms(loan), payments)


def _terms(loan: dict[str, Any]) -> Terms:
    days_in_year = DAYS_IN_YEAR[loan["loan__day_count"]]
    return Terms(loan["loan__principal_cents"], loan["loan__interest_rate"], loan["loan__started_on"], days_in_year)
