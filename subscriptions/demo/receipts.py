"""What the demo's dairy was paid in January, by every channel: in full, in part, beyond what was owed, and in advance."""

import random
from datetime import date, datetime, timedelta
from typing import Any, Final

from accounts.models import User
from billing.models import Allocation, Invoice, Payment
from billing.rules.allocation_mode import OPENING_FIRST
from routes.models import Route
from subscriptions.demo.calendar import INVOICED_ON
from subscriptions.demo.doors import Door
from subscriptions.demo.ledger import Ledger
from subscriptions.demo.receiving import Receiving

Channel = Payment.Channel
WHOLE, PART, ROUND_UP, NOTHING = "whole", "part", "round up", "nothing"
HABITS: Final = (  # how a household pays, and how much: by number, in turn
    (Channel.CASH, WHOLE),
    (Channel.MOBILE_MONEY, WHOLE),
    (Channel.BANK_TRANSFER, ROUND_UP),
    (Channel.CASH, PART),
    (Channel.MOBILE_MONEY, WHOLE),
    (Channel.CASH, WHOLE),
    (Channel.GATEWAY, WHOLE),
    (Channel.CASH, NOTHING),
    (Channel.CHEQUE, WHOLE),
    (Channel.CARD, WHOLE),
    (Channel.CASH, ROUND_UP),
)
IN_ADVANCE: Final = {
    12: (Channel.BANK_TRANSFER, 150_000),
    30: (Channel.MOBILE_MONEY, 50_000),
}  # nothing is due for it yet
OTHERWISE: Final = {
    8: Channel.OTHER,
    20: Channel.LEGACY,
}  # something of the opening balance: in kind, in the paper book
ADVANCES_CAME: Final = date(2026, 1, 21)


class Receipts:
    """Takes the money of January."""

    def __init__(self, ledger: Ledger, chance: random.Random, *, by: User) -> None:
        self.ledger, self.chance = ledger, chance
        self.receiving = Receiving(ledger, by=by)
        routes = Route.objects.using(ledger.using).filter(tenant=ledger.tenant).select_related("assigned_to")
        self.routes = {(route.round_id, route.route_date): route for route in routes}

    def take(self, doors: list[Door], invoices: dict[Any, Invoice]) -> None:
        """Let every household pay as it is used to."""
        for door in doors:
            if channel := OTHERWISE.get(door.number):
                self._pay(door, channel, 20_000, self.ledger.at(INVOICED_ON + timedelta(days=1), 10, door.number), None)
            channel, share = HABITS[door.number % len(HABITS)]
            invoice = invoices.get(door.customer.pk)
            if invoice is not None and share != NOTHING:
                self._pay(door, channel, self._cents(door, invoice, share), self._at(door), invoice)
            if door.number in IN_ADVANCE:
                channel, cents = IN_ADVANCE[door.number]
                self._pay(door, channel, cents, self.ledger.at(ADVANCES_CAME, 15, door.number), None)

    def _at(self, door: Door) -> datetime:
        day = INVOICED_ON + timedelta(days=2 + door.number % 15)
        return self.ledger.at(day, 9 + self.chance.randint(0, 4), self.chance.randint(0, 50))

    def _cents(self, door: Door, invoice: Invoice, share: str) -> int:
        """What is paid: with an older debt, that too."""
        owed = invoice.total_cents + door.customer.opening_balance_left_cents
        if share == PART:
            return max(owed // 2 // 10_000 * 10_000, 10_000)
        return -(-owed // 10_000) * 10_000 if share == ROUND_UP else owed

    def _pay(self, door: Door, channel: str, cents: int, at: datetime, invoice: Invoice | None) -> None:
        payment = self.receiving.receive(door.customer, cents, channel, at, **self._where(door, channel, at))
        rank = 0
        for target, owed in ((door.customer, door.customer.opening_balance_left_cents), (invoice, self._owed(invoice))):
            if part := min(owed, payment.unallocated_cents):
                rank += 1
                side = {"invoice": target} if isinstance(target, Invoice) else {"opening_balance_customer": target}
                to = Allocation(**side)
                self.receiving.apply(payment, to, part, rule=OPENING_FIRST.lower(), at=at, rank=rank)

    def _owed(self, invoice: Invoice | None) -> int:
        return invoice.balance_cents if invoice else 0

    def _where(self, door: Door, channel: str, at: datetime) -> dict[str, Any]:
        """Cash is collected on the day's route; everything else comes without one, with a reference."""
        day = self.ledger.tenant.day_of(at)
        route = self.routes.get((door.customer.round_id, day))
        if channel == Channel.CASH:
            return {"route": route, "collected_by": route.assigned_to} if route else {}
        if channel == Channel.GATEWAY:
            return {"external_reference": f"pay-{door.number:04}"}
        return {"reference": f"{channel[:3]}-{at:%m%d}-{door.number:03}"}
