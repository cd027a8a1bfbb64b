"""`finance_snapshot` says before and after a migration what is paid and left, and where it differs."""

import json

import pytest

from billing.models import Invoice
from tests import legacy, make
from tests.billing.test_allocation_backfill_undo import old_books
from tests.engine.here import command, execute, undo

pytestmark = [pytest.mark.allocations, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def no_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else writes meanwhile."""
    monkeypatch.setattr("operations.backfill.runner.SQLITE_REST_SECONDS", 0)


def test_the_figures_are_equal_before_after_and_after_the_undo(tmp_path):
    old_books()
    file = str(tmp_path / "before.json")
    written = command("finance_snapshot", "--out", file)
    assert written.code == 0 and "8 invoices written" in written.out
    run = execute("payment_allocations")
    assert command("finance_snapshot", "--compare", file).out.strip() == (
        "Equal: 8 invoices, every total and every balance."
    )
    undo(run)
    assert command("finance_snapshot", "--compare", file).code == 0


def test_a_difference_is_named_with_exit_code_1(tmp_path):
    old_books()
    file = str(tmp_path / "before.json")
    command("finance_snapshot", "--out", file)
    changed = Invoice.objects.filter(total_cents=10_000, status="PAID").first()
    Invoice.objects.filter(pk=changed.pk).update(total_cents=9_000)
    ended = command("finance_snapshot", "--compare", file)
    assert ended.code == 1 and f"invoice {changed.number}" in ended.out and "distro BDT DUES PAID" in ended.out
    found = command("finance_snapshot", "--compare", file, "--json").json
    assert {"where": f"invoice {changed.number}", "figure": "total_cents", "before": 10_000, "after": 9_000} in found[
        "differences"
    ]


def test_new_and_vanished_invoices_are_differences(tmp_path):
    gone = legacy.invoice(900)
    file = str(tmp_path / "before.json")
    command("finance_snapshot", "--out", file)
    Invoice.objects.filter(pk=gone.pk).update(deleted_at=make.NOW)
    new = legacy.invoice(900)
    ended = command("finance_snapshot", "--compare", file)
    assert ended.code == 1 and f"invoice {gone.number}" in ended.out and f"invoice {new.number}" in ended.out


def test_one_tenant_and_its_totals_by_currency_source_and_status(tmp_path):
    legacy.invoice(900, status="PAID", paid_at=make.NOW)
    legacy.invoice(700, to=make.customer(of=make.tenant("other", currency="USD")))
    file = tmp_path / "other.json"
    command("finance_snapshot", "--out", str(file), "--tenant", "other")
    head, line, totals = map(json.loads, file.read_text().splitlines())
    assert (head["tenant"], line["balance_cents"]) == ("other", 700)
    sums = {"invoices": 1, "total_cents": 700, "paid_cents": 0, "balance_cents": 700}
    assert totals["totals"] == {"other USD": sums, "other USD DUES ISSUED": sums}
    assert command("finance_snapshot", "--compare", str(file)).code == 0


@pytest.mark.parametrize("text", [None, "", "[]", "{}", '{"as_of": "yesterday"}'])
def test_a_file_that_is_no_snapshot_is_refused(tmp_path, text):
    file = tmp_path / "figures.json"
    if text is not None:
        file.write_text(text)
    ended = command("finance_snapshot", "--compare", str(file))
    assert ended.code == 2 and "cannot be read as a finance snapshot" in ended.err


def test_a_file_that_ends_too_early_is_refused(tmp_path):
    legacy.invoice(900), legacy.invoice(900)
    file = tmp_path / "before.json"
    command("finance_snapshot", "--out", str(file))
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:2]))
    ended = command("finance_snapshot", "--compare", str(file))
    assert ended.code == 2 and "ends too early" in ended.err
