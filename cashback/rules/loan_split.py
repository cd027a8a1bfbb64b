"""How a payment on a loan splits: the interest that is due first, the rest is principal.

36,000.00 at 10 % over 360 days bears 10.00 a day. 1,000.00 is paid on day 30: 300.00 is interest, 700.00 principal.

What was paid later must stay right, too. If a payment of day 40 took the 400.00 that had accrued by then, one that turns up for
day 30 can take no interest (all of it is paid), and any principal would lower what accrued by day 40 below the 400.00 that were
paid: `overpaid_day` names day 40, and the payment is refused.

What was split by this rule stays right while others are added in this way: they take no interest that it took. Only one that is
taken away leaves more to be due; `off_the_rule` names the payments whose split rested on it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TypeVar

from cashback.rules.interest import Paid, Standing, Terms, course

Key = TypeVar("Key")


def interest_room(terms: Terms, others: Sequence[Paid], on: date) -> int:
    """The most interest that a payment of this day can take: what is due then, and at every later payment too.

    >>> from decimal import Decimal
    >>> lent = Terms(36_000_00, Decimal("0.10"), date(2026, 1, 1))
    >>> interest_room(lent, [], date(2026, 1, 31))
    30000
    >>> interest_room(lent, [Paid(date(2026, 2, 10), interest_cents=350_00)], date(2026, 1, 31))  # 400.00 had accrued
    5000
    """
    days = course(terms, [*others, Paid(on)])
    return max(0, min(day.interest_due_cents for day in days if day.on >= on))


def split_payment(amount_cents: int, *, terms: Terms, others: Sequence[Paid], on: date) -> Paid:
    """Split an amount paid on a day, beside what else was paid: interest first, the rest is principal.

    >>> from decimal import Decimal
    >>> lent = Terms(36_000_00, Decimal("0.10"), date(2026, 1, 1))
    >>> paid = split_payment(1_000_00, terms=lent, others=[], on=date(2026, 1, 31))
    >>> paid.interest_cents, paid.principal_cents
    (30000, 70000)
    """
    interest = min(amount_cents, interest_room(terms, others, on))
    return Paid(on, interest_cents=interest, principal_cents=amount_cents - interest)


def off_the_rule(terms: Terms, by_rule: Mapping[Key, Paid], by_hand: Sequence[Paid] = ()) -> dict[Key, Paid]:
    """Name the payments that are not split as the rule splits them beside all the others, with the split that it gives.

    >>> from decimal import Decimal
    >>> lent = Terms(36_000_00, Decimal("0.10"), date(2026, 1, 1))
    >>> on = date(2026, 1, 31)
    >>> off_the_rule(lent, {"cash": Paid(on, 300_00, 700_00)})
    {}
    >>> off_the_rule(lent, {"cash": Paid(on, 8_14, 991_86)})["cash"].interest_cents
    30000
    """
    due = {day.on: day.interest_due_cents for day in course(terms, [*by_hand, *by_rule.values()])}
    is_sound = min(due.values()) >= 0
    found = {}
    for key, paid in by_rule.items():
        if is_sound and not (paid.principal_cents and due[paid.on]):
            continue  # it paid interest alone, or all that was due on its day: nothing to reckon anew
        others = [*by_hand, *(other for each, other in by_rule.items() if each != key)]
        right = split_payment(paid.interest_cents + paid.principal_cents, terms=terms, others=others, on=paid.on)
        if right != paid:
            found[key] = right
    return found


def resting_on(
    terms: Terms, gone: Mapping[Key, Paid], by_rule: Mapping[Key, Paid], by_hand: Sequence[Paid]
) -> set[Key]:
    """Name the payments that are off the rule once some are gone, and those that rest on these in turn.

    Which of them are named first is all the same: each that goes only leaves more to be due. What was off the rule before (the
    former system split by other rules) does not rest on what is gone.
    """
    left, off = dict(by_rule), off_the_rule(terms, {**by_rule, **gone}, by_hand).keys()
    while found := off_the_rule(terms, left, by_hand).keys() - off:
        left = {key: paid for key, paid in left.items() if key not in found}
    return set(by_rule) - set(left)


def overpaid_day(terms: Terms, payments: Iterable[Paid]) -> Standing | None:
    """The first day on which more interest was paid than had accrued, if there is one.

    >>> from decimal import Decimal
    >>> lent = Terms(36_000_00, Decimal("0.10"), date(2026, 1, 1))
    >>> overpaid_day(lent, [Paid(date(2026, 1, 31), interest_cents=300_00)])
    >>> overpaid_day(lent, [Paid(date(2026, 1, 31), interest_cents=300_01)]).accrued_cents
    30000
    """
    return next((day for day in course(terms, payments) if day.interest_due_cents < 0), None)
