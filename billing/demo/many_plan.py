"""What each sale and payment of the large demo is: decided by its number, kept in temporary tables until it is written.

Three sales of ten have four payments, the others three (ten payments for three sales). Two sales of a hundred are of each odd
kind; the others were paid on their own truck, and their payments do not say so yet.
"""

# ruff: noqa: S608 - every piece of SQL below is ours: numbers, names of columns, and constants of the demo

from typing import Final

from accounts.demo.people import reps_for
from accounts.demo.sql import DemoSql
from accounts.models import Tenant

TABLES: Final = ("demo_payments", "demo_sales", "demo_customers")

PLAIN: Final = "plain"
MOVED: Final = "moved"
MISMATCH: Final = "mismatch"
TAKEN_OFF: Final = "taken_off"
PAID_BEFORE: Final = "paid_before"
PAID_LATE: Final = "paid_late"
COLLEAGUE: Final = "colleague"
OVERPAID: Final = "overpaid"
COUNTER: Final = "counter"
WITHOUT_HISTORY: Final = "without_history"
CANCELLED: Final = "cancelled"
LINKED: Final = "linked"
ODD_KINDS: Final = (
    MOVED,
    MISMATCH,
    TAKEN_OFF,
    PAID_BEFORE,
    PAID_LATE,
    COLLEAGUE,
    OVERPAID,
    COUNTER,
    WITHOUT_HISTORY,
    CANCELLED,
    LINKED,
)
PERCENT_OF_EACH: Final = 2
HOUR: Final = 3600
UNIT_CENTS: Final = 10_000  # everything in the large demo costs a hundred a pack
GOODS: Final = ("Glucose biscuits, box", "Instant noodles, 8 packs", "Bath soap, 3 bars", "Black tea, 200 g")


def customers_for(payments: int, reps: int) -> int:
    """How many customers: 20,000 at a million payments, as many on each round."""
    return max(payments // 50 // reps, 5) * reps


def make(sql: DemoSql, tenant: Tenant, *, payments: int, tidy: bool = False) -> None:
    """Decide every sale and payment, in `demo_sales` and `demo_payments`; tidy: none of them is odd."""
    mine = f"WHERE tenant_id = {sql.constant(tenant.pk)}"
    sql.keep(
        "demo_customers",
        f"SELECT row_number() OVER (ORDER BY number) - 1 AS n, id FROM customers {mine}",
    )
    sales, odd = payments * 3 // 10, 0 if tidy else PERCENT_OF_EACH
    sql.keep("demo_sales", _sales(sql, payments=payments, sales=sales, odd_percent=odd))
    sql.keep("demo_payments", _payments(sql, payments=payments, sales=sales, odd_percent=odd))


def line_columns(sql: DemoSql) -> dict[str, str]:
    """The one line of each sale: so many packs of one of four goods."""
    names = " ".join(f"WHEN {number} THEN '{name}'" for number, name in enumerate(GOODS))
    return {
        "id": sql.new_id("line", "s.n", "s.ordered"),
        "sale_id": "s.id",
        "description": f"CASE s.n % {len(GOODS)} {names} END",
        "product_code": f"'PACK-' || (s.n % {len(GOODS)})",
        "quantity": f"(s.net + s.returned) / {UNIT_CENTS}",
        "unit_price_cents": str(UNIT_CENTS),
        "total_cents": "s.net + s.returned",
        "tax_rate_bps": "0",
    }


def _kind(sql: DemoSql, odd_percent: int) -> str:
    if not odd_percent:
        return f"'{PLAIN}'"
    names = " ".join(f"WHEN {number} THEN '{kind}'" for number, kind in enumerate(ODD_KINDS))
    return f"CASE {sql.chance('n', 3, 100)} / {odd_percent} {names} ELSE '{PLAIN}' END"


def _sales(sql: DemoSql, *, payments: int, sales: int, odd_percent: int) -> str:
    """Sale n is for a shop on the round of the truck that takes it; `other` is the truck beside it."""
    reps = reps_for(payments)
    shop = sql.chance("n", 2, customers_for(payments, reps) // reps)
    chosen = (
        f"SELECT n, {_kind(sql, odd_percent)} AS kind, {shop} AS shop, "
        f"n * (SELECT COUNT(*) FROM demo_routes) / {sales} AS route_n, "
        f"(20 + {sql.chance('n', 1, 181)}) * {UNIT_CENTS} AS net, "
        f"CASE WHEN {sql.chance('n', 4, 100)} < 3 THEN {2 * UNIT_CENTS} ELSE 0 END AS returned "
        f"FROM {sql.numbers(0, sales)}"
    )
    return (
        f"SELECT c.n, c.kind, c.net, c.returned, customer.id AS customer_id, own.rep_id, other.rep_id AS other_rep_id, "
        f"own.leaves, own.reconciled, own.leaves - {24 * HOUR} AS ordered, own.leaves - {16 * HOUR} AS loaded, "
        f"{_last_change()} AS last_change, own.id AS first_route_id, CASE WHEN c.kind IN ('{COUNTER}', '{TAKEN_OFF}') "
        f"THEN NULL WHEN c.kind IN ('{MOVED}', '{MISMATCH}') THEN other.id ELSE own.id END AS route_id, "
        f"{sql.new_id('sale', 'c.n', f'own.leaves - {24 * HOUR}')} AS id "
        f"FROM ({chosen}) AS c JOIN demo_routes AS own ON own.n = c.route_n "
        f"JOIN demo_routes AS other ON other.n = CASE WHEN c.route_n = (SELECT MAX(n) FROM demo_routes) "
        f"THEN c.route_n - 1 ELSE c.route_n + 1 END "
        f"JOIN demo_customers AS customer ON customer.n = c.route_n % {reps} + c.shop * {reps}"
    )


def _last_change() -> str:
    """When the sale got its present state: with its last payment, or when it was moved after it."""
    return (
        f"CASE WHEN c.kind = '{PAID_BEFORE}' THEN own.leaves - {15 * HOUR} WHEN c.kind = '{PAID_LATE}' "
        f"AND own.reconciled IS NOT NULL THEN own.reconciled + {52 * HOUR} ELSE own.leaves + {9 * HOUR} END"
    )


def _payments(sql: DemoSql, *, payments: int, sales: int, odd_percent: int) -> str:
    """Payment n is part of sale n * 3 / 10: first 30, then 20, 25 and 25 percent of it."""
    part = "n - (n * 3 / 10 * 10 + 2) / 3"
    trouble = sql.chance("n", 6, 100)
    channel = sql.chance("n", 7, 10)
    chosen = (
        f"SELECT n, n * 3 / 10 AS sale_n, {part} AS part, "
        f"CASE WHEN {sql.chance('n', 5, 100)} < {odd_percent} THEN 1 ELSE 0 END AS is_without_sale, "
        f"CASE {trouble} WHEN 0 THEN 'FAILED' WHEN 1 THEN 'PENDING' WHEN 2 THEN 'REVERSED' ELSE 'SUCCEEDED' END AS status, "
        f"CASE WHEN {channel} < 6 THEN 'CASH' WHEN {channel} < 9 THEN 'MOBILE_MONEY' ELSE 'BANK_TRANSFER' END AS channel "
        f"FROM {sql.numbers(0, payments)}"
    )
    shared = (
        f"SELECT c.n, c.sale_n, c.part, c.is_without_sale, c.status, c.channel, s.kind, s.id, s.customer_id, s.rep_id, "
        f"s.other_rep_id, s.first_route_id, s.route_id, {_received()} AS received, "
        f"s.net * CASE c.part WHEN 0 THEN 30 WHEN 1 THEN 20 ELSE 25 END / 100 AS share "
        f"FROM ({chosen}) AS c JOIN demo_sales AS s ON s.n = c.sale_n"
    )
    own_link = f"p.kind IN ('{MISMATCH}', '{TAKEN_OFF}', '{LINKED}') AND p.is_without_sale = 0"
    pays = f"p.is_without_sale = 0 AND p.kind <> '{CANCELLED}'"
    nowhere = f"'{MOVED}', '{PAID_BEFORE}', '{PAID_LATE}', '{COUNTER}'"
    return (
        f"SELECT p.n, p.sale_n, p.status, p.channel, p.customer_id, p.received, "
        f"CASE WHEN p.is_without_sale = 0 THEN p.id END AS sale_id, "
        f"CASE WHEN {own_link} THEN p.first_route_id END AS route_id, "
        f"CASE p.kind WHEN '{COUNTER}' THEN NULL WHEN '{COLLEAGUE}' THEN p.other_rep_id ELSE p.rep_id END AS collected_by_id, "
        f"p.share + CASE WHEN p.kind = '{OVERPAID}' AND p.part = 2 THEN {5 * UNIT_CENTS} ELSE 0 END AS amount, "
        f"CASE WHEN {pays} AND p.status = 'SUCCEEDED' THEN p.share ELSE 0 END AS allocated, "
        f"CASE WHEN {pays} AND p.status IN ('SUCCEEDED', 'REVERSED') THEN p.share ELSE 0 END AS applied, "
        f"CASE WHEN p.is_without_sale = 0 AND p.kind NOT IN ({nowhere}) THEN p.first_route_id END AS counts_on, "
        f"{sql.new_id('payment', 'p.n', 'p.received')} AS id FROM ({shared}) AS p"
    )


def _received() -> str:
    """On the trip, except where the story says otherwise: a day before it, or two days after it was settled."""
    late = f"s.kind = '{PAID_LATE}' AND s.reconciled IS NOT NULL"
    return (
        f"CASE WHEN s.kind = '{PAID_BEFORE}' THEN s.leaves - {20 * HOUR} + c.part * 60 "
        f"WHEN {late} THEN s.reconciled + {48 * HOUR} + c.part * {HOUR} "
        f"ELSE s.leaves + {HOUR} + c.sale_n % 10 * 2400 + c.part * 300 END"
    )
