"""The edge cases of the reference, by number, that are about no single rule of charging.

1 and 2: a billing that is interrupted; 15: the borders of a cap; 16 and 17: from the network's packets to the charge; 22 to 25:
whose line it is. The other numbers are in test_usage_billing_edges.py, test_usage_billing_by_hand.py and test_usage_alerts.py.
"""

import re
from datetime import date
from pathlib import Path

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from accounts.ids import new_id
from billing.models import Invoice
from subscriptions import services
from subscriptions.invariants.plan_subscriptions import links_stay_in_the_family
from subscriptions.models import BilledPeriod, PlanSubscription, UsagePass
from tests import make
from tests.api.clients import client_of, error_of, post
from tests.subscriptions.usage import MIDNIGHT, a_packet, at, counted, ingest
from tests.subscriptions.usage_bills import GB, bill, period, subscribed, use

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db]

SUBSCRIPTIONS = "/api/v1/services/internet-plans/subscriptions"
LINES, RECORDS = "/api/v1/services/subscribers", "/api/v1/services/usage-records"
NUMBER = re.compile(r"^def test_(?:edge_case_)?(\d\d)_", re.MULTILINE)


def test_each_of_the_25_edge_cases_has_a_test_by_its_number():
    files = Path(__file__).parent.glob("test_*.py")
    numbers = {int(number) for file in files for number in NUMBER.findall(file.read_text())}
    assert set(range(1, 26)) - numbers == set()


def test_01_a_call_that_begins_anew_finds_what_was_settled_before_and_invoices_nothing_twice():
    subscription = subscribed(110)
    assert bill().invoices_created == 1
    UsagePass.objects.all().delete()  # killed before it could say how far it had come
    assert bill().skipped_by_reason == {"already_billed": 1}
    settled = period(subscription)
    settled.pk = new_id()
    with pytest.raises(IntegrityError), transaction.atomic():
        settled.save(force_insert=True)
    assert Invoice.objects.count() == 1


def test_02_a_step_that_fails_after_the_invoice_takes_the_invoice_with_it_and_the_next_call_makes_it_once():
    subscribed(110)

    def refuses(execute, sql, params, many, context):
        if "INSERT" in sql and "billed_periods" in sql:
            raise OperationalError("the disk is full")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuses):
        assert bill().failed == 1
    assert (Invoice.objects.count(), BilledPeriod.objects.count()) == (0, 0)
    assert bill().invoices_created == 1
    assert [invoice.sequence for invoice in Invoice.objects.all()] == [1]


@pytest.mark.parametrize(
    ("used_bytes", "status", "cents"),
    [(100 * GB - 1, "NO_CHARGE", []), (100 * GB, "NO_CHARGE", []), (100 * GB + 1, "BILLED", [50])],
)
def test_15_a_cap_that_is_reached_to_the_byte_costs_nothing_and_one_byte_more_begins_a_unit(used_bytes, status, cents):
    subscription = subscribed(plan=make.a_plan(overage_rounding="STARTED_UNIT"))
    use(subscription, 0, used_bytes=used_bytes)
    bill()
    assert period(subscription).status == status
    assert list(Invoice.objects.values_list("total_cents", flat=True)) == cents


def test_15_one_byte_beyond_the_cap_that_rounds_to_nothing_makes_no_invoice():
    subscription = subscribed(plan=make.a_plan(overage_rounding="EXACT"))
    use(subscription, 0, used_bytes=100 * GB + 1)
    assert bill().skipped_by_reason == {"no_overage": 1}
    assert not Invoice.objects.exists()


def test_16_a_session_over_a_period_border_is_charged_in_both_periods_by_its_time_in_each():
    subscription = subscribed()
    use(subscription, 440, started_at=at(days=-3), ended_at=at(days=1))
    bill(at(days=40))
    used = {one.period_start: one.usage_bytes // GB for one in BilledPeriod.objects.all()}
    assert used == {date(2026, 1, 1): 330, date(2026, 2, 1): 110}
    assert list(Invoice.objects.values_list("total_cents", flat=True)) == [230 * 50 + 10 * 50]


def test_17_packets_that_come_twice_late_wrapped_or_never_are_charged_as_what_was_carried():
    subscription = subscribed()
    line = subscription.subscriber
    wrapped = 2**32 - 10
    packets = [
        a_packet(line, 1, -60 * 24, wrapped, started_at=at(days=-2).isoformat()),
        a_packet(line, 3, -60 * 22, 90, 110 * GB, started_at=at(days=-2).isoformat()),
        a_packet(line, 2, -60 * 23, 40, started_at=at(days=-2).isoformat()),  # late, and its counter has wrapped
    ]  # and no stop
    ended_before = a_packet(line, 1, -60 * 72, 7, session="s2", started_at=at(days=-2).isoformat())
    done = ingest(line.tenant, *packets, packets[1], ended_before)
    assert (done.taken, done.repeated, done.rejected_by_code) == (3, 1, {"ends_before_it_starts": 1})
    assert sum(bytes_in for *_, bytes_in, _ in counted(line)) == wrapped + 50 + 50
    bill()
    assert period(subscription).usage_bytes == 110 * GB + wrapped + 100


def test_22_a_line_with_a_subscription_stays_its_customers_and_a_move_is_kept_in_the_terms():
    subscription = subscribed(110)
    old, new = subscription.subscriber_id, make.a_subscriber(subscription.customer)
    services.move_to_subscriber(
        actor=None, subscription=subscription, subscriber_id=new.pk, from_day=date(2026, 1, 16), reason="moved house"
    )
    use(subscription, 40, date(2026, 1, 20), subscriber_id=new.pk)
    use(subscription, 900, date(2026, 1, 25), subscriber_id=old)  # whoever has the old line now pays for it
    bill()
    assert [terms.subscriber_id for terms in subscription.past_terms.all()] == [old]
    assert period(subscription).usage_bytes == 150 * GB


@pytest.mark.damages_rows
def test_23_a_subscription_on_another_businesss_line_by_direct_sql_is_refused_or_found(on_postgres):
    subscription = subscribed()
    theirs = make.a_subscriber(make.customer(of=make.tenant("other")))
    rows = PlanSubscription.objects.filter(pk=subscription.pk)
    if on_postgres:
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(subscriber=theirs)
    else:
        rows.update(subscriber=theirs)
        [violation] = links_stay_in_the_family(using="default")
        assert violation.numbers["line"] == theirs.pk


def test_24_an_administrator_of_another_business_finds_nothing_and_counts_nothing():
    subscription = subscribed(50)
    other = client_of(make.user("ADMIN", of=make.tenant("other")))
    assert other.get(SUBSCRIPTIONS).json()["results"] == []
    assert other.get(LINES).json()["results"] == []
    one, line = f"{SUBSCRIPTIONS}/{subscription.pk}", f"{LINES}/{subscription.subscriber_id}"
    for path in (one, f"{one}/usage", f"{one}/history", line, f"{line}/usage"):
        error_of(other.get(path), 404)
    for step in ("suspend", "confirm-link"):
        error_of(post(other, f"{one}/{step}", {"reason": "mine now"}), 404)
    answer = post(other, RECORDS, [a_packet(subscription.subscriber, 1, 5, 10)]).json()
    assert (answer["taken"], [one["code"] for one in answer["rejections"]]) == (0, ["unknown_subscriber"])


def test_25_each_line_that_is_not_the_customers_is_a_404_in_the_same_words():
    owner, plan = make.customer(), make.a_plan()
    deleted = make.a_subscriber(owner)
    services.delete_subscriber(actor=None, subscriber=deleted, reason="moved away", now=MIDNIGHT)
    elsewhere = make.a_subscriber(make.customer(of=make.tenant("other")))
    admin = client_of(make.user("ADMIN"))
    for line in ("nowhere", make.a_subscriber().pk, elsewhere.pk, deleted.pk):
        said = {"plan_id": str(plan.pk), "customer_id": str(owner.pk), "subscriber_id": line}
        refused = error_of(post(admin, SUBSCRIPTIONS, {**said, "start_date": "2026-01-13"}), 404)
        assert refused["message"] == f"Subscriber {line} not found for customer {owner.pk}"
        assert list(refused["fields"]) == ["subscriber_id"]
