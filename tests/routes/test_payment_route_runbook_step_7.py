"""Step 7 of the runbook of payment routes, its queries as they stand there: what waits, and what is settled and why."""

from collections.abc import Iterator

import pytest

from tests.docs.pages import ROOT, steps
from tests.engine.conftest import *  # noqa: F403 - its databases
from tests.processes import Scratch

pytestmark = [pytest.mark.routes, pytest.mark.django_db]

COMMAND = "backfill_payment_route_id"
DISTRO = "(SELECT id FROM tenants WHERE slug = 'distro')"


@pytest.fixture
def books(small_books) -> Iterator[Scratch]:
    with small_books.copy() as scratch:
        yield scratch


def test_step_7_lists_what_waits_and_what_is_settled_for_a_business_with_every_odd_case(books: Scratch):
    listed, unsettled, settled = (query.replace("'distro'", "'larkfield-dairy'") for query in queries_of_step_7())
    listed = listed.replace("LIMIT 10", "")
    assert books.run(COMMAND, "--tenant", "larkfield-dairy", "--execute").code == 1
    waiting = ids(books, unsettled)
    assert waiting, "the dairy has rows that only a person can settle"
    assert {row[1] for row in books.ask(settled)} == {"received_before_route", "route_reconciled"}
    assert ids(books, listed) == waiting | ids(books, settled)
    assert not waiting & ids(books, settled)

    assert books.start_function(keep_everything).wait().code == 0
    assert ids(books, unsettled) == set()
    assert ids(books, listed) == ids(books, settled) >= waiting
    assert "keep" in {row[2] for row in books.ask(settled)}


def test_step_7_shows_a_mismatch_that_no_run_has_seen(books: Scratch):
    _, unsettled, _ = queries_of_step_7()
    books.run(COMMAND, "--tenant", "distro", "--execute")
    routed = f"tenant_id = {DISTRO} AND sale_id IS NOT NULL AND route_id IS NOT NULL"
    payment = f"SELECT MIN(CAST(id AS TEXT)) FROM payments WHERE {routed}"
    books.ask(f"UPDATE payments SET route_id = NULL WHERE CAST(id AS TEXT) = ({payment})")
    assert len(ids(books, unsettled)) == 1


def queries_of_step_7() -> list[str]:
    """The three queries as they stand in the runbook: all rows, those that nothing settles, the settled ones."""
    page = (ROOT / "docs" / "runbooks" / "payment-route-backfill.md").read_text(encoding="utf-8")
    step = page.split("### Step 7")[1].split("### Step 8")[0]
    return [each.command for each in steps(step) if each.is_sql]


def ids(books: Scratch, query: str) -> set[str]:
    return {str(row[0]) for row in books.ask(query)}


def keep_everything() -> None:
    """Keep every payment as it is, whatever a run said about it."""
    from django.utils import timezone

    from operations.models import BackfillFinding
    from operations.services.findings import decide_finding

    for finding in BackfillFinding.objects.undecided().order_by("pk"):
        if BackfillFinding.objects.get(pk=finding.pk).decision is None:
            decide_finding(
                actor=None, finding_id=finding.pk, decision="keep", reason="the cash book says so", now=timezone.now()
            )
