"""Usage is billed by a command, by a background job and by the schedule: the same answer, the same refusals."""

import json
from datetime import date

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from billing.models import Invoice
from operations.services.maintenance import begin_maintenance
from subscriptions.services.usage_passes import LimitIsNoNumber
from subscriptions.tasks import process_usage_billing
from tests import make
from tests.subscriptions.usage_bills import FEBRUARY_4, bill, subscribed, use

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def february(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: FEBRUARY_4)


def run(*options, capsys) -> tuple[int, str]:
    """Run the command; its exit code and what it printed."""
    with pytest.raises(SystemExit) as ended:
        call_command("process_usage_billing", *options)
    return ended.value.code, capsys.readouterr().out


def test_the_command_says_what_it_did(capsys):
    subscribed(110), subscribed(90), subscribed()
    assert run(capsys=capsys) == (
        0,
        "Subscriptions processed: 3\n"
        "  Invoices created: 1\n"
        "  Skipped: 2\n"
        "    No records of a line that was active (usage_unknown): 1\n"
        "    Nothing was used beyond the cap (no_overage): 1\n"
        "  Failed: 0\n"
        "Remaining: 0\n",
    )


def test_the_command_answers_in_json_and_takes_as_many_as_it_is_told(capsys):
    subscribed(110), subscribed(110), subscribed(110)
    code, out = run("--limit", "2", "--json", capsys=capsys)
    answer = json.loads(out)
    assert (code, answer["processed"], answer["remaining"], answer["failed"]) == (0, 2, 1, 0)


def test_one_that_failed_is_exit_1(capsys):
    dear = make.a_plan(overage_price_cents=10**15, monthly_price_cents=0)
    subscription = subscribed(101, plan=dear, start_date=date(2025, 12, 1))
    use(subscription, 101, date(2025, 12, 10))  # an invoice over both periods would ask for too much
    assert run(capsys=capsys)[0] == 1


@pytest.mark.parametrize("options", [("--limit", "0"), ("--batch-size", "-1"), ("--tenant", "nobody")])
def test_what_cannot_be_meant_is_exit_2(options):
    with pytest.raises(CommandError) as refused:
        call_command("process_usage_billing", *options)
    assert refused.value.returncode == 2


def test_the_job_takes_a_limit_as_its_first_argument():
    subscribed(110), subscribed(110)
    assert process_usage_billing(1)["remaining"] == 1
    answer = process_usage_billing()
    assert (answer["status"], answer["processed"], answer["invoices_created"]) == ("finished", 2, 1)


@pytest.mark.parametrize("limit", [0, -1, "10", 2.5, True])
def test_the_job_refuses_a_limit_that_is_no_whole_number(limit):
    with pytest.raises(LimitIsNoNumber):
        process_usage_billing(limit)


def test_a_batch_of_nothing_is_refused_and_goes_on_for_ever_nowhere():
    with pytest.raises(LimitIsNoNumber):
        bill(batch_size=0)


@pytest.mark.damages_rows
def test_a_refusal_is_exit_2_and_an_answer_of_the_job():
    subscription = subscribed(110)
    type(subscription).objects.update(subscriber=None)
    with pytest.raises(CommandError, match="1 of 1 open subscriptions have no line") as refused:
        call_command("process_usage_billing")
    assert refused.value.returncode == 2
    answer = process_usage_billing()
    assert (answer["status"], answer["code"]) == ("refused", "links_are_missing")


def test_a_business_under_maintenance_is_left_out():
    subscribed(110)
    other = make.tenant("other")
    subscribed(110, of=make.customer(of=other))
    begin_maintenance(actor=None, tenant=other, reason="moving", now=FEBRUARY_4)
    assert process_usage_billing()["processed"] == 1
    assert Invoice.objects.get().tenant != other


def test_the_schedule_passes_no_limit():
    entry = settings.CELERY_BEAT_SCHEDULE["process-usage-billing"]
    assert entry["task"] == process_usage_billing.name
    assert not entry.get("args")
