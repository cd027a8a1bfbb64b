"""Who may look, execute and decide; nobody reaches another business's rows, and nothing starts by looking."""

import pytest
from django.urls import reverse

from tests import make
from tests.admin.backfills.clicks import address, decide, execute, executed, finding_of, previewed, text_of

pytestmark = [pytest.mark.engine, pytest.mark.django_db(transaction=True)]


def test_finance_looks_and_decides_but_does_not_execute(payments, bookkeeper, manager):
    run = previewed(manager)
    assert bookkeeper.get(address("backfill-run", run.pk)).context["actions"] == []
    assert "An administrator" in text_of(bookkeeper.get(address()))
    for page in (
        "backfill-execute",
        "backfill-undo",
        "backfill-run-pause",
        "backfill-run-resume",
        "backfill-run-cancel",
    ):
        assert bookkeeper.post(address(page, run.pk), {"reason": "x"}).status_code == 403
    assert bookkeeper.post(address("backfill-preview")).status_code == 403


def test_a_sales_representative_sees_nothing(payments, as_user):
    rep, run = as_user(make.user(is_staff=True)), executed(make.tenant())
    for path in (reverse("admin:backfills"), address(), address("backfill-run", run.pk), address("backfill-findings")):
        assert rep.get(path).status_code == 403


def test_another_business_answers_404_and_decides_nothing(payments, as_user):
    run = executed(make.tenant())
    stranger = as_user(make.user("ADMIN", of=make.tenant("elsewhere"), is_staff=True))
    for page in ("backfill-run", "backfill-run-live", "backfill-execute", "backfill-undo", "backfill-sign-off"):
        assert stranger.get(address(page, run.pk)).status_code == 404
    assert stranger.get(address("backfill-findings") + f"?run={run.pk}").status_code == 404
    assert stranger.post(address("backfill-run-cancel", run.pk)).status_code == 404
    decide(stranger, finding_of(run), decision="keep")
    assert finding_of(run).decision is None


def test_a_business_sees_its_own_findings_of_a_run_over_all_and_nobody_elses_numbers(payments, manager, as_user):
    run = executed(None)
    answer = manager.get(address("backfill-findings"))
    assert answer.context["run"] == run and len(answer.context["rows"]) == 1
    page = text_of(manager.get(address()))
    assert "over all businesses, this one included" in page and "TICKET-9" not in page
    stranger = as_user(make.user("ADMIN", of=make.tenant("elsewhere"), is_staff=True))
    assert stranger.get(address("backfill-findings")).context["rows"] == []
    assert manager.get(address("backfill-run", run.pk)).status_code == 404


@pytest.mark.parametrize("path", ["nonsense/", "backfill_payment_route_id/", "payment_route_id/findings/?run=nonsense"])
def test_an_unknown_address_answers_404(path, manager):
    assert manager.get(reverse("admin:backfills") + path).status_code == 404


def test_every_click_is_protected_and_looking_never_starts_anything(payments, manager):
    run = previewed(manager)
    for page in ("backfill-run-pause", "backfill-run-cancel", "backfill-run-resume"):
        assert manager.get(address(page, run.pk)).status_code == 405
    manager.handler.enforce_csrf_checks = True
    assert manager.post(address("backfill-preview")).status_code == 403
    assert execute(manager, run).status_code == 403
