"""Accountability: who collected what of what they were to collect; each payment once, and every sum adds up."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from billing import services
from billing.models import Payment
from billing.rules.period import PeriodOutOfRange, PeriodReversed
from billing.selectors.accountability import accountability_of, accountability_of_all
from billing.selectors.route_money import link_verdict_of
from tests import legacy, make
from tests.contract import ACCOUNTABILITY_KEYS

pytestmark = [pytest.mark.routes, pytest.mark.django_db]


def test_a_route_is_expected_to_bring_its_net_sales_and_the_older_debt():
    rep = make.user()
    shop = make.customer(opening_balance_cents=1000)
    route = make.route("PENDING", rep=rep)
    sale = make.sale(5000, to=shop, route=route)
    make.bring(route, to="IN_PROGRESS")
    services.record_return(actor=rep, sale=sale, amount_cents=500, reason="broken")
    make.payment(3000, sale=sale, collected_by=rep)
    make.payment(1200, sale=sale, collected_by=rep, channel="BANK_TRANSFER")

    report = accountability_of(rep)

    assert report.keys() >= ACCOUNTABILITY_KEYS
    assert report["expected_cents"] == 5000 - 500 + 1000
    assert report["returns_cents"] == 500
    assert report["total_collected_from_payments_cents"] == 4200
    assert report["total_collected_from_payments"] == "42.00"
    assert report["collected_cash_cents"] == 3000
    assert report["current_outstanding_cents"] == 1300
    assert (report["payments_counted"], report["payments_via_fallback"]) == (2, 0)
    assert report["routes"][0]["expected_cents"] == 5500


def test_handed_over_cash_counts_only_beyond_the_recorded_cash():
    rep = make.user()
    route = make.route(rep=rep)
    sale = make.sale(5000, route=route)
    make.payment(2000, sale=sale, collected_by=rep)
    make.bring(route, to="RECONCILED", cash_cents=5000)
    report = accountability_of(rep)
    assert report["collected_from_reconciliations_cents"] == 3000
    assert (report["total_collected_cents"], report["current_outstanding_cents"]) == (5000, 0)


@pytest.mark.parametrize("late_cents", [1, 100, 3000, 4999, 5000, 9000])
def test_a_payment_that_turns_up_later_never_lowers_the_collected_total(late_cents):
    rep = make.user()
    route = make.route(rep=rep)
    sale = make.sale(5000, route=route)
    make.bring(route, to="RECONCILED", cash_cents=5000)
    before = accountability_of(rep)["total_collected_cents"]
    legacy.payment(late_cents, sale=sale, route=route)
    after = accountability_of(rep)["total_collected_cents"]
    assert (before, after) == (5000, max(5000, late_cents))


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "FAILED"},
        {"status": "REVERSED"},
        {"status": "REFUNDED"},
        {"status": "PENDING"},
        {"status": "INITIATED"},
        {"verification_status": "REJECTED"},
        {"verification_status": "PENDING_VERIFICATION"},
    ],
)
def test_what_is_no_money_in_counts_nowhere(fields):
    rep = make.user()
    sale = make.sale(5000, route=make.route(rep=rep))
    legacy.payment(3000, sale=sale, **fields)
    legacy.payment(3000, sale=sale, route=sale.route, **fields)
    legacy.payment(3000, **fields)
    assert accountability_of(rep)["total_collected_cents"] == 0
    assert accountability_of_all(rep.tenant)["totals"]["all_payments_cents"] == 0


def test_a_payment_without_a_link_counts_through_its_sale_and_says_so(caplog):
    rep = make.user()
    route = make.route(rep=rep)
    legacy.payment(3000, sale=legacy.sale(5000, route=route))
    with caplog.at_level("INFO", logger="roundsman.billing"):
        report = accountability_of(rep)
    assert (report["total_collected_cents"], report["payments_via_fallback"]) == (3000, 1)
    [event] = [record for record in caplog.records if record.message == "fallback_used"]
    assert (event.count, event.route_id) == (1, str(route.pk))


def test_many_routes_with_fallback_do_not_flood_the_log(caplog):
    rep = make.user()
    for _ in range(22):
        legacy.payment(10, sale=legacy.sale(route=make.route(rep=rep)))
    with caplog.at_level("INFO", logger="roundsman.billing"):
        accountability_of(rep)
    events = [record for record in caplog.records if record.message == "fallback_used"]
    assert [event.count for event in events] == [1] * 20 + [2]
    assert (events[-1].route_id, events[-1].routes) == (None, 2)


def test_writing_the_links_down_changes_no_figure():
    rep, other = make.user(), make.user()
    messy_books(rep, other)
    before, before_all = accountability_of(rep), accountability_of_all(rep.tenant)
    for payment in Payment.objects.filter(route=None, sale__route__isnull=False):
        if link_verdict_of(payment) == "link":
            services.set_payment_route(actor=None, payment=payment, route=payment.sale.route, reason="backfill")
    after, after_all = accountability_of(rep), accountability_of_all(rep.tenant)
    assert before["payments_via_fallback"] > 0 == after["payments_via_fallback"]
    for report in (before, after, before_all["totals"], after_all["totals"]):
        report.pop("payments_via_fallback")
    for route in before["routes"] + after["routes"]:
        route.pop("payments_via_fallback")
    assert before == after
    assert before_all["totals"] == after_all["totals"]
    assert before_all["unattributed"] == after_all["unattributed"]


def test_representatives_and_unattributed_add_up_to_all_payments():
    rep, other = make.user(), make.user()
    messy_books(rep, other)
    report = accountability_of_all(rep.tenant)
    everything = Payment.objects.counting().aggregate(cents=Sum("amount_cents"))["cents"]
    collected = sum(row["total_collected_from_payments_cents"] for row in report["representatives"])
    unattributed = sum(sums["cents"] for sums in report["unattributed"].values())
    assert collected + unattributed == everything == report["totals"]["all_payments_cents"]
    assert report["totals"]["all_payments_counted"] == Payment.objects.counting().count()
    assert set(report["unattributed"]) == {
        "no_sale",
        "sale_unrouted",
        "route_unclear",
        "received_before_route",
        "route_reconciled",
        "route_planned",
    }


def test_the_report_of_all_agrees_with_the_report_of_each():
    rep, other = make.user(), make.user()
    messy_books(rep, other)
    rows = {row["user_id"]: row for row in accountability_of_all(rep.tenant)["representatives"]}
    for person in (rep, other):
        own = accountability_of(person)
        assert rows[person.pk].items() <= own.items()


def test_a_payment_collected_by_somebody_else_counts_on_the_route_and_is_told_apart():
    rep, other = make.user(), make.user()
    sale = make.sale(5000, route=make.route(rep=rep))
    make.payment(3000, sale=sale, collected_by=other)
    make.payment(500, sale=sale, collected_by=rep)
    report = accountability_of(rep)
    assert (report["total_collected_cents"], report["collected_by_others_cents"]) == (3500, 3000)
    assert accountability_of(other)["total_collected_cents"] == 0


def test_money_paid_before_the_sale_went_out_explains_what_is_outstanding():
    rep = make.user()
    sale = make.sale(5000)
    make.payment(2000, sale=sale)
    services.add_sale_to_route(actor=None, sale=sale, route=make.route(rep=rep))
    report = accountability_of(rep)
    assert (report["expected_cents"], report["total_collected_cents"], report["prepaid_cents"]) == (5000, 0, 2000)


def test_a_moved_sale_is_expected_once_and_its_payment_stays_where_it_was_collected():
    first, second = make.user(), make.user()
    sale = make.sale(5000, route=make.route(rep=first))
    make.payment(3000, sale=sale, collected_by=first)
    services.add_sale_to_route(actor=None, sale=sale, route=make.route(rep=second))
    make.payment(2000, sale=sale, collected_by=second)
    a, b = accountability_of(first), accountability_of(second)
    assert (a["expected_cents"], a["total_collected_cents"]) == (0, 3000)
    assert (b["expected_cents"], b["total_collected_cents"], b["prepaid_cents"]) == (5000, 2000, 3000)


def test_cancelled_sales_are_not_expected():
    rep = make.user()
    sale = make.sale(5000, route=make.route(rep=rep))
    services.cancel_sale(actor=None, sale=sale, reason="ordered twice")
    assert accountability_of(rep)["expected_cents"] == 0


def test_a_planned_route_is_listed_apart_and_its_money_is_named():
    rep = make.user()
    sale = make.sale(5000, route=make.route("PENDING", rep=rep))
    make.payment(700, sale=sale)
    report = accountability_of(rep)
    assert (report["expected_cents"], report["total_collected_cents"], report["routes"]) == (0, 0, [])
    assert report["planned_routes"][0]["expected_cents"] == 5000
    assert accountability_of_all(rep.tenant)["unattributed"] == {"route_planned": {"payments": 1, "cents": 700}}


def test_old_debt_taken_on_the_round_counts_on_that_route():
    rep = make.user()
    shop = make.customer(opening_balance_cents=1000)
    route = make.route("PENDING", rep=rep)
    make.sale(5000, to=shop, route=route)
    route = make.bring(route, to="IN_PROGRESS")
    make.payment(1000, by=shop, route=route, collected_by=rep)
    report = accountability_of(rep)
    assert (report["expected_cents"], report["total_collected_cents"]) == (6000, 1000)


def test_other_currencies_are_never_added():
    rep = make.user()
    sale = make.sale(5000, route=make.route(rep=rep))
    legacy.payment(3000, sale=sale, route=sale.route)
    legacy.payment(99, sale=sale, route=sale.route, currency="USD")
    legacy.payment(1, currency="USD")
    report = accountability_of_all(rep.tenant)
    assert report["totals"]["all_payments_cents"] == 3000
    assert report["other_currencies"] == {"USD": {"payments": 2, "cents": 100}}
    assert accountability_of(rep)["other_currencies"] == {"USD": {"payments": 1, "cents": 99}}


def test_a_period_takes_the_routes_dated_in_it_with_both_ends():
    rep = make.user()
    for days in range(4):
        make.sale(1000, route=make.route(rep=rep, on=make.TODAY + timedelta(days=days)))
    report = accountability_of(rep, first=make.TODAY + timedelta(days=1), last=make.TODAY + timedelta(days=2))
    assert report["expected_cents"] == 2000


def test_a_reversed_period_is_refused():
    with pytest.raises(PeriodReversed, match="2026-01-02 to 2026-01-01"):
        accountability_of(make.user(), first=date(2026, 1, 2), last=date(2026, 1, 1))


@pytest.mark.parametrize("day", [date.min, date.max])
def test_a_day_at_the_end_of_time_is_refused(day):
    with pytest.raises(PeriodOutOfRange, match="give a day from the year 1900"):
        accountability_of_all(make.tenant(), first=day, last=day)


def test_unattributed_payments_of_a_period_are_those_received_in_it_in_the_tenants_zone():
    tenant = make.tenant("dhaka", timezone="Asia/Dhaka")
    shop = make.customer(of=tenant)
    just_before_midnight = make.NOW.replace(hour=17, minute=59)
    legacy.payment(10, by=shop, received_at=just_before_midnight)
    legacy.payment(200, by=shop, received_at=just_before_midnight + timedelta(minutes=1))
    report = accountability_of_all(tenant, first=make.TODAY, last=make.TODAY)
    assert report["unattributed"] == {"no_sale": {"payments": 1, "cents": 10}}


def test_another_tenants_money_is_not_in_it():
    rep = make.user()
    foreign = make.tenant("other")
    sale = make.sale(5000, to=make.customer(of=foreign), route=make.route(of=foreign))
    make.payment(3000, sale=sale)
    make.payment(100, by=make.customer(of=foreign))
    totals = accountability_of_all(rep.tenant)["totals"]
    assert (totals["all_payments_cents"], totals["expected_cents"]) == (0, 0)


def test_the_number_of_queries_does_not_grow_with_routes_and_payments(django_assert_max_num_queries):
    rep, other = make.user(), make.user()
    messy_books(rep, other)
    with django_assert_max_num_queries(8):
        accountability_of(rep)
    with CaptureQueriesContext(connection) as few:
        accountability_of_all(rep.tenant)
    messy_books(rep, other)
    with django_assert_max_num_queries(len(few)):
        accountability_of_all(rep.tenant)
    assert len(few) <= 8


def messy_books(rep, other):
    """Every way in which a payment can and cannot belong to a route."""
    route, elsewhere = make.route(rep=rep), make.route(rep=other)
    make.payment(1000, sale=make.sale(5000, route=route), collected_by=rep)
    unlinked = legacy.sale(5000, route=route)
    legacy.payment(2, sale=unlinked)
    legacy.payment(30, sale=unlinked, channel="BANK_TRANSFER", collected_by=other)
    was_elsewhere = [(make.later(days=-2), elsewhere), (make.later(days=1), route)]
    legacy.payment(400, sale=legacy.sale(5000, route=route, images=was_elsewhere))
    was_on_none = [(make.later(days=-2), None), (make.later(days=1), route)]
    legacy.payment(900, sale=legacy.sale(900, route=route, images=was_on_none))
    legacy.payment(7, sale=make.sale(70))
    legacy.payment(11)
    closed = make.route(rep=other)
    late = make.sale(8000, route=closed)
    make.payment(5000, sale=late, collected_by=other)
    make.bring(closed, to="RECONCILED", cash_cents=6000)
    make.payment(600, sale=late, received_at=make.later(hours=5))
    make.payment(80, sale=make.sale(80, route=make.route("PENDING", rep=rep)))
