"""The large demo's money: a million payments in the proportions of a real old system, written set by set.

`billing.demo.many_plan` decides every row in temporary tables; here they become customers, sales, payments, allocations,
settlements and their history. All of it in one transaction: a load that is stopped leaves nothing behind.
"""

import random
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, Final

from accounts.demo.ids import DemoIds
from accounts.demo.people import FIRST_NAMES, GRAND, LAST_NAMES, OPENED_AT, reps_for
from accounts.demo.rows import image, insert, insert_images
from accounts.demo.sql import DemoSql
from accounts.models import Role, Tenant, User
from billing.demo import many_plan as plan
from billing.models import Allocation, Customer, Payment, RouteReconciliation, Sale, SaleLine, SaleReturn
from routes.models import Round

PAYMENTS_AT_ONCE: Final = 100_000
SHOP_KINDS: Final = ("Store", "Traders", "Grocery", "Enterprise", "General Store", "Brothers", "Departmental", "Bakery")


def load_many_payments(
    *, seed: int, using: str, ids: str, payments: int, tidy: bool, say: Callable[[str], Any]
) -> None:
    """Write the large business's money, saying how far it is and how long each part took."""
    sql = DemoSql(using=using, seed=seed, ids=ids)
    tenant = Tenant.objects.using(using).get(slug=GRAND)
    if sql.on_postgres:
        sql.run("SET CONSTRAINTS ALL IMMEDIATE")  # else the checks of every row would wait in memory for the commit
    steps: list[tuple[str, Callable[[], object]]] = [
        ("customers", lambda: _customers(tenant, seed=seed, using=using, ids=ids, payments=payments)),
        ("plan", lambda: plan.make(sql, tenant, payments=payments, tidy=tidy)),
        ("sales with lines and returns", lambda: _sales(sql, tenant)),
        ("history of sales", lambda: _history_of_sales(sql)),
        *((f"payments up to {end:,}", _payments_step(sql, tenant, first, end)) for first, end in _windows(payments)),
        ("settlements", lambda: _settlements(sql, tenant)),
        ("tidying up", lambda: sql.drop(*plan.TABLES, "demo_routes")),
    ]
    for name, step in steps:
        started = time.monotonic()
        step()
        say(f"{GRAND}: {name} ({time.monotonic() - started:.1f} s)")


def _windows(payments: int) -> Iterator[tuple[int, int]]:
    for first in range(0, payments, PAYMENTS_AT_ONCE):
        yield first, min(first + PAYMENTS_AT_ONCE, payments)


def _customers(tenant: Tenant, *, seed: int, using: str, ids: str, payments: int) -> None:
    new_id = DemoIds(seed=seed, mode=ids, part="many-customers")
    chance = random.Random(f"{seed}:many-customers")  # noqa: S311 - made-up data, not a secret
    rounds = list(Round.objects.using(using).filter(tenant=tenant).order_by("name"))
    reps = reps_for(payments)
    for first in range(0, plan.customers_for(payments, reps), 5000):
        last = min(first + 5000, plan.customers_for(payments, reps))
        shops = [_shop(tenant, number, rounds[number % reps], new_id, chance) for number in range(first, last)]
        insert(Customer, shops, using=using)
        insert_images([image(shop, at=shop.created_at) for shop in shops], using=using)


def _shop(tenant: Tenant, number: int, standing: Round, new_id: DemoIds, chance: random.Random) -> Customer:
    opened_at = OPENED_AT + timedelta(minutes=number)
    owner = f"{chance.choice(FIRST_NAMES)} {chance.choice(LAST_NAMES)}"
    return Customer(
        id=new_id(opened_at),
        tenant=tenant,
        number=f"SHOP-{number:06}",
        name=f"{owner} {chance.choice(SHOP_KINDS)}",
        phone=f"+880 1555 {number:06}",
        round=standing,
        created_at=opened_at,
    )


def _sales(sql: DemoSql, tenant: Tenant) -> None:
    sql.insert(
        Sale,
        {
            "id": "s.id",
            "tenant_id": sql.constant(tenant.pk),
            "number": f"'INV-' || {sql.padded('s.n', 7)}",
            "customer_id": "s.customer_id",
            "route_id": "s.route_id",
            "sale_type": "CASE WHEN s.n % 5 < 2 THEN 'CREDIT' ELSE 'CASH' END",
            "status": "CASE WHEN s.kind = 'cancelled' THEN 'CANCELLED' "
            "WHEN COALESCE(paid.cents, 0) = s.net THEN 'COMPLETED' ELSE 'PENDING' END",
            "currency": sql.constant(tenant.currency),
            "total_cents": "s.net + s.returned",
            "returned_cents": "s.returned",
            "allocated_cents": "COALESCE(paid.cents, 0)",
            "sold_at": sql.at("s.ordered"),
            "created_at": sql.at("s.ordered"),
        },
        "demo_sales AS s LEFT JOIN (SELECT sale_n, CAST(SUM(allocated) AS bigint) AS cents FROM demo_payments "
        "WHERE sale_id IS NOT NULL GROUP BY sale_n) AS paid ON paid.sale_n = s.n ORDER BY s.n",
    )
    sql.insert(SaleLine, plan.line_columns(sql), "demo_sales AS s")
    sql.insert(
        SaleReturn,
        {
            "id": sql.new_id("return", "s.n", "s.leaves"),
            "tenant_id": sql.constant(tenant.pk),
            "sale_id": "s.id",
            "amount_cents": "s.returned",
            "reason": "'Two packs crushed on the truck'",
            "recorded_by_id": "s.rep_id",
            "created_at": sql.at("s.leaves + 3600"),
        },
        "demo_sales AS s WHERE s.returned > 0",
    )


def _history_of_sales(sql: DemoSql) -> None:
    """Ordered, put on a truck, and as it is now; sales from before history was kept have none."""
    rows = f"sales AS t JOIN demo_sales AS s ON s.id = t.id WHERE s.kind <> '{plan.WITHOUT_HISTORY}'"  # noqa: S608 - ours
    untouched = {"status": "'PENDING'", "allocated_cents": "0", "returned_cents": "0"}
    sql.insert_images(Sale, source=rows, at=sql.at("s.ordered"), route_id="NULL", **untouched)
    on_truck = f"{rows} AND s.kind <> '{plan.COUNTER}'"
    sql.insert_images(Sale, source=on_truck, at=sql.at("s.loaded"), kind="~", route_id="s.first_route_id", **untouched)
    sql.insert_images(Sale, source=rows, at=sql.at("s.last_change"), kind="~")


def _payments_step(sql: DemoSql, tenant: Tenant, first: int, end: int) -> Callable[[], object]:
    return lambda: _payments(sql, tenant, f"demo_payments AS p WHERE p.n >= {first} AND p.n < {end}")


def _payments(sql: DemoSql, tenant: Tenant, window: str) -> None:
    row = {"tenant_id": sql.constant(tenant.pk), "currency": sql.constant(tenant.currency)}
    copied = ("id", "customer_id", "sale_id", "route_id", "channel", "status", "collected_by_id")
    payment = row | {name: f"p.{name}" for name in copied}
    payment |= {"amount_cents": "p.amount", "allocated_cents": "p.allocated", "refunded_cents": "0"}
    payment |= {"verification_status": "'NOT_REQUIRED'", "reference": "''"}
    payment |= {"received_at": sql.at("p.received"), "created_at": sql.at("p.received")}
    sql.insert(Payment, payment, f"{window} ORDER BY p.n")
    source = f"payments AS t JOIN (SELECT id, n FROM {window}) AS p ON p.id = t.id ORDER BY p.n"  # noqa: S608 - ours
    sql.insert_images(Payment, source=source, at="t.received_at", reason="baseline: from the old system")
    _allocations(sql, tenant, window)


def _allocations(sql: DemoSql, tenant: Tenant, window: str) -> None:
    applied = sql.new_id("allocation", "p.n", "p.received")
    columns = {
        "id": applied,
        "tenant_id": sql.constant(tenant.pk),
        "payment_id": "p.id",
        "sale_id": "p.sale_id",
        "amount_cents": "p.applied",
        "reason": "'Paid in the old system'",
        "rule": "'legacy'",
        "created_by_id": "p.collected_by_id",
        "created_at": sql.at("p.received"),
    }
    sql.insert(Allocation, columns, f"{window} AND p.applied > 0 ORDER BY p.n")
    undo = {
        "id": sql.new_id("undo", "p.n", "p.received + 172800"),
        "reverses_id": applied,
        "reason": "'Wrong entry'",
        "created_at": sql.at("p.received + 172800"),
    }
    sql.insert(Allocation, columns | undo, f"{window} AND p.applied > p.allocated")


def _settlements(sql: DemoSql, tenant: Tenant) -> None:
    """A settlement for each reconciled route; one in twenty is a hundred short and still open."""
    finance = User.objects.using(sql.connection.alias).get(tenant=tenant, role=Role.FINANCE)
    short = "CASE WHEN r.n % 20 = 7 AND COALESCE(cash.cents, 0) >= 10000 THEN 10000 ELSE 0 END"
    sql.insert(
        RouteReconciliation,
        {
            "id": sql.new_id("settlement", "r.n", "r.reconciled"),
            "tenant_id": sql.constant(tenant.pk),
            "route_id": "r.id",
            "cash_expected_cents": "COALESCE(cash.cents, 0)",
            "cash_handed_over_cents": f"COALESCE(cash.cents, 0) - {short}",
            "cash_variance_cents": f"-({short})",
            "returns_cents": "COALESCE(back.cents, 0)",
            "variance_disposition": f"CASE WHEN {short} = 0 THEN 'NONE' ELSE 'OPEN' END",
            "variance_reason": f"CASE WHEN {short} = 0 THEN '' ELSE 'One note missing' END",
            "verified_by_id": sql.constant(finance.pk),
            "notes": "''",
            "reconciled_at": sql.at("r.reconciled"),
        },
        "demo_routes AS r "
        "LEFT JOIN (SELECT counts_on, CAST(SUM(amount) AS bigint) AS cents FROM demo_payments WHERE channel = 'CASH' "
        "AND status = 'SUCCEEDED' GROUP BY counts_on) AS cash ON cash.counts_on = r.id "
        "LEFT JOIN (SELECT route_id, CAST(SUM(returned) AS bigint) AS cents FROM demo_sales WHERE kind <> 'cancelled' "
        "GROUP BY route_id) AS back ON back.route_id = r.id WHERE r.reconciled IS NOT NULL",
    )
    source = f"route_reconciliations AS t WHERE t.tenant_id = {sql.constant(tenant.pk)}"
    sql.insert_images(RouteReconciliation, source=source, at="t.reconciled_at")
