"""The work list: evidence side by side, decided one by one or many at once; nothing disappears without a trace."""

import csv

import pytest
from django.urls import reverse

from billing.models import Payment
from operations.models import BackfillFinding
from tests import legacy, make
from tests.admin.backfills.clicks import address, decide, executed, finding_of, previewed, text_of

pytestmark = [pytest.mark.engine, pytest.mark.django_db(transaction=True)]


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


def test_home_counts_a_row_that_two_runs_found_once_and_leads_to_the_work(payments, bookkeeper, manager):
    previewed(manager)
    home = bookkeeper.get(reverse("admin:index"))
    assert "Findings to decide 0" in text_of(home)
    for _ in range(2):
        executed(make.tenant())
    home = bookkeeper.get(reverse("admin:index"))
    assert "Findings to decide 1" in text_of(home) and reverse("admin:backfills") in home.content.decode()
