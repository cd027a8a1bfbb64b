"""The demo's dairy round: five weeks of a business that lives in this system, told as its staff would have entered them.

Two rounds and a canteen on none, standing orders with pauses and changes, prices that rose in between, what was really delivered,
December's invoices, and money by every channel. Today's orders are there; the first round's morning is confirmed, the rest is
still to deliver.
"""

import random
from typing import Any

from accounts.demo.dates import days
from accounts.demo.people import MEADOW, TENANTS_OF
from accounts.models import Role, Tenant, User
from billing.demo.settlements import settle_routes
from operations.demo import demo
from routes.models import Round
from subscriptions.demo import fibre
from subscriptions.demo.bills import Bills
from subscriptions.demo.calendar import FIRST_DAY, INVOICED_ON, TODAY
from subscriptions.demo.doors import open_doors
from subscriptions.demo.ledger import Ledger
from subscriptions.demo.mornings import Mornings
from subscriptions.demo.receipts import Receipts
from subscriptions.demo.sales import Sales
from subscriptions.models import Delivery

__all__ = ["fibre", "load"]  # a part of the demo each


@demo(order=30)
def load(*, size: str, seed: int, using: str, ids: str, say: Any, **_: Any) -> None:
    """Write the dairy of the small demo."""
    if MEADOW not in TENANTS_OF[size]:
        return
    tenant = Tenant.objects.using(using).get(slug=MEADOW)
    ledger = Ledger(tenant, seed=seed, using=using, ids=ids)
    chance = random.Random(f"{seed}:dairy")  # noqa: S311 - made-up data, not a secret
    people = User.objects.using(using).filter(tenant=tenant)
    admin, finance = (people.get(role=role) for role in (Role.ADMIN, Role.FINANCE))
    rounds = list(Round.objects.using(using).filter(tenant=tenant).order_by("name").select_related("usual_rep"))

    doors, shelf = open_doors(ledger, rounds, by=admin)
    mornings = Mornings(ledger, shelf, chance, by=admin)
    for day in days(FIRST_DAY, TODAY):
        for door in doors:
            mornings.visit(door, day)
    sales = Sales(ledger, shelf, chance, by=finance)
    sales.sell(doors)
    invoices = Bills(ledger, by=finance).invoice_month(INVOICED_ON)
    Receipts(ledger, chance, by=finance).take(doors, invoices)
    written = ledger.write()
    settled = settle_routes(tenant, new_id=ledger.new_id, chance=chance, using=using)
    say(f"{MEADOW}: {written[Delivery]} deliveries, {len(invoices)} invoices, {settled} routes settled")
