"""What the demo's dairy sells besides: on credit for the month's bill, and over the counter for cash or by QR code."""

import random
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from accounts.demo.dates import days
from accounts.models import User
from billing.models import Allocation, Customer, Payment, Sale, SaleLine
from subscriptions.demo import households as told
from subscriptions.demo.calendar import FIRST_DAY, TAKEN_ON, TODAY
from subscriptions.demo.doors import Door, Shelf
from subscriptions.demo.ledger import Ledger
from subscriptions.demo.receiving import Receiving

ON_CREDIT: Final = {  # by day: households and what they took, for a feast or for guests
    date(2025, 12, 24): ((2, told.GHEE, 1), (9, told.PANEER, 3)),
    date(2025, 12, 30): ((16, told.GHEE, 2), (21, told.BUTTER, 4), (31, told.PANEER, 2)),
    date(2026, 1, 13): ((4, told.GHEE, 1), (18, told.GHEE, 1), (40, told.BUTTER, 10)),
    date(2026, 1, 25): ((9, told.PANEER, 2), (28, told.GHEE, 1)),
}
COUNTER: Final = ((told.COW, 2), (told.CURD, 1), (told.PANEER, 1), (told.BUTTER, 2), (told.BUFFALO, 1))


class Sales:
    """Sells, day by day."""

    def __init__(self, ledger: Ledger, shelf: Shelf, chance: random.Random, *, by: User) -> None:
        self.ledger, self.shelf, self.chance, self.by = ledger, shelf, chance, by
        self.receiving = Receiving(ledger, by=by)

    def sell(self, doors: list[Door]) -> None:
        """Tell every day's sales: households on credit, and a few people at the counter."""
        walk_in = Customer(number=f"C-{self.ledger.next_number('customer')}", name="Walk-in customer", is_walk_in=True)
        self.ledger.add(walk_in, self.ledger.at(TAKEN_ON, 12))
        for day in days(FIRST_DAY, TODAY):
            for household, code, quantity in ON_CREDIT.get(day, ()):
                at = self.ledger.at(day, 12, household)
                self._sale(doors[household - 1].customer, Sale.Type.CREDIT, [(code, quantity)], at)
            for hour in range(13, 13 + self.chance.randint(0, 2)):
                self._at_the_counter(walk_in, self.ledger.at(day, hour, self.chance.randint(0, 59)))

    def _at_the_counter(self, walk_in: Customer, at: datetime) -> None:
        sale = self._sale(walk_in, Sale.Type.CASH, self.chance.sample(COUNTER, self.chance.randint(1, 2)), at)
        channel = self.chance.choice((Payment.Channel.CASH, Payment.Channel.MOBILE_MONEY))
        payment = self.receiving.receive(
            walk_in, sale.total_cents, channel, at, sale=sale, idempotency_key=f"counter-sale:{sale.pk}"
        )
        self.receiving.apply(payment, Allocation(sale=sale), sale.total_cents, rule="sale_payment", at=at)

    def _sale(self, customer: Customer, kind: str, goods: list[tuple[str, int]], at: datetime) -> Sale:
        lines = [self._line(code, quantity, self.ledger.tenant.day_of(at)) for code, quantity in goods]
        sale = Sale(customer=customer, sale_type=kind, sold_at=at, total_cents=sum(line.total_cents for line in lines))
        sale.number, sale.currency = f"S-{self.ledger.next_number('sale')}", self.ledger.tenant.currency
        self.ledger.add(sale, at, by=self.by)
        for line in lines:
            line.sale = sale
            self.ledger.add(line, at)
        return sale

    def _line(self, code: str, quantity: int, day: date) -> SaleLine:
        product: Any = self.shelf.products[code]
        price = self.shelf.price(product, day)
        return SaleLine(
            description=product.name,
            product_code=code,
            quantity=Decimal(quantity),
            unit_price_cents=price.unit_price_cents,
            total_cents=price.unit_price_cents * quantity,
            tax_rate_bps=price.tax_rate_bps,
        )
