"""The finance summary: each figure by an example, and the identities between them for any books."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing import services
from billing.models import Customer, Invoice, Payment
from billing.rules import invoice_status as rule
from billing.rules.finance_period import PeriodHalfGiven, UnknownPeriod
from billing.rules.invoice_source import SOURCES, invoice_source
from billing.rules.period import PeriodReversed
from billing.selectors.finance import finance_summary
from tests import legacy, make

pytestmark = [pytest.mark.finance, pytest.mark.django_db]

NOW = make.NOW
NOTHING = {"count": 0, "total_cents": 0}


def summary(tenant=None, **asked):
    asked.setdefault("period", "ALL_TIME")
    return finance_summary(tenant or make.tenant(), now=asked.pop("now", NOW), **asked)


def totals(**asked):
    """The totals as short tuples: `{"outstanding": (count, cents), …}`."""
    found = summary(**asked)["totals"]
    return {
        name: (value["count"], value["total_cents"]) if isinstance(value, dict) else value
        for name, value in found.items()
    }


def pay(invoice, cents, **fields):
    """Pay part of an invoice."""
    paid = make.payment(cents, by=invoice.customer, **fields)
    services.allocate_payment(
        actor=None,
        payment=paid,
        splits=[{"invoice": invoice, "amount_cents": min(cents, invoice.balance_cents)}],
        now=NOW,
    )
    return paid


def test_a_business_without_invoices_has_zeros_in_every_figure():
    found = summary()
    assert found["totals"] == {
        **dict.fromkeys(("outstanding", "collected", "cancelled"), NOTHING),
        **dict.fromkeys(("credited_cents", "via_legacy_cents", "overpaid_cents", "unallocated_cents"), 0),
    }
    assert found["by_source"] == {source: {"outstanding": NOTHING, "collected": NOTHING} for source in SOURCES}
    assert found["by_status"] == dict.fromkeys(("OUTSTANDING", "PAID", "CANCELLED"), NOTHING)
    assert (found["currency"], found["other_currencies"]) == ("BDT", [])


def test_a_part_paid_invoice_is_outstanding_with_its_balance_and_collected_with_its_paid_part():
    shop = make.customer()
    whole, part, void = (make.invoice(10_000, to=shop) for _ in range(3))
    pay(whole, 10_000)
    pay(part, 4_000)
    services.void_invoice(actor=None, invoice=void, reason="mistake", now=NOW)
    found = totals()
    assert (found["outstanding"], found["collected"], found["cancelled"]) == ((1, 6_000), (2, 14_000), (1, 10_000))
    by_status = summary()["by_status"]
    assert by_status["PAID"] == {"count": 1, "total_cents": 10_000}


def test_a_donation_that_is_unpaid_is_outstanding_like_any_other():
    make.invoice(700, source="DONATION")
    assert summary()["by_source"]["DONATION"]["outstanding"] == {"count": 1, "total_cents": 700}


def test_what_a_credit_has_paid_was_not_collected():
    invoice = make.invoice(900)
    services.issue_credit_note(actor=None, invoice=invoice, amount_cents=300, reason="broken", now=NOW)
    pay(Invoice.objects.get(pk=invoice.pk), 200)
    found = totals()
    assert (found["outstanding"], found["collected"], found["credited_cents"]) == ((1, 400), (1, 200), 300)


def test_an_invoice_paid_by_credit_alone_was_not_collected_from_anybody():
    services.write_off_invoice(actor=None, invoice=make.invoice(900), reason="gone", now=NOW)
    found = totals()
    assert (found["outstanding"], found["collected"], found["credited_cents"]) == ((0, 0), (0, 0), 900)


def test_a_refund_takes_back_what_was_collected():
    invoice = make.invoice(900)
    paid = pay(invoice, 900)
    services.reverse_payment(actor=None, payment=paid, reason="bounced", now=NOW)
    found = totals()
    assert (found["outstanding"], found["collected"]) == ((1, 900), (0, 0))


def test_invoices_over_nothing_and_deleted_ones_are_in_no_figure():
    make.invoice(0)
    services.delete_invoice(actor=None, invoice=make.invoice(500), now=NOW)
    assert totals()["outstanding"] == totals()["cancelled"] == (0, 0)
    assert summary()["by_status"]["PAID"] == NOTHING


def test_drafts_void_and_failed_ones_are_cancelled_and_drafts_have_no_day():
    make.draft(100)
    legacy.invoice(200, status="FAILED")
    assert totals()["cancelled"] == (2, 300)
    assert totals(period="YEAR_TO_DATE")["cancelled"] == (1, 200)


def test_what_a_payment_leaves_is_unallocated_and_never_collected():
    pay(make.invoice(900), 1_000)
    found = totals()
    assert (found["collected"], found["unallocated_cents"], found["overpaid_cents"]) == ((1, 900), 100, 0)


def test_money_that_waits_or_failed_is_nowhere():
    for status, verification in (
        ("PENDING", "PENDING_VERIFICATION"),
        ("FAILED", "REJECTED"),
        ("REVERSED", "NOT_REQUIRED"),
    ):
        legacy.payment(500, status=status, verification_status=verification)
    assert totals()["unallocated_cents"] == 0


# Legacy money ---------------------------------------------------------------------------------------------------------


def test_an_old_invoice_counts_by_its_legacy_money_and_says_so():
    paid, part = legacy.invoice(900, status="PAID"), legacy.invoice(900)
    legacy.payment(400, by=part.customer, invoice=part)
    found = totals()
    assert (found["outstanding"], found["collected"], found["via_legacy_cents"]) == ((1, 500), (2, 1_300), 1_300)
    assert found["unallocated_cents"] == 0, "the payment is spoken for"
    assert paid.status == "PAID"


def test_what_was_paid_beyond_an_old_invoice_is_overpaid_and_not_collected():
    old = legacy.invoice(900, status="PAID")
    legacy.payment(1_000, by=old.customer, invoice=old)
    found = totals()
    assert (found["collected"], found["overpaid_cents"], found["unallocated_cents"]) == ((1, 900), 100, 0)


@pytest.mark.damages_rows
def test_writing_the_allocations_of_an_old_invoice_moves_no_figure_but_the_legacy_one():
    old = legacy.invoice(900)
    legacy.payment(1_000, by=old.customer, invoice=old)
    before = totals()
    backfilled(old)
    assert totals() == {**before, "via_legacy_cents": 0}
    assert before["via_legacy_cents"] == 900


def backfilled(old):
    """Give an old invoice its allocations, as the backfill does."""
    Invoice.objects.filter(pk=old.pk).update(counts_by_allocations=True)
    old.refresh_from_db()
    payment = Payment.objects.get(invoice=old)
    services.allocate_payment(
        actor=None, payment=payment, splits=[{"invoice": old, "amount_cents": old.total_cents}], now=NOW
    )


@pytest.mark.parametrize("naming", ["another customer", "void", "deleted", "another currency"])
def test_a_payment_that_names_an_invoice_it_cannot_have_paid_is_unallocated(naming):
    shop = make.customer()
    fields = {
        "another customer": {},
        "void": {"to": shop, "status": "VOID"},
        "deleted": {"to": shop, "deleted_at": NOW},
        "another currency": {"to": shop, "currency": "USD"},
    }[naming]
    legacy.payment(400, by=shop, invoice=legacy.invoice(900, **fields))
    found = totals()
    assert (found["collected"], found["unallocated_cents"], found["via_legacy_cents"]) == ((0, 0), 400, 0)


@pytest.mark.parametrize(
    ("spelt", "source"),
    [("EVT", "EVENT"), (" evt ", "EVENT"), ("due", "DUES"), ("DON", "DONATION"), ("manual", "OTHER"), ("", "OTHER")],
)
def test_the_old_spellings_of_a_source_are_one_source(spelt, source):
    legacy.invoice(900, source=spelt)
    assert summary()["by_source"][source]["outstanding"] == {"count": 1, "total_cents": 900}


# Windows --------------------------------------------------------------------------------------------------------------


def issued(*moments, tenant=None):
    shop = make.customer(of=tenant)
    for moment in moments:
        legacy.invoice(100, to=shop, issued_at=moment)


def test_both_ends_of_a_window_are_whole_days_of_the_business():
    dhaka = make.tenant("dhaka", timezone="Asia/Dhaka")
    zone = ZoneInfo("Asia/Dhaka")
    first, after = datetime(2026, 1, 1, tzinfo=zone), datetime(2026, 2, 1, tzinfo=zone)
    instant = timedelta.resolution
    issued(first - instant, first, after - instant, after, tenant=dhaka)
    found = summary(dhaka, first=date(2026, 1, 1), last=date(2026, 1, 31))
    assert found["totals"]["outstanding"]["count"] == 2
    assert found["range"] == {
        "type": "CUSTOM",
        "from": date(2026, 1, 1),
        "to": date(2026, 1, 31),
        "label": "1 Jan 2026 - 31 Jan 2026",
    }


def test_a_window_of_one_day_finds_that_days_invoices():
    issued(datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 5, 23, 59, tzinfo=UTC), datetime(2026, 1, 6, tzinfo=UTC))
    assert totals(first=date(2026, 1, 5), last=date(2026, 1, 5))["outstanding"] == (2, 200)


def test_the_year_turns_on_the_clock_of_the_business():
    dhaka = make.tenant("dhaka", timezone="Asia/Dhaka")
    issued(datetime(2025, 12, 31, 17, 59, tzinfo=UTC), datetime(2025, 12, 31, 18, 0, tzinfo=UTC), tenant=dhaka)
    new_year = datetime(2025, 12, 31, 18, 30, tzinfo=UTC)  # half past midnight in Dhaka
    found = summary(dhaka, period="YEAR_TO_DATE", now=new_year)
    assert (found["totals"]["outstanding"]["count"], found["range"]["from"]) == (1, date(2026, 1, 1))


@pytest.mark.parametrize(
    ("period", "today", "first"),
    [
        ("YEAR_TO_DATE", date(2026, 1, 13), date(2026, 1, 1)),
        ("CURRENT_MONTH", date(2026, 3, 31), date(2026, 3, 1)),
        ("LAST_12_MONTHS", date(2026, 1, 13), date(2025, 1, 13)),
        ("LAST_12_MONTHS", date(2024, 2, 29), date(2023, 2, 28)),
    ],
)
def test_named_periods_run_to_the_end_of_today(period, today, first):
    now = datetime(today.year, today.month, today.day, 9, tzinfo=UTC)
    border = datetime(first.year, first.month, first.day, tzinfo=UTC)
    issued(border - timedelta.resolution, border, now + timedelta(hours=14), now + timedelta(hours=16))
    found = summary(period=period, now=now)
    assert (found["range"]["from"], found["range"]["to"]) == (first, today)
    assert found["totals"]["outstanding"]["count"] == 2


def test_all_time_has_no_borders_and_two_answers_are_equal_to_the_byte():
    issued(datetime(1999, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC))
    legacy.payment(50, received_at=datetime(2031, 1, 1, tzinfo=UTC))
    found = summary()
    assert found["range"] == {"type": "ALL_TIME", "from": None, "to": None, "label": "All time"}
    assert (found["totals"]["outstanding"]["count"], found["totals"]["unallocated_cents"]) == (2, 50)
    assert str(found) == str(summary(now=NOW + timedelta(seconds=1)))


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"period": "LAST_WEEK"}, UnknownPeriod),
        ({"period": "CUSTOM"}, UnknownPeriod),
        ({"first": date(2026, 1, 1)}, PeriodHalfGiven),
        ({"last": date(2026, 1, 1)}, PeriodHalfGiven),
        ({"first": date(2026, 1, 2), "last": date(2026, 1, 1)}, PeriodReversed),
    ],
)
def test_a_period_that_is_none_is_refused(asked, error):
    with pytest.raises(error):
        summary(**asked)


# Currencies and tenants -----------------------------------------------------------------------------------------------


def test_one_answer_has_one_currency_and_names_the_others():
    make.invoice(900)
    make.invoice(500, currency="USD")
    legacy.payment(70, currency="EUR")
    assert totals()["outstanding"] == (1, 900)
    assert totals(currency="USD")["outstanding"] == (1, 500)
    assert totals(currency="EUR")["unallocated_cents"] == 70
    assert summary()["other_currencies"] == ["EUR", "USD"]
    assert summary(currency="USD")["other_currencies"] == ["BDT", "EUR"]


def test_another_business_is_in_no_figure():
    dairy = make.tenant("dairy")
    make.invoice(900, of=dairy)
    legacy.payment(70, by=make.customer(of=dairy))
    assert summary() == summary(make.tenant("empty"))


# Any books ------------------------------------------------------------------------------------------------------------


@st.composite
def rows(draw):
    """Any invoice that the database lets stand, and what payments that name it have left."""
    status, total = draw(st.sampled_from(Invoice.Status.values)), draw(st.sampled_from([0, 1, 2, 100]))
    allocated = draw(st.integers(0, total)) if status not in rule.STICKY else 0
    return {
        "status": status,
        "total_cents": total,
        "allocated_cents": allocated,
        "credited_cents": draw(st.integers(0, allocated)),
        "counts_by_allocations": draw(st.booleans()),
        "source": draw(st.sampled_from([*SOURCES, "EVT", "due", "?"])),
        "currency": draw(st.sampled_from(["BDT", "BDT", "USD"])),
        "due_at": draw(st.sampled_from([None, *(NOW - timedelta(days=days) for days in (-1, 0, 1, 30, 31, 61, 91))])),
        "deleted_at": draw(st.sampled_from([None, None, NOW])) if not allocated else None,
    }, draw(st.sampled_from([0, 1, 100, 101]))


@pytest.mark.damages_rows
@settings(max_examples=50, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(books=st.lists(rows(), max_size=10))
def test_any_books_add_up_and_agree_with_the_rule_row_by_row(books):
    with transaction.atomic():
        shop = Customer.objects.first() or make.customer()
        for fields, left in books:
            invoice = legacy.invoice(to=shop, **fields)
            if left:
                legacy.payment(left, by=shop, invoice=invoice, currency=fields["currency"])
        for currency in ("BDT", "USD"):
            found = summary(currency=currency)
            assert_identities(found)
            assert_by_hand(found, [each for each in books if each[0]["currency"] == currency])
        transaction.set_rollback(True)


def assert_identities(found):
    totals, by_source, by_status = found["totals"], found["by_source"], found["by_status"]
    for name in ("outstanding", "collected"):
        for key in ("count", "total_cents"):
            assert sum(sums[name][key] for sums in by_source.values()) == totals[name][key]
    assert by_status["OUTSTANDING"] == totals["outstanding"]
    assert by_status["CANCELLED"] == totals["cancelled"]
    for key in ("count", "total_cents"):
        assert sum(figure[key] for figure in found["ageing"].values()) == totals["outstanding"][key]
    assert 0 <= totals["via_legacy_cents"] <= totals["collected"]["total_cents"]


def assert_by_hand(found, books):
    """The same figures, row by row in Python."""
    live = [(fields, left) for fields, left in books if fields["deleted_at"] is None and fields["total_cents"]]
    told = [(fields, left, *by_rule(fields, left)) for fields, left in live]
    asking = [each for each in told if each[0]["status"] not in rule.STICKY]
    owed = [(fields, balance) for fields, _, _, balance in asking if balance]
    collected = [paid - fields["credited_cents"] for fields, _, paid, _ in asking]
    totals, by_status = found["totals"], found["by_status"]
    asked = sum(fields["total_cents"] for fields, *_ in asking)
    assert asked == (
        totals["outstanding"]["total_cents"] + totals["collected"]["total_cents"] + totals["credited_cents"]
    ), "each cent that is asked for is outstanding, collected or credited"
    assert sum(figure["count"] for figure in by_status.values()) == len(live), "each invoice has one status"
    assert totals["outstanding"] == {"count": len(owed), "total_cents": sum(balance for _, balance in owed)}
    assert totals["collected"] == {"count": len([cents for cents in collected if cents]), "total_cents": sum(collected)}
    assert totals["cancelled"]["total_cents"] == sum(
        fields["total_cents"] for fields, *_ in told if fields["status"] in rule.STICKY
    )
    for bucket, figure in found["ageing"].items():
        inside = [balance for fields, balance in owed if bucket_of(fields, balance) == bucket]
        assert figure == {"count": len(inside), "total_cents": sum(inside)}
    for source, sums in found["by_source"].items():
        inside = [balance for fields, balance in owed if invoice_source(fields["source"]) == source]
        assert sums["outstanding"] == {"count": len(inside), "total_cents": sum(inside)}
    payments = sum(left for _, left in books)
    spent = sum(min(left, fields["total_cents"]) for fields, left, *_ in asking if is_legacy(fields))
    assert totals["overpaid_cents"] + totals["unallocated_cents"] + spent == payments, "no cent that came in is lost"


def by_rule(fields, left):
    """What is paid and what is left, by the rule."""
    money = {name: fields[name] for name in ("status", "total_cents", "allocated_cents", "counts_by_allocations")}
    paid = rule.paid_cents(**money, legacy_payments_cents=left)
    return paid, rule.balance_cents(status=fields["status"], total_cents=fields["total_cents"], paid_cents=paid)


def is_legacy(fields):
    """Whether it counts by its legacy money."""
    return not fields["counts_by_allocations"] and not fields["allocated_cents"] and fields["status"] not in rule.STICKY


def bucket_of(fields, balance):
    """The ageing bucket, by the rule."""
    return rule.ageing_bucket(rule.days_overdue(balance_cents=balance, due_at=fields["due_at"], now=NOW))


def test_the_summary_asks_four_questions_however_many_invoices_there_are():
    def cost():
        with CaptureQueriesContext(connection) as asked:
            summary()
        return len(asked)

    make.tenant()
    of_none = cost()
    for source in SOURCES:
        legacy.payment(400, by=legacy.invoice(900, source=source).customer)
        make.invoice(900, source=source)
    assert cost() - of_none <= 1  # the tenant is looked up once by the builders
    assert cost() <= 6
