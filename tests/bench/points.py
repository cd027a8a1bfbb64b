"""The balances of 50,000 people: `python -m tests.postgres python -m tests.bench.points [--transactions N]`, 5,000,000 as a rule.

What the database does for the page of balances, by its API and in the admin, against the way of the old system: the sums of what
came to each person and went from them, person by person, or of all of them in one statement. The same again with a tenth of the
transactions, to see that the page does not depend on them. Needs PostgreSQL, as `make bench` gives it.
"""

import time
from collections.abc import Callable, Iterable
from statistics import median
from typing import Any

from tests.bench.alone import Alone, OwnBooks, books_of
from tests.bench.loading import rebuilt
from tests.bench.table import Line, at_most

MOST_PEOPLE = 50_000
SAMPLE = 200
TIMES = 5
MOST_SECONDS = 0.1
MOST_QUERIES = 10
PASSWORD = "bench"  # noqa: S105 - of a database that is dropped at the end
PERSON = "('019b0000-0000-7000-8001-' || lpad(to_hex({}), 12, '0'))::uuid"
PEOPLE = f"""
    INSERT INTO users (id, email, name, tenant_id, role, password, is_staff, is_active, is_superuser, created_at)
    SELECT {PERSON.format("p")}, 'p' || p || '@example.com', 'Person ' || p, %(tenant)s, 'CUSTOMER', '!', false, true, false,
        now()
    FROM generate_series(0, %(people)s - 1) p"""
# Of four rows of a person one issues points, two send some, one is a fee: nobody ever has less than nothing.
ROWS = f"""
    INSERT INTO cashback_transaction (id, tenant_id, from_user_id, from_account, to_user_id, to_account, points_cents,
        transaction_type, notes, user_notes, cashback_type, created_at)
    SELECT ('019b0000-0000-7000-8002-' || lpad(to_hex(n), 12, '0'))::uuid, %(tenant)s,
        CASE WHEN kind = 0 THEN NULL ELSE {PERSON.format("p")} END, CASE WHEN kind = 0 THEN 'ISSUANCE' ELSE '' END,
        CASE kind WHEN 0 THEN {PERSON.format("p")} WHEN 3 THEN NULL ELSE {PERSON.format("(p + kind) %% %(people)s")} END,
        CASE WHEN kind = 3 THEN 'ADJUSTMENT' ELSE '' END, CASE kind WHEN 0 THEN 1000 + p %% 997 WHEN 3 THEN 60 ELSE 50 * kind END,
        (ARRAY['unconditional', 'transfer', 'transfer', 'deduction'])[kind + 1], '', '', '', now() - interval '1 second' * n
    FROM (SELECT n, n %% %(people)s AS p, n / %(people)s %% 4 AS kind FROM generate_series(0, %(rows)s::bigint - 1) n) each"""
SIDES = """
    SELECT to_user_id AS person, to_account AS house, points_cents AS cents FROM cashback_transaction
    UNION ALL SELECT from_user_id, from_account, -points_cents FROM cashback_transaction"""
ACCOUNTS = f"""
    INSERT INTO cashback_accounts (id, tenant_id, user_id, kind, balance_cents, debt_cents, created_at)
    SELECT gen_random_uuid(), %(tenant)s, person, house, sum(cents), 0, now() FROM ({SIDES}) sides GROUP BY person, house"""
ONE_PERSON = """
    SELECT (SELECT coalesce(sum(points_cents), 0) FROM cashback_transaction WHERE to_user_id = %(person)s),
        (SELECT coalesce(sum(points_cents), 0) FROM cashback_transaction WHERE from_user_id = %(person)s)"""
EVERYBODY = f"SELECT person, sum(cents) FROM ({SIDES}) sides WHERE person IS NOT NULL GROUP BY person"


def people_of(transactions: int) -> int:
    """So many people share these transactions: 50,000, or in a small trial a tenth of its rows."""
    return min(MOST_PEOPLE, transactions // 10)


def load(transactions: int) -> dict[str, Any]:
    """Store people, their ledger, and the running totals over it; the books must be right."""
    from django.db import connection

    from accounts.models import Role, Tenant, User
    from operations.invariants import invariants

    tenant = Tenant.objects.create(slug="lender", name="Lender", currency="INR")
    User.objects.create_user(
        "office@example.com", PASSWORD, name="Office", role=Role.ADMIN, tenant=tenant, is_staff=True
    )
    given = {"tenant": tenant.pk, "people": people_of(transactions), "rows": transactions}
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, given)
        with rebuilt("cashback_transaction"):
            cursor.execute(ROWS, given)
        cursor.execute(ACCOUNTS, given)
    wrong = [entry.name for entry in invariants("cashback") if list(entry.find(using="default"))]
    if wrong:
        raise SystemExit(f"The books are not right: {wrong}")
    return {"transactions": transactions}


def page(transactions: int) -> dict[str, Any]:
    """Open the first page of balances by API and in the admin: what the database needs for it, and how many queries."""
    from django.conf import settings
    from django.test import Client
    from django.urls import reverse

    from accounts.models import User

    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    office = User.objects.get(email="office@example.com")
    browser, program = Client(), Client()
    browser.force_login(office, backend="accounts.permissions.RoleBackend")
    said = {"email": office.email, "password": PASSWORD}
    token = program.post("/api/auth/login", said, content_type="application/json").json()["token"]
    headers = {"Authorization": f"Bearer {token}"}
    admin, api = reverse("admin:cashback_cashbackaccount_changelist"), reverse("cashback-balances")
    doors: dict[str, Callable[[], Any]] = {
        "API": lambda: program.get(api, headers=headers),
        "API, by a part of the name": lambda: program.get(api, {"search": "rson 499"}, headers=headers),
        "admin": lambda: browser.get(admin),
    }
    return {name: in_the_database(door) for name, door in doors.items()}


def in_the_database(door: Callable[[], Any]) -> dict[str, Any]:
    """The seconds that a door's queries take together (the middle one of five turns), and their number."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    turns: list[float] = []
    for _ in range(TIMES + 1):
        with CaptureQueriesContext(connection) as asked:
            answer = door()
        if answer.status_code != 200:
            raise SystemExit(f"{answer.status_code}: {answer.content.decode()[:2000]}")
        turns.append(sum(float(query["time"]) for query in asked))
    if ledger := [query["sql"] for query in asked if "cashback_transaction" in query["sql"]]:
        raise SystemExit(f"The page of balances looks at the ledger: {ledger}")
    return {"seconds": median(turns[1:]), "queries": len(asked)}


def old_way(transactions: int) -> dict[str, Any]:
    """Sum the ledger: person by person (a sample of them), and everybody in one statement."""
    from django.db import connection

    from accounts.models import User

    people = list(User.objects.filter(role="CUSTOMER").order_by("pk")[:SAMPLE].values_list("pk", flat=True))
    with connection.cursor() as cursor:
        started = time.perf_counter()
        for person in people:
            cursor.execute(ONE_PERSON, {"person": person})
            cursor.fetchone()
        each = (time.perf_counter() - started) / len(people)
        started = time.perf_counter()
        cursor.execute(EVERYBODY)
        rows = len(cursor.fetchall())
    return {"each_seconds": each, "grouped_seconds": time.perf_counter() - started, "rows": rows}


def proof(transactions: int) -> dict[str, Any]:
    """Prove every balance from its rows, as `check_books` does."""
    from cashback.invariants.ledger import balances_are_proved

    started = time.perf_counter()
    wrong = len(list(balances_are_proved(using="default")))
    return {"seconds": time.perf_counter() - started, "wrong": wrong}


def figures(books: OwnBooks, *acts: str) -> list[dict[str, Any]]:
    """Answers of these acts on one copy."""
    with books.copy("points") as address:
        return [ALONE.act(address, act, books.payments).answer for act in acts]


def points(server: str, transactions: int) -> Iterable[Line]:
    """Every figure of the page of balances."""
    [pages, old, proved] = figures(books_of(ALONE, server, transactions), "page", "old_way", "proof")
    [of_tenth] = figures(books_of(ALONE, server, transactions // 10), "page")
    people = people_of(transactions)
    for name, seen in pages.items():
        told = f"{people:,} people, {transactions:,} transactions"
        yield at_most(f"page of balances, {name}", seen["seconds"] * 1000, MOST_SECONDS * 1000, "ms", told)
        yield at_most("its queries", seen["queries"], MOST_QUERIES, "")
    seconds, tenth = (seen["admin"]["seconds"] for seen in (pages, of_tenth))
    both = f"{seconds * 1000:.1f} ms against {tenth * 1000:.1f} at {transactions // 10:,} transactions"
    yield at_most("page, admin : with a tenth of the transactions", seconds / max(tenth, 0.001), 1.5, "x", both)
    by_person = f"{old['each_seconds'] * 1000:.2f} ms a person, {old['each_seconds'] * people:.1f} s for {people:,}"
    yield Line(
        "person by person : page, admin", f"{old['each_seconds'] * people / max(seconds, 0.001):,.0f} x", by_person
    )
    grouped = f"{old['grouped_seconds'] * 1000:,.0f} ms for {old['rows']:,} people"
    yield Line("all in one statement : page, admin", f"{old['grouped_seconds'] / max(seconds, 0.001):,.0f} x", grouped)
    yield Line("every balance proved from its rows", f"{proved['seconds']:.1f} s", f"{proved['wrong']} wrong")


ACTS = {"load": load, "page": page, "old_way": old_way, "proof": proof}
ALONE = Alone("tests.bench.points", ACTS, counted="transactions", usually=5_000_000)

if __name__ == "__main__":
    ALONE.program(points, __doc__)
