"""The backfill of subscriber links on stored rows: what is written, what is left and why, and that it finishes in one run."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from accounts.ids import new_id
from billing.models import Customer
from operations.backfill import backfill_named
from operations.backfill.preview import preview
from operations.backfill.request import Request
from operations.models import BackfillChange, BackfillRun
from operations.services.findings import decide_finding
from subscriptions.models import BilledPeriod, PlanSubscription, Subscriber
from subscriptions.services.plan_subscriptions import confirm_link, delete_subscriber, link_subscriber
from tests import legacy, make
from tests.engine import here

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db]

NAME = "plan_subscription_subscriber_id"
COMMAND = "backfill_plan_subscription_subscriber_id"


@pytest.fixture(autouse=True)
def no_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operations.backfill.runner.SQLITE_REST_SECONDS", 0)


def a_line(owner: Any, **fields: Any) -> Subscriber:
    """A line of which nobody wrote down when it began."""
    return make.a_subscriber(owner, **{"activated_at": None, **fields})


def an_old_line(owner: Any, **columns: Any) -> Subscriber:
    """A line as the old system stored it, in a state that our services do not make, and without history."""
    values = {
        "id": str(new_id()),
        "username": f"old-{new_id()}",
        "status": "ACTIVE",
        "tenant": owner.tenant,
        "customer": owner,
    }
    [line] = Subscriber.objects.bulk_create([Subscriber(**{**values, **columns})])
    return line


def execute(**request: Any) -> BackfillRun:
    return here.execute(NAME, **request)


def link_of(subscription: PlanSubscription) -> tuple[str | None, str]:
    return PlanSubscription.objects.values_list("subscriber_id", "link_source").get(pk=subscription.pk)


def links() -> dict[Any, tuple[str | None, str]]:
    return {
        pk: (line, source)
        for pk, line, source in PlanSubscription.objects.values_list("pk", "subscriber_id", "link_source")
    }


def twins(owner: Any = None) -> tuple[PlanSubscription, Subscriber, Subscriber]:
    """One old subscription and two lines that nothing tells apart; the first is older."""
    owner = owner or make.customer()
    old = a_line(owner)
    return legacy.plan_subscription(owner), old, a_line(owner)


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


def messy_books() -> None:
    """Customers of every kind, one after the other, so that batches of any size cut through them."""
    owners = [make.customer() for _ in range(8)]
    for turn in range(3):  # ids are ordered in time: the subscriptions of one customer lie far apart
        for number, owner in enumerate(owners):
            if turn <= number % 3:
                legacy.plan_subscription(owner, start_date=date(2025, 1 + turn, 1))
    for number, owner in enumerate(owners):
        for _ in range(number % 4):
            a_line(owner, download_kbps=100_000 if number % 2 else None)


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


def test_the_command_says_the_lines_of_the_checklist_and_its_numbers_add_up(tmp_path: Path):
    for _ in range(3):
        a_line(owner := make.customer())
        legacy.plan_subscription(owner)
    subscription, old, new = twins()
    legacy.plan_subscription()
    log = tmp_path / "cases.log"
    dry = here.command(COMMAND, "--dry-run", "--ambiguous", "first-active", "--log-file", str(log))
    assert dry.code == 0, dry.err
    seen = log.read_text()
    ended = here.command(
        COMMAND, "--commit", "--no-input", "--ambiguous", "first-active", "--log-file", str(log), "--batch-size", "4"
    )
    assert ended.code == 0, ended.err
    for words in (
        "Batch 1: 4 updated, 0 skipped, 0 errors",
        "Total subscriptions checked: 5",
        "Updated successfully: 4 (1 of them ambiguous)",
        "Skipped: 1",
        "Errors: 0",
    ):
        assert words in ended.out
    assert log.read_text() == seen
    assert f"Subscription {subscription.pk}: first active line taken" in seen
    assert f"chosen:      {old.pk}" in seen and f"rejected:    {new.pk}" in seen


def test_an_example_says_that_a_link_was_empty(tmp_path: Path):
    line = a_line(owner := make.customer())
    legacy.plan_subscription(owner)
    words = ("--dry-run", "--log-file", str(tmp_path / "cases.log"))
    assert f"subscriber_id: empty -> {line.pk}, link_source: empty -> ONLY_LINE" in here.command(COMMAND, *words).out
    [sample] = here.command(COMMAND, *words, "--json").json["samples"]
    assert sample["before"] == {"subscriber_id": None, "link_source": ""}


def test_announcements_before_and_after_are_filled_in_from_the_runs_numbers(tmp_path: Path):
    twins()
    a_line(owner := make.customer())
    legacy.plan_subscription(owner)
    words = ("--json", "--log-file", str(tmp_path / "cases.log"))
    kept = here.command(COMMAND, "--dry-run", "--record", *words).json["run_id"]
    before = here.command("backfill_runs", "show", kept, "--announce").out
    assert "PLANNED WORK: Lines of plan subscriptions" in before
    assert "1 plan subscription will be updated." in before
    run = here.command(COMMAND, "--commit", *words).json["run_id"]
    after = here.command("backfill_runs", "show", run, "--announce").out
    for line in ("COMPLETE: Lines of plan subscriptions", "- 1 plan subscription updated in", "- 1 row waits for a person",
                 "- several lines fit equally well: 1"):  # fmt: skip
        assert line in after


def test_answers_in_json_add_up_and_exit_codes_tell_clean_from_waiting(tmp_path: Path):
    twins()
    legacy.plan_subscription()
    ended = here.command(COMMAND, "--commit", "--json", "--log-file", str(tmp_path / "cases.log"))
    answer = ended.json
    assert ended.code == 1
    assert answer["total_checked"] == answer["updated"] + answer["skipped"] + answer["backfill_errors"] == 2
    assert answer["skipped_by_reason"] == {"ambiguous": 1, "no_line": 1}


@pytest.mark.parametrize(
    "words", [("--batch-size", "0"), ("--batch-size", "-5"), ("--log-file", "/nowhere/at/all.log")]
)
def test_what_makes_no_sense_is_refused_at_the_start(words: tuple[str, ...], tmp_path: Path):
    if "--log-file" not in words:
        words += ("--log-file", str(tmp_path / "cases.log"))
    ended = here.command(COMMAND, "--commit", "--no-input", *words)
    assert ended.code == 2 and ended.err
    assert not BackfillRun.objects.exists()
