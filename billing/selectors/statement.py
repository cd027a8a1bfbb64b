"""A customer's account over a period, which reconciles to the balance on any day: opening, each event, closing.

Mrs Rahman owed 10.00. On the 3rd she gets milk for 50.00 (60.00), on the 5th she pays 40.00 (20.00). On the 31st the milk is
invoiced: the invoice stands there for information, with no effect, because each delivery has been counted on its own day.
An invoice for something else (a membership) asks with that part alone. So the closing balance of a period is the opening of the
next, and closing today is what the customer owes by transactions. There is one statement: the API of money, the reports of the
round, the page and the paper are doors to it. Source: GAP-008 of issue 4, ADR 0018.

Left out is what nobody owes or has: cancelled deliveries and sales, void and deleted invoices, payments that are no money in.
Days are those of the business.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from billing.models import Customer
from billing.rules.period import Period
from billing.selectors.account_events import DELIVERY, Event, events_of, opening_at_start

GROUPED_BY: Final = ("none", "month")


def statement_of(
    customer: Customer, *, first: date | None = None, last: date | None = None, by: str = "none"
) -> dict[str, Any]:
    """Answer the account of a customer from `first` to `last`, days of the tenant's time zone, both included.

    *Money*: cents of the tenant's currency; balances are what the customer owes, negative when in credit. Without a period the
    closing balance is what is outstanding, and what is delivered and on no issued invoice yet, less the customer's credit.
    `by="month"` tells the deliveries of a product in a calendar month, at one price, as one line on the last of their days; the
    balances are the same. *Raises* PeriodReversed, PeriodOutOfRange.
    """
    period = Period(first, last)
    events = events_of(customer)
    before = [event for event in events if period.first and event.day < period.first]
    within = [
        event
        for event in events
        if (not period.first or event.day >= period.first) and (not period.last or event.day <= period.last)
    ]
    opening = opening_at_start(customer) + _effect(before)
    lines = list(_with_balances(_by_month(within) if by == "month" else within, opening))
    return {
        "customer_id": customer.pk,
        "customer_number": customer.number,
        "customer_name": customer.name,
        "currency": customer.tenant.currency,
        "from": first,
        "to": last,
        "opening_cents": opening,
        "charged_cents": sum(event.charged_cents for event in within),
        "paid_cents": sum(event.paid_cents for event in within),
        "closing_cents": opening + _effect(within),
        "lines": lines,
    }


def _effect(events: list[Event]) -> int:
    return sum(event.effect_cents for event in events)


def _with_balances(events: list[Event], balance: int) -> Iterator[dict[str, Any]]:
    for event in events:
        balance += event.effect_cents
        yield {**{name: getattr(event, name) for name in Event.__slots__}, "balance_cents": balance}


def _by_month(events: list[Event]) -> list[Event]:
    """The events, with the deliveries of a product in a month at one price told as one."""
    grouped: dict[tuple[Any, ...], list[Event]] = {}
    for event in events:
        if event.kind == DELIVERY:
            key = event.day.year, event.day.month, event.product, event.unit_price_cents
            grouped.setdefault(key, []).append(event)
    others = [event for event in events if event.kind != DELIVERY]
    return sorted([*others, *map(_as_one, grouped.values())], key=lambda event: event.order)


def _as_one(deliveries: list[Event]) -> Event:
    newest = deliveries[-1]
    days = len({event.day for event in deliveries})
    return Event(
        day=newest.day,
        kind=DELIVERY,
        id=None,
        text=f"{newest.product}, {newest.day:%B %Y}: {days} day{'' if days == 1 else 's'}",
        charged_cents=sum(event.charged_cents for event in deliveries),
        quantity=sum(event.quantity for event in deliveries),
        product=newest.product,
        unit_price_cents=newest.unit_price_cents,
    )
