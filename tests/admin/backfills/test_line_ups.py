"""A finding whose row may belong to one of a few: they stand beside it, and one click chooses."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.errors import RuleBroken
from billing.models import Payment
from operations.admin.workbench.lineups import PICKED
from operations.backfill import Backfill, Candidate, Choice, Lineup, Unclear, registry
from operations.backfill.request import Request, ask_for_run
from operations.backfill.runs import work_on
from operations.models import BackfillFinding
from tests import legacy, make
from tests.admin.backfills.clicks import text_of

pytestmark = [pytest.mark.engine, pytest.mark.django_db(transaction=True)]

ASKED: list[list[str]] = []


def name_it(actor, row, argument, reason):
    if argument == "taken name":
        raise RuleBroken("Another payment has this reference. Choose another one.")
    row.reference = argument
    row.save()


def lineups(row_ids, using):
    ASKED.append(list(row_ids))
    return {row_id: lineup_of(Payment.objects.using(using).get(pk=row_id)) for row_id in row_ids}


def lineup_of(payment):
    facts = {"Amount": payment.amount_cents, "Customer": payment.customer.name}
    free = Candidate("free name", "The free one", {"Amount": 7, "Active": True}, row=payment.customer)
    taken = Candidate("taken name", "The taken one", {"Amount": None}, against="Another payment has it.")
    return Lineup(f"Payment of {payment.amount_cents}", facts, [free, taken])


class Named(Backfill):
    """Leaves every payment without a reference to a person, who picks one of two."""

    name = "test_named"
    title = "Named payments"
    noun = "payments"
    model = Payment
    writes = ("reference",)
    unclear_verdicts = frozenset({"nameless"})
    choices = (
        Choice("keep", "Keep it as it is"),
        Choice("name", "Take this name", apply=name_it, argument="reference", lineups=lineups),
    )

    def candidates(self):
        return Payment.objects.filter(reference="")

    def decide(self, row):
        return Unclear("nameless")


@pytest.fixture
def found(queue):
    """Two payments that wait for a name."""
    registry._registered["test_named"] = Named()
    ASKED.clear()
    [legacy.payment(1000, sale=make.sale()) for _ in range(2)]
    run = ask_for_run(Request(Named(), make.tenant(), reason="x"), now=timezone.now())
    yield list(work_on(run.pk, using="default", clock=timezone.now).findings.order_by("pk"))
    del registry._registered["test_named"]


def work_list(client, **form):
    address = reverse("admin:backfill-findings", args=["test_named"])
    return client.post(address, form, follow=True) if form else client.get(address)


def test_the_row_and_its_candidates_stand_side_by_side_asked_for_once(found, bookkeeper):
    answer = work_list(bookkeeper)
    [lineup] = answer.context["rows"][0]["lineups"]
    assert (lineup.row.title, lineup.row.facts[0]) == ("Payment of 1000", ("Amount", "1000"))
    free, taken = lineup.candidates
    assert "href" in free.title and dict(free.facts) == {"Amount": "7", "Active": "yes"}
    assert (taken.against, dict(taken.facts)) == ("Another payment has it.", {"Amount": "–"})
    assert [[finding.row_id for finding in found]] == ASKED
    assert 'value="name free name" formnovalidate' in answer.content.decode()
    assert [choice.name for choice in answer.context["choices"]] == ["keep"], "nobody picks one name for many rows"


def test_one_click_chooses_and_needs_no_reason(found, bookkeeper):
    answer = work_list(bookkeeper, finding=found[0].pk, pick="name free name", reason="")
    assert "1 row decided" in text_of(answer)
    finding = BackfillFinding.objects.get(pk=found[0].pk)
    assert (finding.decision, finding.decision_detail) == ("name", {"reference": "free name"})
    assert finding.decision_reason == PICKED
    assert Payment.objects.get(pk=finding.row_id).reference == "free name"
    assert [row["finding"].pk for row in answer.context["rows"]] == [found[1].pk], "the next takes its place"


def test_a_reason_that_was_typed_is_kept(found, bookkeeper):
    work_list(bookkeeper, finding=found[0].pk, pick="name free name", reason="asked them")
    assert BackfillFinding.objects.get(pk=found[0].pk).decision_reason == "asked them"


def test_a_refused_pick_says_why_at_its_row_and_decides_nothing(found, bookkeeper):
    answer = work_list(bookkeeper, finding=found[0].pk, pick="name taken name")
    assert "Another payment has this reference" in answer.context["rows"][0]["refusal"]
    assert BackfillFinding.objects.get(pk=found[0].pk).decision is None


def test_other_answers_still_need_a_reason(found, bookkeeper):
    assert "needs a reason" in text_of(work_list(bookkeeper, finding=found[0].pk, decision="keep", reason=""))
