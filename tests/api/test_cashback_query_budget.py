"""Balances and rows of a large ledger: 500 people, 50,000 rows; a page costs at most 10 queries, a file is written as it is sent.

The old system needed 1,511 queries for the page of balances.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.ids import new_id
from accounts.models import User
from cashback.models import CashbackAccount, CashbackTransaction, SystemAccount
from tests import make
from tests.api.clients import client_of
from tests.api.stage import Stage

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]

PEOPLE, EACH = 500, 100
ROWS = PEOPLE * EACH
AT = "created_at"
A = "/api/cashback"


@pytest.fixture
def office():
    return make.user("ADMIN", name="Office")


@pytest.fixture
def holders(office):
    """500 people with running totals of their own, written as a bulk."""
    tenant = office.tenant
    people = [
        User(id=new_id(), email=f"holder{number}@example.com", name=f"Holder {number}", tenant=tenant, role="CUSTOMER")
        for number in range(PEOPLE)
    ]
    User.objects.bulk_create(people)
    held = [CashbackAccount(tenant=tenant, user=person, balance_cents=EACH * 5) for person in people]
    issued = CashbackAccount(tenant=tenant, kind=SystemAccount.ISSUANCE, balance_cents=-5 * ROWS)
    CashbackAccount.objects.bulk_create([*held, issued])
    return people


@pytest.fixture
def large(office, holders):
    """The same with the ledger behind it: each was granted 0.05 a hundred times, a row a second."""
    rows = CashbackTransaction.objects.bulk_create(
        CashbackTransaction(
            tenant=office.tenant,
            from_account=SystemAccount.ISSUANCE,
            to_user=person,
            points_cents=5,
            transaction_type=CashbackTransaction.Type.UNCONDITIONAL,
            created_by_user=office,
            created_at=make.NOW + timedelta(seconds=EACH * number),
        )
        for number, person in enumerate(holders)
    )
    columns = ", ".join(field.column for field in CashbackTransaction._meta.concrete_fields[1:] if field.column != AT)
    made_id, later = {
        "postgresql": ("gen_random_uuid()", f"{AT} + n * interval '1 second'"),
        "sqlite": ("lower(hex(randomblob(16)))", f"strftime('%Y-%m-%d %H:%M:%S', {AT}, '+' || n || ' seconds')"),
    }[connection.vendor]
    numbers = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < %s)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO cashback_transaction (id, {AT}, {columns}) {numbers} "  # noqa: S608
            f"SELECT {made_id}, {later}, {columns} FROM cashback_transaction, numbers",
            [EACH - 1],
        )
    assert len(rows) == PEOPLE
    assert CashbackTransaction.objects.count() == ROWS
    return holders


def told(client: Any, path: str, most: int) -> Any:
    """The answer, which costs at most so many queries."""
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(f"{A}/{path}")
        assert answer.status_code == 200
        said = b"".join(answer) if answer.streaming else answer.json()
    assert len(captured) <= most, [query["sql"][:100] for query in captured]
    return said


def test_pages_of_a_large_ledger_cost_a_handful_of_queries(office, large):
    client = client_of(office)
    for path in ("admin/balances", "admin/balances?page_size=200", "admin/balances?search=holder%204"):
        assert told(client, path, most=6)["results"]
    for path in ("transactions", "transactions?page_size=200", f"transactions?person={large[0].pk}"):
        assert told(client, path, most=6)["results"]
    assert told(client_of(large[7]), "balance", most=10)["balance_cents"] == EACH * 5


def test_a_file_of_the_ledger_has_every_row_and_no_query_for_each(office, large):
    lines = told(client_of(office), f"transactions?format=csv&to={make.TODAY}", most=10).decode().splitlines()
    assert len(lines) == 1 + ROWS
    assert len(set(lines)) == len(lines)


def test_every_person_is_told_once_however_many_have_the_same(office, holders):
    client, page, seen = client_of(office), f"{A}/admin/balances?page_size=200", []
    while page:
        answer = client.get(page).json()
        seen += [row["user"]["name"] for row in answer["results"]]
        page = answer["next"]
    assert len(seen) == len(set(seen)) == PEOPLE


def one_more_of_each(stage: Stage) -> None:
    """One more row of every list, each pointing at people of its own."""
    payment = stage.loan_payment(verify=True)
    stage.loan_config()
    stage.tracker_config()
    entry = make.tracker_entry(on=stage.tracker_that_stays, day=stage.tracker_that_stays.entries.count())
    make.loan_payment(on=stage.loan_that_stays)
    person = stage.somebody_else()
    make.points(person, 10_000)
    make.redemption(by=person)
    assert payment.loan_id != entry.tracker_id


def test_every_list_of_cashback_costs_at_most_six_queries_and_no_more_for_more_rows():
    stage = Stage()
    stage.loan_that_stays, stage.tracker_that_stays = stage.loan(), stage.tracker()
    client = client_of(stage.people["ADMIN"])
    paths = ("transactions", "redemptions", "loans", "trackers", "admin/balances", "admin/tracker-entries")
    paths += (f"loans/{stage.loan_that_stays.pk}/payments", f"trackers/{stage.tracker_that_stays.pk}/entries")
    one_more_of_each(stage)
    of_one = {path: cost_of(client, path) for path in paths}
    for _ in range(3):
        one_more_of_each(stage)
    assert {path: cost_of(client, path) for path in paths} == of_one
    assert max(of_one.values()) <= 6, of_one


def cost_of(client: Any, path: str) -> int:
    """How many queries a list costs that has a row."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(f"{A}/{path}").json()["results"], path
    return len(captured)
