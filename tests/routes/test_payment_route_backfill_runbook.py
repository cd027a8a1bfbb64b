"""The runbook of seed 000, its SQL word for word, on the demo's distributor and on everybody once findings are decided."""

from collections.abc import Iterator

import pytest

from tests.engine.conftest import *  # noqa: F403 - its databases
from tests.processes import Scratch

pytestmark = [pytest.mark.routes, pytest.mark.django_db, pytest.mark.usefixtures("postgres")]

COLUMN = """
SELECT column_name, data_type
FROM information_schema.columns
WHERE table_name = 'payments' AND column_name = 'route_id';
"""
BACKUP = "CREATE TABLE payments_backup_20260113 AS SELECT * FROM payments;"
STILL_MISSING = """
SELECT COUNT(*) as payments_still_missing_route_id
FROM payments p
JOIN sales s ON p.sale_id = s.id
WHERE p.route_id IS NULL
AND s.route_id IS NOT NULL;
"""
MISMATCHES = """
SELECT
    p.id,
    p.sale_id,
    p.route_id as payment_route_id,
    s.route_id as sale_route_id
FROM payments p
JOIN sales s ON p.sale_id = s.id
WHERE s.route_id IS NOT NULL
AND (p.route_id IS NULL OR p.route_id != s.route_id)
LIMIT 10;
"""
TO_DO = "SELECT COUNT(*) FROM payments WHERE route_id IS NULL AND sale_id IN (SELECT id FROM sales WHERE route_id IS NOT NULL);"
DONE = "SELECT COUNT(*) FROM payments WHERE route_id IS NOT NULL;"
DISTRO = "(SELECT id FROM tenants WHERE slug = 'distro')"
COMMAND = "backfill_payment_route_id"


@pytest.fixture
def books(small_books) -> Iterator[Scratch]:
    with small_books.copy() as scratch:
        yield scratch


def decide_everything() -> None:
    """Take the sale's route for every payment whose sale has one, whatever a run said about it."""
    from django.utils import timezone

    from billing.models import Payment
    from operations.backfill import backfill_named
    from operations.models import BackfillFinding
    from operations.services.findings import decide_finding

    backfill = backfill_named("payment_route_id")
    for finding in BackfillFinding.objects.undecided().order_by("pk"):
        if BackfillFinding.objects.get(pk=finding.pk).decision is not None:
            continue
        payment = Payment.objects.select_related("sale__route").get(pk=finding.row_id)
        offered = {choice.name for choice in backfill.choices_for(finding.kind)}
        takes = (
            "take_sale_route" in offered
            and payment.sale
            and payment.sale.route_id
            and payment.sale.route_id != payment.route_id
        )
        decision = "take_sale_route" if takes and payment.sale.route.is_open else "keep"
        decide_finding(
            actor=None, finding_id=finding.pk, decision=decision, reason="as the owner said", now=timezone.now()
        )


def test_the_column_and_the_backup(books: Scratch):
    assert books.ask(COLUMN) == [("route_id", "uuid")]
    books.ask(BACKUP)
    assert books.one("SELECT COUNT(*) FROM payments_backup_20260113") == books.one("SELECT COUNT(*) FROM payments")


def test_the_distributor_gets_the_runbook_s_numbers(books: Scratch):
    preview = books.run(COMMAND, "--tenant", "distro", "--json")
    assert preview.code == 0
    expected = {
        "status": "success",
        "dry_run": True,
        "payments_found": 150,
        "payments_needing_backfill": 120,
        "payments_updated": 0,
        "mismatches_found": 0,
        "message": "Preview 120 payments",
    }
    assert {key: preview.json[key] for key in expected} == expected

    done = books.run(COMMAND, "--tenant", "distro", "--execute", "--json")
    assert done.code == 0
    expected |= {"dry_run": False, "payments_updated": 120, "message": "Updated 120 payments"}
    assert {key: done.json[key] for key in expected} == expected
    assert books.one(STILL_MISSING.replace(";", f" AND p.tenant_id = {DISTRO}")) == 0
    assert books.ask(MISMATCHES.replace("LIMIT", f"AND p.tenant_id = {DISTRO} LIMIT")) == []
    assert books.one(DONE.replace(";", f" AND tenant_id = {DISTRO}")) >= 120


def test_a_run_for_one_business_leaves_the_others_alone(books: Scratch):
    others = f"SELECT * FROM payments WHERE tenant_id <> {DISTRO} ORDER BY id"
    before = books.ask(others)
    books.run(COMMAND, "--tenant", "distro", "--execute")
    assert books.ask(others) == before


def test_with_every_finding_decided_all_queries_give_the_expected_answer(books: Scratch):
    assert books.one(TO_DO) > 120
    assert books.run(COMMAND, "--execute").code == 1
    decided = books.start_function(decide_everything).wait()
    assert decided.code == 0, decided.err
    left = books.one(TO_DO)
    closed = "SELECT COUNT(*) FROM payments p JOIN sales s ON s.id = p.sale_id JOIN routes r ON r.id = s.route_id"
    assert left == books.one(f"{closed} WHERE p.route_id IS NULL AND r.reconciled_at IS NOT NULL")
    assert books.run(COMMAND, "--json").code == 0
    assert books.run("check_books").code == 0


def test_the_raw_rollbacks_are_replaced_by_undo(books: Scratch):
    before = books.ask("SELECT * FROM payments ORDER BY id")
    run = books.run(COMMAND, "--execute", "--json").json["run_id"]
    assert books.ask("SELECT * FROM payments ORDER BY id") != before
    assert books.run("backfill_runs", "undo", run, "--reason", "wrong day").code == 0
    assert books.ask("SELECT * FROM payments ORDER BY id") == before
