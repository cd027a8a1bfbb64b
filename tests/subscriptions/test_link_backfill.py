"""The backfill of subscriber links on stored rows: what is written, what is left and why."""

from datetime import UTC, date, datetime

import pytest

from operations.models import BackfillChange
from subscriptions.models import Subscriber
from subscriptions.services.plan_subscriptions import delete_subscriber
from tests import legacy, make
from tests.engine import here
from tests.subscriptions.old_links import (
    a_line,
    an_old_line,
    execute,
    link_of,
    twins,
)

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db, pytest.mark.usefixtures("no_rests")]


def test_zero_lines_leave_it_and_say_so():
    subscription = legacy.plan_subscription()
    run = execute()
    assert link_of(subscription) == (None, "")
    assert (run.status, run.counts["verdicts"]) == ("SUCCEEDED", {"no_line": 1})
    assert here.found(run) == {"no_line": 1} and not run.findings.get().needs_decision


def test_one_line_is_taken_with_its_evidence_and_history():
    line = a_line(owner := make.customer())
    subscription = legacy.plan_subscription(owner)
    run = execute(reason="OPS-3")
    assert link_of(subscription) == (line.pk, "ONLY_LINE")
    evidence = BackfillChange.objects.get(run=run, row_id=str(subscription.pk)).evidence
    assert (evidence["decided_by"], evidence["chosen"]["subscriber_id"], evidence["rejected"]) == (
        "ONLY_LINE",
        line.pk,
        [],
    )
    image = subscription.history.latest("history_id")
    assert (image.subscriber_id, image.link_source, image.history_change_reason, image.backfill_run) == (
        line.pk, "ONLY_LINE", "OPS-3", run.pk,
    )  # fmt: skip


def test_many_lines_that_nothing_tells_apart_are_left_to_a_person_with_the_candidates():
    subscription, old, new = twins()
    run = execute()
    assert link_of(subscription) == (None, "")
    finding = run.findings.get()
    assert (finding.kind, finding.needs_decision) == ("ambiguous", True)
    assert [each["subscriber_id"] for each in finding.detail["rejected"]] == [old.pk, new.pk]


def test_first_active_takes_the_oldest_active_line_and_lists_the_rejected_ones():
    owner = make.customer()
    old, new = a_line(owner, status="SUSPENDED"), a_line(owner)
    subscription = legacy.plan_subscription(owner)
    run = execute(options={"ambiguous": "first-active"})
    assert link_of(subscription) == (new.pk, "FIRST_ACTIVE")
    finding = run.findings.get()
    assert (finding.kind, finding.needs_decision) == ("FIRST_ACTIVE", False)
    assert [each["subscriber_id"] for each in finding.detail["rejected"]] == [old.pk]


def test_oldest_terminated_and_newer_active_takes_the_active_one():
    owner = make.customer()
    _, new = a_line(owner, status="TERMINATED"), a_line(owner)
    subscription = legacy.plan_subscription(owner)
    execute()
    assert link_of(subscription) == (new.pk, "MATCHED")


def test_all_lines_deleted_leaves_it_and_says_so():
    subscription, *lines = twins()
    for line in lines:
        delete_subscriber(actor=None, subscriber=line, reason="moved away", now=make.NOW)
    assert execute().counts["verdicts"] == {"lines_deleted": 1}
    assert link_of(subscription) == (None, "")


def test_a_tie_in_created_at_is_broken_by_id():
    owner = make.customer()
    lines = [an_old_line(owner, id=name) for name in ("line-b", "line-a", "line-c")]
    Subscriber.objects.update(created_at=make.NOW)
    subscription = legacy.plan_subscription(owner)
    execute(options={"ambiguous": "first-active"})
    assert link_of(subscription) == (min(line.pk for line in lines), "FIRST_ACTIVE")


def test_the_same_customer_id_under_another_tenant_is_nobody_elses_line():
    owner = make.customer()
    an_old_line(owner, tenant=make.tenant("other-isp"))
    new = a_line(owner)
    subscription = legacy.plan_subscription(owner)
    execute()
    assert link_of(subscription) == (new.pk, "ONLY_LINE")


def test_a_line_without_a_customer_is_nobodys():
    owner = make.customer()
    an_old_line(owner, customer=None)
    new = a_line(owner)
    subscription = legacy.plan_subscription(owner)
    execute()
    assert link_of(subscription) == (new.pk, "ONLY_LINE")


def test_two_subscriptions_and_two_lines_are_matched_one_to_one_by_speed_in_kbps():
    owner = make.customer()
    fast, slow = a_line(owner, download_kbps=100_000), a_line(owner, download_kbps=20_000)
    of_slow = legacy.plan_subscription(owner, plan=make.a_plan(owner.tenant, download_kbps=20_000))
    of_fast = legacy.plan_subscription(owner)
    execute()
    assert (link_of(of_fast), link_of(of_slow)) == ((fast.pk, "MATCHED"), (slow.pk, "MATCHED"))


def test_three_subscriptions_and_two_lines_wait_for_a_person_and_the_third_is_never_doubled():
    owner = make.customer()
    lines = [a_line(owner), a_line(owner)]
    three = [legacy.plan_subscription(owner, start_date=date(2025, 1, day)) for day in (1, 2, 3)]
    assert execute().counts["verdicts"] == {"ambiguous": 3}
    run = execute(options={"ambiguous": "first-active"})
    assert [link_of(each)[0] for each in three] == [lines[0].pk, lines[1].pk, None]
    assert run.counts["verdicts"] == {"line_taken": 1}


def test_a_line_that_a_linked_subscription_has_is_claimed():
    owner = make.customer()
    free, taken = a_line(owner), a_line(owner)
    make.a_plan_subscription(subscriber=taken, start_date=date(2025, 1, 1))
    subscription = legacy.plan_subscription(owner)
    execute()
    assert link_of(subscription) == (free.pk, "MATCHED")


def test_a_telephone_line_is_not_an_internet_line():
    owner = make.customer()
    fibre = a_line(owner)
    a_line(owner, service_type="VOIP")
    subscription = legacy.plan_subscription(owner)
    execute()
    assert link_of(subscription) == (fibre.pk, "MATCHED")


def test_start_and_activation_in_the_tenants_days_tell_lines_apart():
    owner = make.customer()
    a_line(owner, activated_at=datetime(2023, 3, 1, tzinfo=UTC))
    then = a_line(owner, activated_at=datetime(2025, 1, 2, tzinfo=UTC))
    subscription = legacy.plan_subscription(owner)
    execute()
    assert link_of(subscription) == (then.pk, "MATCHED")


def test_a_line_that_names_the_subscription_is_taken_even_when_it_is_deleted():
    subscription, _, new = twins()
    old = a_line(subscription.customer, metadata={"subscription_id": str(subscription.pk).upper()})
    delete_subscriber(actor=None, subscriber=old, reason="moved away", now=make.NOW)
    execute()
    assert link_of(subscription) == (old.pk, "METADATA")
