"""The books of the demo's internet provider: its plans, whom it sold them to, and what it took over from another one.

Forty customers were sold a line here, each subscription linked to its line from the first day. Sixty customers with eighty
lines came with the books of another provider, where no subscription says which line it is for. Most of them have one of each;
the others are the cases that the backfill of links must tell apart, or leave to a person.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from accounts.demo.dates import local
from accounts.demo.ids import DemoIds
from accounts.models import Tenant
from billing.models import Customer
from subscriptions.models import InternetPlan, PlanSubscription, Subscriber
from subscriptions.rules.billing_cycle import BillingPeriod, add_months, period_of

PLANS: Final = {  # code: name, kbps down and up, price, GB of the cap (none is unlimited), price of a GB beyond it
    "FIBRE-100": ("Harbor 100", 100_000, 20_000, 2_490, 200, 30),
    "FIBRE-500": ("Harbor 500", 500_000, 100_000, 3_490, 500, 25),
    "FIBRE-1000": ("Harbor Gigabit", 1_000_000, 500_000, 4_990, None, 0),
}
SOLD_IN_TURN: Final = ("FIBRE-100", "FIBRE-100", "FIBRE-100", "FIBRE-500", "FIBRE-1000")
FIRST_NAMES: Final = ("Alva", "Bento", "Clara", "Duarte", "Elisa", "Fausto", "Graca", "Hugo", "Ines", "Joel")
LAST_NAMES: Final = ("Areias", "Barroso", "Cais", "Doca", "Estaleiro", "Farol", "Gaivota", "Horta", "Ilha", "Juncal")
TAKEN_OVER, CUSTOMERS = 60, 100
MONTHLY: Final = "MONTHLY"
BEFORE: Final = timedelta(days=120)  # so much earlier began what ended since

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
    Household(
        50, (FIBRE_100, FIBRE_500), (("FIBRE-100", None), ("FIBRE-500", None), ("FIBRE-100", 90))
    ),  # one after another
    Household(53, (FIBRE_100, FIBRE_100), (("FIBRE-100", None),)),  # nothing tells the two apart: a person's
    Household(54, (FIBRE_100 | {"is_deleted": True},), (("FIBRE-100", None),)),
    Household(57, ({"service_type": "VOIP", "download_kbps": None}, FIBRE_500), (("FIBRE-500", None),)),
    Household(59, (FIBRE_100 | {"status": "TERMINATED"}, FIBRE_100), (("FIBRE-100", None),)),
    Household(60, (), (("FIBRE-1000", None),)),  # no line at all
)


@dataclass(frozen=True)
class Contract:
    """A subscription of a customer and the line that it is for, whether the books say so or not."""

    number: int
    subscription: PlanSubscription
    line: Subscriber


class FibreBooks:
    """Makes the rows, with days told from today: each current period began one to four weeks ago."""

    def __init__(self, tenant: Tenant, new_id: DemoIds, today: date) -> None:
        self.tenant, self.new_id, self.today, self.lines = tenant, new_id, today, 0
        self.contracts: list[Contract] = []
        self.plans = {code: self._plan(code) for code in PLANS}

    def sold_here(self) -> Iterator[Any]:
        """Plans, then who was sold one here two periods ago, with their lines."""
        yield from self.plans.values()
        for number in range(TAKEN_OVER + 1, CUSTOMERS + 1):
            began = self._began(number, months_ago=2)
            customer = self._customer(number, began)
            code = SOLD_IN_TURN[number % len(SOLD_IN_TURN)]
            line = self._line(customer, began, {"download_kbps": PLANS[code][1]})
            subscription = self._subscription(customer, code, began, None)
            subscription.subscriber, subscription.link_source = line, PlanSubscription.LinkSource.GIVEN
            self.contracts.append(Contract(number, subscription, line))
            yield from (customer, line, subscription)

    def taken_over(self) -> Iterator[Any]:
        """Customer after customer of the other provider's books; this system bills from their last period on."""
        for number in range(1, TAKEN_OVER + 1):
            household = next(kind for kind in HOUSEHOLDS if number <= kind.last)
            began = self._began(number, months_ago=8 + number % 5)
            first = began - BEFORE if any(days for _, days in household.subscriptions) else began
            customer = self._customer(number, first)
            subscriptions = [
                self._subscription(customer, code, first if days else began + timedelta(days=place), days)
                for place, (code, days) in enumerate(household.subscriptions)
            ]
            for subscription in subscriptions:
                subscription.billed_from = self.period_before(subscription).start
            lines = [
                self._line(
                    customer, (began if place else first) + timedelta(days=self._later(household, place)), dict(said)
                )
                for place, said in enumerate(household.lines)
            ]
            if household.is_named:
                for line, subscription in zip(lines, subscriptions, strict=True):
                    line.metadata = {"subscription_id": str(subscription.pk)}
            self._note_contracts(number, subscriptions, lines)
            yield from (customer, *lines, *subscriptions)

    def current_period(self, subscription: PlanSubscription) -> BillingPeriod:
        """The billing period that today lies in."""
        return period_of(subscription.start_date, MONTHLY, self.today)

    def period_before(self, subscription: PlanSubscription, steps: int = 1) -> BillingPeriod:
        """The billing period so many before the current one."""
        period = self.current_period(subscription)
        for _ in range(steps):
            period = period_of(subscription.start_date, MONTHLY, period.start - timedelta(days=1))
        return period

    def _began(self, number: int, *, months_ago: int) -> date:
        return add_months(self.today - timedelta(days=8 + number * 7 % 19), -months_ago)

    def _note_contracts(self, number: int, subscriptions: list[PlanSubscription], lines: list[Subscriber]) -> None:
        """Who uses which line in truth: in order, but by speed where the plans differ."""
        in_use = [line for line in lines if line.is_internet and line.status == "ACTIVE" and line.deleted_at is None]
        for line in in_use:
            fits = (one for one in subscriptions if one.plan.download_kbps == line.download_kbps and not one.end_date)
            free = (one for one in fits if all(one is not other.subscription for other in self.contracts))
            if (subscription := next(free, None)) is not None:
                self.contracts.append(Contract(number, subscription, line))

    def _later(self, household: Household, place: int) -> int:
        """Lines that nothing tells apart came on one day; where the first was terminated, the second came long after."""
        if household.last == 59:
            return place * 60
        return 0 if len(household.subscriptions) < len(household.lines) else place

    def _plan(self, code: str) -> InternetPlan:
        name, down, up, price, cap, beyond = PLANS[code]
        at = local(self.tenant.zone, add_months(self.today, -24), 9)
        return InternetPlan(
            id=self.new_id(at), tenant=self.tenant, code=code, name=name, status="ACTIVE", download_kbps=down, upload_kbps=up,
            monthly_price_cents=price, currency=self.tenant.currency, tax_rate_bps=2_300, has_data_cap=cap is not None,
            data_cap_amount=None if cap is None else Decimal(cap), data_cap_unit="" if cap is None else "GB",
            overage_price_cents=beyond, created_at=at,
        )  # fmt: skip

    def _customer(self, number: int, began: date) -> Customer:
        at = local(self.tenant.zone, began, 9, number % 60)
        name = f"{FIRST_NAMES[number % 10]} {LAST_NAMES[(number * 7 + number // 10) % 10]}"
        return Customer(
            id=self.new_id(at), tenant=self.tenant, number=f"C-{number}", name=name, phone=f"+351 555 010 {number:03}",
            address=f"{number * 3 % 47 + 1} Quay Street", created_at=at,
        )  # fmt: skip

    def _subscription(self, customer: Customer, code: str, began: date, days: int | None) -> PlanSubscription:
        at = local(self.tenant.zone, began, 12)
        return PlanSubscription(
            id=self.new_id(at), tenant=self.tenant, plan=self.plans[code], customer=customer, start_date=began,
            end_date=None if days is None else began + timedelta(days=days - 1), created_at=at,
        )  # fmt: skip

    def _line(self, customer: Customer, began: date, said: dict[str, Any]) -> Subscriber:
        self.lines += 1
        at = local(self.tenant.zone, began, 11)
        was_deleted, ended = said.pop("is_deleted", False), local(self.tenant.zone, add_months(self.today, -2), 16)
        fields = {"status": "ACTIVE", "service_type": "FIBER_INTERNET"} | said
        return Subscriber(
            id=f"olt1-{self.lines:04}", tenant=self.tenant, customer=customer, username=f"harbor{self.lines:03}", activated_at=at,
            terminated_at=local(self.tenant.zone, began + timedelta(days=45), 16) if fields["status"] == "TERMINATED" else None,
            deleted_at=ended if was_deleted else None, created_at=at, **fields,
        )  # fmt: skip
