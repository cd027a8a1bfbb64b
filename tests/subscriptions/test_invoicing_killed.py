"""An invoicing that is killed at any moment and resumed ends as one that was never disturbed: no customer twice, none missed."""

import json
import os
import signal
from datetime import date
from functools import partial

import pytest
from django.db import connection, connections

from tests import make
from tests.processes import Scratch, address_of, copy_database, drop_database

pytestmark = [pytest.mark.dairy, pytest.mark.django_db(transaction=True)]

GENERATE = (
    "generate_invoices",
    "--tenant",
    "distro",
    "--from",
    "2026-01-01",
    "--to",
    "2026-01-31",
    "--no-input",
    "--json",
)
FEW_AT_ONCE = 3


@pytest.fixture
def scratch(tmp_path):
    """A database of its own with eight customers, of whom one has a part-paid sale."""
    from tests.subscriptions.bills import delivered, on_credit

    shops = [make.customer() for _ in range(8)]
    for shop in shops:
        delivered(shop, date(2026, 1, 3)), delivered(shop, date(2026, 1, 4))
    make.payment(100, sale=on_credit(shops[4]))
    connection.close()
    database = Scratch(copy_database(address_of(connection), tmp_path), tmp_path)
    yield database
    database.end_all()
    drop_database(database.url)


def in_small_batches(number: int | None = None) -> None:
    """Set a trap: batches of three, and SIGKILL just before the n-th statement that follows the record of the operation."""
    from subscriptions.services.invoicing import running

    running.CUSTOMERS_AT_ONCE = FEW_AT_ONCE
    if number is None:
        return
    seen = 0

    def trap(execute, sql, params, many, context):
        nonlocal seen
        seen += bool(seen) or "bulk_operations" in sql
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    connections["default"].execute_wrappers.append(trap)


def test_killed_again_and_again_and_resumed_it_answers_for_each_customer_once(scratch):
    died = scratch.run(*GENERATE, before=partial(in_small_batches, 8))
    assert died.code == -signal.SIGKILL, died.err
    operation_id = str(scratch.one("SELECT id FROM bulk_operations"))
    kills = 0
    for number in (*range(3, 60, 4), None):
        ended = scratch.run(
            "generate_invoices", "--resume", operation_id, "--json", before=partial(in_small_batches, number)
        )
        kills += ended.code == -signal.SIGKILL
    assert kills >= 10
    assert ended.code == 0, ended.err
    answer = json.loads(ended.out)
    assert (answer["status"], answer["items_done"], answer["items_total"]) == ("SUCCEEDED", 8, 8)
    assert (
        scratch.one("SELECT count(DISTINCT customer_id) FROM invoices")
        == 8
        == scratch.one("SELECT count(*) FROM invoices")
    )
    assert scratch.one("SELECT count(*) FROM invoice_lines") == 17
    assert scratch.one("SELECT max(sequence) FROM invoices") == 8
    assert scratch.run("check_books").code == 0
