"""The doors of the demo's dairy: households, what they want every day or in turn, and when they want something else."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from accounts.models import User
from billing.models import Customer
from routes.models import Round
from subscriptions.demo import households as told
from subscriptions.demo.calendar import FIRST_DAY, PRICES_ROSE, TAKEN_ON
from subscriptions.demo.ledger import Ledger
from subscriptions.models import Product, ProductPrice, StandingOrder, StandingOrderChange, StandingOrderDay
from subscriptions.rules.standing_order import Change, cycle_offset

ON_FIRST_ROUND: Final = 21
MORNING, EVENING = "morning", "evening"


@dataclass
class Wanted:
    """One standing order, its quantities day by day, and its changes."""

    row: StandingOrder
    quantities: list[Decimal]
    changes: list[Change] = field(default_factory=list)


@dataclass
class Door:
    """One household: who, and what they want."""

    number: int
    customer: Customer
    wants: list[Wanted] = field(default_factory=list)


@dataclass
class Shelf:
    """The products and their prices."""

    products: dict[str, Product] = field(default_factory=dict)
    prices: dict[str, list[ProductPrice]] = field(default_factory=dict)

    def price(self, product: Product, day: date) -> ProductPrice:
        """What a product costs on a day."""
        return next(price for price in reversed(self.prices[product.code]) if price.valid_from <= day)


def open_doors(ledger: Ledger, rounds: list[Round], *, by: User) -> tuple[list[Door], Shelf]:
    """Write down the products, the households in the order in which they are visited, and their standing orders."""
    shelf = _fill_shelf(ledger, by)
    doors = [_open_door(ledger, number, rounds, by) for number in range(1, told.HOUSEHOLDS + 1)]
    for door in doors:
        _start_standing_orders(ledger, shelf, door, by)
        for change in told.CHANGES.get(door.number, ()):
            _change(ledger, door.wants[0], change, by)
    _change_over(ledger, shelf, doors[told.CHANGED_OVER - 1], by)
    household, change, withdrawn_on = told.WITHDRAWN
    _change(ledger, doors[household - 1].wants[0], change, by, withdrawn_on=withdrawn_on)
    return doors, shelf


def _fill_shelf(ledger: Ledger, by: User) -> Shelf:
    shelf, at = Shelf(), ledger.at(TAKEN_ON, 9)
    for code, name, unit, tax, prices in told.PRODUCTS:
        product = ledger.add(Product(code=code, name=name, unit=unit), at, by=by)
        shelf.products[code] = product
        shelf.prices[code] = [
            ledger.add(
                ProductPrice(product=product, valid_from=day, unit_price_cents=cents, tax_rate_bps=tax),
                max(at, ledger.at(day - timedelta(days=3), 12)),
                by=by,
            )
            for day, cents in prices
        ]
    return shelf


def _open_door(ledger: Ledger, number: int, rounds: list[Round], by: User) -> Door:
    """The first households are on the first round, the others on the second; the canteen fetches its milk at the gate."""
    is_first = number <= ON_FIRST_ROUND
    customer = Customer(
        number=f"C-{ledger.next_number('customer')}",
        name=told.name_of(number),
        phone=told.phone_of(number),
        address=told.address_of(number),
        round=None if number == told.HOUSEHOLDS else rounds[0 if is_first else 1],
        opening_balance_cents=(number * 137 % 900 + 100) * 100 if number % 4 == 0 else 0,
    )
    if customer.round is not None:
        customer.round_position = (number if is_first else number - ON_FIRST_ROUND) * 10
    return Door(number, ledger.add(customer, ledger.at(TAKEN_ON, 10, number), by=by))


def _start_standing_orders(ledger: Ledger, shelf: Shelf, door: Door, by: User) -> None:
    starts_on = told.STARTED_LATE.get(door.number, FIRST_DAY)
    for place, (code, quantities) in enumerate(told.HABITS[door.number % len(told.HABITS)]):
        standing = StandingOrder(
            customer=door.customer, product=shelf.products[code], slot=_slot(door, place), starts_on=starts_on
        )
        _start(ledger, door, standing, quantities, by)


def _slot(door: Door, place: int) -> str:
    if door.customer.round is None:
        return ""
    has_evening = EVENING in door.customer.round.slots
    return EVENING if has_evening and (place or door.number % 3 == 0) else MORNING


def _start(ledger: Ledger, door: Door, standing: StandingOrder, quantities: tuple[str, ...], by: User) -> None:
    at = ledger.at(standing.starts_on - timedelta(days=2), 11, door.number)
    standing.cycle_days = len(quantities)
    standing.cycle_offset = cycle_offset(standing.starts_on, standing.cycle_days)
    ledger.add(standing, at, by=by)
    wanted = Wanted(standing, [Decimal(quantity) for quantity in quantities])
    for position, quantity in enumerate(wanted.quantities):
        ledger.add(StandingOrderDay(standing_order=standing, position=position, quantity=quantity), at)
    door.wants.append(wanted)


def _change(ledger: Ledger, wanted: Wanted, said: Any, by: User, withdrawn_on: date | None = None) -> None:
    kind, first_day, last_day, quantity, note = said
    change = StandingOrderChange(
        standing_order=wanted.row, kind=kind, first_day=first_day, last_day=last_day, note=note
    )
    change.quantity = None if quantity is None else Decimal(quantity)
    ledger.add(change, ledger.at(first_day - timedelta(days=2), 12), by=by)
    if withdrawn_on is None:
        wanted.changes.append(Change(kind, first_day, last_day, change.quantity, note))
        return
    change.withdrawn_at = ledger.at(withdrawn_on, 12)
    ledger.changed(change, change.withdrawn_at, by=by, reason="They stay at home after all")


def _change_over(ledger: Ledger, shelf: Shelf, door: Door, by: User) -> None:
    """One standing order ends, another begins the day after."""
    before = door.wants[0].row
    before.ends_on = PRICES_ROSE - timedelta(days=1)
    ledger.changed(before, ledger.at(before.ends_on, 10), by=by, reason="Wants buffalo milk")
    after = StandingOrder(
        customer=door.customer, product=shelf.products[told.BUFFALO], slot=before.slot, starts_on=PRICES_ROSE
    )
    _start(ledger, door, after, ("1",), by)
