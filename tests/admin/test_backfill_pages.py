"""The pages of backfills: what they show, who may do what, and that nothing happens twice or to strangers' rows."""

import csv
import html
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from billing.models import Payment
from billing.services import set_payment_route
from operations.backfill.registry import backfill_named
from operations.backfill.request import Request, ask_for_run
from operations.backfill.runs import work_on
from operations.models import BackfillFinding, BackfillRun, WorkerSign
from tests import legacy, make

pytestmark = [pytest.mark.engine, pytest.mark.django_db(transaction=True)]

NAME = "payment_route_id"


@pytest.fixture(autouse=True)
def queue():
    """The queue's folder, empty."""
    folder = Path(settings.BROKER_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    for message in folder.glob("*.msg"):
        message.unlink()
    return folder


@pytest.fixture
def payments():
    """Two payments whose sale's route nobody doubts, and one whose sale was on another route then."""
    route, other = make.route(), make.route()
    clear = [legacy.payment(amount, sale=legacy.sale(route=route)) for amount in (1000, 2000)]
    moved = legacy.sale(route=route, images=[(make.later(days=-2), other), (make.later(days=2), route)])
    return [*clear, legacy.payment(3000, sale=moved)]


def address(page="backfill", *more):
    return reverse(f"admin:{page}", args=[NAME, *more])


def text_of(answer):
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


def previewed(client):
    """Preview as a person does, and give the run."""
    answer = client.post(address("backfill-preview"))
    assert answer.status_code == 302, answer.content
    return BackfillRun.objects.get(pk=answer["Location"].split("/runs/")[1].split("/")[0])


def execute(client, preview, **form):
    return client.post(address("backfill-execute", preview.pk), {"reason": "TICKET-9", **form})


def executed(tenant, reason="TICKET-9"):
    """A run to its end, without the pages."""
    run = ask_for_run(Request(backfill_named(NAME), tenant, reason=reason), now=timezone.now())
    return work_on(run.pk, using="default", clock=timezone.now)


def routes_of(payments):
    return list(
        Payment.objects.filter(pk__in=[p.pk for p in payments]).order_by("pk").values_list("route_id", flat=True)
    )


def test_a_preview_shows_classes_samples_and_findings_and_writes_nothing(payments, manager):
    run = previewed(manager)
    answer = manager.get(address("backfill-run", run.pk))
    assert [(share.kind, share.rows) for share in answer.context["shares"]] == [("write", 2), ("unclear", 1)]
    text = text_of(answer)
    assert "Execute: write 2 rows" in text and "its sale was on another route when it was received" in text
    for payment in payments:
        assert reverse("admin:billing_payment_change", args=[payment.pk]) in answer.content.decode()
    sample = answer.context["samples"][0]["changes"][0]
    assert payments[0].sale.route.number in sample["after"] and sample["before"] == "–"
    assert routes_of(payments) == [None, None, None]


def test_an_execution_repeats_the_numbers_and_needs_a_reason(payments, manager):
    run = previewed(manager)
    assert "Execute: write 2 payments" in text_of(manager.get(address("backfill-execute", run.pk)))
    refused = manager.post(address("backfill-execute", run.pk), {"reason": "  "})
    assert refused.status_code == 422 and "Say why" in text_of(refused)
    assert not BackfillRun.objects.filter(is_dry_run=False).exists()


def test_an_execution_is_handed_to_a_worker_and_says_that_none_takes_it(payments, manager, queue):
    answer = execute(manager, previewed(manager))
    [run] = BackfillRun.objects.filter(is_dry_run=False)
    assert answer["Location"] == address("backfill-run", run.pk)
    assert (run.status, run.reason, run.requested_by.role) == ("PENDING", "TICKET-9", "ADMIN")
    assert len(list(queue.glob("*.msg"))) == 1
    assert "start one: make run" in text_of(manager.get(answer["Location"]))
    WorkerSign.objects.create(name="host", seen_at=timezone.now())
    assert "make run" not in text_of(manager.get(answer["Location"]))
    BackfillRun.objects.filter(pk=run.pk).update(created_at=timezone.now() - timedelta(seconds=11))
    assert "No worker takes this job; start one: make run" in text_of(manager.get(answer["Location"]))
    manager.post(address("backfill-run-cancel", run.pk))
    assert BackfillRun.objects.get(pk=run.pk).status == "CANCELLED"


def test_a_second_click_on_execute_shows_the_run_that_there_is(payments, manager):
    preview = previewed(manager)
    first = execute(manager, preview)
    later_preview = previewed(manager)
    for again in (preview, later_preview):
        assert execute(manager, again)["Location"] == first["Location"]
    [run] = BackfillRun.objects.filter(is_dry_run=False)
    work_on(run.pk, using="default", clock=timezone.now)
    assert execute(manager, preview)["Location"] == first["Location"]
    assert BackfillRun.objects.filter(is_dry_run=False).count() == 1


def test_a_run_of_another_business_is_refused_in_words_without_its_name(payments, manager):
    ask_for_run(Request(backfill_named(NAME), make.tenant("elsewhere")), now=timezone.now())
    refused = execute(manager, previewed(manager))
    assert refused.status_code == 409 and "Wait for its end" in text_of(refused) and "TICKET-9" in text_of(refused)


def test_a_wrong_pace_is_told_at_its_field_and_nothing_starts(payments, manager):
    preview = previewed(manager)
    assert execute(manager, preview, batch_size="0").status_code == 422
    refused = execute(manager, preview, window="late")
    assert refused.status_code == 422 and "is not a time window" in text_of(refused)
    assert not BackfillRun.objects.filter(is_dry_run=False).exists()


def test_a_queue_that_is_down_is_told_and_the_run_is_cancelled(payments, manager, queue):
    preview = previewed(manager)
    aside = queue.rename(queue.with_name("broker-aside"))
    queue.write_text("not a folder")
    try:
        refused = execute(manager, preview)
    finally:
        queue.unlink()
        aside.rename(queue)
    assert refused.status_code == 422 and "CELERY_BROKER_URL" in text_of(refused)
    assert [run.status for run in BackfillRun.objects.filter(is_dry_run=False)] == ["CANCELLED"]


def test_a_run_is_paused_and_goes_on(payments, manager):
    execute(manager, previewed(manager))
    [run] = BackfillRun.objects.filter(is_dry_run=False)
    manager.post(address("backfill-run-pause", run.pk))
    answer = manager.get(address("backfill-run", run.pk))
    assert [action.name for action in answer.context["actions"]] == ["resume", "cancel"]
    manager.post(address("backfill-run-resume", run.pk))
    assert BackfillRun.objects.get(pk=run.pk).status == "PENDING"
    manager.post(address("backfill-run-cancel", run.pk))
    told = manager.post(address("backfill-run-pause", run.pk), follow=True)
    assert "there is nothing to stop" in text_of(told)


def test_a_running_run_tells_rate_time_left_batch_and_rest(payments, manager):
    execute(manager, previewed(manager), nice="2")
    run = BackfillRun.objects.get(is_dry_run=False)
    now = timezone.now()
    samples = [{"at": now.timestamp() - 10 + second, "keys": 50 * second} for second in range(3)]
    run.progress = {"samples": samples, "batch_size": 50, "batch_size_reason": "as asked"}
    run.status, run.heartbeat_at, run.worker = "RUNNING", now, "elsewhere:1"
    run.counts |= {"keys": 1, "written": 1}
    run.save()
    answer = manager.get(address("backfill-run-live", run.pk))
    text = text_of(answer)
    assert "1 of 3 rows looked at" in text and "50 rows a second" in text and "about 1 second" in text
    assert "50 rows: as asked" in text and "rests 2 times as long" in text
    assert 'data-live="yes"' in answer.content.decode() and "<html" not in answer.content.decode()
    BackfillRun.objects.filter(pk=run.pk).update(heartbeat_at=now - timedelta(minutes=5))
    assert "Its worker died" in text_of(manager.get(address("backfill-run", run.pk)))


def test_an_ended_run_shows_checks_counts_and_what_comes_next(payments, manager):
    run = executed(make.tenant())
    answer = manager.get(address("backfill-run", run.pk))
    assert [check["holds"] for check in answer.context["checks"]] == [True] * len(run.verification) != []
    assert [action.name for action in answer.context["actions"]] == ["sign-off", "undo"]
    assert "1 row waits for a person" in text_of(answer)
    form = text_of(manager.get(address("backfill-sign-off", run.pk)))
    assert "Distro" in form and "[x] Passed" in form and "TICKET-9" in form


def test_a_failed_run_says_what_broke_and_can_be_resumed(payments, manager):
    run = executed(make.tenant())
    broken = {"check": "no row is left", "holds": False, "found": 7, "expected": 0}
    BackfillRun.objects.filter(pk=run.pk).update(
        status="FAILED", error="no row is left: found 7", verification=[broken]
    )
    answer = manager.get(address("backfill-run", run.pk))
    assert "Broken" in text_of(answer) and "found 7" in text_of(answer)
    assert [action.name for action in answer.context["actions"]] == ["resume", "sign-off", "undo"]


def test_an_undo_foresees_what_it_puts_back_and_leaves(payments, manager):
    run = executed(make.tenant())
    set_payment_route(actor=None, payment=payments[0], route=make.route(), reason="found it")
    answer = manager.get(address("backfill-undo", run.pk))
    assert [(share.kind, share.rows) for share in answer.context["shares"]] == [("write", 1), ("unclear", 1)]
    first = manager.post(address("backfill-undo", run.pk), {"reason": "wrong day"})
    undo = BackfillRun.objects.get(undoes=run)
    assert undo.reason == "wrong day" and first["Location"] == address("backfill-run", undo.pk)
    again = manager.post(address("backfill-undo", run.pk), {"reason": "wrong day"})
    assert again["Location"] == first["Location"]
    work_on(undo.pk, using="default", clock=timezone.now)
    assert "is undone already" in text_of(manager.get(address("backfill-undo", run.pk)))
    history = text_of(manager.get(address()))
    assert "Undone by the run of" in history and "of the run of" in history


def finding_of(run, **where):
    return run.findings.get(needs_decision=True, **where)


def decide(client, *findings, follow=True, query="", **form):
    values = {"finding": [finding.pk for finding in findings], "reason": "cash book", **form}
    return client.post(address("backfill-findings") + query, values, follow=follow)


def test_the_work_list_shows_the_evidence_and_the_choices(payments, bookkeeper):
    run = executed(make.tenant())
    answer = bookkeeper.get(address("backfill-findings"))
    assert answer.context["state"] == "waiting" and answer.context["run"] == run
    [row] = answer.context["rows"]
    facts = {fact.label: str(fact.value) for fact in row["facts"]}
    sale = payments[2].sale
    assert (
        sale.route.number in facts["Sale's route now"]
        and reverse("admin:billing_sale_change", args=[sale.pk]) in facts["Sale"]
    )
    assert "href" in facts["Sale's route then"] and sale.route.number not in facts["Sale's route then"]
    assert "30.00" in facts["Amount"] and "BDT" in facts["Amount"] and facts["Received"] == "13 Jan 2026, 09:00"
    assert [choice.name for choice in row["choices"]] == ["keep", "take_sale_route", "choose_route"]


def test_finance_decides_a_row_and_the_decision_stays_visible(payments, bookkeeper):
    run = executed(make.tenant())
    answer = decide(bookkeeper, finding_of(run), decision="take_sale_route")
    assert "1 row decided" in text_of(answer) and answer.context["tabs"][0]["rows"] == "0"
    assert Payment.objects.get(pk=payments[2].pk).route_id == payments[2].sale.route_id
    decided = text_of(bookkeeper.get(address("backfill-findings") + "?state=decided"))
    assert "Take the sale's route , by Finance" in decided and "cash book" in decided


def test_a_route_is_chosen_by_its_number_and_a_wrong_one_is_told_at_the_row(payments, bookkeeper):
    run = executed(make.tenant())
    finding, third = finding_of(run), make.route()
    refused = decide(bookkeeper, finding, decision="choose_route", argument="N-0")
    assert "There is no route 'N-0'" in refused.context["rows"][0]["refusal"]
    assert refused.context["rows"][0]["typed"].reason == "cash book" and "N-0" in refused.content.decode()
    needs = decide(bookkeeper, finding, decision="choose_route")
    assert "needs a route" in text_of(needs)
    decide(bookkeeper, finding, decision="choose_route", argument=third.number)
    assert Payment.objects.get(pk=payments[2].pk).route_id == third.pk


def test_a_decision_needs_a_reason_and_a_row(payments, bookkeeper):
    run = executed(make.tenant())
    assert "needs a reason" in text_of(decide(bookkeeper, finding_of(run), decision="keep", reason=" "))
    assert "No row is checked" in text_of(decide(bookkeeper, decision="keep"))
    assert finding_of(run).decision is None


def test_many_rows_are_decided_at_once_and_each_refusal_stands_at_its_row(payments, bookkeeper):
    lonely = make.payment(500)
    run = executed(make.tenant())
    waiting, without_sale = finding_of(run), run.findings.get(row_id=str(lonely.pk), kind="no_sale")
    query = "?state=all"
    answer = decide(bookkeeper, waiting, without_sale, decision="take_sale_route", query=query)
    assert "1 row decided" in text_of(answer) and "1 row was refused" in text_of(answer)
    refusals = {row["finding"].pk: row["refusal"] for row in answer.context["rows"] if row["refusal"]}
    assert list(refusals) == [without_sale.pk] and "Choose one of" in refusals[without_sale.pk]
    assert BackfillFinding.objects.get(pk=without_sale.pk).decision is None
    again = decide(bookkeeper, waiting, without_sale, decision="keep", query=query)
    assert "It stays so" in text_of(again) and BackfillFinding.objects.get(pk=without_sale.pk).decision == "keep"


def test_the_next_row_takes_the_place_of_the_last(payments, bookkeeper):
    route = payments[2].sale.route
    other = legacy.sale(route=route, images=[(make.later(days=-2), make.route()), (make.later(days=2), route)])
    legacy.payment(4000, sale=other)
    first, second = executed(make.tenant()).findings.filter(needs_decision=True).order_by("pk")
    assert decide(bookkeeper, first, decision="keep", follow=False)["Location"].endswith(f"#finding-{second.pk}")
    assert decide(bookkeeper, second, decision="keep", follow=False)["Location"].endswith("#finding-list")


def test_findings_are_downloaded_as_csv(payments, bookkeeper):
    run = executed(make.tenant())
    answer = bookkeeper.get(address("backfill-findings-csv") + "?state=waiting")
    lines = list(csv.DictReader(b"".join(answer.streaming_content).decode().splitlines()))
    assert [line["row_id"] for line in lines] == [str(payments[2].pk)]
    assert f"{run.pk}.csv" in answer["Content-Disposition"]


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


def test_a_superuser_chooses_a_business_or_all(payments, owner):
    make.tenant("elsewhere")
    owner.post(address("backfill-preview") + "?tenant=elsewhere")
    owner.post(address("backfill-preview") + "?tenant=all")
    elsewhere, everywhere = BackfillRun.objects.order_by("created_at")
    assert (elsewhere.tenant.slug, elsewhere.counts["would_write"]) == ("elsewhere", 0)
    assert (everywhere.tenant, everywhere.counts["would_write"]) == (None, 2)
    assert owner.get(address() + "?tenant=nowhere").status_code == 404


def test_empty_pages_say_what_would_be_there(manager):
    assert "Nobody has previewed or executed it yet" in text_of(manager.get(address()))
    assert "has not run yet" in text_of(manager.get(address("backfill-findings")))
    run = previewed(manager)
    assert "Nothing to do" in text_of(manager.get(address("backfill-run", run.pk)))
    assert "Payment routes" in text_of(manager.get(reverse("admin:backfills")))


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
