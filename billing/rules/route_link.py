"""On which route was a payment collected, when the payment itself does not say?

A payment carries the route on which the money changed hands. Payments of the old system have none; then the sale they pay
speaks for them. But a sale may have been on another truck on that day, or on none, and then nobody may guess:

* Sale S-1 was on route N-7 all along; a payment of it without a route was collected on N-7.
* Sale S-2 was on N-7 when the customer paid on Monday, and moved to N-9 on Tuesday. Whether N-7 or N-9 has the cash, only a
  person can find out: the link is *unclear*.
* Sale S-3 was paid at the counter on Sunday, before it went out on N-7 on Monday. N-7 never saw that money.
* Sale S-4's route was reconciled on Monday; the customer paid the rest on Friday. Monday's figures are closed.

The same rule decides what the accountability report counts through its fallback and what `backfill_payment_route_id`
writes, so the backfill changes what is *stored* and never what is *counted*.
Source: seed 000 (Problem, Solution); ADR 0003.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

LINK: Final = "link"
NO_SALE: Final = "no_sale"
SALE_UNROUTED: Final = "sale_unrouted"
ROUTE_RECONCILED: Final = "route_reconciled"
RECEIVED_BEFORE_ROUTE: Final = "received_before_route"
ROUTE_UNCLEAR: Final = "route_unclear"

UNKNOWN: Final = "unknown"  # the sale has no history: nothing shows that it ever was elsewhere

REASONS: Final = {
    NO_SALE: "the payment is for no sale",
    SALE_UNROUTED: "its sale is on no route",
    ROUTE_RECONCILED: "it was received after its sale's route was reconciled",
    RECEIVED_BEFORE_ROUTE: "it was received before its sale was on any route",
    ROUTE_UNCLEAR: "its sale was on another route when it was received",
}


def route_link(
    *,
    has_sale: bool,
    sale_route_id: UUID | None,
    received_at: datetime,
    route_reconciled_at: datetime | None,
    route_when_received: UUID | str | None,
) -> str:
    """Decide whether a payment without a route belongs to its sale's route: LINK, or the reason why not.

    `route_when_received` is the route that the sale's history names for the time of the payment (where history begins
    later: the route of its first image): an id, None for "on no route", or UNKNOWN when the sale has no history.
    """
    if not has_sale:
        return NO_SALE
    if sale_route_id is None:
        return SALE_UNROUTED
    if route_reconciled_at is not None and received_at > route_reconciled_at:
        return ROUTE_RECONCILED
    if route_when_received in (UNKNOWN, sale_route_id):
        return LINK
    return RECEIVED_BEFORE_ROUTE if route_when_received is None else ROUTE_UNCLEAR
