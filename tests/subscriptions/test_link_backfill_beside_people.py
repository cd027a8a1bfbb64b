"""The backfill of subscriber links and what people say of them: chosen, kept unlinked, confirmed, guessed before, undone."""

from datetime import date

import pytest

from operations.services.findings import decide_finding
from subscriptions.models import BilledPeriod
from subscriptions.services.plan_subscriptions import confirm_link, link_subscriber
from tests import legacy, make
from tests.engine import here
from tests.subscriptions.old_links import a_line, execute, link_of, links, twins

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db, pytest.mark.usefixtures("no_rests")]


def test_a_person_chooses_a_line_and_the_backfill_never_touches_it_again():
    subscription, old, new = twins()
    finding = execute().findings.get()
    clerk = make.user("ADMIN", of=subscription.tenant)
    decide_finding(
        actor=clerk,
        finding_id=finding.pk,
        decision="choose_line",
        argument=new.pk,
        reason="I called them",
        now=make.NOW,
    )
    assert link_of(subscription) == (new.pk, "PERSON")
    run = execute(options={"ambiguous": "first-active"})
    assert (run.counts["written"], link_of(subscription)) == (0, (new.pk, "PERSON"))


def test_a_subscription_that_a_person_keeps_unlinked_wants_no_line():
    owner = make.customer()
    line = a_line(owner)
    mistake, right = legacy.plan_subscription(owner), legacy.plan_subscription(owner)
    finding = execute().findings.get(row_id=str(mistake.pk))
    decide_finding(
        actor=None, finding_id=finding.pk, decision="keep", argument="", reason="entered twice", now=make.NOW
    )
    execute()
    assert (link_of(mistake), link_of(right)) == ((None, ""), (line.pk, "ONLY_LINE"))


def test_a_guess_of_an_earlier_run_proves_nothing_about_other_lines():
    owner = make.customer()
    old, new = a_line(owner), a_line(owner)
    first = legacy.plan_subscription(owner)
    execute(options={"ambiguous": "first-active"})
    second = legacy.plan_subscription(owner, start_date=date(2025, 2, 1))
    assert execute().counts["verdicts"] == {"ambiguous": 1}
    execute(options={"ambiguous": "first-active"})
    assert (link_of(first)[0], link_of(second)[0]) == (old.pk, new.pk)


def test_undo_is_the_identity_but_for_links_confirmed_or_billed_since():
    subscriptions = []
    for _ in range(4):
        a_line(owner := make.customer())
        subscriptions.append(legacy.plan_subscription(owner))
    before = links()
    run = execute()
    plain, confirmed, billed, corrected = subscriptions
    for each in subscriptions:
        each.refresh_from_db()
    confirm_link(actor=None, subscription=confirmed, reason="I called them", now=make.NOW)
    BilledPeriod.objects.create(
        tenant=billed.tenant, subscription=billed, period_start=date(2026, 1, 1), period_end=date(2026, 1, 31),
        usage_bytes=1, status="NO_CHARGE", measured_at=make.NOW,
    )  # fmt: skip
    other = a_line(corrected.customer)
    link_subscriber(actor=None, subscription=corrected, subscriber_id=other.pk, reason="the other one", now=make.NOW)
    undone = here.undo(run)
    assert links()[plain.pk] == before[plain.pk]
    assert [link_of(each)[1] for each in (confirmed, billed, corrected)] == ["ONLY_LINE", "ONLY_LINE", "PERSON"]
    assert undone.counts["verdicts"] == {"signed_since": 2, "changed_since": 1}
