"""The demo's internet provider: what its old system left behind, where no subscription says which line it is for.

Sixty customers with eighty lines. Most have one of each; the others are the cases that the backfill of links must tell apart, or
leave to a person. Its usage comes through the services (`subscriptions.demo.usage`), for only this system counted it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from accounts.demo.dates import local
from accounts.demo.ids import DemoIds
from accounts.demo.people import HARBOR, TENANTS_OF
from accounts.demo.rows import image, insert, insert_images
from accounts.models import Counter, Tenant
from billing.models import Customer
from operations.demo import demo
from subscriptions.models import InternetPlan, PlanSubscription, Subscriber

BILLED_HERE_FROM: Final = date(2026, 1, 1)  # the old system billed what was before
PLANS: Final = {  # code: name, kbps down and up, price, GB of the cap (none is unlimited), price of a GB beyond it
    "FIBRE-100": ("Harbor 100", 100_000, 20_000, 2_490, 200, 30),
    "FIBRE-500": ("Harbor 500", 500_000, 100_000, 3_490, 500, 25),
    "FIBRE-1000": ("Harbor Gigabit", 1_000_000, 500_000, 4_990, None, 0),
}
FIRST_NAMES: Final = ("Alva", "Bento", "Clara", "Duarte", "Elisa", "Fausto", "Graca", "Hugo", "Ines", "Joel")
LAST_NAMES: Final = ("Areias", "Barroso", "Cais", "Doca", "Estaleiro", "Farol", "Gaivota", "Horta", "Ilha", "Juncal")
CUSTOMERS: Final = 60

Lines = tuple[dict[str, Any], ...]
FIBRE_100: Final = {"download_kbps": 100_000}
FIBRE_500: Final = {"download_kbps": 500_000}


@dataclass(frozen=True)
class Household:
    """The lines and the subscriptions (code of the plan, and for how many days an ended one ran) of some customers in a row."""

    last: int
    lines: Lines
    subscriptions: tuple[tuple[str, int | None], ...]
    is_named: bool = False  # whether each line notes the id of its subscription


HOUSEHOLDS: Final = (
    Household(36, (FIBRE_100,), (("FIBRE-100", None),)),  # the only line
    Household(42, (FIBRE_100, FIBRE_100), (("FIBRE-100", None), ("FIBRE-100", None)), is_named=True),
    Household(48, (FIBRE_100, FIBRE_500), (("FIBRE-500", None), ("FIBRE-100", None))),  # two by two, by speed
    Household(50, (FIBRE_100, FIBRE_500), (("FIBRE-100", None), ("FIBRE-500", None), ("FIBRE-100", 90))),
    Household(53, (FIBRE_100, FIBRE_100), (("FIBRE-100", None),)),  # nothing tells the two apart: a person's
    Household(55, (FIBRE_100 | {"is_deleted": True},), (("FIBRE-100", None),)),
    Household(57, ({"service_type": "VOIP", "download_kbps": None}, FIBRE_500), (("FIBRE-500", None),)),
    Household(59, (FIBRE_100 | {"status": "TERMINATED"}, FIBRE_100), (("FIBRE-100", None),)),
    Household(60, (), (("FIBRE-1000", None),)),  # no line at all
)


@demo(order=40)
def load(*, size: str, seed: int, using: str, ids: str, say: Any, **_: Any) -> None:
    """Write the internet provider of the small demo."""
    if HARBOR not in TENANTS_OF[size]:
        return
    tenant = Tenant.objects.using(using).get(slug=HARBOR)
    books = OldBooks(tenant, DemoIds(seed=seed, mode=ids, part=f"fibre-{HARBOR}"))
    rows = list(books.all_rows())
    for model in (InternetPlan, Customer, Subscriber, PlanSubscription):
        insert(model, [row for row in rows if type(row) is model], using=using)
    insert_images([image(row, at=row.created_at) for row in rows], using=using)
    Counter.objects.using(using).create(tenant=tenant, kind="customer", value=CUSTOMERS)
    counts = {model: sum(type(row) is model for row in rows) for model in (Subscriber, PlanSubscription)}
    say(f"{HARBOR}: {counts[Subscriber]} lines, {counts[PlanSubscription]} plan subscriptions, none of them linked")


class OldBooks:
    """Makes the rows as the old system held them."""

    def __init__(self, tenant: Tenant, new_id: DemoIds) -> None:
        self.tenant, self.new_id, self.lines = tenant, new_id, 0
        self.plans: dict[str, InternetPlan] = {}

    def all_rows(self) -> Iterator[Any]:
        """Plans, then customer after customer with their lines and subscriptions."""
        for code in PLANS:
            self.plans[code] = self._plan(code)
            yield self.plans[code]
        for number in range(1, CUSTOMERS + 1):
            household = next(kind for kind in HOUSEHOLDS if number <= kind.last)
            began = date(2025, 1, 8) + timedelta(days=number * 37 % 300)
            customer = self._customer(number, began)
            subscriptions = [
                self._subscription(customer, code, began + timedelta(days=place), days)
                for place, (code, days) in enumerate(household.subscriptions)
            ]
            lines = [
                self._line(customer, number, began + timedelta(days=self._later(household, place)), dict(said))
                for place, said in enumerate(household.lines)
            ]
            if household.is_named:
                for line, subscription in zip(lines, subscriptions, strict=True):
                    line.metadata = {"subscription_id": str(subscription.pk)}
            yield from (customer, *lines, *subscriptions)

    def _later(self, household: Household, place: int) -> int:
        """Lines that nothing tells apart came on one day; where the first was terminated, the second came long after."""
        if household.last == 59:
            return place * 60
        return 0 if len(household.subscriptions) < len(household.lines) else place

    def _plan(self, code: str) -> InternetPlan:
        name, down, up, price, cap, beyond = PLANS[code]
        at = local(self.tenant.zone, date(2025, 1, 2), 9)
        return InternetPlan(
            id=self.new_id(at), tenant=self.tenant, code=code, name=name, status="ACTIVE", download_kbps=down, upload_kbps=up,
            monthly_price_cents=price, currency=self.tenant.currency, tax_rate_bps=2_300, has_data_cap=cap is not None,
            data_cap_amount=cap, data_cap_unit="" if cap is None else "GB", overage_price_cents=beyond, created_at=at,
        )  # fmt: skip

    def _customer(self, number: int, began: date) -> Customer:
        at = local(self.tenant.zone, began, 9, number % 60)
        name = f"{FIRST_NAMES[number % 10]} {LAST_NAMES[(number * 7 + number // 10) % 10]}"
        return Customer(
            id=self.new_id(at), tenant=self.tenant, number=f"C-{number}", name=name, phone=f"+351 555 010 {number:03}",
            address=f"{number * 3 % 47 + 1} Quay Street", created_at=at,
        )  # fmt: skip

    def _subscription(self, customer: Customer, code: str, began: date, days: int | None) -> PlanSubscription:
        at = local(self.tenant.zone, began, 10)
        return PlanSubscription(
            id=self.new_id(at), tenant=self.tenant, plan=self.plans[code], customer=customer, start_date=began,
            end_date=None if days is None else began + timedelta(days=days - 1), billed_from=BILLED_HERE_FROM, created_at=at,
        )  # fmt: skip

    def _line(self, customer: Customer, number: int, began: date, said: dict[str, Any]) -> Subscriber:
        self.lines += 1
        at = local(self.tenant.zone, began, 11)
        was_deleted, ended = said.pop("is_deleted", False), local(self.tenant.zone, date(2025, 12, 15), 16)
        fields = {"status": "ACTIVE", "service_type": "FIBER_INTERNET"} | said
        return Subscriber(
            id=f"olt1-{self.lines:04}", tenant=self.tenant, customer=customer, username=f"harbor{self.lines:03}", activated_at=at,
            terminated_at=local(self.tenant.zone, began + timedelta(days=45), 16) if fields["status"] == "TERMINATED" else None,
            deleted_at=ended if was_deleted else None, created_at=at, **fields,
        )  # fmt: skip
