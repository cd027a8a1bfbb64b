"""Assignments: who of the staff looks after a loan or a tracker, submits what comes in on it and configures its cashback.

Ravi is assigned to loan L-1: he may record its payments (somebody of the office verifies them) and say who earns cashback on it,
though never that he does. On loan L-2 he may do neither. Administrators may without being assigned.
"""

from typing import Any, TypeVar

from accounts.errors import Conflict, NotAllowed, NotFound
from accounts.locks import locked
from accounts.models import User
from accounts.roles import ADMINS, STAFF
from accounts.unit_of_work import unit_of_work
from cashback.models import DailyTracker, Loan, LoanAssignment, TrackerAssignment
from routes.services import check_staff, check_worker

Assignable = Loan | DailyTracker
Some = TypeVar("Some", Loan, DailyTracker)


class AlreadyAssigned(Conflict):
    """This person looks after it already."""

    code = "already_assigned"


class NotAssigned(Conflict):
    """This person does not look after it."""

    code = "not_assigned"


class TheirOwn(NotAllowed):
    """Nobody looks after a loan or a tracker of their own."""

    code = "their_own"


class NotYoursToConfigure(NotAllowed):
    """Cashback is configured by administrators and by the staff assigned to it."""

    code = "not_yours_to_configure"


@unit_of_work
def assign_to_loan(*, actor: User | None, loan: Loan, user: User) -> LoanAssignment:
    """Let a person of the staff look after a loan. *Raises* PersonCannotDoThis, TheirOwn, AlreadyAssigned."""
    loan = _hold(actor, loan)
    _check_may_look_after(loan, user, owner_id=loan.customer_id)
    return LoanAssignment.objects.create(tenant_id=loan.tenant_id, loan=loan, user=user, assigned_by=actor)


@unit_of_work
def unassign_from_loan(*, actor: User | None, loan: Loan, user: User) -> None:
    """End an assignment; its history stays. *Raises* NotAssigned."""
    _end(_hold(actor, loan), user)


@unit_of_work
def assign_to_tracker(*, actor: User | None, tracker: DailyTracker, user: User) -> TrackerAssignment:
    """Let a person of the staff look after a tracker. *Raises* PersonCannotDoThis, TheirOwn, AlreadyAssigned."""
    tracker = _hold(actor, tracker)
    _check_may_look_after(tracker, user, owner_id=tracker.user_id)
    return TrackerAssignment.objects.create(tenant_id=tracker.tenant_id, tracker=tracker, user=user, assigned_by=actor)


@unit_of_work
def unassign_from_tracker(*, actor: User | None, tracker: DailyTracker, user: User) -> None:
    """End an assignment; its history stays. *Raises* NotAssigned."""
    _end(_hold(actor, tracker), user)


def is_assigned(user: User, of: Assignable) -> bool:
    """Whether this person looks after it: assigned, and still active staff of its business."""
    if user.tenant_id != of.tenant_id or not user.is_active or user.role not in STAFF:
        return False
    return of.assignments.filter(user=user).exists()


def may_configure(actor: User | None, of: Assignable) -> bool:
    """Whether this person may configure the cashback of a loan or a tracker: its administrators, and who is assigned to it."""
    if actor is None or actor.is_superuser:
        return True
    if actor.tenant_id != of.tenant_id or not actor.is_active:
        return False
    return actor.role in ADMINS or is_assigned(actor, of)


def check_may_configure(actor: User | None, of: Assignable) -> None:
    """Let pass who may configure its cashback. *Raises* NotFound for strangers, NotYoursToConfigure."""
    if may_configure(actor, of):
        return
    if actor is None or actor.tenant_id != of.tenant_id:
        raise NotFound("There is no such object in your business. Check the address, or ask who owns it.")
    raise NotYoursToConfigure(
        f"{actor} may not configure the cashback of {of}: only an administrator or who is assigned to it may. "
        "Ask an administrator to do it, or to assign you."
    )


def _hold(actor: User | None, of: Some) -> Some:
    """Lock it, so that two who assign the same person at once do it once."""
    check_staff(actor, of.tenant_id, roles=ADMINS)
    rows: Any = type(of).objects.filter(pk=of.pk)
    return locked(rows).get()


def _check_may_look_after(of: Assignable, user: User, *, owner_id: Any) -> None:
    check_worker(user, of.tenant_id)
    if user.pk == owner_id:
        raise TheirOwn(f"{of} is {user}'s own. Assign somebody else to look after it.")
    if of.assignments.filter(user=user).exists():
        raise AlreadyAssigned(f"{user} looks after {of} already. Nothing needs to be done.")


def _end(of: Assignable, user: User) -> None:
    assignment = of.assignments.filter(user=user).first()
    if assignment is None:
        raise NotAssigned(f"{user} does not look after {of}. Look at its assignments.")
    assignment.delete()
