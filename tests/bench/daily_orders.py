"""The orders of one day from 100,000 standing orders: `python -m tests.postgres python -m tests.bench.daily_orders [--orders N]`.

Against a loop that makes the same orders one by one through the ORM, with history, as a careful script would; and against a
tenth of the standing orders, to see that it is linear and needs no more memory.
"""

import time
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from tests.bench.alone import Alone, OwnBooks, books_of
from tests.bench.books import ask
from tests.bench.contestants import Measured
from tests.bench.table import MEGABYTE, Line, at_most

SAMPLE = 2000
CHUNK = 5000
DAY = date(2026, 3, 5)
NOW = datetime(2026, 3, 4, 20, tzinfo=UTC)
START = date(2026, 1, 1)
PATTERNS = [[Decimal(2)]] * 7 + [[Decimal(1), Decimal(2)], [Decimal("0.5")] * 7, [Decimal(3), Decimal(0), Decimal(1)]]


def load(orders: int) -> dict[str, Any]:
    """Store customers on 20 rounds, each with a standing order for one of ten products; one in ten has a change that day."""
    from accounts.models import Tenant
    from billing.models import Customer
    from routes.models import Round
    from subscriptions.models import Product, ProductPrice, StandingOrder, StandingOrderChange, StandingOrderDay
    from subscriptions.rules.standing_order import cycle_offset

    tenant = Tenant.objects.create(slug="dairy", name="Dairy", currency="INR")
    rounds = [Round.objects.create(tenant=tenant, name=f"Round {n}", slots=["morning", "evening"]) for n in range(20)]
    products = [
        Product.objects.create(tenant=tenant, code=f"P{n}", name=f"Product {n}", unit="litre") for n in range(10)
    ]
    for product in products:
        for valid_from, cents in ((START, 7000), (date(2026, 3, 1), 7200)):
            ProductPrice.objects.create(tenant=tenant, product=product, valid_from=valid_from, unit_price_cents=cents)
    for start in range(0, orders, CHUNK):
        numbers = range(start, min(start + CHUNK, orders))
        people = [Customer(tenant=tenant, number=f"C-{n}", name=f"Customer {n}", round=rounds[n % 20]) for n in numbers]
        Customer.objects.bulk_create(people)
        made, days, changes = [], [], []
        for number, customer in zip(numbers, people, strict=True):
            pattern = PATTERNS[number // 10 % 10]
            standing = StandingOrder(
                tenant=tenant, customer=customer, product=products[number % 10], slot="morning", starts_on=START,
                cycle_days=len(pattern), cycle_offset=cycle_offset(START, len(pattern)),
            )  # fmt: skip
            made.append(standing)
            days += [StandingOrderDay(standing_order=standing, position=n, quantity=q) for n, q in enumerate(pattern)]
            if number % 10 == 0:
                kind = ("SKIP", "INCREASE", "NOTE")[number // 10 % 3]
                quantity = Decimal(1) if kind == "INCREASE" else None
                change = {"kind": kind, "quantity": quantity, "first_day": DAY, "last_day": DAY, "note": "ring"}
                changes.append(StandingOrderChange(tenant=tenant, standing_order=standing, **change))
        StandingOrder.objects.bulk_create(made)
        StandingOrderDay.objects.bulk_create(days)
        StandingOrderChange.objects.bulk_create(changes)
    return {"orders": orders}


def generate(orders: int) -> dict[str, Any]:
    """Generate the day, once."""
    from accounts.models import Tenant
    from subscriptions.services import generate_orders

    started = time.perf_counter()
    done = generate_orders(actor=None, tenant=Tenant.objects.get(), day=DAY, now=NOW)
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "created": done.created, "changed": done.changed, "unchanged": done.unchanged}


def dearer(orders: int) -> dict[str, Any]:
    """Let every product cost more from that day on, so that every order has to change; then generate it again."""
    from subscriptions.models import Product
    from subscriptions.services import set_price

    for product in Product.objects.all():
        set_price(actor=None, product=product, unit_price_cents=7300, valid_from=DAY)
    return generate(orders)


def loop(sample: int) -> dict[str, Any]:
    """Make the orders of some standing orders one by one, in one transaction."""
    from django.db import transaction

    from subscriptions.models import DailyOrder, StandingOrder
    from subscriptions.rules.standing_order import Change, notes_for, planned_quantity
    from subscriptions.selectors.prices import price_on

    keys = list(StandingOrder.objects.order_by("pk").values_list("pk", flat=True)[:sample])
    started, made = time.perf_counter(), 0
    with transaction.atomic():
        for key in keys:
            standing = StandingOrder.objects.select_related("customer", "product").get(pk=key)
            changes = [
                Change(row.kind, row.first_day, row.last_day, row.quantity, row.note)
                for row in standing.changes.filter(withdrawn_at__isnull=True)
            ]
            pattern = [day.quantity for day in standing.days.all()]
            quantity = planned_quantity(DAY, pattern, standing.starts_on, standing.ends_on, changes)
            price = price_on(standing.product, DAY)
            if not quantity or price is None or DailyOrder.objects.filter(standing_order=key, order_date=DAY).exists():
                continue
            DailyOrder.objects.create(
                tenant_id=standing.tenant_id, standing_order=standing, customer=standing.customer, product=standing.product,
                round_id=standing.customer.round_id, slot=standing.slot, order_date=DAY, planned_quantity=quantity,
                unit_price_cents=price.unit_price_cents, tax_rate_bps=price.tax_rate_bps, note=notes_for(DAY, changes),
            )  # fmt: skip
            made += 1
    return {"seconds": time.perf_counter() - started, "created": made, "rows": len(keys)}


def run(books: OwnBooks) -> tuple[Measured, Measured, Measured]:
    """Generate a day, again, and again after every price changed, on one copy."""
    with books.copy("daily_orders") as address:
        first, again, changed = (ALONE.act(address, act, books.payments) for act in ("generate", "generate", "dearer"))
        images = ask(address, "SELECT count(*) FROM historical_daily_orders")
        expected = first.answer["created"] + changed.answer["changed"]
        if images != (expected,) or again.answer["unchanged"] != first.answer["created"]:
            raise SystemExit(f"{images} images, {expected} expected; {first.answer} {again.answer} {changed.answer}")
        return first, again, changed


def daily_orders(server: str, orders: int) -> Iterable[Line]:
    """Every figure of the generation of a day."""
    large, small = books_of(ALONE, server, orders), books_of(ALONE, server, orders // 10)
    with small.copy("daily_orders_loop") as address:
        by_loop = ALONE.act(address, "loop", min(SAMPLE, orders // 10)).answer
    (first, again, changed), (tenth, _, _) = run(large), run(small)
    per_row = first.answer["seconds"] / orders
    per_row_of_tenth = tenth.answer["seconds"] / (orders // 10)
    looped = by_loop["seconds"] / by_loop["rows"]
    created = f"{orders:,} standing orders, {first.answer['created']:,} orders"
    yield Line("generate a day", f"{first.answer['seconds']:.1f} s", f"{created}, {per_row * 1e6:,.0f} µs each")
    faster = f"{looped * 1e6:,.0f} µs a standing order against {per_row * 1e6:,.0f}"
    yield Line("ORM loop : generate", f"{looped / per_row:,.1f} x", faster, "at least 20 x", looped / per_row >= 20)
    yield Line("generate it again", f"{again.answer['seconds']:.1f} s", "nothing to do")
    yield Line("generate it again, every price changed", f"{changed.answer['seconds']:.1f} s")
    yield at_most("time a standing order : at a tenth", per_row / per_row_of_tenth, 1.25, "x")
    peaks = first.peak_bytes / MEGABYTE, tenth.peak_bytes / MEGABYTE
    yield at_most("memory : at a tenth", peaks[0] / peaks[1], 1.1, "x", f"{peaks[0]:.0f} MB against {peaks[1]:.0f}")


ACTS = {"load": load, "generate": generate, "dearer": dearer, "loop": loop}
ALONE = Alone("tests.bench.daily_orders", ACTS, counted="orders", usually=100_000)

if __name__ == "__main__":
    ALONE.program(daily_orders, __doc__)
