"""Exceptions from standing orders: pauses, more or less for some days, and notes for who delivers."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.errors import Conflict, RuleBroken
from accounts.locks import locked
from accounts.models import User
from accounts.unit_of_work import unit_of_work
from billing.models import Customer
from billing.services.checks import check_moment
from billing.services.repeats import must_be_a_repeat, says_the_same
from routes.services import check_staff
from subscriptions.models import StandingOrder, StandingOrderChange
from subscriptions.rules import standing_order as rule
from subscriptions.rules.days import overlap
from subscriptions.services.checks import check_days, check_planned

CONTENT = ("tenant_id", "standing_order_id", "kind", "first_day", "last_day", "quantity", "note")


class UnknownChange(RuleBroken):
    """A standing order cannot be changed in this way."""

    code = "unknown_change"


class ChangeNeedsOther(RuleBroken):
    """A quantity or a note is missing, or is not wanted for this kind of change."""

    code = "change_needs_other"


class ChangeOutsideStandingOrder(RuleBroken):
    """None of these days is one of the standing order."""

    code = "change_outside_standing_order"


class ChangeAlreadyKnown(Conflict):
    """A change with this id was noted before, with other content."""

    code = "change_already_known"


class ChangeIsWithdrawn(Conflict):
    """The change was withdrawn: it says nothing any more."""

    code = "change_is_withdrawn"


@unit_of_work
def change_standing_order(
    *,
    actor: User | None,
    standing_order: StandingOrder,
    kind: str,
    first_day: date,
    last_day: date | None = None,
    quantity: Decimal | int | str | None = None,
    note: str = "",
    id: UUID | None = None,  # noqa: A002 - the field's name
) -> StandingOrderChange:
    """Note that some days differ from a standing order, without a last day until somebody ends it. A repeat by id is the first.

    Example: `kind="SKIP"` from the 1st to the 10th is a holiday; `kind="INCREASE", quantity=1` is one more on each of the days.
    *Raises* UnknownChange, ChangeNeedsOther, ChangeOutsideStandingOrder, DaysReversed, NotAQuantity, ChangeAlreadyKnown.
    """
    check_staff(actor, standing_order.tenant_id)
    check_days(first_day, last_day, names=("first_day", "last_day"))
    locked(Customer.objects.filter(pk=standing_order.customer_id)).get()
    standing_order = StandingOrder.objects.get(pk=standing_order.pk)
    made = StandingOrderChange(
        **({"id": id} if id else {}), tenant_id=standing_order.tenant_id, standing_order=standing_order, kind=kind,
        first_day=first_day, last_day=last_day, quantity=_quantity_of(kind, quantity), note=_note_of(kind, note),
    )  # fmt: skip
    if id and (earlier := StandingOrderChange.objects.filter(pk=id).first()):
        return must_be_a_repeat(earlier, same=says_the_same(earlier, made, CONTENT), refusal=ChangeAlreadyKnown)
    _check_inside(standing_order, first_day, last_day)
    made.save(force_insert=True)
    return made


@unit_of_work
def end_change(
    *, actor: User | None, change: StandingOrderChange, last_day: date, reason: str = ""
) -> StandingOrderChange:
    """Let a change end after a day: how a pause without an end is ended.

    *Raises* ChangeIsWithdrawn, DaysReversed, NotADay.
    """
    change = _standing(actor, change)
    check_days(change.first_day, last_day, names=("first_day", "last_day"))
    if change.last_day != last_day:
        change.last_day = last_day
        change.save()
    return change


@unit_of_work
def withdraw_change(
    *, actor: User | None, change: StandingOrderChange, now: datetime, reason: str = ""
) -> StandingOrderChange:
    """Take a change back as if it had never been noted; orders that are not delivered yet follow when generated anew.

    *Raises* ChangeIsWithdrawn.
    """
    change = _standing(actor, change)
    change.withdrawn_at = check_moment(now, name="now")
    change.save()
    return change


def _standing(actor: User | None, change: StandingOrderChange) -> StandingOrderChange:
    """The change, locked, if it still says something."""
    check_staff(actor, change.tenant_id)
    change = locked(StandingOrderChange.objects.filter(pk=change.pk)).get()
    if change.withdrawn_at is not None:
        raise ChangeIsWithdrawn(
            f"This change was withdrawn on {change.withdrawn_at:%Y-%m-%d}. Note a new one if it is wanted after all."
        )
    return change


def _quantity_of(kind: str, quantity: Any) -> Decimal | None:
    if kind not in StandingOrderChange.Kind.values:
        known = ", ".join(StandingOrderChange.Kind.values)
        raise UnknownChange(f"There is no change {kind!r}. Known are: {known}.", fields={"kind": [f"One of: {known}."]})
    if (kind in rule.COUNTING) != (quantity is not None):
        wants = "needs the quantity by which it changes" if kind in rule.COUNTING else "takes no quantity"
        raise ChangeNeedsOther(f"A change of kind {kind} {wants}.", fields={"quantity": [f"A {kind} {wants}."]})
    return None if quantity is None else check_planned(quantity)


def _note_of(kind: str, note: Any) -> str:
    if not isinstance(note, str) or len(note) > rule.LONGEST_NOTE or (kind == rule.NOTE and not note.strip()):
        says = f"at most {rule.LONGEST_NOTE} characters, and at least one where the change is only a note"
        raise ChangeNeedsOther(
            f"The note must be a text of {says}. Write it shorter, or write one.", fields={"note": [says]}
        )
    return note.strip()


def _check_inside(standing_order: StandingOrder, first_day: date, last_day: date | None) -> None:
    if not overlap((standing_order.starts_on, standing_order.ends_on), (first_day, last_day)):
        until = f"to {standing_order.ends_on}" if standing_order.ends_on else "on"
        raise ChangeOutsideStandingOrder(
            f"The standing order runs from {standing_order.starts_on} {until}: a change from {first_day} would change nothing. "
            "Choose days of the standing order.",
            fields={"first_day": ["Outside the standing order."]},
        )
