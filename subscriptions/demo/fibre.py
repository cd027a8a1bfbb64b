"""The demo's internet provider, whose days are told from today, so that its bills, warnings and caps are of now.

Its books are written as rows. What this system makes of them (usage, charges, warnings, steps of the office) comes from the
services: a period was billed a month ago, the one after it waits for `process_usage_billing`, today's usage for
`monitor_data_cap_usage`, and the lines of what was taken over for `backfill_plan_subscription_subscriber_id`.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import DEFAULT_DB_ALIAS

from accounts.demo.ids import DemoIds
from accounts.demo.people import HARBOR, TENANTS_OF
from accounts.demo.rows import image, insert, insert_images
from accounts.models import Counter, Role, Tenant, User
from billing.models import Customer
from operations.demo import demo
from subscriptions.demo import fibre_usage as told
from subscriptions.demo.fibre_books import CUSTOMERS, Contract, FibreBooks
from subscriptions.models import BilledPeriod, DataCapAlert, InternetPlan, PlanSubscription, Subscriber
from subscriptions.rules.data_units import BYTES_IN, GB
from subscriptions.services import (
    change_plan,
    confirm_link,
    end_plan_subscription,
    set_data_cap,
    suspend_plan_subscription,
)
from subscriptions.services.cap_alerts import watch_caps
from subscriptions.services.usage import ingest_usage
from subscriptions.services.usage_billing import bill_usage

BILLED_AGO: Final = timedelta(days=30)
ORIGIN: Final = "access network olt1"


@demo(order=40)
def load(*, size: str, seed: int, using: str, ids: str, now: datetime, say: Any, **_: Any) -> None:
    """Write the internet provider of the small demo."""
    if HARBOR not in TENANTS_OF[size]:
        return
    tenant = Tenant.objects.using(using).get(slug=HARBOR)
    new_id = DemoIds(seed=seed, mode=ids, part=f"fibre-{HARBOR}")
    books = FibreBooks(tenant, new_id, now.astimezone(tenant.zone).date())
    Counter.objects.using(using).create(tenant=tenant, kind="customer", value=CUSTOMERS)
    write(books.sold_here(), using)
    sold = list(books.contracts)
    if using == DEFAULT_DB_ALIAS:  # services write there alone
        run_for_two_periods(books, sold, now)
    write(books.taken_over(), using)
    if using == DEFAULT_DB_ALIAS:
        go_on(books, sold, now)
    say(words_of(tenant, using))


def write(rows: Iterable[Any], using: str) -> None:
    """Write rows of the books as they are, each with its history."""
    made = list(rows)
    for model in (InternetPlan, Customer, Subscriber, PlanSubscription):
        insert(model, [row for row in made if type(row) is model], using=using)
    insert_images([image(row, at=row.created_at) for row in made], using=using)


def run_for_two_periods(books: FibreBooks, sold: list[Contract], now: datetime) -> None:
    """Count what those used who were sold a line here, bill it a month ago, and warn who is near the cap since yesterday."""
    packets = list(usage_until_yesterday(books, sold, periods_ago=(2, 1, 0)))
    ingest_usage(actor=None, tenant=books.tenant, entries=packets, now=now, origin=ORIGIN)
    bill_usage(actor=None, tenant=books.tenant, now=now - BILLED_AGO)
    watch_caps(actor=None, tenant=books.tenant, now=now)


def go_on(books: FibreBooks, sold: list[Contract], now: datetime) -> None:
    """Count what the lines that were taken over used, and today; do what an office does with some subscriptions."""
    taken_over = books.contracts[len(sold) :]
    packets = list(usage_until_yesterday(books, taken_over, periods_ago=(1, 0)))
    for contract in sold:
        if contract.number in told.TODAY:
            packets += told.of_today(contract, told.TODAY[contract.number], now=now, books=books)
    entries = [*packets, *told.unusable(now=now)]
    ingest_usage(actor=None, tenant=books.tenant, entries=entries, now=now, origin=ORIGIN)
    office_steps(books, {contract.number: contract.subscription for contract in sold}, now)


def usage_until_yesterday(
    books: FibreBooks, contracts: list[Contract], *, periods_ago: tuple[int, ...]
) -> Iterator[dict[str, Any]]:
    """Yield the packets of these periods, oldest first."""
    unusual = {2: told.BILLED, 1: told.TO_BILL, 0: told.SO_FAR}
    for contract in contracts:
        for ago in periods_ago:
            period = books.period_before(contract.subscription, ago)
            usual = told.usual(contract.number) * (1 if ago else 0.8)
            share = unusual[ago].get(contract.number, usual)
            yield from told.of_period(contract, period, share, books=books)


def office_steps(books: FibreBooks, sold: dict[int, PlanSubscription], now: datetime) -> None:
    """Let the office confirm, suspend, change and end."""
    actor = User.objects.get(tenant=books.tenant, role=Role.ADMIN)
    since, gigabit = books.today - timedelta(days=5), books.plans["FIBRE-500"]
    confirm_link(actor=actor, subscription=sold[61], reason="Read from the modem", now=now)
    suspend_plan_subscription(actor=actor, subscription=sold[73], reason="Away until spring, asked by telephone")
    change_plan(actor=actor, subscription=sold[77], plan_id=gigabit.pk, from_day=since, reason="Wants to be faster")
    set_data_cap(
        actor=actor, subscription=sold[82], custom_data_cap_bytes=250 * BYTES_IN[GB], from_day=since, reason="Goodwill"
    )
    last_day = books.today + timedelta(days=5)
    end_plan_subscription(actor=actor, subscription=sold[98], last_day=last_day, reason="Moves away")


def words_of(tenant: Tenant, using: str) -> str:
    """How many of each there are."""
    rows = PlanSubscription.objects.using(using).of_tenant(tenant)
    lines = Subscriber.objects.using(using).of_tenant(tenant).count()
    periods = BilledPeriod.objects.using(using).of_tenant(tenant).count()
    alerts = DataCapAlert.objects.using(using).of_tenant(tenant).count()
    return (
        f"{tenant.slug}: {lines} lines, {rows.count()} plan subscriptions, {rows.unlinked().count()} of them without a line; "
        f"{periods} periods settled, {alerts} warnings"
    )
