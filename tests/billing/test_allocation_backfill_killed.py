"""Real processes: killed at any instant and resumed, there and back, it ends as if undisturbed; its dry run writes nothing."""

import signal
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from tests.billing.test_allocation_backfill_rules import old_invoice
from tests.engine.conftest import empty_books  # noqa: F401 - a fixture
from tests.engine.content import digest
from tests.engine.test_killed_runs import die_at_statement
from tests.processes import Scratch, Template, copy_database, drop_database

pytestmark = [pytest.mark.allocations, pytest.mark.django_db]

COMMAND = "backfill_payment_allocations"
EXECUTE = (COMMAND, "--execute", "--no-input", "--batch-size", "8", "--reason", "PAY-10")
END = {
    "invoices": "SELECT number, status, paid_at, allocated_cents, counts_by_allocations FROM invoices",
    "payments": "SELECT i.number, p.amount_cents, p.allocated_cents, p.channel, p.status, p.received_at, p.reference "
    "FROM payments p JOIN invoices i ON i.id = p.invoice_id",
    "allocations": "SELECT i.number, p.channel, a.amount_cents, a.rank, a.rule, a.reason, a.reverses_id IS NULL "
    "FROM allocations a JOIN invoices i ON i.id = a.invoice_id JOIN payments p ON p.id = a.payment_id",
    "audit": "SELECT i.number, l.action, l.notes FROM payment_audit_logs l JOIN payments p ON p.id = l.payment_id "
    "JOIN invoices i ON i.id = p.invoice_id",
    "history": "SELECT number, status, allocated_cents, history_type FROM historical_invoices",
    "payment history": "SELECT reference, amount_cents, allocated_cents, status, history_type FROM historical_payments",
    "changes": 'SELECT "table", operation, COUNT(*) FROM backfill_changes GROUP BY 1, 2',
    "findings": "SELECT kind, COUNT(*) FROM backfill_findings GROUP BY 1",
    "runs": "SELECT status, COUNT(*) FROM backfill_runs GROUP BY 1",
}
KINDS = [
    ("PAID", []), ("PAID", [4_000]), ("PAID", [4_000, 9_000]), ("PARTIALLY_PAID", [4_000, 1_000]), ("PARTIALLY_PAID", []),
    ("ISSUED", [5_000]), ("OVERDUE", []), ("VOID", [4_000]),
]  # fmt: skip


def old_books() -> None:
    for number in range(32):
        status, paid = KINDS[number % len(KINDS)]
        old_invoice(10_000, *paid, status=status, number=f"OLD-{number:03}")


@pytest.fixture(scope="module")
def old_template(empty_books: Template, tmp_path_factory: Any) -> Iterator[Template]:  # noqa: F811
    folder = tmp_path_factory.mktemp("old-invoices")
    url = copy_database(empty_books.url, folder)
    made = Scratch(url, folder).start_function(old_books).wait()
    assert made.code == 0, made.err
    yield Template(url, folder)
    drop_database(url)


def end(scratch: Scratch) -> dict[str, list]:
    return {name: sorted(map(repr, scratch.ask(question))) for name, question in END.items()}


def test_killed_and_resumed_there_and_back_it_ends_as_if_undisturbed(old_template: Template):
    with old_template.copy() as scratch, old_template.copy() as twin:
        before = end(twin)
        assert twin.run(*EXECUTE).code == 1
        undone = ("backfill_runs", "undo", "{}", "--no-input", "--reason", "back")
        run_and_die(scratch, EXECUTE, first=28)
        assert end(scratch) == end(twin)
        for each in (scratch, twin):
            run_id = str(each.one("SELECT id FROM backfill_runs"))
            words = tuple(word.format(run_id) for word in undone)
            assert (each.run(*words).code == 0) if each is twin else run_and_die(each, words, first=12)
        assert end(scratch) == end(twin)
        assert end(scratch)["invoices"] == before["invoices"]


def run_and_die(scratch: Scratch, words: tuple[str, ...], *, first: int) -> bool:
    """Start, be killed at a statement, resume, be killed at a later one, … until it comes to its end."""
    number, kills, command = first, 0, words
    while scratch.run(*command, before=partial(die_at_statement, number, "before")).code == -signal.SIGKILL:
        active = scratch.ask("SELECT id FROM backfill_runs WHERE status IN ('PENDING', 'RUNNING')")
        command = ("backfill_runs", "resume", str(active[0][0])) if active else words
        number, kills = number + 4, kills + 1
    return kills > 5


@pytest.mark.parametrize("options", [(), ("--json",), ("--limit", "3"), ("--tenant", "distro")])
def test_its_dry_run_leaves_every_table_equal(old_template: Template, options: tuple[str, ...]):
    with old_template.copy() as scratch:
        before = digest(scratch)
        ended = scratch.run(COMMAND, *options)
        assert ended.code == 1, ended.err
        assert digest(scratch) == before


def test_the_guides_lines_and_keys_are_there_in_the_dry_run_and_in_the_execution(old_template: Template):
    with old_template.copy() as scratch:
        lines = [
            "Found 32 total invoices",
            "  PAID invoices backfilled: 12",
            "  PARTIALLY_PAID invoices backfilled: 8",
            "  Unpaid invoices status recomputed: 4",
            "  Total processed: 24",
            "  No orphaned allocations found",
            "  No negative balances found",
        ]
        assert "\n".join(lines) in scratch.run(COMMAND).out
        answer = scratch.run(*EXECUTE, "--json").json
        keys = (
            "invoices_found",
            "paid_backfilled",
            "partially_paid_backfilled",
            "unpaid_recomputed",
            "total_processed",
        )
        assert [answer[key] for key in (*keys, "orphaned_allocations", "negative_balances")] == [32, 12, 8, 4, 24, 0, 0]
        again = scratch.run(COMMAND, "--json").json
        assert again["total_processed"] == 0 and again["message"] == "Preview 0 invoices"
