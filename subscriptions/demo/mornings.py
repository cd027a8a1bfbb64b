"""The days of the demo's dairy: the orders that were generated in the evening, and what was really left at the doors.

Most is left as planned; now and then a packet leaks, somebody asks for more or for something else, or nobody opens. One delivery
was confirmed only after its month was invoiced.
"""

import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from accounts.models import User
from subscriptions.demo import households as told
from subscriptions.demo.calendar import TODAY
from subscriptions.demo.doors import EVENING, MORNING, ON_FIRST_ROUND, Door, Shelf, Wanted
from subscriptions.demo.ledger import Ledger
from subscriptions.models import DailyOrder, Delivery, Product
from subscriptions.rules.delivery_total import delivery_total_cents
from subscriptions.rules.standing_order import notes_for, planned_quantity

Status = DailyOrder.Status
NOBODY_THERE: Final = ("Gate locked, nobody there", "Did not want any today", "Dog at the gate")
NOTHING, LESS, MORE, EXTRA = 0.02, 0.05, 0.06, 0.03  # shares of the orders, the first three adding up


class Mornings:
    """Visits doors day by day."""

    def __init__(self, ledger: Ledger, shelf: Shelf, chance: random.Random, *, by: User) -> None:
        self.ledger, self.shelf, self.chance, self.by = ledger, shelf, chance, by

    def visit(self, door: Door, day: date) -> None:
        """Generate what a door wants on a day, and deliver it."""
        for wanted in door.wants:
            order = self._order(wanted, day)
            if order is not None and self._is_delivered(door, order):
                self._deliver(door, order)

    def _order(self, wanted: Wanted, day: date) -> DailyOrder | None:
        standing = wanted.row
        quantity = planned_quantity(day, wanted.quantities, standing.starts_on, standing.ends_on, wanted.changes)
        if not quantity:
            return None
        order = DailyOrder(
            standing_order=standing, order_date=day, planned_quantity=quantity, note=notes_for(day, wanted.changes)
        )
        self._describe(order, standing.customer, standing.product, standing.slot, day)
        return self.ledger.add(order, self.ledger.at(day - timedelta(days=1), 19), by=self.by)

    def _is_delivered(self, door: Door, order: DailyOrder) -> bool:
        """Today only the first round's morning is confirmed."""
        is_over = door.number <= ON_FIRST_ROUND and order.slot == MORNING
        return order.order_date < TODAY or is_over

    def _deliver(self, door: Door, order: DailyOrder) -> None:
        at, roll = self._confirmed_at(door, order), self.chance.random()
        if roll < NOTHING and not self._is_late(door, order):
            order.status = Status.NOT_DELIVERED
            self.ledger.changed(order, at, by=self._rep(order), reason=self.chance.choice(NOBODY_THERE))
            return
        quantity, note = self._really_left(order, roll)
        if self._is_late(door, order):
            note = "Found in the driver's book"
        self._leave(Delivery(daily_order=order, quantity=quantity, note=note), order, at)
        order.status = Status.DELIVERED
        self.ledger.changed(order, at, by=self._rep(order))
        if self.chance.random() < EXTRA:
            self._add_extra(order, at)

    def _really_left(self, order: DailyOrder, roll: float) -> tuple[Decimal, str]:
        step = Decimal("0.5") if order.product.code in told.BY_MEASURE else Decimal(1)
        if roll < LESS and order.planned_quantity > step:
            return order.planned_quantity - step, "One packet leaked"
        if LESS <= roll < MORE:
            return order.planned_quantity + step, "Asked for more at the door"
        return order.planned_quantity, ""

    def _add_extra(self, order: DailyOrder, at: datetime) -> None:
        product = self.shelf.products[self.chance.choice(told.EXTRAS)]
        extra = Delivery(quantity=Decimal(1), note="Asked for at the door")
        self._leave(extra, order, at + timedelta(minutes=1), product=product)

    def _leave(self, delivery: Delivery, order: DailyOrder, at: datetime, product: Product | None = None) -> None:
        self._describe(delivery, order.customer, product or order.product, order.slot, order.order_date)
        delivery.delivery_date, delivery.confirmed_at = order.order_date, at
        delivery.currency = self.ledger.tenant.currency
        delivery.delivered_by = self._rep(order)
        delivery.total_cents = delivery_total_cents(
            quantity=delivery.quantity, unit_price_cents=delivery.unit_price_cents
        )
        self.ledger.add(delivery, at, by=self._rep(order))

    def _describe(self, row: Any, customer: Any, product: Product, slot: str, day: date) -> None:
        """What an order and a delivery have in common, with the price of the day."""
        price = self.shelf.price(product, day)
        row.customer, row.product, row.round, row.slot = customer, product, customer.round, slot
        row.unit_price_cents, row.tax_rate_bps = price.unit_price_cents, price.tax_rate_bps

    def _rep(self, order: DailyOrder) -> User | None:
        return order.round.usual_rep if order.round else None

    def _is_late(self, door: Door, order: DailyOrder) -> bool:
        return (door.number, order.order_date) == told.LATE_DELIVERY[:2]

    def _confirmed_at(self, door: Door, order: DailyOrder) -> datetime:
        if self._is_late(door, order):
            return self.ledger.at(told.LATE_DELIVERY[2], 11)
        hour = 17 if order.slot == EVENING else 8
        return self.ledger.at(order.order_date, hour, 5 + door.number)
