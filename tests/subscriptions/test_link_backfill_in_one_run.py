"""The backfill of subscriber links finishes in one run: any number of rows, in batches of any size, whatever lies in its way."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from accounts.ids import new_id
from billing.models import Customer
from operations.backfill import backfill_named
from operations.backfill.preview import preview
from operations.backfill.request import Request
from subscriptions.models import PlanSubscription, Subscriber
from tests import legacy, make
from tests.engine import here
from tests.subscriptions.old_links import COMMAND, NAME, a_line, execute, link_of, links, messy_books

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db, pytest.mark.usefixtures("no_rests")]


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 20, 34])
def test_any_number_of_subscriptions_is_done_in_one_run(count: int):
    for _ in range(count):
        a_line(owner := make.customer())
        legacy.plan_subscription(owner)
    run = execute(batch_size=10)
    assert run.counts["written"] == count
    assert not PlanSubscription.objects.unlinked().exists()
    assert execute(batch_size=10).counts["written"] == 0


def test_the_checklists_1234_subscriptions_are_done_in_13_batches_12_of_them_ambiguous(tmp_path: Path):
    tenant, count, ambiguous = make.tenant(), 1234, 12
    plan = make.a_plan(tenant)
    owners = [Customer(tenant=tenant, number=f"C-{number}", name=f"Customer {number}") for number in range(count)]
    Customer.objects.bulk_create(owners)
    lines = [
        Subscriber(id=str(new_id()), tenant=tenant, customer=owner, username=f"u{number}-{place}", status="ACTIVE")
        for number, owner in enumerate(owners)
        for place in range(2 if number < ambiguous else 1)
    ]
    Subscriber.objects.bulk_create(lines)
    old = [PlanSubscription(tenant=tenant, customer=owner, plan=plan, start_date=date(2025, 1, 1)) for owner in owners]
    PlanSubscription.objects.bulk_create(old)
    words = ("--commit", "--no-input", "--ambiguous", "first-active", "--batch-size", "100")
    ended = here.command(COMMAND, *words, "--log-file", str(tmp_path / "cases.log"))
    assert ended.code == 0, ended.err
    assert "Total subscriptions checked: 1,234\n" in ended.out
    assert "Updated successfully: 1,234 (12 of them ambiguous)\n" in ended.out
    assert "Batch 13: 34 updated, 0 skipped, 0 errors\n" in ended.out and "Batch 14" not in ended.out
    assert (tmp_path / "cases.log").read_text().count("Subscription ") == ambiguous
    assert not PlanSubscription.objects.unlinked().exists()


def test_a_first_page_that_cannot_be_resolved_holds_up_nobody():
    for _ in range(10):
        legacy.plan_subscription()
    a_line(owner := make.customer())
    last = legacy.plan_subscription(owner)
    run = execute(batch_size=5)
    assert link_of(last)[1] == "ONLY_LINE" and run.counts["verdicts"] == {"no_line": 10}


def test_a_row_in_the_middle_that_cannot_be_decided_is_set_aside(monkeypatch):
    rows = []
    for _ in range(5):
        a_line(owner := make.customer())
        rows.append(legacy.plan_subscription(owner))
    definition, bad = backfill_named(NAME), rows[2].pk
    decide = type(definition).decide

    def breaks(self, row):
        if row.pk == bad:
            raise ArithmeticError("no such line")
        return decide(self, row)

    monkeypatch.setattr(type(definition), "decide", breaks)
    run = execute(batch_size=5)
    assert run.counts["written"] == 4 and here.found(run) == {"quarantined": 1}
    assert link_of(rows[2]) == (None, "")


@pytest.mark.parametrize("ambiguous", ["leave", "first-active"])
def test_any_batch_size_and_any_split_gives_the_links_of_the_dry_run(ambiguous: str):
    messy_books()
    asked = Request(backfill_named(NAME), options={"ambiguous": ambiguous})
    said: dict[Any, Any] = {}

    def hear(row, decision):
        said[row.pk] = getattr(decision, "values", decision)

    preview(asked.plan(), now=make.NOW, on_decision=hear)
    for options in ({"batch_size": 1}, {"batch_size": 3}, {"batch_size": 1000}, {"limit": 2}):
        runs = [execute(options={"ambiguous": ambiguous}, **options)]
        while "limit" in options and runs[-1].counts["written"]:
            runs.append(execute(options={"ambiguous": ambiguous}, **options))
        for key, (line, _) in links().items():
            expected = said[key]["subscriber_id"] if isinstance(said[key], dict) else None
            assert line == expected, (options, key)
        for run in reversed([run for run in runs if run.counts["written"]]):
            here.undo(run)
        assert not PlanSubscription.objects.filter(subscriber__isnull=False).exists()
